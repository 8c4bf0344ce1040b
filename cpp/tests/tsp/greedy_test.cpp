#include "wayseer/tsp/greedy.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "instances.hpp"
#include "wayseer/core/union_find.hpp"

namespace wayseer::tsp {
namespace {

using test::at;
using test::is_tour;
using test::length_of;

template <class Instance>
void expect_tours(const Instance& instance, const std::string& name) {
  using Metric = std::decay_t<decltype(instance.metric)>;
  const Index n = instance.space.size();
  Greedy<Metric> greedy(instance.space, instance.metric, instance.lists);
  const auto plain = greedy.tour();
  ASSERT_TRUE(is_tour(plain, n)) << name;
  core::Random one(3), other(3);
  const auto perturbed = greedy.perturbed_tour(one);
  ASSERT_TRUE(is_tour(perturbed, n)) << name;
  EXPECT_EQ(greedy.tour(), plain) << name << ": one object, many tours";
  EXPECT_EQ(greedy.perturbed_tour(other), perturbed) << name << ": the generator decides";
  const auto flat = greedy.tour([](const auto&) { return 0.0; });
  ASSERT_TRUE(is_tour(flat, n)) << name;
  // Weights of all magnitudes, many of them equal: by weight, then in candidate order.
  const auto weight = [](const auto& edge) { return std::exp2((edge.u * 7 + edge.v * 13) % 120 - 60); };
  std::vector<std::size_t> by_weight(greedy.edges().size());
  std::iota(by_weight.begin(), by_weight.end(), std::size_t{0});
  std::ranges::stable_sort(by_weight, {}, [&](std::size_t e) { return weight(greedy.edges()[e]); });
  std::vector<double> rank(by_weight.size());
  for (std::size_t r = 0; r < rank.size(); ++r) rank[by_weight[r]] = static_cast<double>(r);
  const auto* first = greedy.edges().data();
  EXPECT_EQ(greedy.tour(weight), greedy.tour([&](const auto& edge) {
    return rank[static_cast<std::size_t>(&edge - first)];
  })) << name;
}

TEST(Greedy, IsATourOfEveryKindOfPoints) {
  for (const Index n : {5, 6, 7, 12, 33, 64, 65, 66, 130, 500, 3000})
    for (const auto& set : test::difficult_points(n, 2, 31)) {
      SCOPED_TRACE(set.name + " " + std::to_string(n));
      expect_tours(test::Plane<test::Euc2d>(set.points, MetricKind::euc_2d), set.name);
      if (n <= 500) {
        expect_tours(test::Plane<test::Euclid2d>(set.points, MetricKind::euclid), set.name);
        expect_tours(test::Plane<GeoMetric>(set.points, MetricKind::geo), set.name);
        expect_tours(test::Plane<AttMetric>(set.points, MetricKind::att), set.name);
      }
    }
}

TEST(Greedy, IsATourInSpace) {
  for (const Index n : {5, 12, 65, 500})
    for (const auto& set : test::difficult_points(n, 3, 32)) {
      const auto problem = Problem::from_points(set.points, 3, MetricKind::man_3d);
      const Space space(problem, test::identity(n));
      using Metric = PointMetric<ManhattanNorm, RoundNearest, 3>;
      const auto metric = test::metric_of<Metric>(space);
      const NeighborLists<Metric> lists(metric, default_candidates(space));
      EXPECT_TRUE(is_tour(Greedy<Metric>(space, metric, lists).tour(), n)) << set.name;
    }
}

TEST(Greedy, IsATourOfEveryKindOfMatrix) {
  core::Random random(4);
  for (const Index n : {5, 6, 12, 65, 200})
    for (const Index limit : {1, 2, 1000}) {
      SCOPED_TRACE(std::to_string(n) + " " + std::to_string(limit));
      expect_tours(test::Table<std::int32_t, MatrixMetric>(
                       test::random_matrix<std::int32_t>(n, true, limit, random), n),
                   "");
      expect_tours(
          test::Table<double, MatrixMetric>(
              test::make_matrix<double>(
                  n, true, random, [](core::Random& r) { return r.uniform() < 0.3 ? 1e30 : r.uniform(); }),
              n),
          "");
    }
}

TEST(Greedy, OfADoubledSpaceKeepsTheHalvesTogether) {
  core::Random random(5);
  for (const Index n : {3, 4, 5, 8, 40, 200})
    for (const Index limit : {2, 1000}) {
      auto costs = test::random_matrix<std::int64_t>(n, false, limit, random);
      costs[1] = limit + 1;
      const test::Table<std::int64_t, DoubledMetric> table(std::move(costs), n);
      Greedy<DoubledMetric> greedy(table.space, table.metric, table.lists);
      for (const auto& tour :
           {greedy.tour(), greedy.perturbed_tour(random), greedy.tour([&](const auto& e) {
              return static_cast<double>(e.u % 2 == 0 && e.v == e.u + 1 ? 1e9 : 1.0);  // against the ties
            })}) {
        ASSERT_TRUE(is_tour(tour, 2 * n));
        ASSERT_TRUE(test::keeps_ties(tour)) << n;
        // And no forbidden edge: the length is that of the tour of arcs.
        EXPECT_EQ(length_of(table.metric, tour) - table.space.offset(),
                  table.problem.integer_length(table.space.to_user(tour)));
      }
    }
}

// With all edges as candidates and all lengths different it is the textbook's greedy.
TEST(Greedy, IsTheTextbookGreedyOnCompleteLists) {
  core::Random random(6);
  for (const Index n : {5, 9, 30, 80}) {
    auto costs = test::random_matrix<std::int32_t>(n, true, 1, random);
    std::vector<std::int32_t> different(at(n) * at(n));
    for (std::size_t i = 0; i < different.size(); ++i) different[i] = static_cast<std::int32_t>(i);
    core::shuffle(std::span{different}, random);
    std::size_t used = 0;
    for (std::size_t i = 0; i < at(n); ++i)
      for (std::size_t j = 0; j < i; ++j) costs[i * at(n) + j] = costs[j * at(n) + i] = different[used++];
    const test::Table<std::int32_t, MatrixMetric> table(std::move(costs), n);
    const NeighborLists<MatrixMetric> complete(table.metric, test::complete_candidates(n));
    const auto tour = Greedy<MatrixMetric>(table.space, table.metric, complete).tour();

    std::vector<std::pair<Cost, test::Edge>> edges;
    for (Index u = 0; u < n; ++u)
      for (Index v = u + 1; v < n; ++v) edges.push_back({table.metric(u, v), {u, v}});
    std::sort(edges.begin(), edges.end());
    std::vector<int> degree(at(n));
    core::UnionFind sets(n);
    std::vector<test::Edge> chosen;
    for (const auto& [cost, edge] : edges) {
      const auto [u, v] = edge;
      const bool last = chosen.size() + 1 == at(n);  // the closing edge
      if (degree[at(u)] == 2 || degree[at(v)] == 2 || (!last && sets.same(u, v))) continue;
      sets.unite(u, v);
      ++degree[at(u)];
      ++degree[at(v)];
      chosen.push_back(edge);
    }
    for (Index u = 0; u < n; ++u)
      for (Index v = u + 1; v < n; ++v)
        if (chosen.size() < at(n) && degree[at(u)] < 2 && degree[at(v)] < 2) chosen.push_back({u, v});
    std::sort(chosen.begin(), chosen.end());
    EXPECT_EQ(test::edges_of(tour), chosen) << n;
  }
}

TEST(Greedy, EachCandidateEdgeCountsOnce) {
  for (const auto& set : test::difficult_points(200, 2, 33)) {
    const test::Plane<test::Euc2d> plane(set.points, MetricKind::euc_2d);
    const Greedy<test::Euc2d> greedy(plane.space, plane.metric, plane.lists);
    std::vector<test::Edge> listed, edges;
    for (Index v = 0; v < 200; ++v)
      for (const auto& entry : plane.lists[v]) listed.push_back(test::ordered(v, entry.node));
    std::sort(listed.begin(), listed.end());
    listed.erase(std::unique(listed.begin(), listed.end()), listed.end());
    for (const auto& edge : greedy.edges()) {
      edges.push_back({edge.u, edge.v});
      EXPECT_EQ(edge.distance, plane.metric(edge.u, edge.v));
    }
    std::sort(edges.begin(), edges.end());
    EXPECT_EQ(edges, listed) << set.name;
  }
}

TEST(Greedy, IsAsGoodAsItsKindShouldBe) {
  const Index n = 3000;
  const test::Plane<test::Euc2d> plane(test::uniform_points(n, 7), MetricKind::euc_2d);
  Greedy<test::Euc2d> greedy(plane.space, plane.metric, plane.lists);
  const double optimum = 0.7124 * std::sqrt(3000.0) * 1e6 * (1 + 0.83 / std::sqrt(3000.0));
  EXPECT_LT(static_cast<double>(length_of(plane.metric, greedy.tour())), 1.22 * optimum);
  core::Random random(7);
  EXPECT_LT(static_cast<double>(length_of(plane.metric, greedy.perturbed_tour(random))), 1.3 * optimum);
}

// Equal costs: every list names the same few nodes, and a round of joins must not come to one join.
TEST(Greedy, TiesDoNotMakeItSlow) {
  const Index n = 600;
  core::Random random(8);
  for (const Index limit : {1, 2}) {  // all costs 0; costs 0 and 1
    const test::Table<std::int32_t, MatrixMetric> table(
        test::random_matrix<std::int32_t>(n, true, limit, random), n);
    std::int64_t asked = 0;
    struct Counting {
      using Near = MatrixMetric::Near;
      MatrixMetric metric;
      std::int64_t* asked;
      Cost operator()(Index i, Index j) const noexcept {
        ++*asked;
        return metric(i, j);
      }
    };
    const Counting counting{table.metric, &asked};
    const NeighborLists<Counting> lists(counting, table.candidates);
    asked = 0;
    EXPECT_TRUE(is_tour(Greedy<Counting>(table.space, counting, lists).tour(), n));
    // A few rounds over the free ends, each at most n^2 costs.
    EXPECT_LT(asked, 12LL * n * n) << limit;
  }
}

}  // namespace
}  // namespace wayseer::tsp
