#include "wayseer/clustering/greedy_joining.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>
#include <tuple>

#include "minmax_graphs.hpp"

namespace wayseer::clustering {
namespace {

using namespace testing;

// The rule word for word: everything is computed anew for each trial.
Labels plain_joining(const Graph& graph, const JoinVariant& variant) {
  const std::int32_t n = graph.size();
  Labels labels(at(n));
  std::iota(labels.begin(), labels.end(), 0);
  std::vector<std::set<std::int32_t>> closed(at(n)), used(at(n));
  for (std::int32_t v = 0; v < n; ++v) {
    closed[at(v)].insert(v);
    for (const std::int32_t u : graph.neighbors(v)) closed[at(v)].insert(u);
  }
  for (;;) {
    const auto y = disagreement_vector(graph, labels);
    const auto order = [&](std::int32_t v) {
      const auto degree = graph.degree(v);
      return std::tuple(-y[at(v)], variant.larger_degree_worst ? -degree : degree, v);
    };
    std::int32_t w = 0;
    for (std::int32_t v = 1; v < n; ++v) w = order(v) < order(w) ? v : w;
    std::vector<std::tuple<std::int64_t, std::int64_t, std::int32_t>> partners;
    for (const std::int32_t v : graph.neighbors(w)) {
      std::int64_t common = 0;
      for (const std::int32_t x : closed[at(v)]) common += closed[at(w)].contains(x) ? 1 : 0;
      const auto differ = static_cast<std::int64_t>(closed[at(v)].size() + closed[at(w)].size()) - 2 * common;
      const auto degree = graph.degree(v);
      partners.emplace_back(-(common - variant.penalty * differ),
                            variant.smaller_degree_partner ? degree : -degree, v);
    }
    std::ranges::sort(partners);
    bool joined = false;
    for (const auto& [similarity, degree, v] : partners) {
      if (!used[at(w)].insert(v).second || labels[at(v)] == labels[at(w)]) continue;
      Labels then = labels;
      for (auto& c : then) c = c == labels[at(v)] ? labels[at(w)] : c;
      const auto after = disagreement_vector(graph, then);
      joined = true;
      for (std::int32_t x = 0; x < n; ++x) {
        if (then[at(x)] != labels[at(w)]) continue;
        joined &= after[at(x)] <= y[at(w)];
        if (!variant.reach && y[at(x)] < y[at(w)]) joined &= after[at(x)] < y[at(w)];
      }
      if (joined) {
        labels = then;
        break;
      }
    }
    if (!joined) break;
  }
  renumber(labels);
  return labels;
}

TEST(GreedyJoining, FollowsTheRuleWordForWord) {
  core::Random random(1);
  for (int trial = 0; trial < 40; ++trial) {
    const auto owned = trial % 3 == 0 ? hub_graph(2 + random.below(40), random)
                                      : random_graph(1 + random.below(30), random.uniform(), random);
    const GreedyJoining joining(owned.view());
    for (const auto& variant : join_variants())
      EXPECT_EQ(joining.run(variant), plain_joining(owned.view(), variant));
  }
}

TEST(GreedyJoining, PlantedCliquesCostNothing) {
  const auto owned = cliques({1, 5, 3, 1, 8});
  const GreedyJoining joining(owned.view());
  for (const auto& variant : join_variants()) EXPECT_EQ(disagreements(owned.view(), joining.run(variant)), 0);
}

TEST(GreedyJoining, BestOfAllIsTheBestAndThreadsDoNotMatter) {
  core::Random random(2);
  for (int trial = 0; trial < 20; ++trial) {
    const auto owned = random_graph(40, 0.1 + 0.4 * random.uniform(), random);
    const auto graph = owned.view();
    const GreedyJoining joining(graph);
    for (const double p : {1.0, 4.0, infinite}) {
      Labels alone(40);
      std::iota(alone.begin(), alone.end(), 0);
      double best = value_of(graph, alone, p);
      for (const auto& variant : join_variants())
        best = std::min(best, value_of(graph, joining.run(variant), p));
      const auto one = best_of_joinings(graph, p, 1), three = best_of_joinings(graph, p, 3);
      EXPECT_EQ(one.objective, best);
      EXPECT_EQ(one.objective, value_of(graph, one.labels, p));
      EXPECT_EQ(one.labels, three.labels);
    }
  }
}

TEST(GreedyJoining, StopsAtOnce) {
  core::Random random(3);
  const auto owned = random_graph(50, 0.3, random);
  core::StopRule rule;
  rule.time_limit = 0;
  const auto found = best_of_joinings(owned.view(), infinite, 2, rule);
  EXPECT_EQ(found.status, core::Status::time_limit);
  EXPECT_EQ(found.objective, value_of(owned.view(), found.labels, infinite));
}

TEST(GreedyJoining, EmptyGraph) {
  const auto owned = graph_of(0, {});
  EXPECT_TRUE(best_of_joinings(owned.view(), infinite, 1).labels.empty());
}

}  // namespace
}  // namespace wayseer::clustering
