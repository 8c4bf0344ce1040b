#include "wayseer/hashing/distance.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "wayseer/hashing/batch.hpp"
#include "wayseer/hashing/detail/simd.hpp"

#define WAYSEER_HASHING_KERNELS "wayseer/hashing/detail/distance_kernels.inl"
#include "wayseer/hashing/detail/every_isa.inl"
#include "wayseer/hashing/detail/native_isa.inl"

namespace wayseer::hashing {

namespace {

struct Kernels {
  decltype(&scan_distances) scan;
  decltype(&gather_distances) gather;
};
#define WAYSEER_KERNELS(ISA) \
  Kernels { &ISA::scan, &ISA::gather }

const Kernels& kernels() noexcept {
  static const Kernels chosen = WAYSEER_HASHING_CHOSEN(WAYSEER_KERNELS);
  return chosen;
}

}  // namespace

void scan_distances(Metric metric, const float* query, const float* rows, std::size_t dim, std::size_t count,
                    float* out) noexcept {
  kernels().scan(metric, query, rows, dim, count, out);
}
void gather_distances(Metric metric, const float* query, const float* rows, std::size_t dim,
                      std::span<const std::int32_t> ids, float* out) noexcept {
  kernels().gather(metric, query, rows, dim, ids, out);
}

}  // namespace wayseer::hashing
