#include "wayseer/clustering/minmax_search.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>

#include "minmax_graphs.hpp"

namespace wayseer::clustering {
namespace {

using namespace testing;

TEST(MinMaxSearch, FindsTheOptimumOfSmallGraphs) {
  core::Random random(1);
  for (int trial = 0; trial < 60; ++trial) {
    const auto owned = random_graph(1 + random.below(7), random.uniform(), random);
    const auto graph = owned.view();
    for (const double p : {1.0, 2.0, 3.5, infinite}) {
      const auto found = minmax_search(graph, {}, {.p = p, .restarts = 3});
      EXPECT_NEAR(found.objective, optimum(graph, p), 1e-9);
      EXPECT_EQ(found.objective, value_of(graph, found.labels, p));
    }
  }
}

TEST(MinMaxSearch, IsNeverWorseThanItsStartsAndReportsTheTruth) {
  core::Random random(2);
  for (int trial = 0; trial < 20; ++trial) {
    const auto owned = random_graph(60, 0.2 * random.uniform() + 0.02, random);
    const auto graph = owned.view();
    std::vector<Labels> starts(3, Labels(60));
    for (auto& start : starts) {
      for (auto& c : start) c = random.below(8);
    }
    for (const double p : {4.0, 40.0, infinite}) {
      core::StopRule rule;
      rule.max_iterations = 200;
      const auto found = minmax_search(graph, starts, {.p = p, .seed = 7}, rule);
      EXPECT_LE(found.iterations, 200);
      EXPECT_EQ(found.objective, value_of(graph, found.labels, p));
      for (const auto& start : starts) EXPECT_LE(found.objective, value_of(graph, start, p));
      for (std::size_t i = 1; i < found.trajectory.size(); ++i)
        EXPECT_LT(found.trajectory[i].objective, found.trajectory[i - 1].objective);
    }
  }
}

TEST(MinMaxSearch, SameSeedSameResult) {
  core::Random random(3);
  const auto owned = random_graph(80, 0.15, random);
  for (const double p : {2.0, infinite}) {
    core::StopRule rule;
    rule.max_iterations = 20'000;
    const auto one = minmax_search(owned.view(), {}, {.p = p, .seed = 5}, rule);
    const auto two = minmax_search(owned.view(), {}, {.p = p, .seed = 5}, rule);
    EXPECT_EQ(one.labels, two.labels);
    EXPECT_EQ(one.iterations, two.iterations);
  }
}

TEST(MinMaxSearch, PlantedCliquesCostNothingAndAreOptimal) {
  const auto owned = cliques({1, 5, 3, 1, 8});
  for (const double p : {1.0, 3.0, infinite}) {
    const auto found = minmax_search(owned.view(), {}, {.p = p});
    EXPECT_EQ(found.objective, 0);
    EXPECT_EQ(found.status, core::Status::optimal);
  }
}

TEST(MinMaxSearch, StopsAtTheTargetAndWhenCancelled) {
  core::Random random(4);
  const auto owned = random_graph(100, 0.3, random);
  const auto free = minmax_search(owned.view(), {}, {.restarts = 1});
  EXPECT_EQ(free.status, core::Status::converged);
  core::StopRule rule;
  rule.target = free.objective + 2;
  const auto aimed = minmax_search(owned.view(), {}, {}, rule);
  EXPECT_EQ(aimed.status, core::Status::target);
  EXPECT_LE(aimed.objective, free.objective + 2);

  const std::atomic<bool> cancel{true};
  core::StopRule cancelled;
  cancelled.cancel = &cancel;
  const auto stopped = minmax_search(owned.view(), {}, {}, cancelled);
  EXPECT_EQ(stopped.status, core::Status::interrupted);
  EXPECT_EQ(stopped.labels.size(), 100U);
}

TEST(MinMaxSearch, EmptyGraphAndGraphWithoutEdges) {
  EXPECT_TRUE(minmax_search(graph_of(0, {}).view(), {}, {}).labels.empty());
  EXPECT_EQ(minmax_search(graph_of(5, {}).view(), {}, {}).objective, 0);
}

TEST(LpNorm, KnownValues) {
  const std::vector<std::int64_t> y{3, 4, 0};
  EXPECT_EQ(lp_norm(y, 1.0), 7.0);
  EXPECT_NEAR(lp_norm(y, 2.0), 5.0, 1e-12);
  EXPECT_EQ(lp_norm(y, infinite), 4.0);
  EXPECT_NEAR(lp_norm(y, 5000.0), 4.0, 1e-2);
}

}  // namespace
}  // namespace wayseer::clustering
