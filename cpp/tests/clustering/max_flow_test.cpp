#include "wayseer/clustering/max_flow.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <limits>
#include <stdexcept>
#include <vector>

#include "wayseer/core/random.hpp"

namespace wayseer::clustering {
namespace {

using core::Random;

template <class Capacity>
std::vector<FlowArc<Capacity>> random_arcs(std::int32_t n, std::int32_t m, bool undirected, Random& random) {
  std::vector<FlowArc<Capacity>> arcs;
  while (static_cast<std::int32_t>(arcs.size()) < m) {
    const auto u = random.below(n), v = random.below(n);
    if (u == v) continue;
    const auto capacity = static_cast<Capacity>(random.below(10));
    arcs.push_back({u, v, capacity, undirected ? capacity : static_cast<Capacity>(random.below(3))});
  }
  return arcs;
}

template <class Capacity>
Capacity cut(const std::vector<FlowArc<Capacity>>& arcs, auto&& inside) {
  Capacity sum = 0;
  for (const auto& arc : arcs) {
    if (inside(arc.from) && !inside(arc.to)) sum += arc.capacity;
    if (inside(arc.to) && !inside(arc.from)) sum += arc.opposite;
  }
  return sum;
}

// The minimum over all sets that hold the sources and no sink.
template <class Capacity>
Capacity smallest_cut(std::int32_t n, const std::vector<FlowArc<Capacity>>& arcs, unsigned sources,
                      unsigned sinks) {
  Capacity best = std::numeric_limits<Capacity>::max();
  for (unsigned set = 0; set < (1U << n); ++set)
    if ((set & sources) == sources && (set & sinks) == 0)
      best = std::min(best, cut(arcs, [&](std::int32_t v) { return (set >> v & 1U) != 0; }));
  return best;
}

template <class Capacity>
class MaxFlowTest : public ::testing::Test {};
using Capacities = ::testing::Types<double, std::int64_t>;
TYPED_TEST_SUITE(MaxFlowTest, Capacities);

TYPED_TEST(MaxFlowTest, ValueAndCutAreTheSmallestOfAllSets) {
  Random random(1);
  for (int round = 0; round < 600; ++round) {
    const auto n = 2 + random.below(8);
    const auto arcs = random_arcs<TypeParam>(n, random.below(3 * n), round % 2 == 0, random);
    MaxFlow<TypeParam> flow(n, arcs);
    for (int again = 0; again < 3; ++again) {  // the same network serves many cuts
      const auto s = random.below(n), t = (s + 1 + random.below(n - 1)) % n;
      const auto value = flow.solve(s, t);
      EXPECT_EQ(value, smallest_cut(n, arcs, 1U << s, 1U << t));
      EXPECT_TRUE(flow.on_source_side(s));
      EXPECT_FALSE(flow.on_source_side(t));
      EXPECT_EQ(value, cut(arcs, [&](std::int32_t v) { return flow.on_source_side(v); }));
    }
  }
}

TYPED_TEST(MaxFlowTest, SetsOfSourcesAndSinks) {
  Random random(2);
  for (int round = 0; round < 600; ++round) {
    const auto n = 4 + random.below(6);
    const auto arcs = random_arcs<TypeParam>(n, 3 * n, round % 2 == 0, random);
    std::vector<std::int32_t> order(static_cast<std::size_t>(n));
    for (std::int32_t v = 0; v < n; ++v) order[static_cast<std::size_t>(v)] = v;
    core::shuffle(std::span(order), random);
    const std::array sources{order[0], order[1]}, sinks{order[2], order[3]};
    MaxFlow<TypeParam> flow(n, arcs);
    EXPECT_EQ(flow.solve(sources, sinks),
              smallest_cut(n, arcs, 1U << order[0] | 1U << order[1], 1U << order[2] | 1U << order[3]));
  }
}

TYPED_TEST(MaxFlowTest, StopsEarlyOnlyAboveTheThreshold) {
  Random random(3);
  for (int round = 0; round < 300; ++round) {
    const std::int32_t n = 8;
    const auto arcs = random_arcs<TypeParam>(n, 24, true, random);
    MaxFlow<TypeParam> flow(n, arcs);
    const auto exact = flow.solve(0, 7);
    for (const TypeParam enough : {exact - 1, exact, exact + 1}) {
      const auto value = flow.solve(0, 7, enough);
      if (exact > enough) {
        EXPECT_GT(value, enough);
        EXPECT_LE(value, exact);
      } else {
        EXPECT_EQ(value, exact);
      }
    }
  }
}

TEST(MaxFlow, LargerNetworkAgainstItsMirrorImage) {
  // The smallest cut from s to t is the smallest one from t to s when all arcs are turned around.
  Random random(4);
  for (int round = 0; round < 20; ++round) {
    auto arcs = random_arcs<std::int64_t>(200, 1500, false, random);
    MaxFlow<std::int64_t> flow(200, arcs);
    const auto value = flow.solve(0, 199);
    EXPECT_EQ(value, cut(arcs, [&](std::int32_t v) { return flow.on_source_side(v); }));
    for (auto& arc : arcs) std::swap(arc.from, arc.to);
    EXPECT_EQ(value, MaxFlow<std::int64_t>(200, arcs).solve(199, 0));
  }
}

TEST(MaxFlow, FloatingPointCapacitiesOfAllSizes) {
  Random random(5);
  for (int round = 0; round < 200; ++round) {
    std::vector<FlowArc<double>> arcs = random_arcs<double>(9, 40, true, random);
    for (auto& arc : arcs)
      arc.capacity = arc.opposite = random.uniform() * (random.below(2) == 0 ? 1e-12 : 1e6);
    MaxFlow<double> flow(9, arcs);
    const double exact = smallest_cut(9, arcs, 1U, 1U << 8);
    EXPECT_NEAR(flow.solve(0, 8), exact, 1e-8);
    EXPECT_GE(flow.solve(0, 8), exact * (1 - 1e-15));
  }
}

TEST(MaxFlow, RefusesWhatIsNoNetwork) {
  using Arcs = std::vector<FlowArc<double>>;
  EXPECT_THROW(MaxFlow<double>(2, Arcs{{0, 2, 1.0}}), std::invalid_argument);
  EXPECT_THROW(MaxFlow<double>(2, Arcs{{1, 1, 1.0}}), std::invalid_argument);
  EXPECT_THROW(MaxFlow<double>(2, Arcs{{0, 1, -1.0}}), std::invalid_argument);
  EXPECT_THROW(MaxFlow<double>(2, Arcs{{0, 1, 1.0, std::numeric_limits<double>::quiet_NaN()}}),
               std::invalid_argument);
}

TEST(MaxFlow, StopsWhenTold) {
  Random random(6);
  const auto arcs = random_arcs<std::int64_t>(50, 300, true, random);
  MaxFlow<std::int64_t> flow(50, arcs);
  EXPECT_THROW(flow.solve(0, 1, MaxFlow<std::int64_t>::unlimited, core::Checkpoint([] { return true; })),
               core::Stopped);
  EXPECT_EQ(flow.solve(0, 1), MaxFlow<std::int64_t>(50, arcs).solve(0, 1));
}

}  // namespace
}  // namespace wayseer::clustering
