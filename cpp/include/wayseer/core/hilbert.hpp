// Points in the order of a Hilbert curve through their bounding square or cube: neighbours in the order are
// near in space. As a tour of uniform points it is 37 % longer than the best (measured, n = 20000); as a
// renumbering it keeps searches in cache.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "wayseer/core/checkpoint.hpp"

namespace wayseer::core {

// points is row-major, n x dim, dim 2 or 3. Returns the permutation of 0..n-1 along the curve (32 bits per
// axis in the plane, 21 in space; points that share a place on the curve in ascending id order).
// O(n). Throws std::invalid_argument for another dim, a length that is no multiple of dim, or a
// coordinate that is not finite or larger than max_coordinate (nearest_k.hpp).
[[nodiscard]] std::vector<std::int32_t> hilbert_order(std::span<const double> points, int dim,
                                                      const Checkpoint& checkpoint = {});

}  // namespace wayseer::core
