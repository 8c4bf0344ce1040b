#include "wayseer/hashing/mask.hpp"

#include <cstring>
#include <string_view>

#include "wayseer/hashing/batch.hpp"
#include "wayseer/hashing/detail/simd.hpp"

#define WAYSEER_HASHING_KERNELS "wayseer/hashing/detail/mask_kernels.inl"
#define WAYSEER_HASHING_ISA WAYSEER_HASHING_NATIVE
#define WAYSEER_HASHING_LEVEL WAYSEER_HASHING_NATIVE_LEVEL
#include WAYSEER_HASHING_KERNELS
#undef WAYSEER_HASHING_ISA
#undef WAYSEER_HASHING_LEVEL
#include "wayseer/hashing/detail/every_isa.inl"

namespace wayseer::hashing {

namespace {

struct Kernels {
  decltype(&mask_range) range;
  decltype(&mask_values) values;
};

Kernels choose() noexcept {
  const std::string_view path = batch_path();
#ifdef WAYSEER_HASHING_HAS_AVX512
  if (path == "avx512") return {&avx512::range_mask, &avx512::values_mask};
#endif
#ifdef WAYSEER_HASHING_HAS_AVX2
  if (path == "avx2") return {&avx2::range_mask, &avx2::values_mask};
#endif
  if (path == "scalar") return {&scalar::range_mask, &scalar::values_mask};
  return {&WAYSEER_HASHING_NATIVE::range_mask, &WAYSEER_HASHING_NATIVE::values_mask};
}

const Kernels& kernels() noexcept {
  static const Kernels chosen = choose();
  return chosen;
}

}  // namespace

void mask_range(const std::byte* codes, std::size_t width, std::size_t count, std::uint64_t lo,
                std::uint64_t range, std::uint64_t* mask) noexcept {
  kernels().range(codes, width, count, lo, range, mask);
}
void mask_values(const std::byte* codes, std::size_t width, std::size_t count,
                 std::span<const std::uint64_t> values, std::uint64_t* mask) noexcept {
  kernels().values(codes, width, count, values, mask);
}

}  // namespace wayseer::hashing
