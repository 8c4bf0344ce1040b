// What a clustering costs, computed from the labels alone: no solver shares this code, every solver is
// checked against it. Labels are 0..k-1 with k <= n. All are O(n + m).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "wayseer/clustering/graph.hpp"

namespace wayseer::clustering {

// Labels renumbered 0..k-1 in order of first appearance, in place; returns k. Labels must be in 0..n-1.
std::int32_t renumber(std::span<std::int32_t> labels);

// What lies inside clusters. Pairs are unordered; pair_weight is the sum of k_u k_v over pairs in the same
// cluster, for node weights k (empty: all 1).
struct Inside {
  std::int64_t edges = 0;
  double weight = 0;  // of the edges inside
  std::int64_t pairs = 0;
  double pair_weight = 0;
};
[[nodiscard]] Inside inside(const Graph& graph, std::span<const std::int32_t> labels,
                            std::span<const double> node_weights = {});

// Complete unweighted model: positive pairs apart plus negative pairs together, each pair once.
[[nodiscard]] std::int64_t disagreements(const Graph& graph, std::span<const std::int32_t> labels);

// The same at each vertex: y_v = deg(v) + |C(v)| - 1 - 2 |N(v) in C(v)|.
[[nodiscard]] std::vector<std::int64_t> disagreement_vector(const Graph& graph,
                                                            std::span<const std::int32_t> labels);

// The sum over edges of max(0, w_uv - gamma k_u k_v): the LambdaCC cost is this minus
// Q = weight - gamma * pair_weight.
[[nodiscard]] double attraction(const Graph& graph, double gamma, std::span<const double> node_weights = {});

// Sparse signed model: the sum of the weights of edges between clusters.
[[nodiscard]] double multicut_value(const Graph& graph, std::span<const std::int32_t> labels);

}  // namespace wayseer::clustering
