// 2-approximations of edge-coloured clustering in linear time. Two edges conflict if they share a vertex and
// differ in colour; the mistakes are a vertex cover of the conflicts. At each vertex, in random order, two
// pointers run from both ends of its edges, which are sorted by colour, as long as the colours there differ:
//   match   both edges pay the smaller of their remaining weights, and go when nothing remains. What has been
//           paid is a lower bound, the edges that went cost at most twice as much.
//   pitt    one of the two goes, the front one with probability w_back / (w_front + w_back): at most twice
//   the
//           optimum in expectation.
// The edges that stay colour their vertices. A vertex without one takes the colour of the largest incident
// weight; with `hybrid`, which is match otherwise, of the largest weight of edges that are not mistakes yet.
// Source: N. Veldt, "Optimal LP rounding and linear-time approximation algorithms for clustering edge-colored
// hypergraphs" (2023).
#pragma once

#include <cstdint>
#include <vector>

#include "wayseer/clustering/ecc.hpp"
#include "wayseer/clustering/solution.hpp"
#include "wayseer/core/random.hpp"
#include "wayseer/core/run.hpp"

namespace wayseer::clustering {

enum class EccCoverRule : std::uint8_t { match, pitt, hybrid };

class EccCover {
 public:
  // The problem must outlive it. O(sum of edge sizes), as is each run.
  explicit EccCover(const EccProblem& problem);

  void run(EccCoverRule rule, core::Random& random);
  // Of the last run. The bound of pitt is 0.
  [[nodiscard]] const std::vector<std::int32_t>& labels() const noexcept { return labels_; }
  [[nodiscard]] double cost() const noexcept { return cost_; }
  [[nodiscard]] double bound() const noexcept { return bound_; }
  // What labels would cost that leave the vertices without an edge that stays uncoloured: the published
  // figure.
  [[nodiscard]] double unvoted_cost() const noexcept { return unvoted_cost_; }
  [[nodiscard]] double deleted() const noexcept { return deleted_; }  // weight of the edges that went

 private:
  void scan(std::int32_t v, EccCoverRule rule, core::Random& random);
  [[nodiscard]] double mistakes_of_gone() const;
  void vote_on_possible();

  const EccProblem& problem_;
  const std::vector<std::int32_t> majority_;
  double cost_ = 0, unvoted_cost_ = 0, bound_ = 0, deleted_ = 0;
  std::vector<std::int32_t> order_, labels_;  // order_: vertices with edges of two colours or more
  std::vector<std::int32_t> gone_, open_;     // edges, vertices
  std::vector<double> left_;                  // of each edge's weight; 0: it went
};

// The cheapest of several runs; the bound is the largest of theirs, the means are over all. The majority if
// the run was stopped before the first.
struct EccCovered {
  Solution solution;  // labels are colours
  double bound = 0, unvoted_cost = 0, mean = 0, mean_unvoted = 0;
};
[[nodiscard]] EccCovered ecc_best_cover(const EccView& hypergraph, EccCoverRule rule, std::int64_t runs,
                                        std::uint64_t seed, core::Run& run);

}  // namespace wayseer::clustering
