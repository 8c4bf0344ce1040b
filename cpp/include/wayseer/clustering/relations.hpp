// What a bound d on the disagreements of every vertex forces (complete unweighted model, n of a few
// thousand): the classes of vertices known to be together and the pairs of classes known to be apart, closed
// under transitivity, with the disagreements that follow. One row of n bits per vertex and matrix, four
// matrices; copies are cheap for small n.
//
// Write f(u) for the known disagreements at u and b(u) = d - f(u) for what is left. A common closed neighbour
// w of u and v is free if neither (u, w) nor (v, w) is a known disagreement. Rules, to a fixpoint:
//   more than b(u) + b(v) free common closed neighbours: u, v together; so many free vertices in N[u] xor
//   N[v]: apart; more than b(u) new disagreements at u if u, v were together (apart): apart (together).
// A contradiction, or f(u) > d, refutes d.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "wayseer/clustering/graph.hpp"
#include "wayseer/core/checkpoint.hpp"

namespace wayseer::clustering {

class Relations {
 public:
  Relations(const Graph& graph, std::int32_t d);

  // Both return false on a contradiction; the object is then good for nothing but being assigned to.
  bool join(std::int32_t u, std::int32_t v);
  bool separate(std::int32_t u, std::int32_t v);
  // Applies the rules until nothing follows any more; false: d is refuted. May throw core::Stopped.
  bool propagate(const core::Checkpoint& checkpoint);
  // Adds what holds in both a and b, which are extensions of this; true if there was something.
  bool add_common(const Relations& a, const Relations& b, bool& contradiction);

  [[nodiscard]] bool together(std::int32_t u, std::int32_t v) const noexcept {
    return class_[at(u)] == class_[at(v)];
  }
  [[nodiscard]] bool apart(std::int32_t u, std::int32_t v) const noexcept {
    return test(apart_, class_[at(u)], v);
  }
  [[nodiscard]] bool known(std::int32_t u, std::int32_t v) const noexcept {
    return together(u, v) || apart(u, v);
  }
  [[nodiscard]] std::int64_t known_pairs() const noexcept;
  // One vertex of each class stands for it.
  [[nodiscard]] const std::vector<std::int32_t>& classes() const noexcept { return class_; }

 private:
  using Word = std::uint64_t;

  [[nodiscard]] Word* row(std::vector<Word>& matrix, std::int32_t u) noexcept {
    return matrix.data() + at(u) * words_;
  }
  [[nodiscard]] const Word* row(const std::vector<Word>& matrix, std::int32_t u) const noexcept {
    return matrix.data() + at(u) * words_;
  }
  [[nodiscard]] bool test(const std::vector<Word>& matrix, std::int32_t u, std::int32_t v) const noexcept {
    return (row(matrix, u)[at(v) / 64] >> (v & 63) & 1) != 0;
  }
  // Known disagreements of u: the bits of `mask` leave the row; false if u has too many now.
  bool spend(std::vector<Word>& matrix, std::int32_t u, const Word* mask);
  void scan(std::int32_t u);

  std::int32_t n_, d_;
  std::size_t words_;
  // Free pairs: positive ones (u, u included) and negative ones; rows of vertices.
  std::vector<Word> positive_, negative_;
  // Rows of class representatives: the members, and all vertices apart from them.
  std::vector<Word> members_, apart_;
  std::vector<std::int32_t> class_, spent_;
  std::vector<std::int32_t> queue_;  // vertices that lost a free pair since they were scanned
  std::vector<char> queued_;
  std::vector<std::int32_t> to_join_, to_separate_;  // found by scan
  std::vector<Word> scratch_;
};

}  // namespace wayseer::clustering
