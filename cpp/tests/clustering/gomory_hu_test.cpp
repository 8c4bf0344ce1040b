#include "wayseer/clustering/gomory_hu.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "wayseer/clustering/global_min_cut.hpp"
#include "wayseer/core/random.hpp"

namespace wayseer::clustering {
namespace {

using core::Random;

std::vector<FlowArc<std::int64_t>> random_edges(std::int32_t n, Random& random) {
  std::vector<FlowArc<std::int64_t>> edges;
  const auto sparse = 1 + random.below(4);
  for (std::int32_t i = 0; i < n; ++i)
    for (std::int32_t j = i + 1; j < n; ++j)
      if (random.below(sparse) == 0) {
        const std::int64_t capacity = random.below(20);
        edges.push_back({i, j, capacity, capacity});
      }
  return edges;
}

TEST(GomoryHu, EveryPairHasTheValueOfItsOwnFlow) {
  Random random(1);
  for (int round = 0; round < 100; ++round) {
    const auto n = 1 + random.below(14);
    MaxFlow<std::int64_t> network(n, random_edges(n, random));
    const auto tree = gomory_hu_tree(network);
    const auto cuts = all_pairs_min_cuts(tree);
    for (std::int32_t i = 0; i < n; ++i)
      for (std::int32_t j = 0; j < n; ++j)
        EXPECT_EQ(cuts[static_cast<std::size_t>(i * n + j)], i == j ? 0 : network.solve(i, j));
  }
}

TEST(GomoryHu, ParentsComeBeforeTheirChildren) {
  Random random(2);
  for (int round = 0; round < 100; ++round) {
    const std::int32_t n = 20;
    MaxFlow<std::int64_t> network(n, random_edges(n, random));
    const auto tree = gomory_hu_tree(network);
    for (std::int32_t v = 1; v < n; ++v) EXPECT_LT(tree.parent[static_cast<std::size_t>(v)], v);
  }
}

TEST(GomoryHu, StopsWhenTold) {
  Random random(3);
  MaxFlow<std::int64_t> network(20, random_edges(20, random));
  EXPECT_THROW(gomory_hu_tree(network, core::Checkpoint([] { return true; })), core::Stopped);
}

TEST(GlobalMinCut, IsTheSmallestCutOfAllPairs) {
  Random random(4);
  GlobalMinCut global;
  for (int round = 0; round < 200; ++round) {
    const auto n = 2 + random.below(12);
    const auto edges = random_edges(n, random);
    MaxFlow<std::int64_t> network(n, edges);
    std::int64_t smallest = MaxFlow<std::int64_t>::unlimited;
    for (std::int32_t v = 1; v < n; ++v) smallest = std::min(smallest, network.solve(0, v));
    std::vector<double> matrix(static_cast<std::size_t>(n * n), 0.0);
    for (const auto& edge : edges)
      matrix[static_cast<std::size_t>(edge.from * n + edge.to)] = static_cast<double>(edge.capacity);
    const auto capacity = [&](std::int32_t i, std::int32_t j) {
      return matrix[static_cast<std::size_t>(i * n + j)];
    };
    const auto exact = static_cast<double>(smallest);
    EXPECT_EQ(global(n, capacity), exact);
    EXPECT_EQ(global(n, capacity, exact), exact);          // none is below: the smallest
    EXPECT_LT(global(n, capacity, exact + 1), exact + 1);  // some cut below
  }
}

}  // namespace
}  // namespace wayseer::clustering
