#include "wayseer/clustering/triangle_packing.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "exhaustive.hpp"
#include "wayseer/clustering/objective.hpp"

namespace wayseer::clustering {
namespace {

TrianglePacking pack(const Graph& graph, std::uint64_t seed = 0, std::int64_t rounds = 1000) {
  core::Run run({});
  return pack_triangles(graph, seed, rounds, run);
}

TEST(TrianglePacking, ProvesABoundBelowTheOptimum) {
  core::Random random(5);
  for (int i = 0; i < 1000; ++i) {
    const std::int32_t n = 3 + random.below(5);
    const auto owner = test::random_graph(n, random.uniform(), random);
    const Graph graph = owner.view();
    const auto best = test::optimum(n, [&](const auto& labels) { return disagreements(graph, labels); });
    const auto packing = pack(graph, static_cast<std::uint64_t>(i));
    const auto check = check_packing(graph, packing.triangles, packing.values);
    ASSERT_EQ(check.fault, PackingFault::none);
    ASSERT_LE(check.sum, best);
    ASSERT_LE(static_cast<double>(packing.bound), best);
    ASSERT_LT(static_cast<double>(packing.bound) - check.sum, 1);
    ASSERT_GE(packing.bound, packing.greedy);
  }
}

TEST(TrianglePacking, FindsTheHalvesOfAnOddStar) {
  // Three leaves: one whole triangle, or three halves.
  const std::vector<std::int32_t> u{0, 0, 0}, v{1, 2, 3};
  const auto owner = test::EdgeGraph::from_edges(4, u, v, {}, core::Direction::undirected, {});
  const auto packing = pack(owner.view());
  EXPECT_EQ(packing.greedy, 1);
  EXPECT_EQ(std::accumulate(packing.values.begin(), packing.values.end(), 0.0), 1.5);
  EXPECT_EQ(packing.bound, 2);
}

TEST(TrianglePacking, LargerGraphsAreValidReproducibleAndBetterThanGreedy) {
  core::Random random(6);
  std::int64_t gained = 0;
  for (int i = 0; i < 10; ++i) {
    const auto owner = test::random_graph(120, 0.05 + 0.05 * i, random);
    const auto packing = pack(owner.view(), 7);
    EXPECT_EQ(check_packing(owner.view(), packing.triangles, packing.values).fault, PackingFault::none);
    EXPECT_LE(2 * packing.bound, owner.view().arcs() / 2 + 1);
    const auto again = pack(owner.view(), 7);
    EXPECT_EQ(again.triangles, packing.triangles);
    EXPECT_EQ(again.values, packing.values);
    gained += packing.bound - packing.greedy;
  }
  EXPECT_GT(gained, 0);
}

TEST(TrianglePacking, TheCheckFindsEveryFault) {
  // A path 0-1-2-3 and an edge 4-5.
  const std::vector<std::int32_t> u{0, 1, 2, 4}, v{1, 2, 3, 5};
  const auto owner = test::EdgeGraph::from_edges(6, u, v, {}, core::Direction::undirected, {});
  const auto fault = [&](std::vector<std::int32_t> triangles, std::vector<double> values) {
    return check_packing(owner.view(), triangles, values).fault;
  };
  EXPECT_EQ(fault({1, 0, 2}, {1}), PackingFault::none);
  EXPECT_EQ(fault({1, 0, 2, 2, 1, 3}, {0.5, 0.5}), PackingFault::none);
  EXPECT_EQ(fault({1, 0, 2, 2, 1, 3}, {0.5, 0.6}), PackingFault::capacity);
  EXPECT_EQ(fault({1, 0, 2, 1, 2, 0}, {1, 1}), PackingFault::capacity);
  EXPECT_EQ(fault({1, 0, 2}, {-1}), PackingFault::value);
  EXPECT_EQ(fault({1, 0, 0}, {1}), PackingFault::vertex);
  EXPECT_EQ(fault({1, 0, 6}, {1}), PackingFault::vertex);
  EXPECT_EQ(fault({0, 1, 2}, {1}), PackingFault::positive_pair);
  const std::vector<std::int32_t> a{0, 0, 1}, b{1, 2, 2};
  const auto triangle = test::EdgeGraph::from_edges(3, a, b, {}, core::Direction::undirected, {});
  EXPECT_EQ(check_packing(triangle.view(), std::vector<std::int32_t>{0, 1, 2}, std::vector{1.0}).fault,
            PackingFault::negative_pair);
}

}  // namespace
}  // namespace wayseer::clustering
