// Is a minimum cut of a contracted cubic problem at most a limit? Asked for a pair (i | j) or one element
// against two (i | jk), millions of times, so the cheap answers come first:
//   - paths of length 1 and 2 between the sides share no edge, so their capacities bound the cut from below;
//   - one side alone is a cut, which bounds it from above;
//   - the Gomory-Hu tree has the exact value of every pair, and mincut(i | jk) is at least mincut(i, j) and
//     mincut(i, k); its n - 1 cuts bound mincut(i | jk) from above where they have i on one side, j and k on
//     the other.
// What remains costs one flow, stopped as soon as it exceeds the limit. The tree costs n - 1 flows and is
// built once as many have been spent on the same costs without an answer "yes" (a join makes it stale), or on
// demand.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "wayseer/clustering/cubic_problem.hpp"
#include "wayseer/clustering/max_flow.hpp"
#include "wayseer/core/checkpoint.hpp"

namespace wayseer::clustering {

class CubicCuts {
 public:
  // With shortcuts = false every question costs a whole maximum flow of its own. The tensor must outlive
  // this.
  CubicCuts(const CubicTensor& tensor, Part part, bool shortcuts, core::Checkpoint checkpoint)
      : tensor_(&tensor), part_(part), shortcuts_(shortcuts), checkpoint_(std::move(checkpoint)) {}

  [[nodiscard]] bool at_most(std::int32_t i, std::int32_t j, double limit);
  [[nodiscard]] bool at_most(std::int32_t i, std::int32_t j, std::int32_t k, double limit);

  // For questions about all pairs of costs that no longer change.
  void build_tree();
  [[nodiscard]] std::int64_t flows() const noexcept { return flows_; }

 private:
  void refresh();
  MaxFlow<double>& network();
  bool flow_at_most(std::span<const std::int32_t> sinks, std::int32_t source, double limit);
  [[nodiscard]] double tree_cut(std::int32_t i, std::int32_t j) const noexcept {
    return cuts_[at(place_[at(i)]) * size_ + at(place_[at(j)])];
  }

  // The cheapest of the tree's cuts with i on one side, j and k on the other; infinite if there is none.
  [[nodiscard]] double cheapest_known(std::int32_t i, std::int32_t j, std::int32_t k) const noexcept;

  const CubicTensor* tensor_;
  Part part_;
  bool shortcuts_;
  core::Checkpoint checkpoint_;
  std::int64_t version_ = -1;
  std::size_t size_ = 0;
  std::vector<std::int32_t> place_;  // of an element among those alive
  std::optional<MaxFlow<double>> network_;
  std::vector<double> cuts_;   // of all pairs; empty without a tree
  std::vector<double> known_;  // the values of the tree's cuts, ascending
  std::size_t words_ = 0;      // of an element: one bit for each of them, the side it is on
  std::vector<std::uint64_t> sides_;
  std::int64_t failed_ = 0;  // flows without an answer "yes" since the costs changed
  std::int64_t flows_ = 0;
};

}  // namespace wayseer::clustering
