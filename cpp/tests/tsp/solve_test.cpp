#include "wayseer/tsp/solve.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "instances.hpp"
#include "wayseer/tsp/held_karp.hpp"

namespace wayseer::tsp {
namespace {

using core::Status;
using test::at;
using test::is_tour;
using test::matrix_problem;

// What every result must be, whatever the options were.
void expect_sound(const Problem& problem, const Result& result) {
  ASSERT_TRUE(is_tour(result.tour, problem.size()));
  EXPECT_EQ(result.length, problem.length(result.tour));
  if (problem.integer()) {
    EXPECT_EQ(result.integer_length, problem.integer_length(result.tour));
  }
  if (result.lower_bound) {
    EXPECT_LE(*result.lower_bound, result.length);
  }
  EXPECT_GE(result.seconds, 0);
  EXPECT_NE(result.method, Method::automatic);
  ASSERT_FALSE(result.trace.empty());
  EXPECT_EQ(result.trace.back().length, result.length);
  for (std::size_t i = 1; i < result.trace.size(); ++i) {
    EXPECT_LE(result.trace[i].length, result.trace[i - 1].length * (1 + 1e-12));
    EXPECT_GE(result.trace[i].seconds, result.trace[i - 1].seconds);
  }
}

SolveOptions with(Method method, std::uint64_t seed = 0) {
  SolveOptions options;
  options.method = method;
  options.seed = seed;
  return options;
}
// A population small enough for thousands of solves.
SolveOptions brief(Method method, std::uint64_t seed = 0) {
  SolveOptions options = with(method, seed);
  options.population = 16;
  options.max_kicks = 200;
  return options;
}

double exact_length(const Problem& problem) { return problem.length(held_karp(problem)); }

constexpr Method engines[] = {Method::automatic, Method::ils, Method::eax};

// --- every size, kind of input and engine -----------------------------------------------------------------

TEST(Solve, SmallProblemsAreSolvedExactly) {
  core::Random random(1);
  for (Index n = 1; n <= 12; ++n)
    for (const auto& set : test::difficult_points(n, 2, 50 + static_cast<std::uint64_t>(n)))
      for (const auto kind : {MetricKind::euc_2d, MetricKind::euclid, MetricKind::geo, MetricKind::ceil_2d}) {
        const auto problem = Problem::from_points(set.points, 2, kind);
        for (const Method method : {Method::automatic, Method::exact}) {
          const auto result = solve(problem, with(method));
          expect_sound(problem, result);
          EXPECT_EQ(result.method, Method::exact);
          EXPECT_EQ(result.status, Status::optimal);
          EXPECT_EQ(result.lower_bound, result.length);
          EXPECT_EQ(result.length, exact_length(problem)) << set.name << ' ' << n;
        }
      }
}

// The heuristics on what the exact method solves: 200 instances of every kind.
TEST(Solve, EnginesFindTheOptimumOfSmallProblems) {
  core::Random random(2);
  int missed = 0, solved = 0;
  const auto check = [&](const Problem& problem, const std::string& name) {
    const double optimum = exact_length(problem);
    for (const Method method : {Method::ils, Method::eax}) {
      const auto result = solve(problem, brief(method));
      expect_sound(problem, result);
      ASSERT_GE(result.length, optimum * (1 - 1e-12)) << name;
      const bool found = result.length <= optimum * (1 + 1e-12);
      ++solved;
      missed += found ? 0 : 1;
    }
  };
  for (int repeat = 0; repeat < 4; ++repeat)
    for (Index n = 4; n <= 11; n += 1) {
      for (const auto& set : test::difficult_points(n, 2, random())) {
        check(Problem::from_points(set.points, 2, MetricKind::euc_2d), set.name);
        check(Problem::from_points(set.points, 2, MetricKind::euclid), set.name);
      }
      for (const Index limit : {2, 10, 100'000})
        for (const bool symmetric : {true, false}) {
          const auto costs = test::random_matrix<std::int64_t>(n, symmetric, limit, random);
          check(matrix_problem(costs, n), symmetric ? "matrix" : "asymmetric matrix");
        }
      const auto real =
          test::make_matrix<double>(n, n % 2 == 0, random, [](core::Random& r) { return r.uniform(); });
      check(matrix_problem(real, n), "float matrix");
    }
  EXPECT_LT(missed, solved / 50);
}

TEST(Solve, EveryMetricAndEngineUpToFortyNodes) {
  core::Random random(3);
  for (const Index n : {1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 14, 17, 25, 40}) {
    const auto flat = test::uniform_points(n, 4, 2, 80.0), deep = test::uniform_points(n, 4, 3);
    const auto wide = test::uniform_points(n, 4, 2, 1e12);
    std::vector<Problem> problems;
    for (const auto kind : {MetricKind::euc_2d, MetricKind::ceil_2d, MetricKind::att, MetricKind::geo,
                            MetricKind::max_2d, MetricKind::man_2d, MetricKind::euclid})
      problems.push_back(Problem::from_points(flat, 2, kind));
    for (const auto kind : {MetricKind::euc_3d, MetricKind::max_3d, MetricKind::man_3d, MetricKind::euclid})
      problems.push_back(Problem::from_points(deep, 3, kind));
    problems.push_back(Problem::from_points(wide, 2, MetricKind::euc_2d));
    const auto i32 = test::random_matrix<std::int32_t>(n, true, 100, random);
    const auto i64 = test::random_matrix<std::int64_t>(n, false, 100, random);
    const auto f32 = test::make_matrix<float>(n, true, random, [](core::Random& r) { return r.uniform(); });
    const auto f64 = test::make_matrix<double>(n, false, random, [](core::Random& r) { return r.uniform(); });
    problems.push_back(matrix_problem(i32, n));
    problems.push_back(matrix_problem(i64, n));
    problems.push_back(matrix_problem(f32, n));
    problems.push_back(matrix_problem(f64, n));
    for (const auto& problem : problems)
      for (const Method method : engines) {
        SCOPED_TRACE(std::string(to_string(problem.metric())) + " n " + std::to_string(n));
        const auto result = solve(problem, brief(method));
        expect_sound(problem, result);
        EXPECT_TRUE(result.status == Status::converged || result.status == Status::optimal);
      }
  }
}

TEST(Solve, DifficultPointsOfEveryKind) {
  for (const int dimension : {2, 3})
    for (const Index n : {13, 40, 300})
      for (const auto& set : test::difficult_points(n, dimension, 51))
        for (const Method method : engines) {
          const auto problem = Problem::from_points(set.points, dimension, MetricKind::euclid);
          SCOPED_TRACE(set.name + " n " + std::to_string(n));
          const auto result = solve(problem, brief(method));
          expect_sound(problem, result);
          if (set.name == "all equal") {
            EXPECT_EQ(result.length, 0);
          }
          if (set.name == "horizontal line") {  // there and back
            double low = set.points[0], high = low;
            for (Index i = 0; i < n; ++i) {
              low = std::min(low, set.points[at(i * dimension)]);
              high = std::max(high, set.points[at(i * dimension)]);
            }
            EXPECT_NEAR(result.length, 2 * (high - low), 1e-9 * (high - low));
          }
        }
}

TEST(Solve, PublishedOptimum) {
  const std::vector<double> ulysses16{38.24, 20.42, 39.57, 26.15, 40.56, 25.32, 36.26, 23.12,
                                      33.48, 10.54, 37.56, 12.19, 38.42, 13.11, 37.52, 20.44,
                                      41.23, 9.10,  41.17, 13.05, 36.08, -5.21, 38.47, 15.13,
                                      38.15, 15.35, 37.51, 15.17, 35.49, 14.32, 39.36, 19.56};
  const auto problem = Problem::from_points(ulysses16, 2, MetricKind::geo);
  for (const Method method : {Method::exact, Method::automatic, Method::ils, Method::eax})
    EXPECT_EQ(solve(problem, with(method)).integer_length, 6859);
}

TEST(Solve, TheSameInstanceAsPointsAndAsMatrices) {
  const Index n = 60;
  const auto points = test::uniform_points(n, 5, 2, 1000.0);
  const auto rounded = Problem::from_points(points, 2, MetricKind::euc_2d);
  const auto real = Problem::from_points(points, 2, MetricKind::euclid);
  std::vector<std::int32_t> i32;
  std::vector<double> f64;
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < n; ++j) {
      i32.push_back(static_cast<std::int32_t>(rounded.cost(i, j)));
      f64.push_back(real.cost(i, j));
    }
  EXPECT_EQ(solve(rounded).length, solve(matrix_problem(i32, n)).length);
  EXPECT_NEAR(solve(real).length, solve(matrix_problem(f64, n)).length, 1e-9);
  // Coordinates * 1000 scale the length by 1000, to the last place that fixed point keeps.
  auto scaled = points;
  for (double& x : scaled) x *= 1000;
  EXPECT_NEAR(solve(Problem::from_points(scaled, 2, MetricKind::euclid)).length / 1000, solve(real).length,
              1e-8);
}

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

TEST(Solve, TheBoundIsABoundAndProvesOptima) {
  int proven = 0;
  for (const Index n : {13, 16})
    for (const auto& set : test::difficult_points(n, 2, 53))
      for (const auto kind : {MetricKind::euc_2d, MetricKind::euclid}) {
        const auto problem = Problem::from_points(set.points, 2, kind);
        auto options = brief(Method::automatic);
        options.bound = true;
        const auto result = solve(problem, options);
        SCOPED_TRACE(set.name + " " + std::string(to_string(kind)));
        expect_sound(problem, result);
        ASSERT_TRUE(result.lower_bound);
        EXPECT_LE(*result.lower_bound, exact_length(problem) * (1 + 1e-12));
        EXPECT_EQ(result.status == Status::optimal, *result.lower_bound >= result.length);
        proven += result.status == Status::optimal ? 1 : 0;
      }
  EXPECT_GT(proven, 10);
}

// --- descents ---------------------------------------------------------------------------------------------

TEST(Solve, DescentsOfOneTour) {
  core::Random random(8);
  const std::vector<int> breadth{8, 5, 3, 2, 1};
  for (const Index n : {1, 2, 3, 7, 8, 13, 200})
    for (const auto& set : test::difficult_points(n, 2, 52)) {
      const auto problem = Problem::from_points(set.points, 2, MetricKind::euc_2d);
      const auto tour = test::random_tour(n, random);
      const auto check = [&](const Result& result) {
        expect_sound(problem, result);
        EXPECT_LE(result.length, problem.length(tour));
        EXPECT_EQ(result.trace.front().length, problem.length(tour));
      };
      check(or_opt(problem, tour));
      for (int depth = 2; depth <= 6; ++depth) check(k_opt(problem, tour, depth, breadth));
    }
  auto costs = test::random_matrix<std::int64_t>(20, false, 100, random);
  costs[1] = 1000;
  const auto asymmetric = matrix_problem(costs, 20);
  const auto tour = test::random_tour(20, random);
  for (const auto& result : {or_opt(asymmetric, tour), k_opt(asymmetric, tour, 5, breadth)}) {
    expect_sound(asymmetric, result);
    EXPECT_LE(result.length, asymmetric.length(tour));
  }
}

// --- stopping ---------------------------------------------------------------------------------------------

TEST(Solve, TimeLimitEndsEveryEngine) {
  const auto points = test::uniform_points(1500, 9);
  const auto problem = Problem::from_points(points, 2, MetricKind::euc_2d);
  for (const Method method : engines)
    for (const double limit : {1e-9, 0.02, 0.3}) {
      auto options = with(method);
      options.stop.time_limit = limit;
      const auto result = solve(problem, options);
      expect_sound(problem, result);
      EXPECT_EQ(result.status, Status::time_limit);
      EXPECT_GE(result.seconds, limit) << "left-over time is used";
    }
}

TEST(Solve, MaxIterationsCountsKicksAndGenerations) {
  const auto points = test::uniform_points(300, 10);
  const auto problem = Problem::from_points(points, 2, MetricKind::euc_2d);
  for (const std::int64_t most : {1, 2, 17, 40}) {
    auto options = with(Method::ils);
    options.stop.max_iterations = most;
    auto result = solve(problem, options);
    expect_sound(problem, result);
    EXPECT_EQ(result.status, Status::max_iterations);
    EXPECT_EQ(result.iterations, most);
    EXPECT_EQ(result.kicks, most);
    if (most > 2) continue;
    options.method = Method::eax;
    result = solve(problem, options);
    expect_sound(problem, result);
    EXPECT_EQ(result.status, Status::max_iterations);
    EXPECT_EQ(result.iterations, most);
    EXPECT_EQ(result.kicks, 0);
  }
}

TEST(Solve, ZeroIterationsAreZero) {
  const auto points = test::uniform_points(100, 10);
  const auto problem = Problem::from_points(points, 2, MetricKind::euc_2d);
  for (const Method method : {Method::ils, Method::eax}) {
    auto options = brief(method);
    options.stop.max_iterations = 0;
    const auto result = solve(problem, options);
    expect_sound(problem, result);
    EXPECT_EQ(result.status, Status::max_iterations);
    EXPECT_EQ(result.iterations, 0);
    EXPECT_EQ(result.kicks, 0);
  }
}

TEST(Solve, MaxKicksBoundsTheKicks) {
  const auto points = test::uniform_points(120, 11);
  const auto problem = Problem::from_points(points, 2, MetricKind::euc_2d);
  for (const Method method : {Method::ils, Method::eax})
    for (const std::int64_t most : {0, 1, 15, 16, 33}) {
      auto options = with(method);
      options.population = 10;
      options.max_kicks = most;
      const auto result = solve(problem, options);
      expect_sound(problem, result);
      EXPECT_EQ(result.kicks, most);
      EXPECT_EQ(result.status, Status::converged);
    }
}

TEST(Solve, TargetEndsTheRun) {
  const auto points = test::uniform_points(200, 12);
  const auto whole = Problem::from_points(points, 2, MetricKind::euc_2d);
  const auto real = Problem::from_points(points, 2, MetricKind::euclid);
  for (const auto* problem : {&whole, &real})
    for (const Method method : {Method::ils, Method::eax}) {
      const auto free = solve(*problem, with(method));
      auto options = with(method);
      // Its own result again: met to the last digit, in fixed point or not.
      options.stop.target = free.length;
      auto result = solve(*problem, options);
      expect_sound(*problem, result);
      EXPECT_EQ(result.status, Status::target) << to_string(problem->metric());
      EXPECT_LE(result.length, options.stop.target * (1 + 1e-12));
      options.stop.target = 2 * free.length;  // the first tours will do
      result = solve(*problem, options);
      expect_sound(*problem, result);
      EXPECT_EQ(result.status, Status::target);
      EXPECT_EQ(result.iterations, 0);
      options.stop.target = 0;
      result = solve(*problem, options);
      EXPECT_EQ(result.status, Status::converged);
      EXPECT_EQ(result.tour, free.tour) << "an unreachable target changes nothing";
    }
}

TEST(Solve, CancelFlagOfAnotherThread) {
  const auto points = test::uniform_points(500, 13);
  const auto problem = Problem::from_points(points, 2, MetricKind::euc_2d);
  for (const Method method : engines) {
    std::atomic<bool> cancel{false};
    auto options = with(method);
    options.stop.time_limit = 3600;
    options.stop.cancel = &cancel;
    options.threads = 2;
    std::thread other([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(60));
      cancel = true;
    });
    const auto result = solve(problem, options);
    other.join();
    expect_sound(problem, result);
    EXPECT_EQ(result.status, Status::interrupted);
  }
  // Set from the start: the instant tour, at once.
  const std::atomic<bool> cancelled{true};
  for (const Index n : {5, 16, 500})
    for (const Method method : {Method::automatic, Method::exact, Method::ils, Method::eax}) {
      if (method == Method::exact && n > held_karp_limit) continue;
      const auto few = Problem::from_points(std::span{points}.first(at(2 * n)), 2, MetricKind::euc_2d);
      auto options = with(method);
      options.stop.cancel = &cancelled;
      const auto result = solve(few, options);
      expect_sound(few, result);
      EXPECT_EQ(result.status, Status::interrupted);
      EXPECT_FALSE(result.lower_bound);
    }
}

TEST(Solve, PollAndProgressCanInterrupt) {
  const auto points = test::uniform_points(400, 14);
  const auto problem = Problem::from_points(points, 2, MetricKind::euc_2d);
  for (const Method method : engines) {
    auto options = with(method);
    options.stop.time_limit = 3600;
    int polls = 0;
    options.stop.poll = [&] { return ++polls == 3; };
    auto result = solve(problem, options);
    expect_sound(problem, result);
    EXPECT_EQ(result.status, Status::interrupted);
    EXPECT_EQ(polls, 3);

    options.stop.poll = nullptr;
    std::vector<core::Progress> heard;
    options.stop.on_progress = [&](const core::Progress& progress) {
      heard.push_back(progress);
      return heard.size() < 3;
    };
    result = solve(problem, options);
    expect_sound(problem, result);
    EXPECT_EQ(result.status, Status::interrupted);
    ASSERT_EQ(heard.size(), 3U);
    for (std::size_t i = 1; i < 3; ++i) {
      EXPECT_GE(heard[i].elapsed, heard[i - 1].elapsed + 0.09);
      EXPECT_LE(heard[i].objective, heard[i - 1].objective);
      EXPECT_GE(heard[i].objective, result.length);
    }
  }
}

TEST(Solve, AnExceptionOfTheCallbackPropagates) {
  const auto points = test::uniform_points(300, 15);
  const auto problem = Problem::from_points(points, 2, MetricKind::euc_2d);
  for (const int threads : {1, 2}) {
    auto options = with(Method::eax);
    options.stop.time_limit = 3600;
    options.threads = threads;
    options.stop.poll = []() -> bool { throw std::runtime_error("from the caller"); };
    EXPECT_THROW((void)solve(problem, options), std::runtime_error);
  }
}

TEST(Solve, CollapsedPointsKeepTheStopRules) {
  // 300 nodes at 30 places, ten to each.
  const auto places = test::uniform_points(30, 16);
  std::vector<double> points;
  for (int i = 0; i < 300; ++i)
    points.insert(points.end(), {places[at(2 * (i % 30))], places[at(2 * (i % 30) + 1)]});
  const auto problem = Problem::from_points(points, 2, MetricKind::euc_2d);
  const auto distinct = Problem::from_points(places, 2, MetricKind::euc_2d);
  const auto best = solve(distinct);
  for (const Method method : engines) {
    auto options = with(method);
    auto result = solve(problem, options);
    expect_sound(problem, result);
    EXPECT_LE(result.length, best.length);
    options.stop.max_iterations = 1;
    result = solve(problem, options);
    expect_sound(problem, result);
    EXPECT_EQ(result.status, Status::max_iterations);
    options.stop.max_iterations = std::numeric_limits<std::int64_t>::max();
    options.stop.target = best.length;
    result = solve(problem, options);
    expect_sound(problem, result);
    EXPECT_EQ(result.status, Status::target);
    options.stop.target = -1;
    options.stop.time_limit = 0.1;
    result = solve(problem, options);
    expect_sound(problem, result);
    EXPECT_EQ(result.status, Status::time_limit);
    EXPECT_GE(result.seconds, 0.09);
  }
}

// --- determinism ------------------------------------------------------------------------------------------

TEST(Solve, TheSeedDecidesWhateverTheNumberOfThreads) {
  core::Random random(17);
  const auto points = test::uniform_points(150, 17);
  auto costs = test::random_matrix<std::int64_t>(60, false, 1000, random);
  costs[1] = 5000;
  const auto flat = Problem::from_points(points, 2, MetricKind::euclid);
  const auto directed = matrix_problem(costs, 60);
  for (const auto* problem : {&flat, &directed})
    for (const Method method : engines) {
      std::vector<std::vector<Index>> tours;
      for (const std::uint64_t seed : {1U, 2U}) {
        auto options = with(method, seed);
        options.population = 20;
        options.stop.max_iterations = 3;
        const auto first = solve(*problem, options);
        expect_sound(*problem, first);
        for (const int threads : {1, 2, 3}) {
          options.threads = threads;
          for (const double limit : {std::numeric_limits<double>::infinity(), 3600.0}) {  // no clock enters
            options.stop.time_limit = limit;
            const auto again = solve(*problem, options);
            EXPECT_EQ(again.tour, first.tour) << threads;
            EXPECT_EQ(again.iterations, first.iterations);
            EXPECT_EQ(again.kicks, first.kicks);
          }
        }
        tours.push_back(first.tour);
      }
    }
}

TEST(Solve, MoreThreadsThanMembers) {
  const auto points = test::uniform_points(60, 18);
  const auto problem = Problem::from_points(points, 2, MetricKind::euc_2d);
  auto options = brief(Method::eax);
  options.population = 3;
  const auto one = solve(problem, options);
  options.threads = 9;
  EXPECT_EQ(solve(problem, options).tour, one.tour);
}

// --- predictions ------------------------------------------------------------------------------------------

TEST(Solve, TheResultIsNeverLongerThanInit) {
  core::Random random(19);
  for (const Index n : {1, 2, 3, 7, 8, 12, 13, 16, 200}) {
    const auto points = test::uniform_points(n, 19);
    auto entries = test::make_matrix<double>(n, false, random, [](core::Random& r) { return r.uniform(); });
    const auto whole = Problem::from_points(points, 2, MetricKind::euc_2d);
    const auto real = Problem::from_points(points, 2, MetricKind::euclid);
    const auto directed = matrix_problem(entries, n);
    for (const auto* problem : {&whole, &real, &directed}) {
      const auto best = solve(*problem, brief(Method::automatic));
      const auto shuffled = test::random_tour(n, random);
      const std::atomic<bool> cancelled{true};
      for (const Method method : {Method::automatic, Method::ils, Method::eax, Method::exact})
        for (const auto& init : {best.tour, shuffled}) {
          if (method == Method::exact && n > held_karp_limit) continue;
          auto options = brief(method);
          options.init = init;
          for (const double limit : {1e-9, 0.005, std::numeric_limits<double>::infinity()}) {
            options.stop.time_limit = limit;
            const auto result = solve(*problem, options);
            expect_sound(*problem, result);
            EXPECT_LE(result.length, problem->length(init)) << n;
          }
          options.stop.time_limit = std::numeric_limits<double>::infinity();
          options.stop.cancel = &cancelled;
          const auto result = solve(*problem, options);
          expect_sound(*problem, result);
          EXPECT_LE(result.length, problem->length(init)) << n;
        }
    }
  }
}

// Rounding breaks the triangle inequality, so that leaving out a twin can make a tour longer.
TEST(Solve, InitOfCollapsedPointsIsNoUpperBoundToBeLost) {
  core::Random random(20);
  for (int trial = 0; trial < 30; ++trial) {
    const auto points = test::make_points(40, 2, [&](Index, int) { return 0.7 * random.below(4); });
    const auto problem = Problem::from_points(points, 2, MetricKind::euc_2d);
    auto options = brief(Method::ils, static_cast<std::uint64_t>(trial));
    const auto init = solve(problem, options).tour;
    options.init = init;
    options.max_kicks = 0;
    const auto result = solve(problem, options);
    expect_sound(problem, result);
    EXPECT_LE(result.length, problem.length(init));
  }
}

struct Heatmap {
  std::vector<std::int64_t> indptr{0};
  std::vector<std::int32_t> indices;
  std::vector<float> values;
  [[nodiscard]] core::EdgeValues view() const {
    return {static_cast<std::int32_t>(indptr.size()) - 1, indptr, indices, values};
  }
};
// Rows of n entries value(i, j); entries of 0 are left out.
template <class Value>
Heatmap make_heatmap(Index n, Value&& value) {
  Heatmap heatmap;
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j < n; ++j)
      if (const float v = static_cast<float>(value(i, j)); v != 0 && i != j) {
        heatmap.indices.push_back(j);
        heatmap.values.push_back(v);
      }
    heatmap.indptr.push_back(static_cast<std::int64_t>(heatmap.indices.size()));
  }
  return heatmap;
}

TEST(Solve, PredictionsRightWrongAndEmpty) {
  core::Random random(21);
  const Index n = 200;
  const auto points = test::uniform_points(n, 21);
  auto costs = test::random_matrix<std::int64_t>(60, false, 1000, random);
  costs[1] = 5000;
  const auto flat = Problem::from_points(points, 2, MetricKind::euc_2d);
  const auto directed = matrix_problem(costs, 60);
  for (const auto* problem : {&flat, &directed}) {
    const Index size = problem->size();
    const auto best = solve(*problem);
    std::vector<Index> successor(at(size));
    for (std::size_t i = 0; i < at(size); ++i) successor[at(best.tour[i])] = best.tour[(i + 1) % at(size)];
    const auto is_next = [&](Index i, Index j) { return successor[at(i)] == j; };
    const auto perfect = make_heatmap(size, is_next);
    const auto adverse =
        make_heatmap(size, [&](Index i, Index j) { return is_next(i, j) || is_next(j, i) ? 0.0 : 1.0; });
    const auto noise =
        make_heatmap(size, [&](Index, Index) { return random.below(8) == 0 ? random.uniform() : 0.0; });
    const auto constant = make_heatmap(size, [](Index, Index) { return 0.25; });
    const auto empty = make_heatmap(size, [](Index, Index) { return 0.0; });
    for (const auto* heatmap : {&perfect, &adverse, &noise, &constant, &empty})
      for (const Method method : engines) {
        auto options = brief(method);
        const auto without = solve(*problem, options);
        const auto view = heatmap->view();
        options.heatmap = &view;
        const auto result = solve(*problem, options);
        expect_sound(*problem, result);
        if (heatmap == &perfect) {
          EXPECT_LE(result.length, best.length);
        } else {
          EXPECT_LE(result.length, 1.06 * without.length);
        }
      }
    // The perfect prediction is found at once, not by search.
    auto options = brief(Method::ils);
    options.max_kicks = 0;
    const auto view = perfect.view();
    options.heatmap = &view;
    EXPECT_LE(solve(*problem, options).length, best.length);

    CandidateLists wanted;
    for (Index v = 0; v < size; ++v) {
      wanted.ids.insert(wanted.ids.end(), {successor[at(v)], -1, random.below(size)});
      wanted.end_row();
    }
    for (const Method method : engines) {
      auto with_candidates = brief(method);
      with_candidates.candidates = &wanted;
      expect_sound(*problem, solve(*problem, with_candidates));
    }
  }
}

TEST(Solve, PredictionsOfCollapsedPoints) {
  core::Random random(22);
  const auto points = test::make_points(80, 2, [&](Index, int) { return 100.0 * random.below(4); });
  const auto problem = Problem::from_points(points, 2, MetricKind::euclid);
  const auto heatmap =
      make_heatmap(80, [&](Index, Index) { return random.below(4) == 0 ? random.uniform() : 0.0; });
  const auto view = heatmap.view();
  const auto init = test::random_tour(80, random);
  const auto wanted = test::complete_candidates(80);
  for (const Method method : engines) {
    auto options = brief(method);
    options.heatmap = &view;
    options.init = init;
    options.candidates = &wanted;
    const auto result = solve(problem, options);
    expect_sound(problem, result);
    EXPECT_LE(result.length, problem.length(init));
  }
}

// --- wrong input ------------------------------------------------------------------------------------------

template <class Call>
void expect_refused(Call&& call, std::initializer_list<const char*> parts) {
  try {
    call();
    ADD_FAILURE() << "was accepted; expected a message with " << *parts.begin();
  } catch (const std::invalid_argument& error) {
    for (const char* part : parts)
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
  }
}

TEST(Solve, WrongArgumentsAreRefusedByName) {
  for (const Index n : {6, 30}) {  // solved exactly, and by the engines
    const auto points = test::uniform_points(n, 23);
    const auto problem = Problem::from_points(points, 2, MetricKind::euc_2d);
    const auto refused = [&](auto&& change, std::initializer_list<const char*> parts) {
      SolveOptions options;
      change(options);
      expect_refused([&] { (void)solve(problem, options); }, parts);
    };
    refused([](auto& o) { o.stop.time_limit = 0; }, {"time_limit"});
    refused([](auto& o) { o.stop.time_limit = -1; }, {"time_limit"});
    refused([](auto& o) { o.stop.time_limit = std::nan(""); }, {"time_limit"});
    refused([](auto& o) { o.stop.max_iterations = -1; }, {"max_iterations"});
    refused([](auto& o) { o.max_kicks = -1; }, {"max_kicks"});
    refused([](auto& o) { o.threads = 0; }, {"threads", "0"});
    refused([](auto& o) { o.population = 1; }, {"population"});
    auto init = test::identity(n);
    refused([&](auto& o) { o.init = std::span{init}.first(3); }, {"init", "3"});
    init[1] = 0;
    refused([&](auto& o) { o.init = init; }, {"init[1]", "twice"});
    init[1] = n;
    refused([&](auto& o) { o.init = init; }, {"init[1]", std::to_string(n).c_str()});
    auto rows = test::no_candidates(n - 1);
    refused([&](auto& o) { o.candidates = &rows; }, {"candidates", "rows"});
    rows.ids.push_back(n);
    rows.end_row();
    refused([&](auto& o) { o.candidates = &rows; }, {"candidates", "row", std::to_string(n).c_str()});
    rows.ids.back() = -2;
    refused([&](auto& o) { o.candidates = &rows; }, {"candidates", "-2"});

    const auto heatmap = [](Index size, std::int32_t id, float value) {
      Heatmap wrong;
      wrong.indices.push_back(id);
      wrong.values.push_back(value);
      wrong.indptr.assign(at(size) + 1, 1);
      wrong.indptr[0] = 0;
      return wrong;
    };
    const auto refused_heatmap = [&](const Heatmap& wrong, std::initializer_list<const char*> parts) {
      const auto view = wrong.view();
      refused([&](auto& o) { o.heatmap = &view; }, parts);
    };
    refused_heatmap(heatmap(n - 1, 1, 1.0F), {"heatmap", "rows"});
    refused_heatmap(heatmap(n, n, 1.0F), {"heatmap row 0", "column"});
    refused_heatmap(heatmap(n, -1, 1.0F), {"heatmap row 0", "-1"});
    refused_heatmap(heatmap(n, 1, -0.5F), {"heatmap row 0", ">= 0"});
    refused_heatmap(heatmap(n, 1, std::numeric_limits<float>::quiet_NaN()), {"heatmap row 0"});
    refused_heatmap(heatmap(n, 1, std::numeric_limits<float>::infinity()), {"heatmap row 0"});
  }
  const auto points = test::uniform_points(21, 24);
  const auto problem = Problem::from_points(points, 2, MetricKind::euc_2d);
  expect_refused([&] { (void)solve(problem, with(Method::exact)); }, {"exact", "20", "21"});
  const auto none = Problem::from_points(std::span<const double>{}, 2, MetricKind::euc_2d);
  expect_refused([&] { (void)solve(none); }, {"no nodes"});

  const auto tour = test::identity(21);
  const std::vector<int> breadth{5, 3, 2, 1, 1};
  for (const int depth : {-1, 0, 1, 7})
    expect_refused([&] { (void)k_opt(problem, tour, depth, breadth); }, {"depth", "2..6"});
  expect_refused([&] { (void)k_opt(problem, tour, 5, std::span{breadth}.first(3)); }, {"breadth", "4", "3"});
  for (const int wrong : {0, -1, 256}) {
    const std::vector<int> bad{5, wrong};
    expect_refused([&] { (void)k_opt(problem, tour, 3, bad); }, {"breadth[1]"});
  }
  expect_refused([&] { (void)k_opt(problem, std::span{tour}.first(20), 3, breadth); }, {"tour"});
  expect_refused([&] { (void)or_opt(problem, std::span{tour}.first(20)); }, {"tour"});
  expect_refused([&] { (void)or_opt(none, std::span<const Index>{}); }, {"no nodes"});
}

TEST(Solve, MemoryLimitNamesNeededAndAllowed) {
  const auto points = test::uniform_points(1000, 25);
  const auto problem = Problem::from_points(points, 2, MetricKind::euc_2d);
  SolveOptions options;
  options.memory_limit = 100'000;
  expect_refused([&] { (void)solve(problem, options); }, {"memory_limit", "100000", "bytes"});
  options.memory_limit = 0;
  expect_refused([&] { (void)solve(problem, options); }, {"memory_limit"});
  options.memory_limit = 10'000'000;
  options.max_kicks = 1;
  options.method = Method::ils;
  EXPECT_NO_THROW((void)solve(problem, options));
  // A population that cannot fit is refused too, not begun.
  options.method = Method::eax;
  options.population = 1'000'000'000;
  expect_refused([&] { (void)solve(problem, options); }, {"memory_limit"});
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
