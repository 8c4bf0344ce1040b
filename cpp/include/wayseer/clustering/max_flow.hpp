// Maximum flow and minimum cut between two sets of nodes.
//
// Blocking flows along shortest paths, found from the sinks backwards and followed with current arcs (E. A.
// Dinic, "Algorithm for solution of a problem of maximum flow in networks with power estimation", 1970).
// O(n^2 m) for any capacities, floating-point ones included, since every augmentation fills an arc exactly;
// the networks of this room have short paths and need few phases: on dense graphs and on the relay networks
// of edge-coloured hypergraphs this took 0.5 to 0.9 of the time of push-relabel (highest label, gap rule,
// global relabelling), 1.5 of it on one of 17.
//
// Several cuts of one network share one MaxFlow: a solve costs O(n + m) to start and allocates nothing.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "wayseer/core/checkpoint.hpp"

namespace wayseer::clustering {

// An arc and, in the same place, its opposite: an undirected edge has the same capacity both ways. Capacities
// are >= 0. For arcs that may never be cut use the sum of all finite capacities plus 1, not the largest
// number: the capacities into a node must add up without overflow.
template <class Capacity>
struct FlowArc {
  std::int32_t from = 0, to = 0;
  Capacity capacity = 0;
  Capacity opposite = 0;
};

template <class Capacity>
class MaxFlow {
 public:
  static constexpr Capacity unlimited = std::numeric_limits<Capacity>::max();

  // Throws std::invalid_argument for a node out of range, a self-loop, a capacity that is negative or not
  // finite, and std::length_error from 2^30 arcs on. Parallel arcs are allowed.
  MaxFlow(std::int32_t nodes, std::span<const FlowArc<Capacity>> arcs,
          const core::Checkpoint& checkpoint = {});

  // The value of a minimum cut that has all sources on one side and all sinks on the other: the capacities of
  // the arcs it cuts, added up. The two sets are disjoint and not empty. Stops as soon as the flow is known
  // to exceed `enough` and then returns a lower bound above `enough`; the cut is not found in that case. With
  // floating-point capacities the cut returned may be larger than the smallest one by what rounding does to
  // the flow, never by more.
  Capacity solve(std::span<const std::int32_t> sources, std::span<const std::int32_t> sinks,
                 Capacity enough = unlimited, const core::Checkpoint& checkpoint = {});
  Capacity solve(std::int32_t source, std::int32_t sink, Capacity enough = unlimited,
                 const core::Checkpoint& checkpoint = {}) {
    return solve(std::span(&source, 1), std::span(&sink, 1), enough, checkpoint);
  }

  [[nodiscard]] std::int32_t nodes() const noexcept { return static_cast<std::int32_t>(distance_.size()); }
  // Of the last solve that found a cut: true on the sources' side, which is the largest one possible.
  [[nodiscard]] bool on_source_side(std::int32_t node) const noexcept {
    return distance_[static_cast<std::size_t>(node)] == far;
  }

 private:
  static constexpr std::int32_t far = std::numeric_limits<std::int32_t>::max();
  struct Arc {
    std::int32_t head;
    std::int32_t opposite;  // index of the arc back
    Capacity residual;
  };

  bool measure_distances(std::span<const std::int32_t> sinks, std::size_t sources);
  void augment_from(std::int32_t source, Capacity enough, const core::Checkpoint& checkpoint);
  [[nodiscard]] Capacity cut_value() const;

  std::vector<std::int32_t> begin_;  // node -> its arcs
  std::vector<Arc> arcs_;
  std::vector<Capacity> capacity_;  // parallel to arcs_

  std::vector<std::int32_t> distance_;  // to the nearest sink in the residual network
  std::vector<std::int32_t> current_;   // the arc to look at next
  std::vector<std::int32_t> queue_, path_;
  std::vector<std::int8_t> is_source_;
  Capacity arrived_ = 0;
  std::int64_t steps_ = 0;
};

extern template class MaxFlow<double>;
extern template class MaxFlow<std::int64_t>;

}  // namespace wayseer::clustering
