#include "wayseer/clustering/objective.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "wayseer/core/csr_graph.hpp"
#include "wayseer/core/random.hpp"

namespace wayseer::clustering::test {
namespace {

struct Instance {
  std::vector<std::vector<double>> matrix;  // 0: no edge
  core::CsrGraph<double> graph, plain;
  std::vector<std::int32_t> labels;
  std::vector<double> node_weights;
};

Instance instance(core::Random& random) {
  const std::int32_t n = random.below(12);
  Instance made;
  made.matrix.assign(at(n), std::vector<double>(at(n), 0));
  std::vector<std::int32_t> u, v;
  std::vector<double> w;
  for (std::int32_t a = 0; a < n; ++a) {
    for (std::int32_t b = a + 1; b < n; ++b) {
      if (random.below(2) == 0) continue;
      u.push_back(random.below(2) == 0 ? a : b);
      v.push_back(u.back() == a ? b : a);
      w.push_back(random.below(9) < 4 ? -1 - random.below(5) : 1 + random.below(5));
      made.matrix[at(a)][at(b)] = made.matrix[at(b)][at(a)] = w.back();
    }
  }
  made.graph = core::CsrGraph<double>::from_edges(n, u, v, w, core::Direction::undirected);
  made.plain = core::CsrGraph<double>::from_edges(n, u, v, {}, core::Direction::undirected);
  for (std::int32_t a = 0; a < n; ++a) {
    made.labels.push_back(random.below(n));
    made.node_weights.push_back(random.below(4));
  }
  return made;
}

TEST(Objective, AgreesWithEveryPairOneByOne) {
  core::Random random(1);
  for (int round = 0; round < 500; ++round) {
    const auto made = instance(random);
    const std::size_t n = made.labels.size();
    std::int64_t edges = 0, pairs = 0, wrong = 0;
    double weight = 0, pair_weight = 0, cut = 0, attracted = 0;
    std::vector<std::int64_t> y(n, 0);
    for (std::size_t u = 0; u < n; ++u) {
      for (std::size_t v = u + 1; v < n; ++v) {
        const double w = made.matrix[u][v], k = made.node_weights[u] * made.node_weights[v];
        const bool together = made.labels[u] == made.labels[v];
        if (w != 0) attracted += std::max(0.0, w - 0.75 * k);
        if (together) {
          edges += w != 0 ? 1 : 0;
          weight += w;
          ++pairs;
          pair_weight += k;
        } else {
          cut += w;
        }
        if ((w != 0) == together) continue;
        ++wrong;
        ++y[u];
        ++y[v];
      }
    }
    const auto found = inside(made.graph.view(), made.labels, made.node_weights);
    EXPECT_EQ(found.edges, edges);
    EXPECT_DOUBLE_EQ(found.weight, weight);
    EXPECT_EQ(found.pairs, pairs);
    EXPECT_DOUBLE_EQ(found.pair_weight, pair_weight);
    EXPECT_EQ(disagreements(made.plain.view(), made.labels), wrong);
    EXPECT_EQ(disagreement_vector(made.plain.view(), made.labels), y);
    EXPECT_DOUBLE_EQ(multicut_value(made.graph.view(), made.labels), cut);
    EXPECT_DOUBLE_EQ(attraction(made.graph.view(), 0.75, made.node_weights), attracted);
  }
}

TEST(Objective, CountsPairsBeyond32Bits) {
  const std::int32_t n = 200'000;
  const auto graph = core::CsrGraph<double>::from_edges(n, {}, {}, {}, core::Direction::undirected);
  const std::vector<std::int32_t> labels(at(n), 0);
  EXPECT_EQ(disagreements(graph.view(), labels), std::int64_t{n} * (n - 1) / 2);
}

TEST(Renumber, CountsInOrderOfFirstAppearance) {
  std::vector<std::int32_t> labels{4, 2, 4, 0, 2};
  EXPECT_EQ(renumber(labels), 3);
  EXPECT_EQ(labels, (std::vector<std::int32_t>{0, 1, 0, 2, 1}));
  std::vector<std::int32_t> none;
  EXPECT_EQ(renumber(none), 0);
}

}  // namespace
}  // namespace wayseer::clustering::test
