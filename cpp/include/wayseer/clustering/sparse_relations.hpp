// The rules of relations.hpp for large sparse graphs: only pairs with a common closed neighbour are looked
// at, so what follows is weaker but as valid. Memory O(n + m + relations found).
#pragma once

#include <cstdint>
#include <unordered_set>
#include <vector>

#include "wayseer/clustering/graph.hpp"
#include "wayseer/clustering/near_pairs.hpp"
#include "wayseer/core/checkpoint.hpp"

namespace wayseer::clustering {

class SparseRelations {
 public:
  SparseRelations(const Graph& graph, NearPairs& pairs, std::int32_t d);

  // Propagates to the fixpoint; true: d is refuted. May throw core::Stopped.
  bool refutes(const core::Checkpoint& checkpoint);

 private:
  // Of one pair (u, v): |P_u in P_v|, |P_u in N[v]|, |N[u] in P_v| and the known non-neighbours of one among
  // the free neighbours of the other; P_u is N[u] without known disagreements.
  struct Counts {
    std::int32_t common = 0, mine = 0, theirs = 0, lost = 0;
  };

  bool join(std::int32_t u, std::int32_t v);
  bool separate(std::int32_t u, std::int32_t v);
  bool cut_between(std::int32_t a, std::int32_t b);
  bool spend(std::int32_t u);
  bool first_round(const core::Checkpoint& checkpoint);
  bool scan(std::int32_t u);
  bool decide(std::int32_t u, std::int32_t v, std::int64_t common, std::int64_t differing);
  [[nodiscard]] bool apart(std::int32_t a, std::int32_t b) const { return apart_.contains(key(a, b)); }
  [[nodiscard]] static std::uint64_t key(std::int32_t a, std::int32_t b) noexcept {
    if (a > b) std::swap(a, b);
    return static_cast<std::uint64_t>(a) << 32 | static_cast<std::uint32_t>(b);
  }
  [[nodiscard]] std::int64_t budget(std::int32_t u, std::int32_t v) const {
    return 2 * std::int64_t{d_} - spent_[at(u)] - spent_[at(v)];
  }

  Graph graph_;
  NearPairs* pairs_;
  std::int32_t d_;
  std::vector<char> cut_;                           // arcs that are known disagreements
  std::vector<std::vector<std::int32_t>> strange_;  // known non-neighbours in the same class
  std::vector<std::int32_t> free_;                  // |P_u|
  std::vector<std::int32_t> class_, spent_;
  std::vector<std::vector<std::int32_t>> members_, apart_of_;  // by representative
  std::unordered_set<std::uint64_t> apart_;                    // pairs of representatives
  std::vector<std::int32_t> queue_;
  std::vector<char> queued_;
  std::vector<Counts> counts_;
  std::vector<std::int32_t> touched_;
};

}  // namespace wayseer::clustering
