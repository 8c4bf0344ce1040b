// The sum objectives of this room as one problem: maximise the quality
//   Q = sum of w_uv over edges inside clusters - gamma * sum of k_u k_v over pairs inside clusters.
// Complete model: gamma = 1/2 and k = 1 (disagreements = m - 2 Q), or any gamma and k (LambdaCC, modularity).
// Sparse signed model (multicut): gamma = 0 (cut weight = total weight - Q).
// Bipartite graphs: gamma (k_u l_v + l_u k_v), with l the weights of the other side, in place of gamma k_u
// k_v: pairs of the same side, where one of k and l is 0, do not repel.
#pragma once

#include <cstdint>
#include <span>

#include "wayseer/clustering/graph.hpp"

namespace wayseer::clustering {

struct SumProblem {
  Graph graph;
  double gamma = 0.5;
  std::span<const double> node_weights = {};      // k; empty: all 1
  std::span<const double> opposite_weights = {};  // l; empty: not bipartite. k is then given
  // What is reported and minimised is offset - factor * Q.
  double offset = 0.0;
  double factor = 1.0;

  [[nodiscard]] double objective(double quality) const noexcept { return offset - factor * quality; }
  [[nodiscard]] double node_weight(std::int32_t v) const noexcept {
    return node_weights.empty() ? 1.0 : node_weights[at(v)];
  }

  [[nodiscard]] static SumProblem disagreements(const Graph& graph);
  [[nodiscard]] static SumProblem lambda_cc(const Graph& graph, double gamma,
                                            std::span<const double> node_weights = {});
  [[nodiscard]] static SumProblem multicut(const Graph& graph);
  // Barber's bipartite modularity: vertices 0..users-1 on one side; k and l are degrees, which the caller
  // keeps. The objective is minus the modularity.
  [[nodiscard]] static SumProblem bipartite_modularity(const Graph& graph, double resolution,
                                                       std::span<const double> user_degrees,
                                                       std::span<const double> item_degrees);
};

// Q of labels 0..k-1. O(n + m).
[[nodiscard]] double quality(const SumProblem& problem, std::span<const std::int32_t> labels);

// A gain must exceed this to count: rounding errors are smaller.
[[nodiscard]] double least_gain(const SumProblem& problem);

}  // namespace wayseer::clustering
