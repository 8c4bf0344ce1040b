// Greedy contraction, Kernighan-Lin with joins, and what multicut() makes of them.
#include "wayseer/clustering/multicut.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>
#include <vector>

#include "sum_graphs.hpp"
#include "wayseer/clustering/gaec.hpp"
#include "wayseer/clustering/klj.hpp"
#include "wayseer/clustering/objective.hpp"

namespace wayseer::clustering::test {
namespace {

double optimum(const Graph& graph) {
  const auto problem = SumProblem::multicut(graph);
  return problem.objective(best_quality(problem));
}

// Greedy contraction with a map that is searched from end to end.
Labels plain_gaec(const core::CsrGraph<double>& graph) {
  std::map<std::pair<std::int32_t, std::int32_t>, double> costs;
  Labels labels(at(graph.size()));
  std::iota(labels.begin(), labels.end(), 0);
  for (std::int32_t u = 0; u < graph.size(); ++u) {
    for (std::size_t i = 0; i < graph.neighbors(u).size(); ++i) {
      if (u < graph.neighbors(u)[i]) costs[{u, graph.neighbors(u)[i]}] = graph.neighbor_weights(u)[i];
    }
  }
  for (;;) {
    auto best = costs.end();
    for (auto edge = costs.begin(); edge != costs.end(); ++edge) {
      if (edge->second > 0 && (best == costs.end() || edge->second > best->second)) best = edge;
    }
    if (best == costs.end()) break;
    const auto [u, v] = best->first;
    std::map<std::int32_t, int> degree;
    for (const auto& [edge, cost] : costs) {
      ++degree[edge.first];
      ++degree[edge.second];
    }
    const auto kept = degree[u] >= degree[v] ? u : v, gone = kept == u ? v : u;
    costs.erase(best);
    std::map<std::pair<std::int32_t, std::int32_t>, double> next;
    for (const auto& [edge, cost] : costs) {
      const auto a = edge.first == gone ? kept : edge.first, b = edge.second == gone ? kept : edge.second;
      next[std::minmax(a, b)] += cost;
    }
    costs = next;
    std::ranges::replace(labels, gone, kept);
  }
  renumber(labels);
  return labels;
}

TEST(Gaec, ContractsAsAPlainVersionDoes) {
  core::Random random(1);
  for (int round = 0; round < 300; ++round) {
    const auto graph = random_graph(2 + random.below(25), 0.1 + 0.9 * random.uniform(), random, -6, 6);
    if (graph.arcs() == 0) continue;
    EXPECT_EQ(gaec(graph.view()), plain_gaec(graph)) << "round " << round;
  }
}

TEST(Gaec, LeavesNoPositiveCostBetweenClusters) {
  core::Random random(2);
  const auto graph = random_graph(300, 0.1, random, -9, 9);
  const auto labels = gaec(graph.view());
  std::map<std::pair<std::int32_t, std::int32_t>, double> between;
  for (std::int32_t u = 0; u < graph.size(); ++u) {
    for (std::size_t i = 0; i < graph.neighbors(u).size(); ++i) {
      const auto a = labels[at(u)], b = labels[at(graph.neighbors(u)[i])];
      if (a < b) between[{a, b}] += graph.neighbor_weights(u)[i];
    }
  }
  for (const auto& [pair, cost] : between) EXPECT_LE(cost, 0.0);
}

TEST(Klj, ReportedGainIsTheChangeOfValueAndNeverNegative) {
  core::Random random(3);
  for (int round = 0; round < 300; ++round) {
    const std::int32_t n = 1 + random.below(40);
    const auto graph = random_graph(n, 0.3, random, -5, 5);
    Labels labels(at(n));
    for (auto& label : labels) label = random.below(n);
    const double before = multicut_value(graph.view(), labels);
    core::Run run{core::StopRule{}};
    const double gain = klj(graph.view(), labels, run);
    EXPECT_GE(gain, 0.0);
    EXPECT_NEAR(multicut_value(graph.view(), labels), before - gain, 1e-9);
  }
}

TEST(Klj, LeavesNoPairThatGainsByJoining) {
  core::Random random(4);
  for (int round = 0; round < 100; ++round) {
    const auto graph = random_graph(30, 0.3, random, -5, 5);
    Labels labels(30);
    std::iota(labels.begin(), labels.end(), 0);
    core::Run run{core::StopRule{}};
    klj(graph.view(), labels, run);
    const double value = multicut_value(graph.view(), labels);
    const auto count = *std::ranges::max_element(labels) + 1;
    for (std::int32_t a = 0; a < count; ++a) {
      for (std::int32_t b = a + 1; b < count; ++b) {
        Labels joined = labels;
        std::ranges::replace(joined, b, a);
        EXPECT_GE(multicut_value(graph.view(), joined), value - 1e-9);
      }
    }
  }
}

TEST(Klj, CrossesAHillThatSingleMovesDoNot) {
  // Two triangles, wrongly split two and one each; every single move loses, two together gain.
  const Labels u{0, 1, 0, 3, 4, 3, 0, 1}, v{1, 2, 2, 4, 5, 5, 3, 4};
  const std::vector<double> w{4, 4, 4, 4, 4, 4, -1, -1};
  const auto graph = core::CsrGraph<double>::from_edges(6, u, v, w, core::Direction::undirected);
  Labels labels{0, 0, 0, 0, 0, 0};
  core::Run run{core::StopRule{}};
  klj(graph.view(), labels, run);
  EXPECT_EQ(multicut_value(graph.view(), labels), -2.0);
  EXPECT_EQ(labels, (Labels{0, 0, 0, 1, 1, 1}));
}

TEST(Multicut, EachMethodIsBoundedByTheOptimumAndAllTogetherReachIt) {
  core::Random random(5);
  for (int round = 0; round < 100; ++round) {
    const auto graph = random_graph(7, 0.7, random, -5, 5);
    const double best = optimum(graph.view());
    const Solution greedy = multicut(graph.view(), {.method = MulticutMethod::gaec});
    const Solution swapped = multicut(graph.view(), {.method = MulticutMethod::klj});
    const Solution all = multicut(graph.view(), {.patience = 100});
    for (const auto& solution : {greedy, swapped, all})
      EXPECT_NEAR(solution.objective, multicut_value(graph.view(), solution.labels), 1e-9);
    EXPECT_LE(swapped.objective, greedy.objective + 1e-9);
    EXPECT_LE(greedy.objective, 0.0);
    EXPECT_NEAR(all.objective, best, 1e-9);
  }
}

TEST(Multicut, IsNoWorseThanItsStart) {
  core::Random random(6);
  const auto graph = random_graph(60, 0.2, random, -5, 5);
  const Solution good = multicut(graph.view(), {.patience = 500});
  for (const auto method : {MulticutMethod::gaec, MulticutMethod::klj, MulticutMethod::everything}) {
    const Solution again =
        multicut(graph.view(), {.method = method, .stop = {.max_iterations = 1}, .init = good.labels});
    EXPECT_LE(again.objective, good.objective + 1e-9);
  }
}

TEST(Multicut, StopsAtItsTarget) {
  core::Random random(7);
  const auto graph = random_graph(60, 0.2, random, -5, 5);
  const Solution found = multicut(graph.view(), {.stop = {.target = -1.0}});
  EXPECT_EQ(found.status, core::Status::target);
}

}  // namespace
}  // namespace wayseer::clustering::test
