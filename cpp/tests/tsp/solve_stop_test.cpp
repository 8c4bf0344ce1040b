#include "wayseer/tsp/solve.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <limits>
#include <stdexcept>
#include <thread>
#include <vector>

#include "instances.hpp"
#include "solving.hpp"

namespace wayseer::tsp {
namespace {

using core::Status;
using test::at;
using test::brief;
using test::engines;
using test::expect_sound;
using test::matrix_problem;
using test::with;

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

}  // namespace
}  // namespace wayseer::tsp
