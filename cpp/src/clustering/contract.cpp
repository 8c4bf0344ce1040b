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

  struct Slot {
    double sum = 0.0;
    std::int32_t seen_in = -1;
  };
  std::vector<Slot> slots(at(count));
  coarse.offsets.reserve(at(count) + 1);
  coarse.offsets.push_back(0);
  for (std::int32_t c = 0; c < count; ++c) {
    const auto row = coarse.targets.size();
    slots[at(c)].seen_in = c;  // not a neighbour of itself
    for (auto i = first[at(c)]; i < first[at(c) + 1]; ++i) {
      const auto v = members[static_cast<std::size_t>(i)];
      for (auto e = static_cast<std::size_t>(graph.begin(v)); e < static_cast<std::size_t>(graph.end(v));
           ++e) {
        const auto d = labels[at(graph.indices[e])];
        Slot& slot = slots[at(d)];
        if (slot.seen_in != c) {
          slot = {0.0, c};
          coarse.targets.push_back(d);
        }
        slot.sum += graph.weighted() ? graph.weights[e] : 1.0;
      }
    }
    for (auto i = row; i < coarse.targets.size(); ++i)
      coarse.weights.push_back(slots[at(coarse.targets[i])].sum);
    coarse.offsets.push_back(static_cast<std::int64_t>(coarse.targets.size()));
  }
  return coarse;
}

}  // namespace wayseer::clustering
