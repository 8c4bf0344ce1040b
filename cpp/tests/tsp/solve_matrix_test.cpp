#include "wayseer/tsp/solve.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "instances.hpp"
#include "solving.hpp"

namespace wayseer::tsp {
namespace {

using core::Status;
using test::at;
using test::brief;
using test::engines;
using test::exact_length;
using test::expect_sound;
using test::is_tour;
using test::matrix_problem;
using test::with;

// A directed ring among dear arcs: the wrong direction would be visible at once.
TEST(Solve, AsymmetricToursRunTheRightWay) {
  core::Random random(6);
  for (const Index n : {8, 13, 60}) {
    const auto ring = test::random_tour(n, random);
    auto costs =
        test::make_matrix<std::int32_t>(n, false, random, [](core::Random& r) { return 100 + r.below(100); });
    for (Index i = 0; i < n; ++i) costs[at(ring[at(i)] * n + ring[at((i + 1) % n)])] = 1;
    for (const Method method : {Method::ils, Method::eax}) {
      const auto result = solve(matrix_problem(costs, n), brief(method));
      EXPECT_EQ(result.integer_length, n);
    }
  }
}

// Every arc cost independent of the others: no neighbourhood, and nearest arcs that hide the level of their
// row and column. Held-Karp says what the optimum is.
TEST(Solve, RandomAsymmetricMatricesAreSolvedToOptimality) {
  core::Random random(61);
  for (const Index n : {9, 13, 16})
    for (const Index limit : {3, 1000, 1'000'000}) {
      const auto costs = test::random_matrix<std::int64_t>(n, false, limit, random);
      const auto problem = matrix_problem(costs, n);
      const auto optimum = solve(problem, with(Method::exact)).integer_length;
      for (std::uint64_t seed = 0; seed < 4; ++seed) {
        auto options = with(Method::eax);
        options.seed = seed;
        EXPECT_EQ(solve(problem, options).integer_length, optimum) << n << ' ' << limit << ' ' << seed;
      }
    }
}

// Where the optimum is not known at once: no seed is far above another.
TEST(Solve, SeedsAgreeOnRandomAsymmetricMatrices) {
  core::Random random(62);
  for (const Index n : {20, 30, 50}) {
    const auto real =
        test::make_matrix<double>(n, false, random, [](core::Random& r) { return r.uniform(); });
    const auto problem = matrix_problem(real, n);
    std::vector<double> lengths;
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      SolveOptions options;
      options.seed = seed;
      lengths.push_back(solve(problem, options).length);
    }
    const auto [least, most] = std::minmax_element(lengths.begin(), lengths.end());
    EXPECT_LE(*most, 1.001 * *least) << n;
  }
}

// Forbidden edges as 1e30 among costs of about 1: they must cost no precision, whatever the first tour holds.
TEST(Solve, ForbiddenEntriesCostNoPrecision) {
  core::Random random(7);
  for (const Index n : {13, 30})
    for (int trial = 0; trial < 5; ++trial) {
      // A hidden tour, three more edges per node, nothing else allowed: greedy tours mostly run into a dead
      // end.
      auto real = test::make_matrix<double>(n, true, random, [](core::Random&) { return 1e30; });
      std::vector<std::int64_t> whole(at(n) * at(n), 1'000'000'000);
      const auto hidden = test::random_tour(n, random);
      const auto allow = [&](Index u, Index v) {
        const Index cost = 1000 + random.below(1000);
        real[at(u * n + v)] = real[at(v * n + u)] = cost / 1000.0;
        whole[at(u * n + v)] = whole[at(v * n + u)] = cost;
      };
      for (Index i = 0; i < n; ++i) allow(hidden[at(i)], hidden[at((i + 1) % n)]);
      for (Index i = 0; i < 3 * n / 2; ++i) {
        const Index u = random.below(n);
        allow(u, (u + 1 + random.below(n - 1)) % n);
      }
      const auto best = solve(matrix_problem(whole, n), with(Method::eax));
      const auto result = solve(matrix_problem(real, n), with(Method::eax));
      EXPECT_NEAR(result.length, best.length / 1000.0, 1e-6) << n;
    }
}

// A float matrix whose nearest neighbours all cost nothing, and one of tiny entries.
TEST(Solve, FloatMatricesWithManyZerosOrTinyEntries) {
  core::Random random(7);
  for (const Index n : {8, 13, 40})
    for (const Index limit : {1, 2, 3})
      for (const bool symmetric : {true, false}) {
        const auto whole = test::random_matrix<std::int64_t>(n, symmetric, limit, random);
        const auto best = solve(matrix_problem(whole, n), brief(Method::eax));
        for (const double unit : {1.0, 1e-300}) {
          std::vector<double> real(whole.begin(), whole.end());
          for (double& c : real) c *= unit;
          const auto problem = matrix_problem(real, n);
          const auto result = solve(problem, brief(Method::eax));
          expect_sound(problem, result);
          EXPECT_NEAR(result.length / unit, best.length, 1e-9) << n << ' ' << limit << ' ' << unit;
        }
      }
}

// The distances of crowds: for every node more than eight others cost nothing, and no tour does.
TEST(Solve, FloatMatricesOfCrowds) {
  const auto places = test::uniform_points(4, 9);
  const auto few = Problem::from_points(places, 2, MetricKind::euclid);
  const Index n = 60;
  std::vector<double> costs;
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < n; ++j) costs.push_back(few.cost(i % 4, j % 4));
  const auto problem = matrix_problem(costs, n);
  for (const Method method : engines) {
    const auto result = solve(problem, brief(method));
    expect_sound(problem, result);
    EXPECT_NEAR(result.length, exact_length(few), 1e-6);
  }
}

// The same with the members of a crowd not quite at one place: near neighbours say nothing about the tour.
TEST(Solve, FloatMatricesOfAlmostCrowds) {
  core::Random random(27);
  for (const Index crowd : {2, 3, 8}) {
    const auto places = test::uniform_points(10, 10, 2, 1.0);
    const auto few = Problem::from_points(places, 2, MetricKind::euclid);
    const Index n = 10 * crowd;
    std::vector<double> costs(at(n) * at(n));
    for (Index i = 0; i < n; ++i)
      for (Index j = 0; j < i; ++j)
        costs[at(i * n + j)] = costs[at(j * n + i)] =
            few.cost(i % 10, j % 10) + 1e-13 * (1 + random.below(1000) / 1000.0);
    const auto result = solve(matrix_problem(costs, n), brief(Method::eax));
    EXPECT_NEAR(result.length, exact_length(few), 1e-9) << crowd;
  }
}

// Some tours need forbidden edges: as few as possible, and the rest of the tour still counts.
TEST(Solve, ForbiddenEntriesThatCannotBeAvoided) {
  core::Random random(28);
  const Index n = 14;
  for (int trial = 0; trial < 5; ++trial) {
    std::vector<double> real(at(n) * at(n), 1e30);
    std::vector<std::int64_t> whole(at(n) * at(n), 1'000'000'000);
    for (Index i = 0; i < n; ++i)  // two halves without a bridge
      for (Index j = 0; j < i; ++j)
        if (i / 7 == j / 7) {
          const Index cost = 1000 + random.below(1000);
          real[at(i * n + j)] = real[at(j * n + i)] = cost;
          whole[at(i * n + j)] = whole[at(j * n + i)] = cost;
        }
    const auto integer = matrix_problem(whole, n);
    const auto result = solve(matrix_problem(real, n), with(Method::eax));
    EXPECT_EQ(integer.length(result.tour), exact_length(integer));
  }
}

// Matrices that count as symmetric to a relative 1e-12: gains must not depend on which of the two is read.
TEST(Solve, NearlySymmetricMatricesEnd) {
  core::Random random(26);
  const Index n = 60;
  auto costs = test::make_matrix<double>(n, true, random, [](core::Random& r) { return 1 + r.below(2); });
  for (double& c : costs) c *= 1 + 4e-13 * (random.uniform() - 0.5);
  const auto problem = matrix_problem(costs, n);
  ASSERT_TRUE(problem.symmetric());
  for (const Method method : engines) {
    auto options = brief(method);
    options.stop.time_limit = 60;  // only a run that never ends gets there
    options.stop.max_iterations = 100;
    const auto result = solve(problem, options);
    ASSERT_TRUE(is_tour(result.tour, n));
    EXPECT_NE(result.status, Status::time_limit);
  }
}

}  // namespace
}  // namespace wayseer::tsp
