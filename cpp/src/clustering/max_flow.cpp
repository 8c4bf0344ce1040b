#include "wayseer/clustering/max_flow.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "wayseer/clustering/graph.hpp"

namespace wayseer::clustering {

namespace {

using Node = std::int32_t;

template <class Capacity>
bool allowed(Capacity capacity) {
  if constexpr (std::is_floating_point_v<Capacity>) {
    return capacity >= 0 && std::isfinite(capacity);
  } else {
    return capacity >= 0;
  }
}

}  // namespace

template <class Capacity>
MaxFlow<Capacity>::MaxFlow(Node nodes, std::span<const FlowArc<Capacity>> arcs,
                           const core::Checkpoint& checkpoint)
    : begin_(at(nodes) + 1, 0) {
  if (arcs.size() >= (std::size_t{1} << 30)) throw std::length_error("MaxFlow: 2^30 arcs or more");
  for (const auto& arc : arcs) {
    if (arc.from < 0 || arc.from >= nodes || arc.to < 0 || arc.to >= nodes || arc.from == arc.to)
      throw std::invalid_argument("MaxFlow: an arc ends at no node, or where it begins");
    if (!allowed(arc.capacity) || !allowed(arc.opposite))
      throw std::invalid_argument("MaxFlow: a capacity is negative or not finite");
    ++begin_[at(arc.from) + 1];
    ++begin_[at(arc.to) + 1];
  }
  std::partial_sum(begin_.begin(), begin_.end(), begin_.begin());
  arcs_.resize(2 * arcs.size());
  capacity_.resize(arcs_.size());
  std::vector<std::int32_t> end(begin_.begin(), begin_.end() - 1);
  std::int64_t step = 0;
  for (const auto& arc : arcs) {
    checkpoint(step++);
    const auto there = end[at(arc.from)]++, back = end[at(arc.to)]++;
    arcs_[at(there)] = {arc.to, back, 0};
    arcs_[at(back)] = {arc.from, there, 0};
    capacity_[at(there)] = arc.capacity;
    capacity_[at(back)] = arc.opposite;
  }
  distance_.resize(at(nodes));
  current_.resize(at(nodes));
  is_source_.assign(at(nodes), 0);
  queue_.reserve(at(nodes));
  path_.reserve(at(nodes));
}

template <class Capacity>
Capacity MaxFlow<Capacity>::solve(std::span<const Node> sources, std::span<const Node> sinks, Capacity enough,
                                  const core::Checkpoint& checkpoint) {
  for (std::size_t a = 0; a < arcs_.size(); ++a) arcs_[a].residual = capacity_[a];
  std::fill(is_source_.begin(), is_source_.end(), std::int8_t{0});
  for (const Node v : sources) is_source_[at(v)] = 1;
  arrived_ = 0;
  steps_ = 0;
  while (measure_distances(sinks, sources.size())) {
    checkpoint();
    std::copy(begin_.begin(), begin_.end() - 1, current_.begin());
    for (const Node source : sources) {
      augment_from(source, enough, checkpoint);
      if (arrived_ > enough) return arrived_;
    }
  }
  return cut_value();
}

// Breadth-first from the sinks until the nearest sources are known; false if none reaches a sink.
template <class Capacity>
bool MaxFlow<Capacity>::measure_distances(std::span<const Node> sinks, std::size_t sources) {
  std::fill(distance_.begin(), distance_.end(), far);
  queue_.clear();
  for (const Node v : sinks) {
    distance_[at(v)] = 0;
    queue_.push_back(v);
  }
  Node nearest = far;
  std::size_t found = 0;
  for (std::size_t i = 0; i < queue_.size(); ++i) {
    const Node v = queue_[i];
    if (distance_[at(v)] >= nearest) break;
    for (auto a = begin_[at(v)]; a < begin_[at(v) + 1]; ++a) {
      const Arc& arc = arcs_[at(a)];
      if (distance_[at(arc.head)] != far || !(arcs_[at(arc.opposite)].residual > 0)) continue;
      distance_[at(arc.head)] = distance_[at(v)] + 1;
      if (is_source_[at(arc.head)] == 0) {
        queue_.push_back(arc.head);
      } else {
        nearest = distance_[at(arc.head)];
        if (++found == sources) return true;
      }
    }
  }
  return found > 0;
}

template <class Capacity>
void MaxFlow<Capacity>::augment_from(Node source, Capacity enough, const core::Checkpoint& checkpoint) {
  path_.clear();
  Node v = source;
  for (;;) {
    if ((++steps_ & 4095) == 0) checkpoint();
    if (distance_[at(v)] == 0) {
      Capacity amount = unlimited;
      for (const auto a : path_) amount = std::min(amount, arcs_[at(a)].residual);
      arrived_ += amount;
      if (arrived_ > enough) return;
      std::size_t full = path_.size();
      for (std::size_t i = path_.size(); i-- > 0;) {
        Arc& arc = arcs_[at(path_[i])];
        arc.residual -= amount;
        arcs_[at(arc.opposite)].residual += amount;
        if (!(arc.residual > 0)) full = i;
      }
      v = arcs_[at(arcs_[at(path_[full])].opposite)].head;
      path_.resize(full);
    }
    const Node below = distance_[at(v)] - 1;
    auto& a = current_[at(v)];
    while (a < begin_[at(v) + 1] && !(distance_[at(arcs_[at(a)].head)] == below && arcs_[at(a)].residual > 0))
      ++a;
    if (a < begin_[at(v) + 1]) {
      path_.push_back(a);
      v = arcs_[at(a)].head;
      continue;
    }
    if (path_.empty()) return;
    distance_[at(v)] = far;
    v = arcs_[at(arcs_[at(path_.back())].opposite)].head;
    path_.pop_back();
  }
}

template <class Capacity>
Capacity MaxFlow<Capacity>::cut_value() const {
  Capacity sum = 0;
  for (Node v = 0; v < nodes(); ++v) {
    if (!on_source_side(v)) continue;
    for (auto a = begin_[at(v)]; a < begin_[at(v) + 1]; ++a)
      if (!on_source_side(arcs_[at(a)].head)) sum += capacity_[at(a)];
  }
  return sum;
}

template class MaxFlow<double>;
template class MaxFlow<std::int64_t>;

}  // namespace wayseer::clustering
