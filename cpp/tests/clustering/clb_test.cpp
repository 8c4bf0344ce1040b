#include "wayseer/clustering/clb.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <span>
#include <vector>

#include "exhaustive.hpp"
#include "wayseer/clustering/clb_plus.hpp"
#include "wayseer/clustering/objective.hpp"

namespace wayseer::clustering {
namespace {

std::int64_t largest(const Graph& graph, std::span<const std::int32_t> labels) {
  const auto y = disagreement_vector(graph, labels);
  return y.empty() ? 0 : *std::ranges::max_element(y);
}

ClbPlusBound plus(const Graph& graph, const ClbPlusOptions& options) {
  core::Run run({});
  return clb_plus(graph, options, run);
}
MinMaxBound plain(const Graph& graph, bool far_pairs) {
  core::Run run({});
  return clb(graph, far_pairs, run);
}

constexpr std::int64_t no_limit = std::int64_t{1} << 40;

TEST(Clb, BoundsAreBelowTheOptimumAndBranchingReachesIt) {
  core::Random random(1);
  int equal = 0;
  constexpr int graphs = 1000;
  for (int i = 0; i < graphs; ++i) {
    const std::int32_t n = 4 + random.below(4);
    const auto owner = test::random_graph(n, 0.2 + 0.7 * random.uniform(), random);
    const Graph graph = owner.view();
    const auto best = static_cast<std::int32_t>(
        test::optimum(n, [&](const auto& labels) { return largest(graph, labels); }));
    const auto near = plain(graph, false), far = plain(graph, true);
    ASSERT_LE(near.bound, far.bound);
    ASSERT_LE(far.bound, best);
    ASSERT_LE(largest(graph, near.labels), 4 * best);
    ASSERT_LE(largest(graph, far.labels), 4 * best);
    const auto dense = plus(graph, {}), sparse = plus(graph, {.start = {}, .dense_limit = 0});
    ASSERT_LE(dense.bound, best);
    ASSERT_LE(sparse.bound, best);
    ASSERT_GE(dense.bound, near.bound);
    ASSERT_GE(sparse.bound, near.bound);
    ASSERT_GE(dense.bound, sparse.bound);
    const auto probed = plus(graph, {.probing = true});
    ASSERT_LE(probed.bound, best);
    ASSERT_GE(probed.bound, dense.bound);
    if (probed.optimal) {
      ASSERT_EQ(largest(graph, probed.labels), best);
    }
    const auto exact = plus(graph, {.branching_nodes = no_limit});
    ASSERT_TRUE(exact.optimal);
    ASSERT_EQ(exact.bound, best);
    ASSERT_EQ(largest(graph, exact.labels), best);
    equal += dense.bound == best ? 1 : 0;
  }
  EXPECT_GT(equal, graphs * 9 / 10);
}

TEST(Clb, RelationsAcrossWordsOfTheBitRows) {
  // Small graphs as islands between padding: the optimum is that of the island, at any position of its bits.
  core::Random random(2);
  for (int i = 0; i < 40; ++i) {
    const auto small = test::random_graph(7, 0.6, random);
    const Graph island = small.view();
    const auto best = test::optimum(7, [&](const auto& labels) { return largest(island, labels); });
    std::vector<std::int32_t> u, v;
    constexpr std::int32_t spread = 17, n = 130;
    for (std::int32_t a = 0; a < 7; ++a) {
      for (const std::int32_t b : island.neighbors(a)) {
        if (a >= b) continue;
        u.push_back(a * spread);
        v.push_back(b * spread);
      }
    }
    const auto owner = test::EdgeGraph::from_edges(n, u, v, {}, core::Direction::undirected, {});
    const auto exact = plus(owner.view(), {.branching_nodes = no_limit});
    ASSERT_TRUE(exact.optimal);
    ASSERT_EQ(exact.bound, best);
  }
}

TEST(Clb, SparseAndDenseAgreeOnWhatTheyBothSee) {
  core::Random random(3);
  for (int i = 0; i < 20; ++i) {
    const auto owner = test::random_graph(60, 0.1 + 0.02 * i, random);
    const auto dense = plus(owner.view(), {}), sparse = plus(owner.view(), {.start = {}, .dense_limit = 0});
    EXPECT_GE(dense.bound, sparse.bound);
    EXPECT_GE(sparse.bound, plain(owner.view(), false).bound);
    EXPECT_LE(dense.bound, largest(owner.view(), dense.labels));
  }
}

TEST(Clb, CliquesAreFree) {
  std::vector<std::int32_t> u, v;
  for (std::int32_t c = 0; c < 5; ++c) {
    for (std::int32_t a = 0; a < 6; ++a) {
      for (std::int32_t b = a + 1; b < 6; ++b) {
        u.push_back(6 * c + a);
        v.push_back(6 * c + b);
      }
    }
  }
  const auto owner = test::EdgeGraph::from_edges(31, u, v, {}, core::Direction::undirected, {});
  const auto found = plain(owner.view(), true);
  EXPECT_EQ(found.bound, 0);
  EXPECT_EQ(largest(owner.view(), found.labels), 0);
  const auto proven = plus(owner.view(), {});
  EXPECT_TRUE(proven.optimal);
  EXPECT_EQ(proven.bound, 0);
}

TEST(Clb, EmptyGraphsAndStoppedRuns) {
  const auto none = test::EdgeGraph::from_edges(0, {}, {}, {}, core::Direction::undirected, {});
  EXPECT_EQ(plain(none.view(), true).bound, 0);
  EXPECT_EQ(plus(none.view(), {.branching_nodes = 10}).bound, 0);
  core::Random random(4);
  const auto owner = test::random_graph(200, 0.3, random);
  const std::atomic<bool> cancel = true;
  core::StopRule rule;
  rule.cancel = &cancel;
  core::Run run(rule);
  const auto stopped = clb_plus(owner.view(), {.probing = true}, run);
  EXPECT_EQ(stopped.status, core::Status::interrupted);
  EXPECT_EQ(stopped.labels.size(), 200U);
  EXPECT_LE(stopped.bound, largest(owner.view(), stopped.labels));
}

}  // namespace
}  // namespace wayseer::clustering
