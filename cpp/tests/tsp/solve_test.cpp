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
#include "solving.hpp"
#include "wayseer/tsp/held_karp.hpp"

namespace wayseer::tsp {
namespace {

using core::Status;
using test::at;
using test::brief;
using test::engines;
using test::exact_length;
using test::expect_sound;
using test::matrix_problem;
using test::with;

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

}  // namespace
}  // namespace wayseer::tsp
