#include "wayseer/hashing/mask.hpp"

#include <cstring>
#include <string_view>

#include "wayseer/hashing/batch.hpp"
#include "wayseer/hashing/detail/simd.hpp"

#define WAYSEER_HASHING_KERNELS "wayseer/hashing/detail/mask_kernels.inl"
#include "wayseer/hashing/detail/every_isa.inl"
#include "wayseer/hashing/detail/native_isa.inl"

namespace wayseer::hashing {

namespace {

struct Kernels {
  decltype(&mask_range) range;
  decltype(&mask_values) values;
};
#define WAYSEER_KERNELS(ISA) \
  Kernels { &ISA::range_mask, &ISA::values_mask }

const Kernels& kernels() noexcept {
  static const Kernels chosen = WAYSEER_HASHING_CHOSEN(WAYSEER_KERNELS);
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
