// Does a sequential k-opt move leave one cycle? Answered by table.
//
// Edge j of a move is the tour edge between positions left[j] and left[j] + 1. Its endpoints are t[2j] and
// t[2j+1]; `second_is_right[j]` says that t[2j+1] is the node at left[j] + 1. The move adds the edges
// t[2j+1] - t[2j+2] and t[2k-1] - t[0]. Whether the result is one cycle depends only on the order of the
// left[j] and on the k bits, so for k <= 6 the answer is looked up under a code built edge by edge.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "wayseer/tsp/metric.hpp"

namespace wayseer::tsp {

inline constexpr int max_k_opt = 6;

// The pieces of the tour after a move, in their new cyclic order: piece r runs from the position after the
// r-th cut to the (r+1)-th cut (cuts sorted by position, cyclic).
struct KOptPieces {
  std::array<std::int8_t, max_k_opt> piece;
  std::array<bool, max_k_opt> reversed;
  int count = 0;  // pieces reached; the move is valid iff count == k
};

// `rank[j]` is the number of left[i] smaller than left[j] over all i < k.
template <class Ranks>
KOptPieces walk_pieces(int k, const Ranks& rank, std::uint32_t second_is_right) noexcept {
  std::array<int, max_k_opt> by_rank{};
  for (int j = 0; j < k; ++j) by_rank[static_cast<std::size_t>(rank[static_cast<std::size_t>(j)])] = j;
  const auto right = [&](int edge) { return ((second_is_right >> edge) & 1U) != 0; };
  KOptPieces result{};
  int piece = 0;
  bool reversed = false;
  do {
    result.piece[static_cast<std::size_t>(result.count)] = static_cast<std::int8_t>(piece);
    result.reversed[static_cast<std::size_t>(result.count)] = reversed;
    ++result.count;
    // Forward, a piece is left at the left side of the next cut; backward, at the right side of its own.
    const int edge = by_rank[static_cast<std::size_t>(reversed ? piece : (piece + 1) % k)];
    const bool leaves_by_second = reversed == right(edge);
    const int mate = leaves_by_second ? (edge + 1) % k : (edge + k - 1) % k;
    const bool mate_is_second = !leaves_by_second;
    const bool enters_right = mate_is_second == right(mate);
    const int cut = rank[static_cast<std::size_t>(mate)];
    piece = enters_right ? cut : (cut + k - 1) % k;
    reversed = !enters_right;
  } while (result.count < k && !(piece == 0 && !reversed));
  // A full count must also close: with k pieces reached the walk has to be back at the start.
  if (!(piece == 0 && !reversed)) result.count = 0;
  return result;
}

// code(1 edge) = 0; adding the j-th edge (j >= 1) with r earlier cuts to its left: code * (j + 1) + r.
class KOptValidity {
 public:
  static const KOptValidity& instance() {
    static const KOptValidity table;
    return table;
  }
  [[nodiscard]] bool valid(int k, std::uint32_t code, std::uint32_t second_is_right) const noexcept {
    return table_[static_cast<std::size_t>(k)][(code << k) | second_is_right] != 0;
  }
  [[nodiscard]] const std::uint8_t* row(int k) const noexcept {
    return table_[static_cast<std::size_t>(k)].data();
  }

 private:
  KOptValidity() {
    std::uint32_t codes = 1;
    for (int k = 2; k <= max_k_opt; ++k) {
      codes *= static_cast<std::uint32_t>(k);
      auto& table = table_[static_cast<std::size_t>(k)];
      table.resize(static_cast<std::size_t>(codes) << k);
      for (std::uint32_t code = 0; code < codes; ++code) {
        std::array<int, max_k_opt> insertion{};
        std::uint32_t rest = code;
        for (int j = k; j-- > 1;) {
          insertion[static_cast<std::size_t>(j)] = static_cast<int>(rest % static_cast<std::uint32_t>(j + 1));
          rest /= static_cast<std::uint32_t>(j + 1);
        }
        std::array<int, max_k_opt> rank{};
        for (int j = 1; j < k; ++j) {
          const int r = insertion[static_cast<std::size_t>(j)];
          for (int i = 0; i < j; ++i)
            if (rank[static_cast<std::size_t>(i)] >= r) ++rank[static_cast<std::size_t>(i)];
          rank[static_cast<std::size_t>(j)] = r;
        }
        for (std::uint32_t bits = 0; bits < (1U << k); ++bits)
          table[(code << k) | bits] = walk_pieces(k, rank, bits).count == k ? 1 : 0;
      }
    }
  }
  std::array<std::vector<std::uint8_t>, max_k_opt + 1> table_;
};

}  // namespace wayseer::tsp
