// Distances of float32 vectors, for the searches of nearest neighbours. Smaller is nearer in every metric.
// The code is compiled for several instruction sets and chosen when first used (batch_path() says which);
// each adds in the same order, so all give the same bits.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

namespace wayseer::hashing {

enum class Metric : std::uint8_t {
  l2,             // squared Euclidean distance
  inner_product,  // minus the inner product
  cosine,         // 1 - cos: of vectors of length 1, see normalize
};

// From `query` to `count` rows of `dim` floats that lie one after the other.
void scan_distances(Metric metric, const float* query, const float* rows, std::size_t dim, std::size_t count,
                    float* out) noexcept;

// From `query` to the rows of the given numbers. A row that lies elsewhere is fetched while those before it
// are compared.
void gather_distances(Metric metric, const float* query, const float* rows, std::size_t dim,
                      std::span<const std::int32_t> ids, float* out) noexcept;

[[nodiscard]] inline float distance(Metric metric, const float* a, const float* b, std::size_t dim) noexcept {
  float d;
  scan_distances(metric, a, b, dim, 1, &d);
  return d;
}

// Scales a vector to length 1; one of length 0 stays and has cosine distance 1 to everything.
inline void normalize(std::span<float> vector) noexcept {
  double square = 0;
  for (const float x : vector) square += static_cast<double>(x) * static_cast<double>(x);
  if (square == 0) return;
  const double scale = 1 / std::sqrt(square);
  for (float& x : vector) x = static_cast<float>(static_cast<double>(x) * scale);
}

}  // namespace wayseer::hashing
