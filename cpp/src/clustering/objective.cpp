#include "wayseer/clustering/objective.hpp"

#include <algorithm>

namespace wayseer::clustering {
namespace {

std::int32_t label_count(std::span<const std::int32_t> labels) {
  return labels.empty() ? 0 : *std::ranges::max_element(labels) + 1;
}

// edge(u, place of the arc) for every edge u < v that lies inside a cluster, or that does not.
template <bool together, class F>
void for_each_edge(const Graph& graph, std::span<const std::int32_t> labels, F&& edge) {
  for (std::int32_t u = 0; u < graph.size(); ++u) {
    const auto label = labels[at(u)];
    for (auto e = graph.begin(u); e < graph.end(u); ++e) {
      const auto v = graph.indices[static_cast<std::size_t>(e)];
      if (u < v && (labels[at(v)] == label) == together) edge(static_cast<std::size_t>(e));
    }
  }
}

}  // namespace

std::int32_t renumber(std::span<std::int32_t> labels) {
  std::vector<std::int32_t> number(labels.size(), -1);
  std::int32_t count = 0;
  for (auto& label : labels) {
    auto& mine = number[at(label)];
    if (mine < 0) mine = count++;
    label = mine;
  }
  return count;
}

Inside inside(const Graph& graph, std::span<const std::int32_t> labels,
              std::span<const double> node_weights) {
  Inside found;
  for_each_edge<true>(graph, labels, [&](std::size_t e) {
    ++found.edges;
    found.weight += graph.weighted() ? graph.weights[e] : 1.0;
  });
  std::vector<std::int64_t> sizes(at(label_count(labels)), 0);
  for (const auto label : labels) ++sizes[at(label)];
  for (const auto size : sizes) found.pairs += size * (size - 1) / 2;
  if (node_weights.empty()) {
    found.pair_weight = static_cast<double>(found.pairs);
    return found;
  }
  std::vector<double> sums(sizes.size(), 0.0), squares(sizes.size(), 0.0);
  for (std::size_t v = 0; v < labels.size(); ++v) {
    sums[at(labels[v])] += node_weights[v];
    squares[at(labels[v])] += node_weights[v] * node_weights[v];
  }
  for (std::size_t c = 0; c < sums.size(); ++c) found.pair_weight += (sums[c] * sums[c] - squares[c]) / 2;
  return found;
}

std::int64_t disagreements(const Graph& graph, std::span<const std::int32_t> labels) {
  const Inside found = inside(graph, labels);
  return graph.arcs() / 2 - 2 * found.edges + found.pairs;
}

std::vector<std::int64_t> disagreement_vector(const Graph& graph, std::span<const std::int32_t> labels) {
  std::vector<std::int64_t> sizes(at(label_count(labels)), 0);
  for (const auto label : labels) ++sizes[at(label)];
  std::vector<std::int64_t> y(labels.size());
  for (std::int32_t v = 0; v < graph.size(); ++v) {
    const auto label = labels[at(v)];
    const auto together =
        std::ranges::count_if(graph.neighbors(v), [&](auto u) { return labels[at(u)] == label; });
    y[at(v)] = graph.degree(v) + sizes[at(label)] - 1 - 2 * together;
  }
  return y;
}

double attraction(const Graph& graph, double gamma, std::span<const double> node_weights) {
  double sum = 0;
  for (std::int32_t u = 0; u < graph.size(); ++u) {
    for (auto e = graph.begin(u); e < graph.end(u); ++e) {
      const auto v = graph.indices[static_cast<std::size_t>(e)];
      if (u >= v) continue;
      const double weight = graph.weighted() ? graph.weights[static_cast<std::size_t>(e)] : 1.0;
      const double both = node_weights.empty() ? 1.0 : node_weights[at(u)] * node_weights[at(v)];
      sum += std::max(0.0, weight - gamma * both);
    }
  }
  return sum;
}

double multicut_value(const Graph& graph, std::span<const std::int32_t> labels) {
  double sum = 0;
  for_each_edge<false>(graph, labels,
                       [&](std::size_t e) { sum += graph.weighted() ? graph.weights[e] : 1.0; });
  return sum;
}

}  // namespace wayseer::clustering
