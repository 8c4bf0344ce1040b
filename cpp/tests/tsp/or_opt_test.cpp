#include "wayseer/tsp/or_opt.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "instances.hpp"

namespace wayseer::tsp {
namespace {

using test::at;
using test::is_tour;
using test::length_of;

constexpr auto never = [] { return false; };

// Descends until a descent from a full queue finds nothing more: the queue alone may miss a move whose own
// nodes saw no change.
template <class Metric>
std::vector<Index> local_optimum(OrOpt<Metric>& search, std::vector<Index> order) {
  for (;;) {
    const Cost gain = search.optimize(order, never);
    order.assign(search.tour().order().begin(), search.tour().order().end());
    if (gain == 0) return order;
  }
}

// The spec's 2-opt: for a, b = next(a) in a direction, x in N(a) with d(a,x) < d(a,b), y = next(x).
template <class Metric>
Cost best_two_opt(const Metric& metric, const NeighborLists<Metric>& lists, std::vector<Index> order) {
  Cost best = 0;
  const std::size_t n = order.size();
  for (const bool turned : {false, true}) {
    if (turned) std::reverse(order.begin(), order.end());
    for (std::size_t i = 0; i < n; ++i) {
      const Index a = order[i], b = order[(i + 1) % n];
      for (const auto& [x, distance] : lists[a]) {
        if (distance >= metric(a, b)) break;
        const auto j = static_cast<std::size_t>(std::find(order.begin(), order.end(), x) - order.begin());
        const Index y = order[(j + 1) % n];
        if (x == b || y == a) continue;
        best = std::max(best, metric(a, b) + metric(x, y) - metric(a, x) - metric(b, y));
      }
    }
  }
  return best;
}

// Every insertion of every run of 1..3 nodes, either way round, that puts an end of the run beside one of its
// listed neighbours.
template <class Metric>
Cost best_insertion(const Metric& metric, const NeighborLists<Metric>& lists,
                    const std::vector<Index>& order) {
  Cost best = 0;
  const std::size_t n = order.size();
  const Cost length = length_of(metric, order);
  for (std::size_t first = 0; first < n; ++first)
    for (std::size_t count = 1; count <= 3 && count + 2 <= n; ++count) {
      std::vector<Index> run, rest;
      for (std::size_t i = 0; i < n; ++i) (i < count ? run : rest).push_back(order[(first + i) % n]);
      for (const bool turned : {false, true}) {
        if (turned) std::reverse(run.begin(), run.end());
        for (std::size_t place = 0; place < rest.size(); ++place) {
          const Index x = rest[place], y = rest[(place + 1) % rest.size()];
          const auto beside = [&](Index end, Index other) {
            const auto row = lists[end];
            return std::any_of(row.begin(), row.end(), [&](const auto& e) { return e.node == other; });
          };
          if (!beside(run.front(), x) && !beside(run.back(), y)) continue;
          std::vector<Index> child(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(place) + 1);
          child.insert(child.end(), run.begin(), run.end());
          child.insert(child.end(), rest.begin() + static_cast<std::ptrdiff_t>(place) + 1, rest.end());
          // Only moves that the list's own bound allows: d(s1, x) less than what lifting the run out saves.
          const Index a = rest.back(), b = rest.front();
          const Index s1 = order[first], s2 = order[(first + count - 1) % n];
          const Cost saved = metric(a, s1) + metric(s2, b) - metric(a, b);
          const bool by_front = beside(run.front(), x) && metric(run.front(), x) < saved;
          const bool by_back = beside(run.back(), y) && metric(run.back(), y) < saved;
          if (by_front || by_back) best = std::max(best, length - length_of(metric, child));
        }
      }
    }
  return best;
}

TEST(OrOpt, GainIsTheDifferenceAndNoListedMoveIsLeft) {
  core::Random random(1);
  for (const Index n : {5, 6, 7, 13, 60})
    for (const auto& set : test::difficult_points(n, 2, 11)) {
      const auto check = [&](const auto& plane) {
        using Metric = std::decay_t<decltype(plane.metric)>;
        OrOpt<Metric> search(plane.metric, plane.lists);
        const auto start = test::random_tour(n, random);
        const Cost gain = search.optimize(start, never);
        ASSERT_TRUE(is_tour(search.tour().order(), n)) << set.name;
        ASSERT_EQ(gain, length_of(plane.metric, start) - length_of(plane.metric, search.tour().order()))
            << set.name;
        const auto order = local_optimum(search, start);
        EXPECT_EQ(best_two_opt(plane.metric, plane.lists, order), 0) << set.name << ' ' << n;
        EXPECT_EQ(best_insertion(plane.metric, plane.lists, order), 0) << set.name << ' ' << n;
      };
      check(test::Plane<test::Euc2d>(set.points, MetricKind::euc_2d));
      check(test::Plane<test::Euclid2d>(set.points, MetricKind::euclid));
    }
}

// Matrices break the triangle inequality: insertions beside the gap, runs turned round in place.
TEST(OrOpt, MatricesWithoutTriangleInequality) {
  core::Random random(2);
  for (const Index n : {5, 6, 7, 8, 20})
    for (int trial = 0; trial < 30; ++trial) {
      const test::Table<std::int32_t, MatrixMetric> table(
          test::random_matrix<std::int32_t>(n, true, trial % 2 == 0 ? 5 : 1000, random), n);
      const NeighborLists<MatrixMetric> complete(table.metric, test::complete_candidates(n));
      for (const auto* lists : {&table.lists, &complete}) {
        OrOpt<MatrixMetric> search(table.metric, *lists);
        const auto start = test::random_tour(n, random);
        const Cost gain = search.optimize(start, never);
        ASSERT_TRUE(is_tour(search.tour().order(), n));
        ASSERT_EQ(gain, length_of(table.metric, start) - length_of(table.metric, search.tour().order()));
        const auto order = local_optimum(search, start);
        EXPECT_EQ(best_two_opt(table.metric, *lists, order), 0) << n;
        EXPECT_EQ(best_insertion(table.metric, *lists, order), 0) << n;
      }
    }
}

TEST(OrOpt, TheHalvesOfANodeAreNeverParted) {
  core::Random random(3);
  for (const Index n : {4, 9, 40})
    for (int trial = 0; trial < 10; ++trial) {
      auto costs = test::random_matrix<std::int64_t>(n, false, 100, random);
      costs[1] = 101;
      const test::Table<std::int64_t, DoubledMetric> table(std::move(costs), n);
      OrOpt<DoubledMetric> search(table.metric, table.lists);
      const auto start = test::random_doubled_tour(2 * n, random);
      const Cost gain = search.optimize(start, never);
      ASSERT_TRUE(is_tour(search.tour().order(), 2 * n));
      ASSERT_TRUE(test::keeps_ties(search.tour().order()));
      ASSERT_EQ(gain, length_of(table.metric, start) - length_of(table.metric, search.tour().order()));
    }
}

TEST(OrOpt, StopLeavesAValidTourAndTheNextDescentIsWhole) {
  const Index n = 3000;
  const test::Plane<test::Euc2d> plane(test::uniform_points(n, 4), MetricKind::euc_2d);
  core::Random random(4);
  const auto start = test::random_tour(n, random);
  OrOpt<test::Euc2d> search(plane.metric, plane.lists), fresh(plane.metric, plane.lists);
  for (const int patience : {1, 3}) {
    int asked = 0;
    const Cost gain = search.optimize(start, [&] { return ++asked >= patience; });
    EXPECT_EQ(asked, patience);
    ASSERT_TRUE(is_tour(search.tour().order(), n));
    EXPECT_EQ(gain, length_of(plane.metric, start) - length_of(plane.metric, search.tour().order()));
  }
  EXPECT_EQ(search.optimize(start, never), fresh.optimize(start, never));
}

TEST(OrOpt, IsAsGoodAsItsKindShouldBe) {
  const Index n = 3000;
  const test::Plane<test::Euc2d> plane(test::uniform_points(n, 5), MetricKind::euc_2d);
  OrOpt<test::Euc2d> search(plane.metric, plane.lists);
  core::Random random(5);
  (void)search.optimize(test::random_tour(n, random), never);
  const double constant = 0.7124 * std::sqrt(3000.0) * 1e6;  // the optimum is about 1.5 % above it
  EXPECT_LT(static_cast<double>(length_of(plane.metric, search.tour().order())), 1.14 * constant);
}

}  // namespace
}  // namespace wayseer::tsp
