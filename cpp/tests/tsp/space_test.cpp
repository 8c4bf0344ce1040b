#include "wayseer/tsp/space.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

#include "instances.hpp"

namespace wayseer::tsp {
namespace {

using test::at;
using test::identity;
using test::is_tour;
using test::length_of;
using test::matrix_problem;
using test::metric_of;

TEST(Space, RenumbersAllNodesOrASelection) {
  const auto points = test::uniform_points(20, 1);
  const auto problem = Problem::from_points(points, 2, MetricKind::euc_2d);
  const std::vector<Index> order{7, 3, 19, 0, 11};
  const Space space(problem, order);
  EXPECT_EQ(space.size(), 5);
  const auto metric = metric_of<test::Euc2d>(space);
  for (Index i = 0; i < 5; ++i) {
    EXPECT_EQ(space.points()[at(2 * i)], points[at(2 * order[at(i)])]);
    EXPECT_EQ(space.points()[at(2 * i + 1)], points[at(2 * order[at(i)] + 1)]);
    for (Index j = 0; j < 5; ++j)
      EXPECT_EQ(static_cast<double>(metric(i, j)), problem.cost(order[at(i)], order[at(j)]));
  }
  EXPECT_EQ(space.to_user(std::vector<Index>{4, 0, 1, 2, 3}), (std::vector<Index>{11, 7, 3, 19, 0}));
  // Nodes that were collapsed into others drop out of a user's tour.
  EXPECT_EQ(space.from_user(identity(20)), (std::vector<Index>{3, 1, 0, 4, 2}));
}

TEST(Space, ToursTravelBothWays) {
  core::Random random(2);
  for (const Index n : {1, 2, 3, 10, 57}) {
    const auto points = test::uniform_points(n, 4);
    const auto problem = Problem::from_points(points, 2, MetricKind::euclid);
    const Space space(problem, test::random_tour(n, random));
    const auto tour = test::random_tour(n, random);
    EXPECT_EQ(space.to_user(space.from_user(tour)), tour);
    EXPECT_EQ(space.from_user(space.to_user(tour)), tour);
  }
}

TEST(Space, DoubledToursKeepTheirDirectionWhereverTheyStart) {
  core::Random random(3);
  for (const Index n : {3, 4, 9, 20}) {
    const auto costs = test::random_matrix<std::int64_t>(n, false, 1000, random);
    const auto problem = matrix_problem(costs, n);
    ASSERT_FALSE(problem.symmetric());
    const Space space(problem, test::random_tour(n, random));
    EXPECT_EQ(space.size(), 2 * n);
    const auto metric = metric_of<DoubledMetric>(space);
    for (int trial = 0; trial < 50; ++trial) {
      const auto tour = test::random_tour(n, random);
      auto inner = space.from_user(tour);
      ASSERT_TRUE(is_tour(inner, 2 * n));
      EXPECT_EQ(length_of(metric, inner) - space.offset(), problem.integer_length(tour));
      EXPECT_EQ(space.to_user(inner), tour);
      if (trial % 2 == 1) std::reverse(inner.begin(), inner.end());
      std::rotate(inner.begin(), inner.begin() + random.below(2 * n), inner.end());
      const auto back = space.to_user(inner);
      ASSERT_TRUE(is_tour(back, n));
      EXPECT_EQ(problem.integer_length(back), problem.integer_length(tour));
      // The same cycle, so the same arcs.
      auto turned = back;
      std::rotate(turned.begin(), std::find(turned.begin(), turned.end(), tour[0]), turned.end());
      EXPECT_EQ(turned, tour);
    }
  }
}

TEST(Space, ReducedArcsKeepTheOrderOfTours) {
  core::Random random(4);
  for (const Index n : {3, 8, 30}) {
    const auto costs = test::random_matrix<std::int64_t>(n, false, 1000, random);
    const auto problem = matrix_problem(costs, n);
    Space space(problem, test::random_tour(n, random));
    core::Run run({});
    space.reduce_arcs(run);
    const auto metric = metric_of<DoubledMetric>(space);
    for (Index i = 0; i < n; ++i)
      for (Index j = 0; j < n; ++j)
        if (i != j) {
          EXPECT_GE(metric(2 * i + 1, 2 * j), 0);
        }
    for (int trial = 0; trial < 50; ++trial) {
      const auto tour = test::random_tour(n, random);
      EXPECT_EQ(length_of(metric, space.from_user(tour)) - space.offset(), problem.integer_length(tour));
    }
  }
}

TEST(Space, DoubledFloatCostsAreWithinHalfAUnitPerArc) {
  core::Random random(4);
  const Index n = 12;
  const auto costs =
      test::make_matrix<double>(n, false, random, [](core::Random& r) { return 1e3 * r.uniform(); });
  const auto problem = matrix_problem(costs, n);
  const Space space(problem, identity(n));
  const auto metric = metric_of<DoubledMetric>(space);
  for (int trial = 0; trial < 50; ++trial) {
    const auto tour = test::random_tour(n, random);
    const auto engine =
        static_cast<double>(length_of(metric, space.from_user(tour)) - space.offset()) / space.scale();
    EXPECT_NEAR(engine, problem.length(tour), 0.6 * n / space.scale());
  }
  EXPECT_LE(1 / space.scale(), 1e3 * 0x1.0p-48);  // and a unit is small
}

TEST(Space, FixedPointKeepsCostsAndToursInRange) {
  for (const Index n : {5, 1000, 100'000})
    for (const double side : {1e-100, 1e-3, 1.0, 12345.678, 1e100}) {
      const auto points = test::uniform_points(n, 5, 2, side);
      const auto problem = Problem::from_points(points, 2, MetricKind::euclid);
      const Space space(problem, identity(n));
      const double largest = problem.largest_cost() * space.scale();
      EXPECT_LE(largest, 0x1.0p50);
      EXPECT_LE(largest * n, 0x1.0p61);
      EXPECT_GT(largest, std::min(0x1.0p48, 0x1.0p59 / n));  // as large as that allows
      int exponent = 0;
      EXPECT_EQ(std::frexp(space.scale(), &exponent), 0.5);  // a power of two
    }
}

TEST(Space, CoincidentPointsHaveAScale) {
  const std::vector<double> points{3, 3, 3, 3, 3, 3};
  const auto problem = Problem::from_points(points, 2, MetricKind::euclid);
  const Space space(problem, identity(3));
  EXPECT_EQ(metric_of<test::Euclid2d>(space)(0, 2), 0);
  EXPECT_TRUE(std::isfinite(space.scale()));
}

// 2^50 over the largest entry overflows a double here; the scale must not become infinite.
TEST(Space, TinyMatrixEntriesHaveAFiniteScale) {
  for (const double tiny : {1e-290, 1e-300, 5e-324}) {
    for (const bool symmetric : {true, false}) {
      const std::vector<double> entries{0, tiny, tiny, symmetric ? tiny : 0, 0, tiny, tiny, tiny, 0};
      const auto problem = matrix_problem(entries, 3);
      ASSERT_EQ(problem.symmetric(), symmetric);
      const Space space(problem, identity(3));
      EXPECT_TRUE(std::isfinite(space.scale())) << tiny << ' ' << symmetric;
    }
  }
}

// The engines take d(a, b) == d(b, a) for granted: a gain computed one way round and undone the other would
// never end. Matrices count as symmetric to a relative 1e-12, so the metric has to choose one of the two.
TEST(Space, NearlySymmetricMatricesHaveASymmetricMetric) {
  core::Random random(6);
  const Index n = 20;
  auto costs = test::make_matrix<double>(n, true, random, [](core::Random& r) { return 1 + r.below(3); });
  for (double& c : costs) c *= 1 + 4e-13 * (random.uniform() - 0.5);
  const auto problem = matrix_problem(costs, n);
  ASSERT_TRUE(problem.symmetric());
  const Space space(problem, test::random_tour(n, random));
  const auto metric = metric_of<MatrixMetric>(space);
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < i; ++j) ASSERT_EQ(metric(i, j), metric(j, i)) << i << ' ' << j;
}

TEST(Space, AsymmetricEntriesTooLargeForTheDoublingAreRefused) {
  const Index n = 100;
  core::Random random(7);
  auto costs = test::random_matrix<std::int64_t>(n, false, 1000, random);
  costs[1] = std::int64_t{1} << 50;
  const auto problem = matrix_problem(costs, n);
  try {
    const Space space(problem, identity(n));
    ADD_FAILURE() << "was accepted";
  } catch (const std::invalid_argument& error) {
    EXPECT_NE(std::string(error.what()).find("asymmetric"), std::string::npos) << error.what();
  }
  costs[1] = std::int64_t{1} << 45;
  const auto allowed = matrix_problem(costs, n);
  const Space space(allowed, identity(n));
  const auto metric = metric_of<DoubledMetric>(space);
  // All edges forbidden ones: still in range.
  EXPECT_LT(static_cast<double>(metric.big) * 2 * n, 0x1.0p62);
  EXPECT_GT(static_cast<double>(metric.big), static_cast<double>(n) * 0x1.0p45);
}

TEST(Space, GeoPointsAreRadians) {
  const std::vector<double> points{10.30, -20.15};
  const auto problem = Problem::from_points(points, 2, MetricKind::geo);
  const Space space(problem, identity(1));
  EXPECT_EQ(space.points()[0], geo_radians(10.30));
  EXPECT_EQ(space.points()[1], geo_radians(-20.15));
}

}  // namespace
}  // namespace wayseer::tsp
