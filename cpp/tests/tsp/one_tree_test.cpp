#include "wayseer/tsp/one_tree.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "wayseer/core/random.hpp"
#include "wayseer/core/union_find.hpp"
#include "wayseer/tsp/held_karp.hpp"

namespace wayseer::tsp {
namespace {

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

Space all_nodes(const Problem& problem) {
  std::vector<Index> order(at(problem.size()));
  std::iota(order.begin(), order.end(), 0);
  return Space(problem, std::move(order));
}

Relaxation relaxed(const Space& space, int steps, RelaxationMethod method) {
  core::Run run{core::StopRule{}};
  return relax(space, {.steps = steps, .method = method}, run);
}

// Plain Prim over a table, and every leaf tried.
Cost minimum_one_tree(const Space& space, const Relaxation& r) {
  const Index n = space.size();
  return space.visit([&](const auto& metric) {
    const auto cost = [&](Index i, Index j) { return r.quanta(metric(i, j)) + r.pi[at(i)] + r.pi[at(j)]; };
    std::vector<Cost> key(at(n), std::numeric_limits<Cost>::max());
    std::vector<Index> parent(at(n), -1), degree(at(n), 0);
    std::vector<bool> inside(at(n), false);
    Cost total = 0;
    key[0] = 0;
    for (Index step = 0; step < n; ++step) {
      Index v = -1;
      for (Index u = 0; u < n; ++u)
        if (!inside[at(u)] && (v < 0 || key[at(u)] < key[at(v)])) v = u;
      inside[at(v)] = true;
      total += key[at(v)];
      if (parent[at(v)] >= 0) {
        ++degree[at(v)];
        ++degree[at(parent[at(v)])];
      }
      for (Index u = 0; u < n; ++u)
        if (!inside[at(u)] && cost(v, u) < key[at(u)]) {
          key[at(u)] = cost(v, u);
          parent[at(u)] = v;
        }
    }
    Cost added = std::numeric_limits<Cost>::min();
    for (Index v = 0; v < n; ++v) {
      if (degree[at(v)] != 1) continue;
      std::vector<Cost> all;
      for (Index u = 0; u < n; ++u)
        if (u != v) all.push_back(cost(v, u));
      std::nth_element(all.begin(), all.begin() + 1, all.end());
      added = std::max(added, all[1]);
    }
    return total + added - 2 * std::accumulate(r.pi.begin(), r.pi.end(), Cost{0});
  });
}

// A 1-tree of the weight it claims.
void check_tree(const Space& space, const Relaxation& r) {
  const Index n = space.size();
  ASSERT_EQ(r.tree.edges.size(), at(n) - 1);
  core::UnionFind sets(n);
  Cost weight = -2 * std::accumulate(r.pi.begin(), r.pi.end(), Cost{0});
  std::vector<Index> degree(at(n), 0);
  space.visit([&](const auto& metric) {
    const auto cost = [&](Index i, Index j) { return r.quanta(metric(i, j)) + r.pi[at(i)] + r.pi[at(j)]; };
    for (const auto& [a, b] : r.tree.edges) {
      EXPECT_TRUE(sets.unite(a, b));
      weight += cost(a, b);
      ++degree[at(a)];
      ++degree[at(b)];
      EXPECT_FALSE((a == r.tree.leaf && b == r.tree.mate) || (b == r.tree.leaf && a == r.tree.mate));
    }
    EXPECT_EQ(r.tree.added, cost(r.tree.leaf, r.tree.mate));
  });
  EXPECT_EQ(degree[at(r.tree.leaf)], 1);
  EXPECT_EQ(weight + r.tree.added, r.tree.weight);
  ++degree[at(r.tree.leaf)];
  ++degree[at(r.tree.mate)];
  std::vector<Index> told;
  r.tree.degrees(told);
  EXPECT_EQ(told, degree);
}

std::vector<double> random_points(Index n, int dimension, double range, core::Random& random) {
  std::vector<double> points(at(n * dimension));
  for (auto& x : points) x = range * random.uniform();
  return points;
}

struct Case {
  MetricKind metric;
  double range;
};
const Case every_metric[] = {
    {MetricKind::euc_2d, 1000}, {MetricKind::euc_3d, 1000},   {MetricKind::ceil_2d, 1000},
    {MetricKind::att, 1000},    {MetricKind::geo, 80},        {MetricKind::max_2d, 1000},
    {MetricKind::max_3d, 1000}, {MetricKind::man_2d, 1000},   {MetricKind::man_3d, 1000},
    {MetricKind::euclid, 1},    {MetricKind::euc_2d, 0x1p40}, {MetricKind::euc_3d, 0x1p40}};
int dimension_of(MetricKind metric) { return to_string(metric).ends_with("3D") ? 3 : 2; }

constexpr RelaxationMethod both_methods[] = {RelaxationMethod::dense, RelaxationMethod::sparse};

TEST(OneTree, CertifiedBoundNeverExceedsTheOptimum) {
  core::Random random(1);
  for (const auto& [metric, range] : every_metric)
    for (const Index n : {1, 2, 3, 4, 8, 9})
      for (const int steps : {0, 5, 100})
        for (const auto method : both_methods) {
          auto points = random_points(n, dimension_of(metric), range, random);
          if (n == 9)
            std::copy_n(points.begin(), 2 * dimension_of(metric), points.end() - 2 * dimension_of(metric));
          const auto problem = Problem::from_points(points, dimension_of(metric), metric);
          const auto space = all_nodes(problem);
          const auto r = relaxed(space, steps, method);
          ASSERT_TRUE(r.lower_bound.has_value());
          const double optimum = problem.length(held_karp(problem));
          EXPECT_LE(*r.lower_bound, optimum) << to_string(metric) << ' ' << n;
          if (n <= 3) {
            EXPECT_GE(*r.lower_bound, optimum * (1 - 1e-12));
          } else if (steps == 100) {
            EXPECT_GE(*r.lower_bound, 0.85 * optimum - 1);
          }
        }
}

TEST(OneTree, CertifiedBoundOnMatrices) {
  core::Random random(2);
  for (int repeat = 0; repeat < 60; ++repeat) {
    const Index n = 3 + random.below(6);
    // Entries up to 2^57: costs that fill int64.
    const double range = std::exp2(random.below(58));
    std::vector<std::int64_t> entries(at(n * n));
    for (Index i = 0; i < n; ++i)
      for (Index j = 0; j < i; ++j)
        entries[at(i * n + j)] = entries[at(j * n + i)] = static_cast<std::int64_t>(range * random.uniform());
    std::vector<double> floats(entries.size());
    std::transform(entries.begin(), entries.end(), floats.begin(),
                   [&](std::int64_t x) { return static_cast<double>(x) / range / 3; });
    for (const auto method : both_methods) {
      const auto problem = Problem::from_matrix({entries.data(), MatrixType::int64, n});
      const auto bound = relaxed(all_nodes(problem), 50, method).lower_bound;
      ASSERT_TRUE(bound.has_value());
      EXPECT_LE(static_cast<Cost>(*bound), problem.integer_length(held_karp(problem)));
      const auto real = Problem::from_matrix({floats.data(), MatrixType::float64, n});
      EXPECT_LE(relaxed(all_nodes(real), 50, method).lower_bound.value(), real.length(held_karp(real)));
    }
  }
}

TEST(OneTree, TreesAreMinimalUnderTheirPotentials) {
  core::Random random(3);
  for (const auto& [metric, range] : every_metric)
    for (const int steps : {0, 30})
      for (const auto method : both_methods) {
        auto points = random_points(260, dimension_of(metric), range, random);
        for (std::size_t i = 0; i < 60; ++i) points[i] = points[i % 6];  // copies
        const auto problem = Problem::from_points(points, dimension_of(metric), metric);
        const auto space = all_nodes(problem);
        const auto r = relaxed(space, steps, method);
        EXPECT_TRUE(r.exact);
        check_tree(space, r);
        EXPECT_EQ(r.tree.weight, minimum_one_tree(space, r)) << to_string(metric) << ' ' << steps;
      }
}

TEST(OneTree, TiesAndClustersAreMinimalToo) {
  core::Random random(4);
  std::vector<std::vector<double>> inputs(4);
  for (Index i = 0; i < 300; ++i) {
    inputs[0].insert(inputs[0].end(), {1.0 * (i % 25), 1.0 * (i / 25)});  // lattice
    inputs[1].insert(inputs[1].end(), {7.0, 7.0});                        // one place
    inputs[2].insert(inputs[2].end(), {3.0 * i, 0.0});                    // a line
    const double centre = 1e5 * random.below(5);                          // distant, tight clusters
    inputs[3].insert(inputs[3].end(), {centre + random.uniform(), centre + random.uniform()});
  }
  for (const auto& points : inputs)
    for (const auto metric : {MetricKind::euc_2d, MetricKind::max_2d, MetricKind::euclid}) {
      const auto problem = Problem::from_points(points, 2, metric);
      const auto space = all_nodes(problem);
      for (const auto method : both_methods) {
        const auto r = relaxed(space, 20, method);
        check_tree(space, r);
        EXPECT_EQ(r.tree.weight, minimum_one_tree(space, r));
      }
    }
}

TEST(OneTree, MatricesThroughTheSparseGraph) {
  core::Random random(5);
  constexpr Index n = 200;
  std::vector<std::int32_t> entries(n * n);
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < i; ++j) {
      const bool apart = (i < n / 2) != (j < n / 2);  // two halves: the neighbour graph is not connected
      entries[at(i * n + j)] = entries[at(j * n + i)] = random.below(1000) + (apart ? 100000 : 0);
    }
  const auto problem = Problem::from_matrix({entries.data(), MatrixType::int32, n});
  const auto space = all_nodes(problem);
  for (const int steps : {0, 50}) {
    const auto r = relaxed(space, steps, RelaxationMethod::sparse);
    check_tree(space, r);
    EXPECT_EQ(r.tree.weight, minimum_one_tree(space, r));
    for (const auto& [a, b] : r.tree.edges) {
      const auto row = r.graph.row(a);
      EXPECT_TRUE(std::binary_search(row.begin(), row.end(), b));
    }
  }
}

TEST(OneTree, AscentClosesMostOfTheGap) {
  core::Random random(6);
  const auto points = random_points(300, 2, 1e6, random);
  const auto problem = Problem::from_points(points, 2, MetricKind::euc_2d);
  const auto space = all_nodes(problem);
  core::Run run{core::StopRule{}};
  const double start = held_karp_bound(space, 0, run).value();
  const double middle = held_karp_bound(space, 50, run).value();
  const double end = held_karp_bound(space, 200, run).value();
  EXPECT_GT(middle, 1.07 * start);  // measured 10 % to 1 % below the optimum
  EXPECT_GE(end, middle);
  EXPECT_EQ(held_karp_bound(space, 50, run), middle);
}

TEST(OneTree, TheBoundMeetsTheTourOnAConvexCurve) {
  constexpr Index n = 40;
  std::vector<double> points;
  for (Index i = 0; i < n; ++i) {
    const double angle = 2 * 3.14159265358979 * i / n;
    points.insert(points.end(), {1e5 * std::cos(angle), 1e5 * std::sin(angle)});
  }
  std::vector<Index> tour(n);
  std::iota(tour.begin(), tour.end(), 0);
  for (const auto metric : {MetricKind::euc_2d, MetricKind::euclid}) {
    const auto problem = Problem::from_points(points, 2, metric);
    for (const auto method : both_methods) {
      const double bound = relaxed(all_nodes(problem), 50, method).lower_bound.value();
      EXPECT_LE(bound, problem.length(tour));
      EXPECT_GE(bound, problem.length(tour) * (1 - 1e-12));
    }
  }
}

TEST(OneTree, ANodeOfEnormousDegreeDoesNotOverflow) {
  constexpr Index n = 300;
  std::vector<std::int64_t> entries(n * n, std::int64_t{1} << 52);
  for (Index i = 0; i < n; ++i) entries[at(i)] = entries[at(i * n)] = 1;
  const auto problem = Problem::from_matrix({entries.data(), MatrixType::int64, n});
  const auto space = all_nodes(problem);
  const auto r = relaxed(space, 200, RelaxationMethod::dense);
  check_tree(space, r);
  EXPECT_EQ(r.tree.weight, minimum_one_tree(space, r));
  const Cost optimum = 2 + (n - 2) * (Cost{1} << 52);
  EXPECT_LE(static_cast<Cost>(r.lower_bound.value()), optimum);
}

TEST(OneTree, NoCertificateWhereThereIsNone) {
  core::Random random(7);
  const auto points = random_points(20, 2, 100, random);
  const auto rounded = Problem::from_points(points, 2, MetricKind::euc_2d);
  const auto real = Problem::from_points(points, 2, MetricKind::euclid);
  core::Run run{core::StopRule{}};
  EXPECT_FALSE(held_karp_bound(Space(rounded, {0, 1, 2, 3, 4, 5}), 10, run).has_value());
  EXPECT_TRUE(held_karp_bound(Space(real, {0, 1, 2, 3, 4, 5}), 10, run).has_value());

  std::vector<std::int32_t> entries(100);
  for (auto& x : entries) x = random.below(100);
  const auto directed = Problem::from_matrix({entries.data(), MatrixType::int32, 10});
  ASSERT_FALSE(directed.symmetric());
  EXPECT_FALSE(held_karp_bound(all_nodes(directed), 10, run).has_value());
  const auto r = relaxed(all_nodes(directed), 30, RelaxationMethod::dense);
  check_tree(all_nodes(directed), r);

  const std::atomic<bool> cancel{true};
  core::StopRule rule;
  rule.cancel = &cancel;
  core::Run stopped(rule);
  for (const auto method : both_methods) {
    const auto none = relax(all_nodes(rounded), {.method = method}, stopped);
    EXPECT_TRUE(none.tree.edges.empty());
    EXPECT_FALSE(none.lower_bound.has_value());
  }
}

TEST(OneTree, BadArgumentsAreRefused) {
  const std::vector<double> points{0, 0, 1, 1, 2, 0};
  const auto problem = Problem::from_points(points, 2, MetricKind::euc_2d);
  core::Run run{core::StopRule{}};
  EXPECT_THROW((void)relax(all_nodes(problem), {.steps = -1}, run), std::invalid_argument);
  EXPECT_THROW((void)relax(Space(problem, {}), {}, run), std::invalid_argument);
}

}  // namespace
}  // namespace wayseer::tsp
