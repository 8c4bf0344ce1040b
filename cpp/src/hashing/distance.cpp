#include "wayseer/hashing/distance.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "wayseer/hashing/batch.hpp"
#include "wayseer/hashing/detail/simd.hpp"

#define WAYSEER_HASHING_KERNELS "wayseer/hashing/detail/distance_kernels.inl"
#define WAYSEER_HASHING_ISA WAYSEER_HASHING_NATIVE
#define WAYSEER_HASHING_LEVEL WAYSEER_HASHING_NATIVE_LEVEL
#include WAYSEER_HASHING_KERNELS
#undef WAYSEER_HASHING_ISA
#undef WAYSEER_HASHING_LEVEL
#include "wayseer/hashing/detail/every_isa.inl"

namespace wayseer::hashing {

namespace {

struct Kernels {
  decltype(&scan_distances) scan;
  decltype(&gather_distances) gather;
};

Kernels choose() noexcept {
  const std::string_view path = batch_path();
#ifdef WAYSEER_HASHING_HAS_AVX512
  if (path == "avx512") return {&avx512::scan, &avx512::gather};
#endif
#ifdef WAYSEER_HASHING_HAS_AVX2
  if (path == "avx2") return {&avx2::scan, &avx2::gather};
#endif
  if (path == "scalar") return {&scalar::scan, &scalar::gather};
  return {&WAYSEER_HASHING_NATIVE::scan, &WAYSEER_HASHING_NATIVE::gather};
}

const Kernels& kernels() noexcept {
  static const Kernels chosen = choose();
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
