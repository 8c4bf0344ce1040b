// A sparse matrix of edge values in CSR form, borrowed from its owner: what a prediction about edges (a
// heatmap) looks like to every room. Row i lists the predicted neighbours of node i.
#pragma once

#include <cstdint>
#include <span>

namespace wayseer::core {

struct EdgeValues {
  std::int32_t n = 0;
  std::span<const std::int64_t> indptr;   // n + 1 offsets
  std::span<const std::int32_t> indices;  // column ids in [0, n)
  std::span<const float> values;          // same length as indices

  [[nodiscard]] std::span<const std::int32_t> row_indices(std::int32_t i) const noexcept {
    return indices.subspan(begin(i), size(i));
  }
  [[nodiscard]] std::span<const float> row_values(std::int32_t i) const noexcept {
    return values.subspan(begin(i), size(i));
  }

 private:
  [[nodiscard]] std::size_t begin(std::int32_t i) const noexcept {
    return static_cast<std::size_t>(indptr[static_cast<std::size_t>(i)]);
  }
  [[nodiscard]] std::size_t size(std::int32_t i) const noexcept {
    return static_cast<std::size_t>(indptr[static_cast<std::size_t>(i) + 1] -
                                    indptr[static_cast<std::size_t>(i)]);
  }
};

}  // namespace wayseer::core
