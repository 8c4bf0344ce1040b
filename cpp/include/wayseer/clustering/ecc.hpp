// Edge-coloured clustering (MinECC). Every hyperedge has a colour and a weight; give each vertex one colour;
// a hyperedge is a mistake, and costs its weight, unless all its vertices have its colour. Minimise the cost.
// Source: I. Amburg, N. Veldt, A. Benson, "Clustering in graphs and hypergraphs with categorical edge labels"
// (2020). Ties between colours go to the smallest; a vertex in no hyperedge gets colour 0.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "wayseer/clustering/graph.hpp"
#include "wayseer/core/checkpoint.hpp"

namespace wayseer::clustering {

// An edge-coloured hypergraph in the caller's arrays: edge e has the vertices
// members[offsets[e]..offsets[e+1]), all different, at least one. Without weights every edge weighs 1;
// weights are finite and >= 0.
struct EccView {
  std::int32_t n = 0;
  std::int32_t n_colors = 0;
  std::span<const std::int64_t> offsets;
  std::span<const std::int32_t> members;
  std::span<const std::int32_t> colors;
  std::span<const double> weights = {};

  [[nodiscard]] std::int32_t edges() const noexcept { return static_cast<std::int32_t>(colors.size()); }
  [[nodiscard]] std::span<const std::int32_t> edge(std::int32_t e) const noexcept {
    const auto begin = static_cast<std::size_t>(offsets[at(e)]);
    return members.subspan(begin, static_cast<std::size_t>(offsets[at(e) + 1]) - begin);
  }
  [[nodiscard]] double weight(std::int32_t e) const noexcept {
    return weights.empty() ? 1.0 : weights[at(e)];
  }
};

// The cost of labels, from the definition: no solver shares this code. O(sum of edge sizes).
[[nodiscard]] double ecc_mistakes(const EccView& hypergraph, std::span<const std::int32_t> labels);

// The form that the algorithms use: equal (edge, colour) pairs merged, their weights summed, edges of weight
// 0 dropped; and the way back from vertices to edges. A *slot* is a pair (vertex, colour) with at least one
// edge of that colour at that vertex; the slots of a vertex are consecutive, ascending by colour. O(sum of
// edge sizes * log) time, linear memory.
class EccProblem {
 public:
  EccProblem() = default;
  explicit EccProblem(const EccView& hypergraph, const core::Checkpoint& checkpoint = {});

  [[nodiscard]] std::int32_t n() const noexcept { return n_; }
  [[nodiscard]] std::int32_t n_colors() const noexcept { return n_colors_; }
  [[nodiscard]] std::int32_t edges() const noexcept { return static_cast<std::int32_t>(colors_.size()); }
  [[nodiscard]] double total_weight() const noexcept { return total_weight_; }
  [[nodiscard]] bool integral() const noexcept { return integral_; }  // integers, and their sums exact
  [[nodiscard]] EccView view() const noexcept {
    return {n_, n_colors_, offsets_, members_, colors_, weights_};
  }
  // Shares of the weights of this problem's edges, parallel to its members, as shares of the hypergraph it
  // was made of.
  [[nodiscard]] std::vector<double> original_shares(const EccView& hypergraph,
                                                    std::span<const double> shares) const;
  // The merged edge of each edge of the input; -1 for weight 0.
  [[nodiscard]] std::span<const std::int32_t> merged() const noexcept { return merged_; }

  [[nodiscard]] std::span<const std::int32_t> members(std::int32_t e) const noexcept {
    return {members_.data() + offsets_[at(e)], size(e)};
  }
  // The slot (v, color(e)) of each member v of e.
  [[nodiscard]] std::span<const std::int32_t> slots(std::int32_t e) const noexcept {
    return {member_slots_.data() + offsets_[at(e)], size(e)};
  }
  [[nodiscard]] std::span<const std::int64_t> offsets() const noexcept { return offsets_; }
  [[nodiscard]] std::int32_t color(std::int32_t e) const noexcept { return colors_[at(e)]; }
  [[nodiscard]] double weight(std::int32_t e) const noexcept { return weights_[at(e)]; }

  [[nodiscard]] std::int32_t slot_count() const noexcept {
    return static_cast<std::int32_t>(slot_colors_.size());
  }
  [[nodiscard]] std::int32_t first_slot(std::int32_t v) const noexcept { return slot_begin_[at(v)]; }
  [[nodiscard]] std::int32_t last_slot(std::int32_t v) const noexcept { return slot_begin_[at(v) + 1]; }
  [[nodiscard]] std::int32_t slot_color(std::int32_t slot) const noexcept { return slot_colors_[at(slot)]; }
  [[nodiscard]] std::span<const std::int32_t> slot_edges(std::int32_t slot) const noexcept {
    return {incident_.data() + slot_edges_[at(slot)],
            static_cast<std::size_t>(slot_edges_[at(slot) + 1] - slot_edges_[at(slot)])};
  }
  // All edges at v, ascending by colour.
  [[nodiscard]] std::span<const std::int32_t> incident(std::int32_t v) const noexcept {
    const auto begin = slot_edges_[at(first_slot(v))];
    return {incident_.data() + begin, static_cast<std::size_t>(slot_edges_[at(last_slot(v))] - begin)};
  }
  // The slot of (v, color), or -1. O(log colours at v).
  [[nodiscard]] std::int32_t find_slot(std::int32_t v, std::int32_t color) const noexcept;

 private:
  [[nodiscard]] std::size_t size(std::int32_t e) const noexcept {
    return static_cast<std::size_t>(offsets_[at(e) + 1] - offsets_[at(e)]);
  }
  void merge(const EccView& hypergraph, const core::Checkpoint& checkpoint);
  void index_vertices(const core::Checkpoint& checkpoint);

  std::int32_t n_ = 0, n_colors_ = 0;
  double total_weight_ = 0;
  bool integral_ = true;
  std::vector<std::int64_t> offsets_{0};
  std::vector<std::int32_t> members_, colors_, member_slots_, merged_;
  std::vector<double> weights_;
  std::vector<std::int32_t> slot_begin_{0}, slot_colors_, incident_;
  std::vector<std::int64_t> slot_edges_{0};
};

// The colour with the largest sum of values at each vertex (the smallest such; 0 without edges), and the sum
// of those sums; `values` are parallel to the members. O(sum of edge sizes).
struct EccStrongest {
  std::vector<std::int32_t> colors;
  double sum = 0;
};
[[nodiscard]] EccStrongest ecc_strongest(const EccView& hypergraph, std::span<const double> values);

// Each vertex takes the colour of maximum incident weight: at most r times the optimum, r the largest edge.
// O(sum of edge sizes).
[[nodiscard]] std::vector<std::int32_t> ecc_majority(const EccView& hypergraph);

// With integer weights no cost lies strictly between two integers.
[[nodiscard]] inline double ecc_round_bound(const EccProblem& problem, double bound) {
  return problem.integral() ? std::ceil(bound - 1e-6) + 0.0 : bound;  // no -0
}

}  // namespace wayseer::clustering
