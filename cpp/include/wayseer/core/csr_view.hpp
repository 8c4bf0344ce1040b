// A graph in compressed sparse rows that belongs to someone else: a CsrGraph, or arrays from outside that
// were validated where they came in. Cheap to copy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace wayseer::core {

template <class Weight = double>
struct CsrView {
  std::span<const std::int64_t> indptr;   // n + 1 offsets, the first 0
  std::span<const std::int32_t> indices;  // ascending in each row
  std::span<const Weight> weights;        // empty, or parallel to indices

  [[nodiscard]] std::int32_t size() const noexcept { return static_cast<std::int32_t>(indptr.size()) - 1; }
  // Entries of all rows: an undirected edge counts twice.
  [[nodiscard]] std::int64_t arcs() const noexcept { return static_cast<std::int64_t>(indices.size()); }
  [[nodiscard]] bool weighted() const noexcept { return !weights.empty(); }
  [[nodiscard]] std::int64_t degree(std::int32_t u) const noexcept { return end(u) - begin(u); }
  // The row of u is begin(u)..end(u) - 1 of indices and weights.
  [[nodiscard]] std::int64_t begin(std::int32_t u) const noexcept {
    return indptr[static_cast<std::size_t>(u)];
  }
  [[nodiscard]] std::int64_t end(std::int32_t u) const noexcept {
    return indptr[static_cast<std::size_t>(u) + 1];
  }
  [[nodiscard]] std::span<const std::int32_t> neighbors(std::int32_t u) const noexcept {
    return {indices.data() + begin(u), static_cast<std::size_t>(degree(u))};
  }
  // Parallel to neighbors(u). The graph must be weighted.
  [[nodiscard]] std::span<const Weight> neighbor_weights(std::int32_t u) const noexcept {
    return {weights.data() + begin(u), static_cast<std::size_t>(degree(u))};
  }
};

}  // namespace wayseer::core
