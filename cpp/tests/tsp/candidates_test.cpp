#include "wayseer/tsp/candidates.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "instances.hpp"
#include "wayseer/tsp/candidate_table.hpp"

namespace wayseer::tsp {
namespace {

using test::at;
using test::identity;

CandidateLists lists_of(const std::vector<std::vector<Index>>& rows) {
  CandidateLists lists;
  for (const auto& row : rows) {
    lists.ids.insert(lists.ids.end(), row.begin(), row.end());
    lists.end_row();
  }
  return lists;
}
std::vector<Index> row_of(const CandidateLists& lists, Index v) {
  return {lists.row(v).begin(), lists.row(v).end()};
}

void expect_well_formed(const CandidateLists& lists, Index n) {
  ASSERT_EQ(lists.size(), n);
  ASSERT_EQ(lists.offset.back(), static_cast<std::int64_t>(lists.ids.size()));
  for (Index v = 0; v < n; ++v) {
    const auto row = lists.row(v);
    const std::set<Index> nodes(row.begin(), row.end());
    ASSERT_EQ(nodes.size(), row.size()) << "repeats at " << v;
    ASSERT_FALSE(nodes.contains(v));
    for (const Index u : row) ASSERT_TRUE(u >= 0 && u < n);
  }
}

// The k smallest costs from v, ascending; rows may differ from it by ties only.
template <class Metric>
std::vector<Cost> nearest_costs(const Metric& metric, Index v, Index n, int k) {
  std::vector<Cost> costs;
  for (Index u = 0; u < n; ++u)
    if (u != v) costs.push_back(metric(v, u));
  std::sort(costs.begin(), costs.end());
  costs.resize(std::min(costs.size(), static_cast<std::size_t>(k)));
  return costs;
}

std::vector<MetricKind> metrics_of(int dimension) {
  if (dimension == 3) return {MetricKind::euc_3d, MetricKind::max_3d, MetricKind::man_3d, MetricKind::euclid};
  return {MetricKind::euc_2d, MetricKind::ceil_2d, MetricKind::att,   MetricKind::geo,
          MetricKind::max_2d, MetricKind::man_2d,  MetricKind::euclid};
}

TEST(Candidates, NearestEqualsBruteForceUnderEveryMetric) {
  for (const int dimension : {2, 3})
    for (const Index n : {1, 2, 9, 60})
      for (auto& set : test::difficult_points(n, dimension, 41))
        for (const auto kind : metrics_of(dimension)) {
          if (kind == MetricKind::geo)
            for (double& x : set.points) x = std::remainder(x, 180.0) / 2;
          const auto problem = Problem::from_points(set.points, dimension, kind);
          const Space space(problem, identity(n));
          for (const int k : {1, 5, 10, 100}) {
            const auto lists = nearest_candidates(space, k);
            expect_well_formed(lists, n);
            space.visit([&](const auto& metric) {
              for (Index v = 0; v < n; ++v) {
                std::vector<Cost> costs;
                for (const Index u : lists.row(v)) costs.push_back(metric(v, u));
                // Rounding keeps the order of the true distances, for the sphere all but the last digit.
                const auto expected = nearest_costs(metric, v, n, k);
                ASSERT_EQ(costs.size(), expected.size());
                for (std::size_t i = 0; i < costs.size(); ++i)
                  ASSERT_LE(std::abs(costs[i] - expected[i]),
                            kind == MetricKind::geo || kind == MetricKind::euclid ? 1 : 0)
                      << set.name << ' ' << to_string(kind) << " v " << v << " k " << k;
              }
            });
          }
        }
}

TEST(Candidates, NearestOfAMatrixIsTheCheapestOfTheRow) {
  core::Random random(1);
  for (const Index n : {1, 2, 5, 40}) {
    const auto costs = test::random_matrix<std::int32_t>(n, true, 30, random);
    const auto problem = test::matrix_problem(costs, n);
    const Space space(problem, test::random_tour(n, random));
    const auto metric = test::metric_of<MatrixMetric>(space);
    for (const int k : {1, 10, 100}) {
      const auto lists = nearest_candidates(space, k);
      expect_well_formed(lists, n);
      for (Index v = 0; v < n; ++v) {
        std::vector<Cost> row;
        for (const Index u : lists.row(v)) row.push_back(metric(v, u));
        EXPECT_EQ(row, nearest_costs(metric, v, n, k));
      }
    }
  }
}

TEST(Candidates, QuadrantsEqualBruteForceAndSkipCoincidentPoints) {
  for (const auto& set : test::difficult_points(80, 2, 42)) {
    const auto problem = Problem::from_points(set.points, 2, MetricKind::euclid);
    const Space space(problem, identity(80));
    for (const int m : {1, 3}) {
      const auto lists = quadrant_candidates(space, m);
      expect_well_formed(lists, 80);
      for (Index v = 0; v < 80; ++v) {
        const auto quadrant_of = [&](Index u) {
          const double dx = set.points[at(2 * u)] - set.points[at(2 * v)];
          const double dy = set.points[at(2 * u + 1)] - set.points[at(2 * v + 1)];
          if (dx == 0 && dy == 0) return -1;
          return (dx >= 0 ? 0 : 1) + (dy >= 0 ? 0 : 2);
        };
        for (int q = 0; q < 4; ++q) {
          std::vector<double> expected, found;
          for (Index u = 0; u < 80; ++u)
            if (quadrant_of(u) == q) expected.push_back(problem.cost(v, u));
          std::sort(expected.begin(), expected.end());
          expected.resize(std::min(expected.size(), static_cast<std::size_t>(m)));
          for (const Index u : lists.row(v))
            if (quadrant_of(u) == q) found.push_back(problem.cost(v, u));
          std::sort(found.begin(), found.end());
          ASSERT_EQ(found.size(), expected.size()) << set.name << ' ' << v;
          for (std::size_t i = 0; i < found.size(); ++i) ASSERT_DOUBLE_EQ(found[i], expected[i]) << set.name;
        }
        for (const Index u : lists.row(v)) ASSERT_GE(quadrant_of(u), 0);
      }
    }
  }
}

TEST(Candidates, UniteKeepsTheFirstAndAddsTheNew) {
  const auto both = unite(lists_of({{1, 2}, {}, {0}}), lists_of({{2, 3, 1}, {0, 2}, {}}));
  EXPECT_EQ(row_of(both, 0), (std::vector<Index>{1, 2, 3}));
  EXPECT_EQ(row_of(both, 1), (std::vector<Index>{0, 2}));
  EXPECT_EQ(row_of(both, 2), (std::vector<Index>{0}));
}

double variation_of_the_eighth(const Problem& problem) {
  double sum = 0, squares = 0;
  const Index n = problem.size();
  for (Index v = 0; v < n; ++v) {
    std::vector<double> costs;
    for (Index u = 0; u < n; ++u)
      if (u != v && problem.cost(v, u) > 0) costs.push_back(problem.cost(v, u));
    std::nth_element(costs.begin(), costs.begin() + 7, costs.end());
    sum += costs[7];
    squares += costs[7] * costs[7];
  }
  const double mean = sum / n;
  return std::sqrt(squares / n - mean * mean) / mean;
}

std::vector<std::vector<Index>> sorted_rows(const CandidateLists& lists) {
  std::vector<std::vector<Index>> rows;
  for (Index v = 0; v < lists.size(); ++v) {
    rows.push_back(row_of(lists, v));
    std::sort(rows.back().begin(), rows.back().end());
  }
  return rows;
}

TEST(Candidates, DefaultFollowsTheClusteredRule) {
  core::Random random(2);
  const Index n = 600;
  int clustered = 0, even = 0;
  for (int trial = 0; trial < 8; ++trial) {
    // From even to heavily clustered; twins do not count.
    const double share = trial / 8.0;
    auto points = test::make_points(n, 2, [&](Index, int) { return 1e6 * random.uniform(); });
    for (Index i = 0; i < n; ++i)
      if (random.uniform() < share)
        for (int axis = 0; axis < 2; ++axis)
          points[at(2 * i + axis)] = 1e5 * (1 + i % 3) + 5e3 * random.uniform();
    for (int axis = 0; axis < 2; ++axis) points[at(2 + axis)] = points[at(axis)];
    const auto problem = Problem::from_points(points, 2, MetricKind::euclid);
    const Space space(problem, identity(n));
    const double variation = variation_of_the_eighth(problem);
    if (std::abs(variation - 0.5) < 0.01) continue;
    const auto expected = variation > 0.5
                              ? unite(nearest_candidates(space, 5), quadrant_candidates(space, 3))
                              : unite(nearest_candidates(space, 7), quadrant_candidates(space, 1));
    EXPECT_EQ(sorted_rows(default_candidates(space)), sorted_rows(expected)) << variation;
    ++(variation > 0.5 ? clustered : even);
  }
  EXPECT_GT(clustered, 0);
  EXPECT_GT(even, 0);
}

TEST(Candidates, DefaultIsWellFormedEverywhere) {
  for (const int dimension : {2, 3})
    for (const Index n : {1, 2, 3, 8, 100})
      for (const auto& set : test::difficult_points(n, dimension, 43))
        for (const auto kind : metrics_of(dimension)) {
          const auto problem = Problem::from_points(set.points, dimension, kind);
          const auto lists = default_candidates(Space(problem, identity(n)));
          expect_well_formed(lists, n);
          for (Index v = 0; v < n; ++v)
            ASSERT_GE(lists.row(v).size(), std::min<std::size_t>(5, at(n - 1))) << set.name;
        }
}

TEST(Candidates, OfAnAsymmetricMatrixAreTheTieAndTheCheapestArcs) {
  core::Random random(3);
  for (const Index n : {3, 8, 9, 10, 30}) {
    const auto costs = test::random_matrix<std::int64_t>(n, false, 50, random);
    const auto problem = test::matrix_problem(costs, n);
    ASSERT_FALSE(problem.symmetric());
    const auto order = test::random_tour(n, random);
    const Space space(problem, order);
    const auto lists = default_candidates(space);
    expect_well_formed(lists, 2 * n);
    const auto cost = [&](Index i, Index j) { return costs[at(order[at(i)] * n + order[at(j)])]; };
    for (Index v = 0; v < 2 * n; ++v) {
      const auto row = lists.row(v);
      ASSERT_EQ(row.size(), at(1 + std::min(8, n - 1)));
      EXPECT_EQ(row[0], v ^ 1);
      std::vector<Cost> found, expected;
      for (const Index u : row.subspan(1)) {
        ASSERT_NE((u ^ v) & 1, 0) << "leave to arrive only";
        found.push_back(v % 2 == 1 ? cost(v / 2, u / 2) : cost(u / 2, v / 2));
      }
      for (Index j = 0; j < n; ++j)
        if (j != v / 2) expected.push_back(v % 2 == 1 ? cost(v / 2, j) : cost(j, v / 2));
      std::sort(expected.begin(), expected.end());
      expected.resize(found.size());
      EXPECT_EQ(found, expected);
    }
  }
}

TEST(Candidates, OfAUserAreAddedAndNeverReplace) {
  const auto points = test::uniform_points(40, 4);
  const auto problem = Problem::from_points(points, 2, MetricKind::euc_2d);
  core::Random random(4);
  const auto order = test::random_tour(40, random);
  const Space space(problem, order);
  const auto base = default_candidates(space);
  std::vector<std::vector<Index>> rows(40);
  for (auto& row : rows)
    for (Index i = random.below(60); i > 0; --i) row.push_back(random.below(41) - 1);  // -1, itself, repeats
  const auto user = lists_of(rows);
  for (const int cap : {1, 12, 24, 100}) {
    const auto lists = with_user_candidates(space, base, user, cap);
    expect_well_formed(lists, 40);
    for (Index v = 0; v < 40; ++v) {
      const auto row = row_of(lists, v), built_in = row_of(base, v);
      ASSERT_GE(row.size(), built_in.size());
      EXPECT_TRUE(std::equal(built_in.begin(), built_in.end(), row.begin()));
      EXPECT_LE(row.size(), std::max(built_in.size(), static_cast<std::size_t>(cap)));
      // What was added is asked for, in the order asked, until the cap.
      std::vector<Index> expected = built_in;
      for (const Index id : rows[at(order[at(v)])]) {
        if (id < 0 || id == order[at(v)]) continue;
        const auto u = static_cast<Index>(std::find(order.begin(), order.end(), id) - order.begin());
        if (std::find(expected.begin(), expected.end(), u) == expected.end() &&
            expected.size() < static_cast<std::size_t>(cap))
          expected.push_back(u);
      }
      EXPECT_EQ(row, expected);
    }
  }
}

TEST(Candidates, OfAUserAreDirectedInADoubledSpace) {
  core::Random random(5);
  const Index n = 30;
  const auto costs = test::random_matrix<std::int64_t>(n, false, 1000, random);
  const auto problem = test::matrix_problem(costs, n);
  const Space space(problem, identity(n));
  const auto base = test::no_candidates(2 * n);
  std::vector<std::vector<Index>> rows(at(n));
  rows[3] = {7, -1, 3, 9};
  const auto lists = with_user_candidates(space, base, lists_of(rows));
  EXPECT_EQ(row_of(lists, 7), (std::vector<Index>{14, 18}));  // leave 3: arrive at 7, 9
  EXPECT_EQ(row_of(lists, 14), (std::vector<Index>{7}));
  EXPECT_EQ(row_of(lists, 18), (std::vector<Index>{7}));
  EXPECT_EQ(lists.ids.size(), 4U);
}

TEST(NeighborLists, AscendByDistanceThenId) {
  for (const auto& set : test::difficult_points(60, 2, 44)) {
    const test::Plane<test::Euc2d> plane(set.points, MetricKind::euc_2d);
    ASSERT_EQ(plane.lists.size(), 60);
    for (Index v = 0; v < 60; ++v) {
      const auto row = plane.lists[v];
      ASSERT_EQ(row.size(), plane.candidates.row(v).size());
      for (std::size_t i = 0; i < row.size(); ++i) {
        EXPECT_EQ(row[i].distance, plane.metric(v, row[i].node));
        if (i > 0) {
          EXPECT_TRUE(row[i - 1].distance < row[i].distance ||
                      (row[i - 1].distance == row[i].distance && row[i - 1].node < row[i].node));
        }
      }
      EXPECT_EQ(plane.lists.first(v, 3).size(), std::min<std::size_t>(3, row.size()));
      EXPECT_EQ(plane.lists.first(v, 1000).size(), row.size());
    }
  }
}

// --- the table for users ----------------------------------------------------------------------------------

CandidateTable table_of(const Problem& problem, CandidateMethod method, std::optional<int> k) {
  core::Run run{core::StopRule{}};
  return candidate_table(problem, method, k, run);
}

TEST(CandidateTable, RowsAreInTheUsersIdsAscendingAndPadded) {
  for (const Index n : {1, 2, 5, 90})
    for (const auto& set : test::difficult_points(n, 2, 45))
      for (const auto method : {CandidateMethod::automatic, CandidateMethod::knn, CandidateMethod::quadrant,
                                CandidateMethod::delaunay})
        for (const auto kind : {MetricKind::euc_2d, MetricKind::euclid, MetricKind::man_2d})
          for (const std::optional<int> k :
               {std::optional<int>{}, std::optional<int>{1}, std::optional<int>{6}}) {
            const auto problem = Problem::from_points(set.points, 2, kind);
            const auto table = table_of(problem, method, k);
            SCOPED_TRACE(set.name + " " + std::to_string(n) + " method " +
                         std::to_string(static_cast<int>(method)));
            ASSERT_EQ(table.n, n);
            ASSERT_EQ(table.ids.size(), at(n) * at(table.width));
            if (k) {
              ASSERT_LE(table.width, *k);
            }
            std::size_t widest = 0;
            for (Index v = 0; v < n; ++v) {
              const std::span row{table.ids.data() + at(v) * at(table.width), at(table.width)};
              const auto end = std::find(row.begin(), row.end(), -1);
              ASSERT_TRUE(std::all_of(end, row.end(), [](Index id) { return id == -1; }));
              widest = std::max(widest, static_cast<std::size_t>(end - row.begin()));
              for (auto u = row.begin(); u != end; ++u) {
                ASSERT_NE(*u, v);
                if (u == row.begin()) continue;
                const double before = problem.cost(v, *(u - 1)), here = problem.cost(v, *u);
                // Fixed point may see equal what differs in the last digit.
                ASSERT_TRUE(before < here * (1 + 1e-12) + 1e-9 || (before == here && *(u - 1) < *u));
              }
              if (method == CandidateMethod::knn) {
                std::vector<double> found, expected;
                for (auto u = row.begin(); u != end; ++u) found.push_back(problem.cost(v, *u));
                for (Index u = 0; u < n; ++u)
                  if (u != v) expected.push_back(problem.cost(v, u));
                std::sort(found.begin(), found.end());
                std::sort(expected.begin(), expected.end());
                ASSERT_EQ(found.size(), std::min(expected.size(), static_cast<std::size_t>(k.value_or(10))));
                for (std::size_t i = 0; i < found.size(); ++i) ASSERT_DOUBLE_EQ(found[i], expected[i]);
              }
            }
            ASSERT_EQ(widest, at(table.width));
          }
}

TEST(CandidateTable, MoreNeighboursThanNodesAreAllOfThem) {
  const auto points = test::uniform_points(12, 6);
  const auto problem = Problem::from_points(points, 2, MetricKind::euclid);
  for (const auto method : {CandidateMethod::knn, CandidateMethod::quadrant})
    for (const int k : {11, 12, 1000, std::numeric_limits<int>::max()})
      EXPECT_EQ(table_of(problem, method, k).width, 11);
}

TEST(CandidateTable, QuadrantLooksToAllSides) {
  // A dense column with one node far to its left: the nearest eight are all in the column.
  std::vector<double> points;
  for (int i = 0; i < 40; ++i) points.insert(points.end(), {100.0, static_cast<double>(i)});
  points.insert(points.end(), {0.0, 20.5});
  const auto problem = Problem::from_points(points, 2, MetricKind::euclid);
  const auto table = table_of(problem, CandidateMethod::quadrant, 8);
  for (Index v = 0; v < 40; ++v) {
    const std::span row{table.ids.data() + at(v) * at(table.width), at(table.width)};
    EXPECT_NE(std::find(row.begin(), row.end(), 40), row.end()) << v;
  }
}

TEST(CandidateTable, RefusesWhatDoesNotFit) {
  core::Random random(7);
  const auto symmetric = test::random_matrix<std::int64_t>(12, true, 100, random);
  auto asymmetric = test::random_matrix<std::int64_t>(12, false, 100, random);
  asymmetric[1] = 1000;
  const auto deep = test::uniform_points(12, 8, 3), flat = test::uniform_points(12, 8, 2, 50.0);
  const auto expect_refused = [&](const Problem& problem, CandidateMethod method, std::optional<int> k,
                                  const char* part) {
    try {
      (void)table_of(problem, method, k);
      ADD_FAILURE() << "was accepted";
    } catch (const std::invalid_argument& error) {
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
  };
  const auto matrix = test::matrix_problem(symmetric, 12);
  expect_refused(matrix, CandidateMethod::quadrant, {}, "points");
  expect_refused(matrix, CandidateMethod::delaunay, {}, "points");
  expect_refused(test::matrix_problem(asymmetric, 12), CandidateMethod::knn, {}, "asymmetric");
  expect_refused(Problem::from_points(deep, 3, MetricKind::euclid), CandidateMethod::delaunay, {}, "plane");
  expect_refused(Problem::from_points(flat, 2, MetricKind::geo), CandidateMethod::delaunay, {}, "plane");
  for (const int k : {0, -3, std::numeric_limits<int>::min()})
    expect_refused(matrix, CandidateMethod::knn, k, "k must");
  EXPECT_EQ(table_of(matrix, CandidateMethod::knn, 4).width, 4);
  EXPECT_EQ(table_of(Problem::from_points(deep, 3, MetricKind::euclid), CandidateMethod::quadrant, 8).n, 12);
}

}  // namespace
}  // namespace wayseer::tsp
