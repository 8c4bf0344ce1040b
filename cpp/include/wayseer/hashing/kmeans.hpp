// k-means of float32 rows by Lloyd's rounds (S. Lloyd, "Least squares quantization in PCM", 1982), as the
// cells of an inverted file need it: on a sample, for a few rounds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "wayseer/core/checkpoint.hpp"
#include "wayseer/hashing/distance.hpp"

namespace wayseer::hashing {

struct KMeansOptions {
  std::int32_t rounds = 6;
  std::int32_t rows_per_center = 64;  // at most, on average: of more rows a sample is drawn
  std::uint64_t seed = 0;
  int threads = 1;
};

// `k` centers of the `count` rows of `dim` floats, in panels (panels.hpp), 1 <= k <= count. A center is the
// mean of its rows; for inner product and cosine it is scaled to length 1, and a row belongs to the center
// with the largest inner product (I. Dhillon, D. Modha, "Concept decompositions for large sparse text data
// using clustering", 2001). A center without rows moves to a row that is far from its own. Squared distances
// must be finite. The result depends on the rows and the seed, not on threads. Throws core::Stopped.
[[nodiscard]] std::vector<float> kmeans(Metric metric, const float* rows, std::size_t dim, std::int32_t count,
                                        std::int32_t k, const KMeansOptions& options,
                                        const core::Checkpoint& checkpoint = {});

// The number of the nearest center for each row. For cosine rows need not have length 1 (only the sign of a
// scale matters), for inner product it is the largest product.
void assign_to_centers(Metric metric, const float* rows, std::size_t dim, std::int32_t count,
                       const std::vector<float>& panels, std::int32_t k, std::span<std::int32_t> center,
                       int threads, const core::Checkpoint& checkpoint = {});

// Row numbers by their center: those of center c are ids[start[c]] .. ids[start[c + 1] - 1], ascending.
struct RowsByCenter {
  std::vector<std::int32_t> start, ids;
};
[[nodiscard]] RowsByCenter group_by_center(std::span<const std::int32_t> center, std::int32_t k);

// 4 sqrt(count), at most one for 8 rows and at least 1.
[[nodiscard]] std::int32_t default_lists(std::int32_t count) noexcept;

}  // namespace wayseer::hashing
