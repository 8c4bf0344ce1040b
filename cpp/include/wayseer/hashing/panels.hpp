// Many vectors beside a few: distances from queries to vectors that are stored in panels of 16, the
// coordinates of the 16 side by side, so that one instruction goes on with all of them. Smaller is nearer, as
// in distance.hpp; the last bits differ from there, because the coordinates are added one after the other. A
// result depends on its query and vector alone, not on what is computed beside it nor on the processor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "wayseer/hashing/distance.hpp"

namespace wayseer::hashing {

inline constexpr std::size_t panel_width = 16;

[[nodiscard]] constexpr std::size_t panels_for(std::size_t count) noexcept {
  return (count + panel_width - 1) / panel_width;
}
[[nodiscard]] constexpr std::size_t panel_floats(std::size_t count, std::size_t dim) noexcept {
  return panels_for(count) * panel_width * dim;
}

// `count` rows of `dim` floats as panels; what the last panel has no rows for is 0.
[[nodiscard]] std::vector<float> pack_panels(const float* rows, std::size_t dim, std::size_t count);

// Vector `i` of the panels.
void unpack_row(const float* panels, std::size_t dim, std::size_t i, float* out) noexcept;

// To the 16 vectors of each of the panels whose numbers `which` lists: out[q * stride + 16 j + lane] is the
// distance from query q to vector `lane` of panel which[j].
void panel_distances(Metric metric, const float* queries, std::size_t query_count, const float* panels,
                     std::size_t dim, std::span<const std::int32_t> which, float* out,
                     std::size_t stride) noexcept;

// The nearest of `count` > 0 vectors to each query, the first of those equally near, and its distance.
void panel_nearest(Metric metric, const float* queries, std::size_t query_count, const float* panels,
                   std::size_t dim, std::size_t count, std::int32_t* nearest, float* distances) noexcept;

}  // namespace wayseer::hashing
