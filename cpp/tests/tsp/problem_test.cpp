#include "wayseer/tsp/problem.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "instances.hpp"

namespace wayseer::tsp {
namespace {

using test::at;
using test::matrix_problem;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

// The message of the std::invalid_argument that `call` must throw.
template <class Call>
std::string refusal(Call&& call) {
  try {
    call();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  ADD_FAILURE() << "was accepted";
  return {};
}
void expect_says(const std::string& message, std::initializer_list<const char*> parts) {
  for (const char* part : parts)
    EXPECT_NE(message.find(part), std::string::npos) << message << "\nlacks " << part;
}

TEST(Problem, RefusesPointsThatDoNotFitTheMetric) {
  const std::vector<double> six{0, 0, 1, 1, 2, 2};
  expect_says(refusal([&] { (void)Problem::from_points(six, 3, MetricKind::euc_2d); }), {"EUC_2D", "2", "3"});
  expect_says(refusal([&] { (void)Problem::from_points(six, 2, MetricKind::man_3d); }), {"MAN_3D", "3", "2"});
  expect_says(refusal([&] { (void)Problem::from_points(six, 3, MetricKind::geo); }), {"GEO"});
  expect_says(refusal([&] { (void)Problem::from_points(six, 1, MetricKind::euclid); }), {"2 or 3", "1"});
  expect_says(refusal([&] { (void)Problem::from_points(six, 2, MetricKind::matrix); }), {"matrix"});
  expect_says(refusal([&] { (void)Problem::from_points(std::span{six}.first(5), 2, MetricKind::euclid); }),
              {"points"});
}

TEST(Problem, RefusesCoordinatesThatAreNoNumbersAndSaysWhich) {
  for (const double bad : {nan, infinity, -infinity}) {
    const std::vector<double> points{0, 0, 1, bad, 2, 2};
    expect_says(refusal([&] { (void)Problem::from_points(points, 2, MetricKind::euclid); }), {"points[1]"});
  }
}

TEST(Problem, RefusesSumsBeyondInt64) {
  const std::vector<double> far{0, 0, 1e18, 1e18, 2e18, 0};
  expect_says(refusal([&] { (void)Problem::from_points(far, 2, MetricKind::euc_2d); }), {"int64"});
  EXPECT_NO_THROW((void)Problem::from_points(far, 2, MetricKind::euclid));
  const std::vector<double> overflowing{-1e308, 0, 1e308, 0};
  expect_says(refusal([&] { (void)Problem::from_points(overflowing, 2, MetricKind::euclid); }), {"points"});
  const std::vector<std::int64_t> large{0, std::int64_t{1} << 61, std::int64_t{1} << 61, 0};
  expect_says(refusal([&] { (void)matrix_problem(large, 2); }), {"matrix", "int64"});
  const std::vector<std::int64_t> allowed{0, std::int64_t{1} << 60, std::int64_t{1} << 60, 0};
  EXPECT_EQ(matrix_problem(allowed, 2).integer_length(std::array<Index, 2>{0, 1}), std::int64_t{1} << 61);
}

TEST(Problem, RefusesBadEntriesAndSaysWhere) {
  expect_says(refusal([] { (void)matrix_problem(std::vector<std::int32_t>{0, 1, 2, 3, 0, -5, 1, 1, 0}, 3); }),
              {"matrix[1, 2]", "negative", "-5", "add a constant"});
  for (const double bad : {nan, infinity})
    expect_says(refusal([&] { (void)matrix_problem(std::vector<double>{0, 1, bad, 0}, 2); }),
                {"matrix[1, 0]", "finite"});
  expect_says(refusal([] { (void)matrix_problem(std::vector<float>{0, -0.5F, 1, 0}, 2); }),
              {"matrix[0, 1]", "negative"});
}

TEST(Problem, IgnoresTheDiagonal) {
  const std::vector<double> entries{nan, 1, 2, 1, -7, 3, 2, 3, infinity};
  const auto problem = matrix_problem(entries, 3);
  EXPECT_EQ(problem.largest_cost(), 3);
  EXPECT_TRUE(problem.symmetric());
  EXPECT_EQ(problem.length(std::array<Index, 3>{0, 1, 2}), 6);
}

TEST(Problem, SymmetryIsExactForIntegersAndRelativeForFloats) {
  core::Random random(3);
  for (const Index n : {1, 2, 3, 63, 64, 65, 130}) {  // around the blocks in which it is tested
    auto whole = test::random_matrix<std::int64_t>(n, true, 1'000'000, random);
    EXPECT_TRUE(matrix_problem(whole, n).symmetric());
    std::vector<double> real(whole.begin(), whole.end());
    for (std::size_t i = 0; i < at(n); ++i) real[i * at(n) + i] = 0;
    EXPECT_TRUE(matrix_problem(real, n).symmetric());
    if (n < 2) continue;
    const Index i = random.below(n), j = (i + 1 + random.below(n - 1)) % n;
    whole[at(i * n + j)] += 1;
    EXPECT_FALSE(matrix_problem(whole, n).symmetric()) << n << ' ' << i << ' ' << j;
    const double before = real[at(i * n + j)] = real[at(j * n + i)] = 1000.0;
    real[at(i * n + j)] = before * (1 + 5e-13);
    EXPECT_TRUE(matrix_problem(real, n).symmetric());
    real[at(i * n + j)] = before * (1 + 2e-12);
    EXPECT_FALSE(matrix_problem(real, n).symmetric());
  }
}

TEST(Problem, LengthIsTheSumOfItsCosts) {
  for (int dimension : {2, 3})
    for (const auto& set : test::difficult_points(30, dimension, 5)) {
      const auto check = [&](MetricKind kind) {
        const auto problem = Problem::from_points(set.points, dimension, kind);
        core::Random random(1);
        const auto tour = test::random_tour(30, random);
        long double sum = 0;
        for (std::size_t i = 0; i < 30; ++i)
          sum += static_cast<long double>(problem.cost(tour[i], tour[(i + 1) % 30]));
        EXPECT_DOUBLE_EQ(problem.length(tour), static_cast<double>(sum))
            << set.name << ' ' << to_string(kind);
        if (problem.integer()) {
          EXPECT_EQ(problem.integer_length(tour), static_cast<Cost>(sum));
        }
        EXPECT_EQ(problem.integer(), kind != MetricKind::euclid);
        for (Index i = 0; i < 30; ++i)
          for (Index j = 0; j < 30; ++j) EXPECT_LE(problem.cost(i, j), problem.largest_cost() * (1 + 1e-15));
      };
      check(MetricKind::euclid);
      if (dimension == 2)
        for (const auto kind : {MetricKind::euc_2d, MetricKind::ceil_2d, MetricKind::att, MetricKind::max_2d,
                                MetricKind::man_2d, MetricKind::geo})
          check(kind);
      else
        for (const auto kind : {MetricKind::euc_3d, MetricKind::max_3d, MetricKind::man_3d}) check(kind);
    }
}

// The space computes the costs anew from its own copies: both must agree on every metric.
TEST(Problem, CostsAreThoseOfTheSpace) {
  const auto check = [](const Problem& problem) {
    core::Random random(8);
    const Space space(problem, test::random_tour(problem.size(), random));
    const auto order = space.order();
    space.visit([&](const auto& metric) {
      for (Index i = 0; i < problem.size(); ++i)
        for (Index j = 0; j < problem.size(); ++j) {
          if (i == j) continue;
          const double user = problem.cost(order[at(i)], order[at(j)]);
          ASSERT_NEAR(static_cast<double>(metric(i, j)) / space.scale(), user, 0.51 / space.scale())
              << to_string(problem.metric());
        }
    });
  };
  for (const double side : {80.0, 1e5, 1e13}) {
    const auto flat = test::uniform_points(25, 2, 2, side), deep = test::uniform_points(25, 2, 3, side);
    for (const auto kind : {MetricKind::euc_2d, MetricKind::ceil_2d, MetricKind::att, MetricKind::geo,
                            MetricKind::max_2d, MetricKind::man_2d, MetricKind::euclid})
      check(Problem::from_points(flat, 2, kind));
    for (const auto kind : {MetricKind::euc_3d, MetricKind::max_3d, MetricKind::man_3d, MetricKind::euclid})
      check(Problem::from_points(deep, 3, kind));
  }
}

TEST(Problem, FloatSumsAreCompensated) {
  // 1 + 2^-53 repeatedly: a plain sum loses every one of the small terms.
  const Index n = 1001;
  std::vector<double> entries(at(n) * at(n), 0x1.0p-53);
  for (Index i = 0; i < n; ++i) entries[at(i)] = entries[at(i * n)] = 1.0;
  const auto problem = matrix_problem(entries, n);
  EXPECT_EQ(problem.length(test::identity(n)), 2.0 + 999 * 0x1.0p-53 + 0.0);
}

TEST(Problem, ATourOfOneNodeHasLengthZero) {
  const std::vector<double> point{5, 6};
  const auto problem = Problem::from_points(point, 2, MetricKind::geo);
  EXPECT_EQ(problem.size(), 1);
  EXPECT_EQ(problem.length(std::array<Index, 1>{0}), 0);
}

TEST(Problem, PermutationsAreCheckedToTheFirstOffence) {
  EXPECT_NO_THROW(check_permutation(std::array<Index, 3>{2, 0, 1}, 3, "init"));
  expect_says(refusal([] { check_permutation(std::array<Index, 2>{0, 1}, 3, "init"); }), {"init", "2", "3"});
  expect_says(refusal([] { check_permutation(std::array<Index, 3>{0, 1, 3}, 3, "tour"); }),
              {"tour[2]", "3", "0..2"});
  expect_says(refusal([] { check_permutation(std::array<Index, 3>{0, -1, 1}, 3, "init"); }),
              {"init[1]", "-1"});
  expect_says(refusal([] { check_permutation(std::array<Index, 3>{1, 0, 1}, 3, "init"); }),
              {"init[2]", "twice"});
}

}  // namespace
}  // namespace wayseer::tsp
