#include "wayseer/clustering/contract.hpp"

#include <numeric>

namespace wayseer::clustering {

Contracted contract(const SumProblem& problem, std::span<const std::int32_t> labels, std::int32_t count) {
  const Graph& graph = problem.graph;
  Contracted coarse;
  coarse.node_weights.assign(at(count), 0.0);
  for (std::int32_t v = 0; v < graph.size(); ++v)
    coarse.node_weights[at(labels[at(v)])] += problem.node_weight(v);
  if (!problem.opposite_weights.empty()) {
    coarse.opposite_weights.assign(at(count), 0.0);
    for (std::size_t v = 0; v < labels.size(); ++v)
      coarse.opposite_weights[at(labels[v])] += problem.opposite_weights[v];
  }

  std::vector<std::int64_t> first(at(count) + 1, 0);
  for (const auto label : labels) ++first[at(label) + 1];
  std::partial_sum(first.begin(), first.end(), first.begin());
  std::vector<std::int32_t> members(labels.size());
  {
    auto next = first;
    for (std::int32_t v = 0; v < graph.size(); ++v)
      members[static_cast<std::size_t>(next[at(labels[at(v)])]++)] = v;
  }

  std::vector<double> sum(at(count), 0.0);
  std::vector<std::int32_t> seen_in(at(count), -1);
  coarse.offsets.reserve(at(count) + 1);
  coarse.offsets.push_back(0);
  for (std::int32_t c = 0; c < count; ++c) {
    const auto row = coarse.targets.size();
    seen_in[at(c)] = c;  // not a neighbour of itself
    for (auto i = first[at(c)]; i < first[at(c) + 1]; ++i) {
      const auto v = members[static_cast<std::size_t>(i)];
      for (auto e = static_cast<std::size_t>(graph.begin(v)); e < static_cast<std::size_t>(graph.end(v));
           ++e) {
        const auto d = labels[at(graph.indices[e])];
        if (seen_in[at(d)] != c) {
          seen_in[at(d)] = c;
          sum[at(d)] = 0.0;
          coarse.targets.push_back(d);
        }
        sum[at(d)] += graph.weighted() ? graph.weights[e] : 1.0;
      }
    }
    for (auto i = row; i < coarse.targets.size(); ++i) coarse.weights.push_back(sum[at(coarse.targets[i])]);
    coarse.offsets.push_back(static_cast<std::int64_t>(coarse.targets.size()));
  }
  return coarse;
}

}  // namespace wayseer::clustering
