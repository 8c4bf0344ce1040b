#include "wayseer/tsp/alpha.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include "wayseer/core/random.hpp"
#include "wayseer/core/union_find.hpp"

namespace wayseer::tsp {
namespace {

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

Space all_nodes(const Problem& problem) {
  std::vector<Index> order(at(problem.size()));
  std::iota(order.begin(), order.end(), 0);
  return Space(problem, std::move(order));
}

AlphaResult alpha_of(const Space& space, const AlphaOptions& options) {
  core::Run run{core::StopRule{}};
  return alpha_nearness(space, options, run);
}

Relaxation relaxation_of(const Space& space, const AlphaOptions& options) {
  core::Run run{core::StopRule{}};
  return relax(space, {.steps = options.ascent_steps, .method = options.method, .wanted = options.k}, run);
}

std::vector<double> random_points(Index n, core::Random& random, double range = 1e6) {
  std::vector<double> points(at(2 * n));
  for (auto& x : points) x = range * random.uniform();
  return points;
}

// Rows ascending by (alpha, c_pi, id) without repeats, padding last; alpha >= 0, and 0 on the 1-tree.
void check_rows(const Space& space, const AlphaResult& result, const Relaxation& r) {
  std::set<std::pair<Index, Index>> tree;
  const auto add = [&](Index a, Index b) { tree.insert({std::min(a, b), std::max(a, b)}); };
  for (const auto& [a, b] : r.tree.edges) add(a, b);
  add(r.tree.leaf, r.tree.mate);
  space.visit([&](const auto& metric) {
    for (Index i = 0; i < result.n; ++i) {
      std::set<Index> seen;
      for (int slot = 0; slot < result.k; ++slot) {
        const std::size_t here = at(i) * at(result.k) + at(slot);
        const Index j = result.neighbors[here];
        const double alpha = result.alpha[here];
        if (j < 0) {
          EXPECT_EQ(alpha, std::numeric_limits<double>::infinity());
          continue;
        }
        EXPECT_TRUE(j != i && j < result.n && seen.insert(j).second);
        EXPECT_GE(alpha, 0);
        EXPECT_TRUE(alpha == 0 || !tree.contains({std::min(i, j), std::max(i, j)}));
        if (slot == 0) continue;
        const Index before = result.neighbors[here - 1];
        ASSERT_GE(before, 0);
        const auto reduced = [&](Index u) { return r.quanta(metric(i, u)) + r.pi[at(u)]; };
        const auto key = [&](Index u, double a) { return std::tuple(a, reduced(u), u); };
        EXPECT_LT(key(before, result.alpha[here - 1]), key(j, alpha));
      }
    }
  });
}

// The weight of the minimum 1-tree with the given special leaf that holds the edge (i, j); i = -1: any.
template <class CostOf>
Cost with_edge(Index n, Index leaf, Index i, Index j, CostOf&& cost) {
  struct Edge {
    Cost cost;
    Index a, b;
  };
  std::vector<Edge> edges;
  for (Index a = 0; a < n; ++a)
    for (Index b = a + 1; b < n; ++b)
      if (a != leaf && b != leaf) edges.push_back({cost(a, b), a, b});
  std::sort(edges.begin(), edges.end(), [](const Edge& x, const Edge& y) { return x.cost < y.cost; });
  core::UnionFind sets(n);
  Cost total = 0;
  const bool at_leaf = i == leaf || j == leaf;
  if (i >= 0 && !at_leaf) {
    sets.unite(i, j);
    total += cost(i, j);
  }
  for (const Edge& e : edges)
    if (sets.unite(e.a, e.b)) total += e.cost;
  std::vector<Cost> spokes;
  for (Index u = 0; u < n; ++u)
    if (u != leaf && !(at_leaf && (u == i || u == j))) spokes.push_back(cost(leaf, u));
  std::sort(spokes.begin(), spokes.end());
  return total + spokes[0] + (at_leaf ? cost(i, j) : spokes[1]);
}

TEST(Alpha, EqualsTheMinimumOneTreeThatHoldsTheEdge) {
  core::Random random(1);
  for (int repeat = 0; repeat < 120; ++repeat) {
    const Index n = 3 + random.below(8);
    std::vector<std::int32_t> entries(at(n * n));
    const Index range = repeat % 3 == 0 ? 4 : 1000;  // many ties, or none
    for (Index i = 0; i < n; ++i)
      for (Index j = 0; j < i; ++j) entries[at(i * n + j)] = entries[at(j * n + i)] = random.below(range);
    const auto problem = Problem::from_matrix({entries.data(), MatrixType::int32, n});
    const auto space = all_nodes(problem);
    for (const int steps : {0, 30})
      for (const auto method : {RelaxationMethod::dense, RelaxationMethod::sparse}) {
        const AlphaOptions options{.k = n - 1, .ascent_steps = steps, .method = method};
        const auto result = alpha_of(space, options);
        const auto r = relaxation_of(space, options);
        check_rows(space, result, r);
        space.visit([&](const auto& metric) {
          const auto cost = [&](Index i, Index j) {
            return r.quanta(metric(i, j)) + r.pi[at(i)] + r.pi[at(j)];
          };
          const Cost least = with_edge(n, r.tree.leaf, -1, -1, cost);
          for (Index i = 0; i < n; ++i)
            for (int slot = 0; slot < n - 1; ++slot) {
              const std::size_t here = at(i) * at(n - 1) + at(slot);
              const Index j = result.neighbors[here];
              ASSERT_GE(j, 0);
              EXPECT_EQ(result.alpha[here], r.quanta.to_user(with_edge(n, r.tree.leaf, i, j, cost) - least));
            }
        });
      }
  }
}

TEST(Alpha, SparseAgreesWithExactOnUniformPoints) {
  core::Random random(2);
  constexpr Index n = 2000;
  const auto points = random_points(n, random);
  const auto problem = Problem::from_points(points, 2, MetricKind::euc_2d);
  const auto space = all_nodes(problem);
  const auto exact = alpha_of(space, {.k = 5, .method = RelaxationMethod::dense});
  const auto sparse = alpha_of(space, {.k = 5, .method = RelaxationMethod::sparse});
  const auto standard = alpha_of(space, {.k = 5});
  int same = 0, same_standard = 0;
  for (std::size_t i = 0; i < at(n); ++i) {
    const auto begin = exact.neighbors.begin() + static_cast<std::ptrdiff_t>(5 * i);
    for (std::size_t slot = 5 * i; slot < 5 * i + 5; ++slot) {
      same += std::find(begin, begin + 5, sparse.neighbors[slot]) != begin + 5;
      same_standard += std::find(begin, begin + 5, standard.neighbors[slot]) != begin + 5;
    }
  }
  EXPECT_GE(same, 0.99 * 5 * n);
  EXPECT_GE(same_standard, 0.99 * 5 * n);
  EXPECT_NEAR(sparse.lower_bound.value(), exact.lower_bound.value(), 0.0005 * exact.lower_bound.value());
  EXPECT_NEAR(sparse.mean_edge, exact.mean_edge, 0.0005 * exact.mean_edge);
}

TEST(Alpha, BothWaysOfFindingPathMaximaAgree) {
  core::Random random(3);
  for (const auto metric : {MetricKind::euc_2d, MetricKind::geo, MetricKind::euclid}) {
    constexpr Index n = 400;
    auto points = random_points(n, random, 50);
    for (std::size_t i = 0; i < 60; ++i) points[i] = points[i % 4];  // copies
    const auto problem = Problem::from_points(points, 2, metric);
    const auto space = all_nodes(problem);
    // Above 256 nodes both take the same steps; only the ranking differs.
    const AlphaOptions few{.k = 10, .ascent_steps = 30, .method = RelaxationMethod::sparse};
    const auto sparse = alpha_of(space, few);
    check_rows(space, sparse, relaxation_of(space, few));
    const auto same_steps = alpha_of(space, {.k = 10, .ascent_steps = 30});
    ASSERT_EQ(same_steps.pi, sparse.pi);
    for (std::size_t i = 0; i < at(n); ++i)
      for (std::size_t slot = 10 * i; slot < 10 * i + 10; ++slot)
        for (std::size_t other = 10 * i; other < 10 * i + 10; ++other)
          if (sparse.neighbors[slot] >= 0 && sparse.neighbors[slot] == same_steps.neighbors[other]) {
            EXPECT_EQ(sparse.alpha[slot], same_steps.alpha[other]);
          }
  }
}

TEST(Alpha, PointsAndTheirMatrixGiveTheSameLists) {
  core::Random random(4);
  constexpr Index n = 150;
  const auto points = random_points(n, random, 1000);
  const auto problem = Problem::from_points(points, 2, MetricKind::euc_2d);
  std::vector<std::int64_t> entries(at(n * n));
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < n; ++j) entries[at(i * n + j)] = static_cast<std::int64_t>(problem.cost(i, j));
  const auto matrix = Problem::from_matrix({entries.data(), MatrixType::int64, n});
  const auto a = alpha_of(all_nodes(problem), {});
  const auto b = alpha_of(all_nodes(matrix), {});
  EXPECT_NEAR(*a.lower_bound, *b.lower_bound, 1);  // the quanta differ: they follow the bound on the costs
  const auto again = alpha_of(all_nodes(matrix), {});
  EXPECT_EQ(again.neighbors, b.neighbors);
  EXPECT_EQ(again.alpha, b.alpha);
  const auto plain = alpha_of(all_nodes(problem), {.ascent_steps = 0});
  EXPECT_EQ(plain.neighbors, alpha_of(all_nodes(matrix), {.ascent_steps = 0}).neighbors);
  EXPECT_EQ(plain.pi, std::vector<double>(at(n), 0.0));
}

TEST(Alpha, TheTwoNeighboursOnAConvexCurveComeFirst) {
  constexpr Index n = 30;
  std::vector<double> points;
  for (Index i = 0; i < n; ++i) {
    const double angle = 2 * 3.14159265358979 * i / n;
    points.insert(points.end(), {1e5 * std::cos(angle), 1e5 * std::sin(angle)});
  }
  const auto problem = Problem::from_points(points, 2, MetricKind::euclid);
  const auto result = alpha_of(all_nodes(problem), {.k = 2});
  for (Index i = 0; i < n; ++i) {
    std::set<Index> found{result.neighbors[at(2 * i)], result.neighbors[at(2 * i + 1)]};
    EXPECT_EQ(found, (std::set<Index>{(i + 1) % n, (i + n - 1) % n}));
  }
  const auto lists = result.lists();
  EXPECT_EQ(lists.size(), n);
  EXPECT_EQ(lists.row(3).size(), 2U);
}

TEST(Alpha, TinyInputsArePadded) {
  const std::vector<double> points{0, 0, 3, 4, 6, 8};
  for (Index n = 1; n <= 3; ++n) {
    const auto problem = Problem::from_points(std::span{points}.first(at(2 * n)), 2, MetricKind::euc_2d);
    const auto result = alpha_of(all_nodes(problem), {.k = 4});
    EXPECT_EQ(result.lists().ids.size(), at(n * (n - 1)));
    EXPECT_EQ(result.neighbors.size(), at(4 * n));
    EXPECT_EQ(result.lower_bound.value(), n == 1 ? 0 : n == 2 ? 10 : 20);
  }
}

TEST(Alpha, AsymmetricProblemsRankTheDoubledNodes) {
  core::Random random(5);
  constexpr Index n = 30;
  std::vector<std::int32_t> entries(at(n * n));
  for (auto& x : entries) x = random.below(1000);
  const auto problem = Problem::from_matrix({entries.data(), MatrixType::int32, n});
  const auto result = alpha_of(all_nodes(problem), {});
  EXPECT_FALSE(result.lower_bound.has_value());
  for (Index v = 0; v < 2 * n; ++v) {
    const auto row = std::span{result.neighbors}.subspan(at(7 * v), 7);
    EXPECT_TRUE(std::find(row.begin(), row.begin() + 3, v ^ 1) !=
                row.begin() + 3);  // the tie to the other half
  }
}

TEST(Alpha, AStoppedRunGivesEmptyLists) {
  core::Random random(6);
  const auto points = random_points(600, random);
  const auto problem = Problem::from_points(points, 2, MetricKind::euc_2d);
  const std::atomic<bool> cancel{true};
  core::StopRule rule;
  rule.cancel = &cancel;
  core::Run run(rule);
  const auto result = alpha_nearness(all_nodes(problem), {}, run);
  EXPECT_EQ(result.neighbors, std::vector<Index>(600 * 7, -1));
  EXPECT_FALSE(result.lower_bound.has_value());
  EXPECT_TRUE(result.pi.empty());
}

TEST(Alpha, BadArgumentsAreRefused) {
  const std::vector<double> points{0, 0, 1, 1, 2, 0};
  const auto problem = Problem::from_points(points, 2, MetricKind::euc_2d);
  EXPECT_THROW((void)alpha_of(all_nodes(problem), {.k = 0}), std::invalid_argument);
  EXPECT_THROW((void)alpha_of(all_nodes(problem), {.ascent_steps = -1}), std::invalid_argument);
}

}  // namespace
}  // namespace wayseer::tsp
