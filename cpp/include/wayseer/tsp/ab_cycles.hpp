// Decomposes the symmetric difference of two tours A and B into AB-cycles: closed walks whose edges alternate
// between A and B. Every edge of A not in B and of B not in A lies on exactly one of them.
// Source: Y. Nagata, S. Kobayashi, "A powerful genetic algorithm using edge assembly crossover for the
// traveling salesman problem" (2013).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "wayseer/core/random.hpp"
#include "wayseer/tsp/links.hpp"

namespace wayseer::tsp {

class AbCycles {
 public:
  explicit AbCycles(Index n = 0)
      : rest_(static_cast<std::size_t>(n)), mark_(static_cast<std::size_t>(n), {-1, -1}) {}

  // O(n + edges in A xor B), expected; random walks over unused edges decide which decomposition results.
  void build(const Links& a, const Links& b, core::Random& random);

  [[nodiscard]] Index size() const noexcept { return static_cast<Index>(offset_.size()) - 1; }
  // Nodes c0 c1 .. c(m-1): c0-c1 is an edge of A, c1-c2 of B, .., c(m-1)-c0 of B; m >= 4 and even.
  [[nodiscard]] std::span<const Index> operator[](Index cycle) const noexcept {
    const auto i = static_cast<std::size_t>(cycle);
    return {nodes_.data() + offset_[i], offset_[i + 1] - offset_[i]};
  }

 private:
  // The unused edges at a node: [0] those of A, [1] those of B.
  struct Rest {
    std::array<std::array<Index, 2>, 2> edge;
    std::array<std::int8_t, 2> count;
  };
  void collect_difference(const Links& a, const Links& b);
  Index take_edge(Index v, std::size_t parent, core::Random& random) noexcept;
  void emit(std::size_t start);

  std::vector<Rest> rest_;
  std::vector<std::array<Index, 2>> mark_;  // index on the path when reached, per parity
  std::vector<Index> differing_;
  std::vector<Index> path_;
  std::vector<Index> nodes_;
  std::vector<std::size_t> offset_{0};
};

}  // namespace wayseer::tsp
