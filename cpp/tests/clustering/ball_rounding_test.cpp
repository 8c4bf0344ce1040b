#include "wayseer/clustering/ball_rounding.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "minmax_graphs.hpp"

namespace wayseer::clustering {
namespace {

using namespace testing;

Labels rounded(const Graph& graph, double r1, double r2, bool adjusted = false) {
  const RankedGraph ranked(graph);
  auto pairs = *near_pairs(ranked, Radius(adjusted ? std::max(r2, 0.7) : r2), {});
  if (adjusted) adjust(ranked, Radius(0.7), 10.0 / 3, pairs);
  return ball_rounding(ranked, pairs, Radius(r1), Radius(r2));
}

// The rule word for word, in doubles; sums that agree to 1e-9 are ties.
Labels plain_rounding(const Graph& graph, double r1, double r2) {
  const RankedGraph ranked(graph);
  const auto pairs = *near_pairs(ranked, Radius(0.999999), {});
  const std::int32_t n = graph.size();
  std::vector<std::vector<double>> d(at(n), std::vector<double>(at(n), 1.0));
  for (std::int32_t u = 0; u < n; ++u) {
    for (const NearPair& pair : pairs.row(u))
      d[at(u)][at(pair.other)] = 1.0 - static_cast<double>(pair.common) /
                                           (ranked.closed(u) + ranked.closed(pair.other) - pair.common);
  }
  Labels labels(at(n), -1);
  for (std::int32_t cluster = 0;; ++cluster) {
    std::int32_t best = -1;
    double largest = 0;
    for (std::int32_t u = 0; u < n; ++u) {
      if (labels[at(ranked.vertex[at(u)])] >= 0) continue;
      double sum = 0;
      for (std::int32_t v = 0; v < n; ++v) {
        if (v != u && labels[at(ranked.vertex[at(v)])] < 0 && d[at(u)][at(v)] <= r1 + 1e-9)
          sum += r1 - d[at(u)][at(v)];
      }
      if (best < 0 || sum > largest + 1e-9) {
        best = u;
        largest = sum;
      }
    }
    if (best < 0) break;
    for (std::int32_t v = 0; v < n; ++v) {
      if (labels[at(ranked.vertex[at(v)])] < 0 && (v == best || d[at(best)][at(v)] <= r2 + 1e-9))
        labels[at(ranked.vertex[at(v)])] = cluster;
    }
  }
  renumber(labels);
  return labels;
}

TEST(BallRounding, FollowsTheRuleWordForWord) {
  core::Random random(1);
  for (int trial = 0; trial < 150; ++trial) {
    const auto owned = trial % 3 == 0 ? hub_graph(2 + random.below(50), random)
                                      : random_graph(1 + random.below(40), random.uniform(), random);
    for (const auto& [r1, r2] : {std::pair(0.7, 0.7), {0.2, 0.4}, {0.5, 0.75}})
      EXPECT_EQ(rounded(owned.view(), r1, r2), plain_rounding(owned.view(), r1, r2));
  }
}

TEST(BallRounding, StoredAndStreamedAgree) {
  core::Random random(2);
  for (int trial = 0; trial < 40; ++trial) {
    const auto owned = hub_graph(2 + random.below(300), random);
    const RankedGraph ranked(owned.view());
    for (const auto engine : {MetricEngine::wedge, MetricEngine::filtered}) {
      for (const int threads : {1, 2}) {
        const MetricOptions options{.engine = engine, .threads = threads};
        EXPECT_EQ(ball_rounding_streamed(ranked, Radius(0.5), Radius(0.7), options),
                  rounded(owned.view(), 0.5, 0.7));
      }
    }
  }
}

TEST(BallRounding, PairsBeyondTheRadiusDoNotMatter) {
  core::Random random(3);
  const auto owned = random_graph(60, 0.2, random);
  const RankedGraph ranked(owned.view());
  const auto all = *near_pairs(ranked, Radius(0.95), {});
  for (const double r : {0.3, 0.5, 0.7, 0.9})
    EXPECT_EQ(ball_rounding(ranked, all, Radius(r), Radius(r)), rounded(owned.view(), r, r));
}

TEST(BallRounding, PlantedCliquesCostNothing) {
  const auto owned = cliques({1, 5, 3, 1, 8});
  for (const bool adjusted : {false, true}) {
    const auto labels = rounded(owned.view(), 0.7, 0.7, adjusted);
    EXPECT_EQ(disagreements(owned.view(), labels), 0);
  }
}

// The proven ratios: 8 for the fractional cost, 40 for the rounding.
TEST(BallRounding, KeepsItsGuarantees) {
  core::Random random(4);
  for (int trial = 0; trial < 150; ++trial) {
    const auto owned = random_graph(1 + random.below(7), random.uniform(), random);
    const auto graph = owned.view();
    const double best = optimum(graph, infinite);
    EXPECT_LE(value_of(graph, rounded(graph, 0.2, 0.4), infinite), 40 * best);
    EXPECT_LE(value_of(graph, rounded(graph, 0.7, 0.7), infinite), 6 * best);  // as measured, not proven

    const RankedGraph ranked(graph);
    const auto pairs = *near_pairs(ranked, Radius(0.999999), {});
    for (std::int32_t u = 0; u < graph.size(); ++u) {
      // All neighbours at distance 1, then what the near pairs change.
      double cost = static_cast<double>(ranked.closed(u) - 1);
      for (const NearPair& pair : pairs.row(u)) {
        const double s =
            static_cast<double>(pair.common) / (ranked.closed(u) + ranked.closed(pair.other) - pair.common);
        cost += std::ranges::binary_search(ranked.row(u), pair.other) ? -s : s;
      }
      EXPECT_LE(cost, 8 * best + 1e-9);
    }
  }
}

TEST(BallRounding, AdjustedIsGoodForAllNorms) {
  core::Random random(5);
  for (int trial = 0; trial < 150; ++trial) {
    std::vector<std::pair<std::int32_t, std::int32_t>> star;
    for (std::int32_t leaf = 1; leaf <= trial; ++leaf) star.emplace_back(0, leaf);
    const auto owned = trial < 7 ? graph_of(trial + 1, star) : random_graph(7, random.uniform(), random);
    const auto graph = owned.view();
    for (const auto& [r1, r2] : {std::pair(0.7, 0.7), {0.14, 0.28}}) {
      const auto labels = rounded(graph, r1, r2, true);
      for (const double p : {1.0, 2.0, infinite})
        EXPECT_LE(value_of(graph, labels, p), 6 * optimum(graph, p) + 1e-9);
    }
  }
}

TEST(BallRounding, Stops) {
  const auto owned = cliques({30});
  const RankedGraph ranked(owned.view());
  const auto pairs = *near_pairs(ranked, Radius(0.5), {});
  const core::Checkpoint stop([] { return true; });
  EXPECT_THROW((void)ball_rounding(ranked, pairs, Radius(0.5), Radius(0.5), stop), core::Stopped);
  EXPECT_THROW((void)ball_rounding_streamed(ranked, Radius(0.5), Radius(0.5), {}, stop), core::Stopped);
}

}  // namespace
}  // namespace wayseer::clustering
