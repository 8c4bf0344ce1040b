#include "wayseer/clustering/sum_problem.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "wayseer/clustering/objective.hpp"

namespace wayseer::clustering {

SumProblem SumProblem::disagreements(const Graph& graph) {
  return {.graph = {graph.indptr, graph.indices, {}},
          .gamma = 0.5,
          .node_weights = {},
          .offset = static_cast<double>(graph.arcs() / 2),
          .factor = 2.0};
}

SumProblem SumProblem::lambda_cc(const Graph& graph, double gamma, std::span<const double> node_weights) {
  return {.graph = graph,
          .gamma = gamma,
          .node_weights = node_weights,
          .offset = attraction(graph, gamma, node_weights),
          .factor = 1.0};
}

SumProblem SumProblem::multicut(const Graph& graph) {
  double total = 0;
  for (std::int32_t u = 0; u < graph.size(); ++u) {
    for (auto e = graph.begin(u); e < graph.end(u); ++e) {
      if (u < graph.indices[static_cast<std::size_t>(e)])
        total += graph.weighted() ? graph.weights[static_cast<std::size_t>(e)] : 1.0;
    }
  }
  return {.graph = graph, .gamma = 0.0, .node_weights = {}, .offset = total, .factor = 1.0};
}

SumProblem SumProblem::bipartite_modularity(const Graph& graph, double resolution,
                                            std::span<const double> user_degrees,
                                            std::span<const double> item_degrees) {
  const double m = std::max(1.0, std::reduce(user_degrees.begin(), user_degrees.end()));
  return {.graph = graph,
          .gamma = resolution / m,
          .node_weights = user_degrees,
          .opposite_weights = item_degrees,
          .offset = 0.0,
          .factor = 1.0 / m};
}

double quality(const SumProblem& problem, std::span<const std::int32_t> labels) {
  if (problem.opposite_weights.empty()) {
    const Inside found = inside(problem.graph, labels, problem.node_weights);
    return found.weight - problem.gamma * found.pair_weight;
  }
  std::vector<double> sums(labels.size(), 0.0), opposite(labels.size(), 0.0);
  double repulsion = 0;
  for (std::size_t v = 0; v < labels.size(); ++v) {
    const auto c = at(labels[v]);
    const double k = problem.node_weights[v], l = problem.opposite_weights[v];
    repulsion += k * opposite[c] + l * sums[c];
    sums[c] += k;
    opposite[c] += l;
  }
  return inside(problem.graph, labels).weight - problem.gamma * repulsion;
}

double least_gain(const SumProblem& problem) {
  double largest = problem.graph.arcs() > 0 && !problem.graph.weighted() ? 1.0 : 0.0;
  for (const double weight : problem.graph.weights) largest = std::max(largest, std::abs(weight));
  double heaviest = problem.node_weights.empty() ? 1.0 : 0.0;
  for (const double weight : problem.node_weights) heaviest = std::max(heaviest, weight);
  double opposite = problem.opposite_weights.empty() ? heaviest : 0.0;
  for (const double weight : problem.opposite_weights) opposite = std::max(opposite, weight);
  return 1e-9 * std::max(largest, problem.gamma * heaviest * opposite);
}

}  // namespace wayseer::clustering
