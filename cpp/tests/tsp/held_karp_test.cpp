#include "wayseer/tsp/held_karp.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <numeric>
#include <vector>

#include "wayseer/core/random.hpp"

namespace wayseer::tsp {
namespace {

// The first optimal tour in lexicographic order among those that start with node 0.
std::vector<Index> brute_force(const Problem& problem) {
  std::vector<Index> tour(static_cast<std::size_t>(problem.size()));
  std::iota(tour.begin(), tour.end(), 0);
  std::vector<Index> best = tour;
  do {
    const bool better = problem.integer() ? problem.integer_length(tour) < problem.integer_length(best)
                                          : problem.length(tour) < problem.length(best);
    if (better) best = tour;
  } while (std::next_permutation(tour.begin() + 1, tour.end()));
  return best;
}

template <class T>
Problem matrix_problem(const std::vector<T>& entries, Index n, MatrixType type) {
  return Problem::from_matrix({entries.data(), type, n});
}

template <class T>
std::vector<T> random_matrix(Index n, bool symmetric, core::Random& random, auto&& draw) {
  const auto size = static_cast<std::size_t>(n);
  std::vector<T> c(size * size);
  for (std::size_t i = 0; i < size; ++i)
    for (std::size_t j = 0; j < size; ++j)
      if (i != j) c[i * size + j] = symmetric && j < i ? c[j * size + i] : draw(random);
  return c;
}

TEST(HeldKarp, IntegerMatricesEqualBruteForceIncludingTies) {
  core::Random random(1);
  for (Index n = 1; n <= 8; ++n)
    for (const bool symmetric : {true, false})
      for (const Index range : {1, 3, 1000}) {  // 1: all costs equal
        for (int repeat = 0; repeat < (n < 8 ? 6 : 2); ++repeat) {
          const auto narrow = random_matrix<std::int32_t>(n, symmetric, random,
                                                          [&](core::Random& r) { return r.below(range); });
          const auto problem = matrix_problem(narrow, n, MatrixType::int32);
          EXPECT_EQ(held_karp(problem), brute_force(problem));
          const std::vector<std::int64_t> wide(narrow.begin(), narrow.end());
          EXPECT_EQ(held_karp(matrix_problem(wide, n, MatrixType::int64)), held_karp(problem));
        }
      }
}

TEST(HeldKarp, FloatMatricesHaveTheLengthOfBruteForce) {
  core::Random random(2);
  for (Index n = 1; n <= 8; ++n)
    for (const bool symmetric : {true, false}) {
      const auto entries =
          random_matrix<double>(n, symmetric, random, [](core::Random& r) { return r.uniform(); });
      const auto problem = matrix_problem(entries, n, MatrixType::float64);
      EXPECT_NEAR(problem.length(held_karp(problem)), problem.length(brute_force(problem)), 1e-14);
      std::vector<float> single(entries.size());
      std::transform(entries.begin(), entries.end(), single.begin(),
                     [](double d) { return static_cast<float>(d); });
      const auto rounded = matrix_problem(single, n, MatrixType::float32);
      EXPECT_NEAR(rounded.length(held_karp(rounded)), rounded.length(brute_force(rounded)), 1e-14);
    }
}

TEST(HeldKarp, PointsUnderEveryMetric) {
  core::Random random(3);
  for (const auto metric :
       {MetricKind::euc_2d, MetricKind::ceil_2d, MetricKind::att, MetricKind::geo, MetricKind::max_2d,
        MetricKind::man_2d, MetricKind::euclid, MetricKind::euc_3d, MetricKind::max_3d, MetricKind::man_3d}) {
    const int dimension = to_string(metric).ends_with("3D") ? 3 : 2;
    for (const Index n : {4, 7, 8}) {
      std::vector<double> points(static_cast<std::size_t>(n * dimension));
      for (auto& x : points) x = random.below(6) * (metric == MetricKind::geo ? 10 : 1);  // some coincide
      const auto problem = Problem::from_points(points, dimension, metric);
      const auto tour = held_karp(problem);
      check_permutation(tour, n, "tour");
      EXPECT_NEAR(problem.length(tour), problem.length(brute_force(problem)), 1e-9) << to_string(metric);
    }
  }
}

TEST(HeldKarp, IntegersBeyondDoublePrecisionAreExact) {
  // Two tours of three nodes that differ by 1 at 2^58.
  const std::int64_t big = std::int64_t{1} << 58;
  const std::vector<std::int64_t> entries{0, big + 1, big, big, 0, big, big, big, 0};
  const auto problem = matrix_problem(entries, 3, MatrixType::int64);
  EXPECT_EQ(held_karp(problem), (std::vector<Index>{0, 2, 1}));
}

TEST(HeldKarp, PointsOnAConvexCurveComeInOrder) {
  constexpr Index n = 16;
  std::vector<double> points;
  for (Index i = 0; i < n; ++i) points.insert(points.end(), {1.0 * i, 0.5 * i * i});
  std::vector<Index> expected(n);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(held_karp(Problem::from_points(points, 2, MetricKind::euclid)), expected);
}

TEST(HeldKarp, SizesOutsideTheLimitsAreRefused) {
  const std::vector<double> points(2 * 21);
  EXPECT_THROW((void)held_karp(Problem::from_points(points, 2, MetricKind::euc_2d)), std::invalid_argument);
  EXPECT_THROW((void)held_karp(Problem::from_points({}, 2, MetricKind::euc_2d)), std::invalid_argument);
}

TEST(HeldKarp, AStoppedRunGivesNoTour) {
  const std::vector<double> points(2 * 18);
  const auto problem = Problem::from_points(points, 2, MetricKind::euc_2d);
  const std::atomic<bool> cancel{true};
  core::StopRule rule;
  rule.cancel = &cancel;
  core::Run cancelled(rule);
  EXPECT_TRUE(held_karp(problem, &cancelled).empty());
  core::StopRule polled;
  int asked = 0;
  polled.poll = [&] { return ++asked > 1; };  // stops after 50 ms or not at all
  core::Run late(polled);
  const auto tour = held_karp(problem, &late);
  EXPECT_EQ(tour.empty(), late.stopped());
}

}  // namespace
}  // namespace wayseer::tsp
