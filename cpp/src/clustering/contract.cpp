#include "wayseer/clustering/contract.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "wayseer/core/threads.hpp"

namespace wayseer::clustering {
namespace {

// With this many clusters or more a sum for each of them is out of the cache, a miss for each arc: rows of up
// to so many arcs are then sorted, in the cache.
constexpr std::int32_t many_clusters = 1 << 15;
constexpr std::int64_t sorted_arcs = 4096;

struct Arc {
  std::int32_t label;
  double weight;
};

struct Slot {
  double sum = 0.0;
  std::int32_t seen_in = -1;
};

// The rows of some consecutive clusters.
struct Rows {
  std::vector<std::int64_t> sizes;
  std::vector<std::int32_t> targets;
  std::vector<double> weights;

  void add(std::int32_t target, double weight) {
    targets.push_back(target);
    weights.push_back(weight);
  }
};

class Rewriter {
 public:
  Rewriter(const Graph& graph, std::span<const std::int32_t> labels, std::int32_t count)
      : graph_(graph), labels_(labels), count_(count) {}

  void row(std::int32_t c, std::span<const std::int32_t> members, Rows& rows) {
    const auto before = rows.targets.size();
    std::int64_t arcs = 0;
    for (const auto v : members) arcs += graph_.degree(v);
    if (count_ >= many_clusters && arcs <= sorted_arcs)
      sum_sorted(c, members, rows);
    else
      sum_in_slots(c, members, rows);
    rows.sizes.push_back(static_cast<std::int64_t>(rows.targets.size() - before));
  }

 private:
  // arc(label of the other end, weight) for every arc that leaves a member.
  template <class F>
  void for_each_arc(std::span<const std::int32_t> members, F&& arc) const {
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (i + 4 < members.size()) __builtin_prefetch(graph_.indices.data() + graph_.begin(members[i + 4]));
      const auto end = static_cast<std::size_t>(graph_.end(members[i]));
      for (auto e = static_cast<std::size_t>(graph_.begin(members[i])); e < end; ++e)
        arc(labels_[at(graph_.indices[e])], graph_.weighted() ? graph_.weights[e] : 1.0);
    }
  }

  void sum_sorted(std::int32_t c, std::span<const std::int32_t> members, Rows& rows) {
    arcs_.clear();
    for_each_arc(members, [&](std::int32_t label, double weight) { arcs_.push_back({label, weight}); });
    std::ranges::sort(arcs_, {}, &Arc::label);
    for (std::size_t i = 0; i < arcs_.size();) {
      const auto label = arcs_[i].label;
      double sum = 0.0;
      for (; i < arcs_.size() && arcs_[i].label == label; ++i) sum += arcs_[i].weight;
      if (label != c) rows.add(label, sum);
    }
  }

  void sum_in_slots(std::int32_t c, std::span<const std::int32_t> members, Rows& rows) {
    slots_.resize(at(count_));
    const auto begin = rows.targets.size();
    slots_[at(c)].seen_in = c;  // not a neighbour of itself
    for_each_arc(members, [&](std::int32_t label, double weight) {
      Slot& slot = slots_[at(label)];
      if (slot.seen_in != c) {
        slot = {0.0, c};
        rows.targets.push_back(label);
      }
      slot.sum += weight;
    });
    for (auto i = begin; i < rows.targets.size(); ++i)
      rows.weights.push_back(slots_[at(rows.targets[i])].sum);
  }

  const Graph& graph_;
  std::span<const std::int32_t> labels_;
  std::int32_t count_;
  std::vector<Arc> arcs_;
  std::vector<Slot> slots_;
};

std::vector<double> sums(std::span<const double> values, std::span<const std::int32_t> labels,
                         std::int32_t count) {
  std::vector<double> sum(at(count), 0.0);
  for (std::size_t v = 0; v < labels.size(); ++v) sum[at(labels[v])] += values.empty() ? 1.0 : values[v];
  return sum;
}

}  // namespace

Contracted contract(const SumProblem& problem, std::span<const std::int32_t> labels, std::int32_t count,
                    int threads) {
  const Graph& graph = problem.graph;
  Contracted coarse;
  coarse.node_weights = sums(problem.node_weights, labels, count);
  if (!problem.opposite_weights.empty())
    coarse.opposite_weights = sums(problem.opposite_weights, labels, count);

  std::vector<std::int64_t> first(at(count) + 1, 0);
  for (const auto label : labels) ++first[at(label) + 1];
  std::partial_sum(first.begin(), first.end(), first.begin());
  std::vector<std::int32_t> members(labels.size());
  {
    auto next = first;
    for (std::int32_t v = 0; v < graph.size(); ++v)
      members[static_cast<std::size_t>(next[at(labels[at(v)])]++)] = v;
  }

  // What is in a piece does not depend on the threads, and the pieces are put together in order.
  const std::int32_t most = count < 1 << 14 ? 1 : 64;
  const core::Pieces pieces{at(count), most};
  std::vector<Rows> parts(at(most));
  std::vector<Rewriter> rewriters(static_cast<std::size_t>(std::max(threads, 1)), {graph, labels, count});
  core::parallel_for(threads, most, [&](std::int32_t piece, int worker) {
    for (auto c = pieces.begin(piece); c < pieces.end(piece); ++c) {
      const std::span<const std::int32_t> all(members);
      const auto begin = static_cast<std::size_t>(first[c]), end = static_cast<std::size_t>(first[c + 1]);
      rewriters[static_cast<std::size_t>(worker)].row(static_cast<std::int32_t>(c),
                                                      all.subspan(begin, end - begin), parts[at(piece)]);
    }
  });
  if (most == 1) {
    coarse.targets = std::move(parts[0].targets);
    coarse.weights = std::move(parts[0].weights);
  } else {
    std::size_t total = 0;
    for (const auto& part : parts) total += part.targets.size();
    coarse.targets.reserve(total);
    coarse.weights.reserve(total);
  }
  coarse.offsets.reserve(at(count) + 1);
  coarse.offsets.push_back(0);
  for (auto& part : parts) {
    for (const auto size : part.sizes) coarse.offsets.push_back(coarse.offsets.back() + size);
    coarse.targets.insert(coarse.targets.end(), part.targets.begin(), part.targets.end());
    coarse.weights.insert(coarse.weights.end(), part.weights.begin(), part.weights.end());
    part = {};  // its memory is needed
  }
  return coarse;
}

}  // namespace wayseer::clustering
