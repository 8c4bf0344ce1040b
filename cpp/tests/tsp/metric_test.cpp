#include "wayseer/tsp/metric.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "instances.hpp"

namespace wayseer::tsp {
namespace {

using test::identity;
using test::make_points;
using test::metric_of;
using test::uniform_points;

template <class Metric, std::size_t N>
Cost between(const std::array<double, N>& two_points) {
  return Metric{two_points.data()}(0, 1);
}

using Euc2d = PointMetric<EuclideanNorm, RoundNearest, 2>;
using Euc3d = PointMetric<EuclideanNorm, RoundNearest, 3>;
using Ceil2d = PointMetric<EuclideanNorm, RoundUp, 2>;
using Max2d = PointMetric<MaximumNorm, RoundNearest, 2>;
using Max3d = PointMetric<MaximumNorm, RoundNearest, 3>;
using Man2d = PointMetric<ManhattanNorm, RoundNearest, 2>;
using Man3d = PointMetric<ManhattanNorm, RoundNearest, 3>;

TEST(Metric, RoundedEuclideanDistancesAreTsplibs) {
  EXPECT_EQ(between<Euc2d>(std::array{0.0, 0.0, 3.0, 4.0}), 5);
  EXPECT_EQ(between<Euc2d>(std::array{0.0, 0.0, 1.0, 1.0}), 1);           // 1.414
  EXPECT_EQ(between<Euc2d>(std::array{0.0, 0.0, 1.5, 0.0}), 2);           // halves go up
  EXPECT_EQ(between<Euc2d>(std::array{0.0, 0.0, 2.5, 0.0}), 3);           // and not to even
  EXPECT_EQ(between<Euc2d>(std::array{565.0, 575.0, 25.0, 185.0}), 666);  // berlin52, nodes 1 and 2: 666.1
  EXPECT_EQ(between<Euc3d>(std::array{0.0, 0.0, 0.0, 2.0, 3.0, 6.0}), 7);
  EXPECT_EQ(between<Euc3d>(std::array{0.0, 0.0, 0.0, 1.0, 1.0, 1.0}), 2);  // 1.732
}

TEST(Metric, CeilingRoundsUpExceptWholeNumbers) {
  EXPECT_EQ(between<Ceil2d>(std::array{0.0, 0.0, 3.0, 4.0}), 5);
  EXPECT_EQ(between<Ceil2d>(std::array{0.0, 0.0, 1.0, 1.0}), 2);
  EXPECT_EQ(between<Ceil2d>(std::array{0.0, 0.0, 5.0 + 1e-9, 0.0}), 6);
  EXPECT_EQ(between<Ceil2d>(std::array{7.0, 7.0, 7.0, 7.0}), 0);
}

TEST(Metric, MaximumAndManhattan) {
  EXPECT_EQ(between<Max2d>(std::array{0.0, 0.0, -3.0, 7.5}), 8);
  EXPECT_EQ(between<Max3d>(std::array{1.0, 1.0, 1.0, 0.0, 3.0, -4.4}), 5);
  EXPECT_EQ(between<Man2d>(std::array{0.0, 0.0, -3.0, 7.5}), 11);
  EXPECT_EQ(between<Man3d>(std::array{1.0, 1.0, 1.0, 0.0, 3.0, -4.4}), 8);
}

TEST(Metric, PseudoEuclideanDistancesAreTsplibs) {
  EXPECT_EQ(between<AttMetric>(std::array{6734.0, 1453.0, 2233.0, 10.0}), 1495);  // att48, nodes 1 and 2
  EXPECT_EQ(between<AttMetric>(std::array{0.0, 0.0, 10.0, 0.0}), 4);    // 3.16: the nearest is too small
  EXPECT_EQ(between<AttMetric>(std::array{0.0, 0.0, 30.0, 10.0}), 10);  // exactly 10
  EXPECT_EQ(between<AttMetric>(std::array{0.0, 0.0, 11.0, 3.0}), 4);    // 3.61
}

TEST(Metric, GeographicalDistancesAreTsplibs) {
  // ulysses16, DDD.MM, and the first row of its published distances.
  const std::vector<double> places{38.24, 20.42, 39.57, 26.15, 40.56, 25.32, 36.26, 23.12,
                                   33.48, 10.54, 37.56, 12.19, 38.42, 13.11, 37.52, 20.44,
                                   41.23, 9.10,  41.17, 13.05, 36.08, -5.21, 38.47, 15.13,
                                   38.15, 15.35, 37.51, 15.17, 35.49, 14.32, 39.36, 19.56};
  const std::array<Cost, 16> published{0,    509, 501,  312, 1019, 736, 656, 60,
                                       1039, 726, 2314, 479, 448,  479, 619, 150};
  std::vector<double> radians;
  for (const double x : places) radians.push_back(geo_radians(x));
  const GeoMetric metric{radians.data()};
  for (Index j = 0; j < 16; ++j) {
    EXPECT_EQ(metric(0, j), published[test::at(j)]) << j;
    EXPECT_EQ(metric(j, 0), published[test::at(j)]) << j;
  }
}

TEST(Metric, GeographicalCoordinatesAreTruncatedTowardsZero) {
  EXPECT_DOUBLE_EQ(geo_radians(10.30), 3.141592 * 10.5 / 180.0);
  EXPECT_DOUBLE_EQ(geo_radians(-10.30), -3.141592 * 10.5 / 180.0);
  EXPECT_DOUBLE_EQ(geo_radians(0.0), 0.0);
}

TEST(Metric, GeographicalDistanceOfCoincidentAndOppositePlaces) {
  std::vector<double> radians;
  for (const double x : {38.24, 20.42, 38.24, 20.42, -38.24, -159.18}) radians.push_back(geo_radians(x));
  const GeoMetric metric{radians.data()};
  EXPECT_EQ(metric(0, 0), 0);
  EXPECT_EQ(metric(0, 1), 1);  // by the formula; only i == j is at distance 0
  EXPECT_NEAR(static_cast<double>(metric(0, 2)), 6378.388 * 3.141592, 2);
}

TEST(Metric, CoincidentPlacesNeverGiveNan) {
  core::Random random(5);
  for (int trial = 0; trial < 20'000; ++trial) {
    const double lat = 180 * random.uniform() - 90, lon = 360 * random.uniform() - 180;
    const std::vector<double> radians{geo_radians(lat), geo_radians(lon), geo_radians(lat), geo_radians(lon)};
    ASSERT_EQ((GeoMetric{radians.data()}(0, 1)), 1) << lat << ' ' << lon;
  }
}

TEST(Metric, FixedPointIsTheDistanceToHalfAUnit) {
  for (const int dimension : {2, 3}) {
    for (const double side : {1e-9, 1.0, 1e6, 1e15}) {
      const auto points = uniform_points(50, 3, dimension, side);
      const auto problem = Problem::from_points(points, dimension, MetricKind::euclid);
      const Space space(problem, identity(50));
      space.visit([&](const auto& metric) {
        for (Index i = 0; i < 50; ++i)
          for (Index j = 0; j < 50; ++j) {
            const double d = problem.cost(i, j);
            // d * scale has 53 bits, so half a unit is meant up to its own rounding.
            ASSERT_LE(std::abs(static_cast<double>(metric(i, j)) / space.scale() - d), 0.51 / space.scale());
            ASSERT_EQ(metric(i, j), metric(j, i));
          }
      });
    }
  }
}

TEST(Metric, WideEqualsTheNarrowOnes) {
  for (const int dimension : {2, 3}) {
    const auto points = uniform_points(40, 9, dimension, 1000.0);
    const auto check = [&](const auto& narrow, MetricKind kind) {
      const WideMetric wide{points.data(), kind};
      for (Index i = 0; i < 40; ++i)
        for (Index j = 0; j < 40; ++j) ASSERT_EQ(wide(i, j), narrow(i, j)) << to_string(kind);
    };
    const double* p = points.data();
    if (dimension == 2) {
      check(Euc2d{p}, MetricKind::euc_2d);
      check(Ceil2d{p}, MetricKind::ceil_2d);
      check(AttMetric{p}, MetricKind::att);
      check(Max2d{p}, MetricKind::max_2d);
      check(Man2d{p}, MetricKind::man_2d);
    } else {
      check(Euc3d{p}, MetricKind::euc_3d);
      check(Max3d{p}, MetricKind::max_3d);
      check(Man3d{p}, MetricKind::man_3d);
    }
  }
}

TEST(Metric, DistancesBeyondInt32AreExact) {
  const std::array points{0.0, 0.0, 3e12, 4e12, 3e12, 0.0};
  for (const auto kind : {MetricKind::euc_2d, MetricKind::ceil_2d, MetricKind::max_2d, MetricKind::man_2d}) {
    const auto problem = Problem::from_points(points, 2, kind);
    const Space space(problem, identity(3));
    const auto metric = metric_of<WideMetric>(space);
    const Cost expected = kind == MetricKind::max_2d   ? 4'000'000'000'000
                          : kind == MetricKind::man_2d ? 7'000'000'000'000
                                                       : 5'000'000'000'000;
    EXPECT_EQ(metric(0, 1), expected) << to_string(kind);
    EXPECT_EQ(metric(0, 2), 3'000'000'000'000) << to_string(kind);
  }
}

// The lists of the narrow metrics keep int32: just below the border every distance must fit.
TEST(Metric, NarrowListsHoldTheLargestDistanceTheyAreChosenFor) {
  for (const auto kind : {MetricKind::euc_2d, MetricKind::ceil_2d, MetricKind::max_2d, MetricKind::man_2d,
                          MetricKind::att, MetricKind::euc_3d, MetricKind::max_3d, MetricKind::man_3d})
    for (const double side : {2147483644.6, 2147483645.6, 2147483646.4, 2147483647.4, 2147483648.6}) {
      const int dimension =
          kind == MetricKind::euc_3d || kind == MetricKind::max_3d || kind == MetricKind::man_3d ? 3 : 2;
      const auto points =
          make_points(2, dimension, [&](Index i, int axis) { return i == 1 && axis == 0 ? side : 0.0; });
      const auto problem = Problem::from_points(points, dimension, kind);
      const Space space(problem, identity(2));
      space.visit([&](const auto& metric) {
        using Near = typename std::decay_t<decltype(metric)>::Near;
        EXPECT_EQ(static_cast<Cost>(static_cast<Near>(metric(0, 1))), metric(0, 1))
            << to_string(kind) << ' ' << side;
      });
    }
}

TEST(Metric, MatrixIsReadInPlaceInEveryType) {
  core::Random random(4);
  const Index n = 9;
  const auto whole = test::random_matrix<std::int32_t>(n, true, 1000, random);
  const auto order = test::random_tour(n, random);
  const auto check = [&](const auto& entries) {
    const auto problem = test::matrix_problem(entries, n);
    const Space space(problem, order);
    const auto metric = metric_of<MatrixMetric>(space);
    for (Index i = 0; i < n; ++i)
      for (Index j = 0; j < n; ++j)
        if (i != j) {
          EXPECT_EQ(
              static_cast<double>(metric(i, j)) / space.scale(),
              static_cast<double>(whole[test::at(order[test::at(i)]) * 9 + test::at(order[test::at(j)])]));
        }
  };
  check(whole);
  check(std::vector<std::int64_t>(whole.begin(), whole.end()));
  check(std::vector<float>(whole.begin(), whole.end()));
  check(std::vector<double>(whole.begin(), whole.end()));
}

TEST(Metric, ClippedEntriesCostTheBound) {
  const std::vector<double> entries{0, 2, 1e30, 2, 0, 3, 1e30, 3, 0};
  const auto problem = test::matrix_problem(entries, 3);
  const Space space(problem, identity(3), 100.0);
  const auto metric = metric_of<MatrixMetric>(space);
  EXPECT_EQ(static_cast<double>(metric(0, 2)) / space.scale(), 100.0);
  EXPECT_EQ(static_cast<double>(metric(0, 1)) / space.scale(), 2.0);
  EXPECT_EQ(static_cast<double>(metric(1, 2)) / space.scale(), 3.0);
}

TEST(Metric, DoublingTiesTheHalvesAndForbidsTheRest) {
  core::Random random(6);
  const Index n = 6;
  const auto costs = test::random_matrix<std::int64_t>(n, false, 100, random);
  const auto problem = test::matrix_problem(costs, n);
  ASSERT_FALSE(problem.symmetric());
  const Space space(problem, identity(n));
  const auto metric = metric_of<DoubledMetric>(space);
  EXPECT_GT(metric.big, n * 99);
  for (Index a = 0; a < 2 * n; ++a)
    for (Index b = 0; b < 2 * n; ++b) {
      if (a == b) continue;
      const Index i = a / 2, j = b / 2;
      Cost expected = metric.big;
      if (i == j)
        expected = -metric.big;
      else if (a % 2 == 1 && b % 2 == 0)
        expected = costs[test::at(i * n + j)];  // leave i, arrive at j
      else if (a % 2 == 0 && b % 2 == 1)
        expected = costs[test::at(j * n + i)];
      EXPECT_EQ(metric(a, b), expected) << a << ' ' << b;
    }
}

TEST(Metric, EveryKindHasItsTsplibName) {
  EXPECT_EQ(to_string(MetricKind::euc_2d), "EUC_2D");
  EXPECT_EQ(to_string(MetricKind::euc_3d), "EUC_3D");
  EXPECT_EQ(to_string(MetricKind::ceil_2d), "CEIL_2D");
  EXPECT_EQ(to_string(MetricKind::att), "ATT");
  EXPECT_EQ(to_string(MetricKind::geo), "GEO");
  EXPECT_EQ(to_string(MetricKind::max_2d), "MAX_2D");
  EXPECT_EQ(to_string(MetricKind::max_3d), "MAX_3D");
  EXPECT_EQ(to_string(MetricKind::man_2d), "MAN_2D");
  EXPECT_EQ(to_string(MetricKind::man_3d), "MAN_3D");
}

}  // namespace
}  // namespace wayseer::tsp
