#include "wayseer/hashing/panels.hpp"

#include <cstring>
#include <limits>
#include <string_view>

#include "wayseer/hashing/batch.hpp"
#include "wayseer/hashing/detail/simd.hpp"

#define WAYSEER_HASHING_KERNELS "wayseer/hashing/detail/panel_kernels.inl"
#include "wayseer/hashing/detail/every_isa.inl"
#include "wayseer/hashing/detail/native_isa.inl"

namespace wayseer::hashing {

namespace {

struct Kernels {
  decltype(&panel_distances) distances;
  decltype(&panel_nearest) nearest;
};
#define WAYSEER_KERNELS(ISA) \
  Kernels { &ISA::distances_to_panels, &ISA::nearest_in_panels }

const Kernels& kernels() noexcept {
  static const Kernels chosen = WAYSEER_HASHING_CHOSEN(WAYSEER_KERNELS);
  return chosen;
}

}  // namespace

std::vector<float> pack_panels(const float* rows, std::size_t dim, std::size_t count) {
  std::vector<float> panels(panel_floats(count, dim));
  for (std::size_t i = 0; i < count; ++i) {
    float* const lane = panels.data() + i / panel_width * panel_width * dim + i % panel_width;
    for (std::size_t d = 0; d < dim; ++d) lane[d * panel_width] = rows[i * dim + d];
  }
  return panels;
}

void unpack_row(const float* panels, std::size_t dim, std::size_t i, float* out) noexcept {
  const float* const lane = panels + i / panel_width * panel_width * dim + i % panel_width;
  for (std::size_t d = 0; d < dim; ++d) out[d] = lane[d * panel_width];
}

void panel_distances(Metric metric, const float* queries, std::size_t query_count, const float* panels,
                     std::size_t dim, std::span<const std::int32_t> which, float* out,
                     std::size_t stride) noexcept {
  kernels().distances(metric, queries, query_count, panels, dim, which, out, stride);
}
void panel_nearest(Metric metric, const float* queries, std::size_t query_count, const float* panels,
                   std::size_t dim, std::size_t count, std::int32_t* nearest, float* distances) noexcept {
  kernels().nearest(metric, queries, query_count, panels, dim, count, nearest, distances);
}

}  // namespace wayseer::hashing
