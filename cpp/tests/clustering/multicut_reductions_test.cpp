#include "wayseer/clustering/multicut_reductions.hpp"

#include <gtest/gtest.h>

#include <map>

#include "exhaustive.hpp"
#include "wayseer/clustering/objective.hpp"

namespace wayseer::clustering {
namespace {

TEST(MulticutReductions, KeepTheOptimum) {
  core::Random random(10);
  int smaller = 0;
  for (int i = 0; i < 600; ++i) {
    const std::int32_t n = 3 + random.below(6);
    const auto owner =
        test::random_signed_graph(n, 0.3 + 0.6 * random.uniform(), 1 + random.below(6), random);
    const Graph graph = owner.view();
    const auto best = test::optimum(n, [&](const auto& labels) { return multicut_value(graph, labels); });
    const auto reduction = reduce(graph);
    const Graph left = reduction.graph.view();
    ASSERT_EQ(reduction.vertex_of.size(), at(n));
    ASSERT_LE(left.size(), n);
    const auto reduced = left.size() == 0 ? 0.0 : test::optimum(left.size(), [&](const auto& labels) {
      return multicut_value(left, labels);
    });
    ASSERT_EQ(reduced + reduction.constant, best) << "graph " << i;
    smaller += left.size() < n ? 1 : 0;
  }
  EXPECT_GT(smaller, 100);
}

TEST(MulticutReductions, APathOfHeavyBridgesBecomesOneVertex) {
  // 0-1-2-3 with weight 5, and a negative edge 0-3 that no bridge outweighs alone at weight -6.
  for (const double back : {-5.0, -6.0}) {
    const std::vector<std::int32_t> u{0, 1, 2, 0}, v{1, 2, 3, 3};
    const std::vector<double> w{5, 5, 5, back};
    const auto owner = test::EdgeGraph::from_edges(4, u, v, w, core::Direction::undirected, {});
    const auto reduction = reduce(owner.view());
    if (back == -5.0) {
      EXPECT_EQ(reduction.graph.view().size(), 1);
    } else {
      EXPECT_GT(reduction.graph.view().size(), 1);
    }
  }
}

TEST(MulticutReductions, NegativeEdgesBetweenComponentsAreCut) {
  const std::vector<std::int32_t> u{0, 1, 2}, v{1, 2, 3};
  const std::vector<double> w{2, -7, 2};
  const auto owner = test::EdgeGraph::from_edges(4, u, v, w, core::Direction::undirected, {});
  const auto reduction = reduce(owner.view());
  EXPECT_EQ(reduction.constant, -7);
  EXPECT_EQ(reduction.graph.view().arcs(), 0);
  EXPECT_EQ(reduction.vertex_of[0], reduction.vertex_of[1]);
  EXPECT_NE(reduction.vertex_of[1], reduction.vertex_of[2]);
}

}  // namespace
}  // namespace wayseer::clustering
