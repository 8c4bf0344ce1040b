// Set-up stopped half-way: every phase can be, and solve() then still returns a tour.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <numeric>
#include <thread>
#include <vector>

#include "../../src/tsp/prepare.hpp"
#include "../core/stoppable.hpp"
#include "instances.hpp"
#include "wayseer/tsp/candidate_table.hpp"
#include "wayseer/tsp/delaunay.hpp"
#include "wayseer/tsp/greedy.hpp"
#include "wayseer/tsp/mcts.hpp"
#include "wayseer/tsp/solve.hpp"

namespace wayseer::tsp {
namespace {

using core::Checkpoint;
using core::Status;
using core::test::expect_stoppable;
using test::at;
using test::is_tour;

std::vector<Index> identity(Index n) {
  std::vector<Index> order(at(n));
  std::iota(order.begin(), order.end(), 0);
  return order;
}

TEST(SetUp, EveryPhaseCanBeStopped) {
  const auto points = test::uniform_points(3000, 1);
  const test::Plane<test::Euc2d> plane(points, MetricKind::euc_2d);
  expect_stoppable(
      "representatives",
      [&](const Checkpoint& checkpoint) { (void)representatives(plane.space.problem(), checkpoint); }, 3);
  expect_stoppable(
      "candidates", [&](const Checkpoint& checkpoint) { (void)default_candidates(plane.space, checkpoint); },
      15);
  expect_stoppable(
      "user's candidates",
      [&](const Checkpoint& checkpoint) {
        (void)with_user_candidates(plane.space, plane.candidates, plane.candidates, 24, checkpoint);
      },
      6);
  expect_stoppable(
      "neighbour lists",
      [&](const Checkpoint& checkpoint) {
        (void)NeighborLists<test::Euc2d>(plane.metric, plane.candidates, checkpoint);
      },
      3);
  expect_stoppable(
      "greedy",
      [&](const Checkpoint& checkpoint) {
        (void)Greedy<test::Euc2d>(plane.space, plane.metric, plane.lists, checkpoint).tour();
      },
      50);
  expect_stoppable("delaunay", [&](const Checkpoint& checkpoint) { (void)delaunay(points, checkpoint); }, 3);
}

TEST(SetUp, RepresentativesAreTheSmallestIdsOfCrowds) {
  core::Random random(2);
  for (const int dimension : {2, 3})
    for (const Index n : {1, 2, 3, 50, 700})
      for (const auto kind : {MetricKind::euclid, dimension == 2 ? MetricKind::euc_2d : MetricKind::euc_3d}) {
        const auto points = test::make_points(n, dimension, [&](Index, int) {
          const Index x = random.below(5);
          return x == 0 && random.below(2) == 0 ? -0.0 : x;
        });
        const auto problem = Problem::from_points(points, dimension, kind);
        const auto coincide = [&](Index u, Index v) {
          return std::equal(points.begin() + u * dimension, points.begin() + (u + 1) * dimension,
                            points.begin() + v * dimension);
        };
        const auto found = representatives(problem);
        for (Index v = 0; v < n; ++v) {
          Index first = n, crowd = 0;
          for (Index u = 0; u < n; ++u)
            if (coincide(u, v)) {
              first = std::min(first, u);
              ++crowd;
            }
          ASSERT_EQ(found[at(v)], crowd >= (problem.integer() ? 3 : 2) ? first : v) << n;
        }
      }
}

// At whatever moment it is stopped: the tour is one, its length its own, the reason right.
void expect_sound_when_stopped(const Problem& problem, const SolveOptions& options, Status reason) {
  const auto result = solve(problem, options);
  ASSERT_TRUE(is_tour(result.tour, problem.size()));
  EXPECT_EQ(result.length, problem.length(result.tour));
  EXPECT_EQ(result.trace.back().length, result.length);
  EXPECT_TRUE(result.status == reason || result.status == Status::converged) << to_string(result.status);
  if (!options.init.empty()) {
    EXPECT_LE(result.length, problem.length(options.init));
  }
}

struct Case {
  std::vector<double> points;
  MetricKind metric;
};

std::vector<Case> cases() {
  core::Random random(3);
  const Index n = 20'000;
  std::vector<Case> result{{test::uniform_points(n, 4), MetricKind::euclid},
                           {test::uniform_points(n, 5), MetricKind::euc_2d}};
  result.push_back(  // crowds, which are collapsed
      {test::make_points(n, 2, [&](Index, int) { return random.below(60); }), MetricKind::euclid});
  return result;
}

TEST(SetUp, TimeLimitsWithinIt) {
  for (const auto& [points, metric] : cases()) {
    const auto problem = Problem::from_points(points, 2, metric);
    const auto init = identity(problem.size());
    for (const bool given : {false, true})
      for (double limit = 1e-9; limit < 0.2; limit = std::max(1e-4, limit * 3)) {
        SolveOptions options;
        if (given) options.init = init;
        options.max_kicks = 0;
        options.method = Method::ils;
        options.stop.time_limit = limit;
        expect_sound_when_stopped(problem, options, Status::time_limit);
        core::StopRule rule;
        rule.time_limit = limit;
        const auto descent = or_opt(problem, init, rule);
        EXPECT_TRUE(is_tour(descent.tour, problem.size()));
        EXPECT_EQ(descent.length, problem.length(descent.tour));
        EXPECT_LE(descent.length, problem.length(init));
      }
  }
}

TEST(SetUp, InterruptsWithinIt) {
  for (const auto& [points, metric] : cases()) {
    const auto problem = Problem::from_points(points, 2, metric);
    for (int after = 0; after < 40'000; after = after * 2 + 50) {
      std::atomic<bool> cancel{false};
      SolveOptions options;
      options.method = Method::ils;
      options.stop.time_limit = 3600;
      options.stop.cancel = &cancel;
      std::thread other([&] {
        std::this_thread::sleep_for(std::chrono::microseconds(after));
        cancel = true;
      });
      expect_sound_when_stopped(problem, options, Status::interrupted);
      other.join();
    }
  }
}

TEST(SetUp, CancelledBeforeItBegins) {
  const std::atomic<bool> cancelled{true};
  for (const auto& [points, metric] : cases()) {
    const auto problem = Problem::from_points(points, 2, metric);
    core::StopRule rule;
    rule.cancel = &cancelled;
    const auto backwards = [&] {
      auto order = identity(problem.size());
      std::reverse(order.begin(), order.end());
      return order;
    }();
    for (const auto& result :
         {or_opt(problem, backwards, rule), k_opt(problem, backwards, 3, {{5, 5}}, rule)}) {
      EXPECT_EQ(result.tour, backwards);
      EXPECT_EQ(result.status, Status::interrupted);
    }
    MctsOptions options;
    options.stop = rule;
    const auto searched = mcts(problem, nullptr, options);
    EXPECT_TRUE(is_tour(searched.tour, problem.size()));
    EXPECT_EQ(searched.length, problem.length(searched.tour));
    EXPECT_EQ(searched.status, Status::interrupted);
    core::Run run(rule);
    for (const auto method : {CandidateMethod::automatic, CandidateMethod::knn, CandidateMethod::quadrant,
                              CandidateMethod::delaunay})
      EXPECT_THROW((void)candidate_table(problem, method, std::nullopt, run), core::Stopped);
  }
}

}  // namespace
}  // namespace wayseer::tsp
