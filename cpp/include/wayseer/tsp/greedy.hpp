// Greedy edge construction: the shortest candidate edges first, skipping what would give a node a third edge
// or close a cycle; then the fragments' free ends are joined in rounds, each asking for its 5 nearest free
// ends of other fragments. O(m log m) for m candidate edges; about 16 % above the optimum on uniform points.
// Source: J. Bentley, "Fast algorithms for geometric traveling salesman problems" (1992).
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "wayseer/core/checkpoint.hpp"
#include "wayseer/core/radix_sort.hpp"
#include "wayseer/core/random.hpp"
#include "wayseer/core/union_find.hpp"
#include "wayseer/tsp/neighbors.hpp"
#include "wayseer/tsp/point_index.hpp"
#include "wayseer/tsp/space.hpp"

namespace wayseer::tsp {

template <class Metric>
class Greedy {
 public:
  // Every tour asks the checkpoint too.
  Greedy(const Space& space, const Metric& metric, const NeighborLists<Metric>& neighbors,
         core::Checkpoint checkpoint = {})
      : space_(space),
        metric_(metric),
        checkpoint_(std::move(checkpoint)),
        degree_(static_cast<std::size_t>(space.size())),
        links_(degree_.size()),
        sets_(space.size()) {
    for (Index v = 0; v < neighbors.size(); ++v) {
      checkpoint_(v);
      for (const auto& [u, distance] : neighbors[v]) {
        const auto& back = neighbors[u];
        const bool mutual = std::any_of(back.begin(), back.end(), [v](const auto& e) { return e.node == v; });
        if (v < u || !mutual) edges_.push_back({std::min(u, v), std::max(u, v), static_cast<Cost>(distance)});
      }
    }
  }

  struct Edge {
    Index u, v;
    Cost distance;
  };
  [[nodiscard]] std::span<const Edge> edges() const noexcept { return edges_; }

  // Edges in order of weight(edge) >= 0, compared as float; ties in candidate order.
  template <class Weight>
  std::vector<Index> tour(Weight&& weight) {
    items_.resize(edges_.size());
    checkpoint_.over(edges_.size(), [&](std::size_t e) {
      items_[e] = {key_of(weight(edges_[e])), static_cast<std::uint32_t>(e)};
    });
    sorter_.sort(items_, checkpoint_);
    std::fill(degree_.begin(), degree_.end(), std::uint8_t{0});
    sets_.reset(space_.size());
    if (space_.doubled())
      for (Index v = 0; v < space_.size(); v += 2) add(v, v + 1);
    checkpoint_.over(items_.size(), [&](std::size_t i) {
      const Edge& edge = edges_[items_[i].value];
      add(edge.u, edge.v);
    });
    join_fragments();
    return walk();
  }
  std::vector<Index> tour() {
    return tour([](const Edge& e) { return static_cast<double>(std::max<Cost>(e.distance, 0)); });
  }
  // Every weight multiplied by 1 + 0.3 U(0,1): the diversity of a population. Of arcs, whose nearest need not
  // be alike in cost, a random part of the mean is added instead.
  std::vector<Index> perturbed_tour(core::Random& random) {
    if (space_.doubled()) {
      const double level = 0.1 * mean_weight();
      return tour([&](const Edge& e) {
        return static_cast<double>(std::max<Cost>(e.distance, 0)) + level * random.uniform();
      });
    }
    return tour([&](const Edge& e) {
      return static_cast<double>(std::max<Cost>(e.distance, 0)) * (1.0 + 0.3 * random.uniform());
    });
  }

  [[nodiscard]] double mean_weight() const noexcept {
    double sum = 0;
    for (const Edge& e : edges_) sum += static_cast<double>(std::max<Cost>(e.distance, 0));
    return edges_.empty() ? 0 : sum / static_cast<double>(edges_.size());
  }

 private:
  using Sorter = core::RadixSorter<std::uint32_t>;

  static std::size_t at(Index i) noexcept { return static_cast<std::size_t>(i); }
  // Non-negative weights in the order of their float bits.
  static std::uint32_t key_of(double weight) noexcept {
    return std::bit_cast<std::uint32_t>(static_cast<float>(weight));
  }

  bool add(Index u, Index v) {
    if (degree_[at(u)] >= 2 || degree_[at(v)] >= 2 || !sets_.unite(u, v)) return false;
    links_[at(u)][degree_[at(u)]++] = v;
    links_[at(v)][degree_[at(v)]++] = u;
    return true;
  }

  void join_fragments() {
    constexpr std::size_t few = 64;
    constexpr int asked = 5;
    constexpr int patience = 256;
    while (sets_.sets() > 1) {
      std::vector<Index> ends;
      for (Index v = 0; v < space_.size(); ++v)
        if (degree_[at(v)] < 2) ends.push_back(v);
      std::vector<Edge> joins;
      if (ends.size() <= few) {
        for (const Index u : ends)
          for (const Index v : ends)
            if (u < v && !sets_.same(u, v)) joins.push_back({u, v, metric_(u, v)});
      } else if (space_.dimension() != 0) {
        const PointIndex index(space_, ends, checkpoint_);
        std::array<Index, asked> found{};
        for (std::size_t i = 0; i < ends.size(); ++i) {
          checkpoint_(static_cast<std::int64_t>(i));
          const Index set = sets_.find(ends[i]);
          int refused =
              0;  // crowds of coincident ends would be searched again and again: take any after a while
          const int count = index.nearest_if(
              static_cast<Index>(i), asked,
              [&](Index j) { return sets_.find(ends[at(j)]) != set || ++refused > patience; }, found);
          for (int j = 0; j < count; ++j) {
            const Index other = ends[at(found[at(j)])];
            joins.push_back({std::min(ends[i], other), std::max(ends[i], other), metric_(ends[i], other)});
          }
        }
      } else {
        std::vector<std::pair<Cost, std::size_t>> row;
        for (std::size_t i = 0; i < ends.size(); ++i) {
          checkpoint_();
          row.clear();
          // Equal costs in cyclic order from here on, or all would ask for the same few.
          for (std::size_t step = 1; step < ends.size(); ++step) {
            const Index v = ends[(i + step) % ends.size()];
            if (!sets_.same(ends[i], v)) row.emplace_back(metric_(ends[i], v), step);
          }
          const auto count = static_cast<std::ptrdiff_t>(std::min<std::size_t>(row.size(), asked));
          std::partial_sort(row.begin(), row.begin() + count, row.end());
          for (std::ptrdiff_t j = 0; j < count; ++j) {
            const auto& [distance, step] = row[static_cast<std::size_t>(j)];
            const Index v = ends[(i + step) % ends.size()];
            joins.push_back({std::min(ends[i], v), std::max(ends[i], v), distance});
          }
        }
      }
      std::sort(joins.begin(), joins.end(), shorter);
      const Index before = sets_.sets();
      for (const Edge& e : joins) add(e.u, e.v);
      // Of a crowd of coincident ends all ask for the same few.
      if (before - sets_.sets() <= before / 64) chain(ends);
    }
  }
  // Fragments end to end in the order of the numbering, which follows the plane.
  void chain(std::span<const Index> ends) {
    Index open = -1;
    for (const Index v : ends) {
      if (degree_[at(v)] >= 2) continue;
      if (open >= 0 && add(open, v)) open = -1;
      if (open < 0 || degree_[at(open)] >= 2) open = other_end(v);
    }
  }
  [[nodiscard]] Index other_end(Index v) const noexcept {
    Index previous = -1;
    for (;;) {
      Index next = -1;
      for (int i = 0; i < degree_[at(v)]; ++i)
        if (links_[at(v)][at(i)] != previous) next = links_[at(v)][at(i)];
      if (next < 0) return v;
      previous = v;
      v = next;
    }
  }
  static bool shorter(const Edge& a, const Edge& b) noexcept {
    if (a.distance != b.distance) return a.distance < b.distance;
    return a.u != b.u ? a.u < b.u : a.v < b.v;
  }

  std::vector<Index> walk() const {
    std::vector<Index> order;
    order.reserve(degree_.size());
    Index v = 0;  // an end of the one path that is left
    for (Index u = 0; u < space_.size(); ++u)
      if (degree_[at(u)] < 2) {
        v = u;
        break;
      }
    Index previous = -1;
    while (order.size() < degree_.size()) {
      checkpoint_(static_cast<std::int64_t>(order.size()));
      order.push_back(v);
      Index next = -1;
      for (int i = 0; i < degree_[at(v)]; ++i)
        if (links_[at(v)][at(i)] != previous) next = links_[at(v)][at(i)];
      previous = v;
      v = next;
    }
    return order;
  }

  const Space& space_;
  const Metric metric_;
  const core::Checkpoint checkpoint_;
  std::vector<Edge> edges_;
  std::vector<Sorter::Item> items_;
  Sorter sorter_;
  std::vector<std::uint8_t> degree_;
  std::vector<std::array<Index, 2>> links_;
  core::UnionFind sets_;
};

}  // namespace wayseer::tsp
