// Cubic correlation clustering: partition n elements at costs for pairs and for triples (of any sign) that
// are in one cluster; the least total is wanted.
//
// CubicView is the input, dense or sparse, in arrays of the caller. CubicTensor is one dense subproblem that
// can be contracted: joining two elements adds their costs up, so that the contracted problem costs for every
// partition of its elements what the original costs for the partition it stands for.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

#include "wayseer/clustering/graph.hpp"

namespace wayseer::clustering {

// Dense: `pairs` holds all i < j row by row, `triples` all i < j < k in lexicographic order, or nothing (all
// 0); the id lists are empty. Sparse: costs of the listed ones, all others are 0. Ids within 0..n-1,
// different from each other, no pair or triple twice; costs are finite.
struct CubicView {
  std::int32_t n = 0;
  std::span<const double> pairs, triples;
  bool sparse = false;
  std::span<const std::int32_t> pair_ids, triple_ids;  // 2 and 3 for each cost
  double constant = 0;

  // f(i, j, cost), in the order of the arrays.
  template <class F>
  void for_each_pair(F&& f) const {
    std::size_t at_cost = 0;
    if (sparse) {
      for (; at_cost < pairs.size(); ++at_cost)
        f(pair_ids[2 * at_cost], pair_ids[2 * at_cost + 1], pairs[at_cost]);
      return;
    }
    for (std::int32_t i = 0; i < n; ++i)
      for (std::int32_t j = i + 1; j < n; ++j) f(i, j, pairs[at_cost++]);
  }
  // f(i, j, k, cost)
  template <class F>
  void for_each_triple(F&& f) const {
    std::size_t at_cost = 0;
    if (sparse) {
      for (; at_cost < triples.size(); ++at_cost)
        f(triple_ids[3 * at_cost], triple_ids[3 * at_cost + 1], triple_ids[3 * at_cost + 2],
          triples[at_cost]);
      return;
    }
    if (triples.empty()) return;
    for (std::int32_t i = 0; i < n; ++i)
      for (std::int32_t j = i + 1; j < n; ++j)
        for (std::int32_t k = j + 1; k < n; ++k) f(i, j, k, triples[at_cost++]);
  }
};

// What a partition costs, from its labels alone; O(size of the input).
[[nodiscard]] double cubic_value(const CubicView& problem, std::span<const std::int32_t> labels);

// What `delta_cost` and the minimum cuts count of a cost c: max(0, -c), or |c|.
enum class Part : std::uint8_t { negative, absolute };

class CubicTensor {
 public:
  // A subproblem holds n^3 / 6 triples: 1.3 GB at this size.
  static constexpr std::int32_t largest = 1000;

  // All costs 0. Throws std::length_error above `largest`.
  explicit CubicTensor(std::int32_t n);
  // A whole dense problem.
  explicit CubicTensor(const CubicView& dense);
  // Only these elements, in this order; what lies between them and others is dropped.
  CubicTensor(const CubicTensor& whole, std::span<const std::int32_t> elements);

  [[nodiscard]] std::int32_t slots() const noexcept { return static_cast<std::int32_t>(n_); }
  // The elements that stand for themselves or for those joined to them, ascending.
  [[nodiscard]] const std::vector<std::int32_t>& alive() const noexcept { return alive_; }
  [[nodiscard]] bool is_alive(std::int32_t i) const noexcept { return dead_[at(i)] == 0; }
  // Changes with every join.
  [[nodiscard]] std::int64_t version() const noexcept { return version_; }

  [[nodiscard]] double pair(std::int32_t i, std::int32_t j) const noexcept {
    return pairs_[at(i) * n_ + at(j)];
  }
  [[nodiscard]] double triple(std::int32_t i, std::int32_t j, std::int32_t k) const noexcept {
    return triples_[index(i, j, k)];
  }
  // Fill in all costs, then call `weigh` once.
  void set_pair(std::int32_t i, std::int32_t j, double cost) noexcept {
    pairs_[at(i) * n_ + at(j)] = pairs_[at(j) * n_ + at(i)] = cost;
  }
  void set_triple(std::int32_t i, std::int32_t j, std::int32_t k, double cost) noexcept {
    triples_[index(i, j, k)] = cost;
  }
  void weigh();

  // j becomes part of i. O(n^2).
  void join(std::int32_t i, std::int32_t j);
  // What lies inside the joined elements.
  [[nodiscard]] double constant() const noexcept { return constant_; }

  // A triple is cut if not all three are on one side, which is half the number of its pairs that are cut. So
  // the cut of any set is that of a graph with capacity w_pq = g(c_pq) + 1/2 sum_r g(c_pqr); dead slots have
  // 0.
  [[nodiscard]] double weight(Part g, std::int32_t i, std::int32_t j) const noexcept {
    return weights_[which(g)][at(i) * n_ + at(j)];
  }
  [[nodiscard]] std::span<const double> weight_row(Part g, std::int32_t i) const noexcept {
    return {weights_[which(g)].data() + at(i) * n_, n_};
  }
  [[nodiscard]] double degree(Part g, std::int32_t i) const noexcept { return degrees_[which(g)][at(i)]; }
  // The sum of g over all pairs and triples with elements both in U and outside; O(|U|^2).
  [[nodiscard]] double delta_cost(std::span<const std::int32_t> U, Part g) const noexcept;
  // The sum of all positive costs; O(n^3).
  [[nodiscard]] double positive_sum() const noexcept;

  // The parts that no pair and no triple of negative cost holds together, each ascending.
  [[nodiscard]] std::vector<std::vector<std::int32_t>> components() const;

 private:
  static std::size_t which(Part g) noexcept { return static_cast<std::size_t>(g); }
  [[nodiscard]] std::size_t index(std::int32_t i, std::int32_t j, std::int32_t k) const noexcept {
    const auto low = std::min(i, j), high = std::max(i, j);
    if (k > high) return row_[at(low) * n_ + at(high)] + at(k);
    if (k < low) return row_[at(k) * n_ + at(low)] + at(high);
    return row_[at(low) * n_ + at(k)] + at(high);
  }
  void sum_degrees();

  std::size_t n_;
  std::vector<std::int32_t> alive_;
  std::vector<std::int8_t> dead_;
  std::vector<double> pairs_;
  std::vector<double> triples_;
  std::vector<std::size_t> row_;  // (i, j, k) with i < j < k is at row_[i, j] + k
  std::array<std::vector<double>, 2> weights_, degrees_;
  double constant_ = 0;
  std::int64_t version_ = 0;
};

}  // namespace wayseer::clustering
