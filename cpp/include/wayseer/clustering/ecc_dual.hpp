// A lower bound for edge-coloured clustering without an LP solver. Split the weight of every edge e over its
// members, shares lambda(e,v) >= 0 with sum w(e). An edge without a mistake has all its shares at vertices of
// its colour, so
//     cost >= W - sum over v of max over c of S(v,c),   S(v,c) = sum of lambda(e,v) over edges e of colour c
//     at v.
// Any split is a certificate that one pass checks; the best split gives the optimum of the canonical LP (this
// is its dual). EccDual looks for it by mirror descent: the maximum is smoothed by a softmax q(v,.) of S(v,.)
// at a temperature tau * S(v), S(v) the largest S(v,c) at the start, so that one tau suits vertices of all
// degrees; every share is multiplied by exp(-eta q(v, color e)), eta = min(1, 10 tau), and the shares of an
// edge are scaled to its weight again. tau falls from 0.1 by 1 % a step; below 1e-4 nothing moves any more,
// and it starts again, twice as slowly, from the best shares so far. A step costs two exponentials for each
// (vertex, colour) and two multiplications for each (vertex, edge).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "wayseer/clustering/ecc.hpp"
#include "wayseer/core/checkpoint.hpp"

namespace wayseer::clustering {

// The bound that shares prove; `shares` are parallel to hypergraph.members. O(sum of edge sizes).
[[nodiscard]] double ecc_share_bound(const EccView& hypergraph, std::span<const double> shares);

class EccDual {
 public:
  // The problem must outlive it.
  explicit EccDual(const EccProblem& problem);

  // One step; true if the bound rose. What the checkpoint throws leaves the best shares as they were.
  bool step(const core::Checkpoint& checkpoint = {});
  [[nodiscard]] std::int64_t steps() const noexcept { return steps_; }
  [[nodiscard]] double bound() const noexcept { return best_; }
  [[nodiscard]] const std::vector<double>& shares() const noexcept { return best_shares_; }
  // The colour of largest smoothed share at each vertex: near the optimum of the dual a guess at the primal.
  [[nodiscard]] std::vector<std::int32_t> labels() const;

 private:
  static constexpr double hottest = 0.1, coldest = 1e-4;

  void add_up(const core::Checkpoint& checkpoint);
  double soften(double eta);
  void multiply(const core::Checkpoint& checkpoint);

  const EccProblem& problem_;
  double best_ = 0;
  std::int64_t steps_ = 0;
  std::vector<double> shares_, best_shares_;
  std::vector<double> sum_, factor_, smooth_;  // of slots: S, the factor, a running mean of q
  std::vector<double> scale_;                  // of vertices
  double tau_ = hottest, decay_ = 0.99;
};

}  // namespace wayseer::clustering
