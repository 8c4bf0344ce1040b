// The kernels of strata containers for the instructions that the including file is compiled for, and walks
// over the occupied slots.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "wayseer/hashing/detail/simd.hpp"
#include "wayseer/hashing/detail/strata_view.hpp"
#include "wayseer/hashing/duplicates.hpp"

#define WAYSEER_HASHING_ISA WAYSEER_HASHING_NATIVE
#include "wayseer/hashing/detail/strata_kernels.inl"
#undef WAYSEER_HASHING_ISA

namespace wayseer::hashing::detail {

// f(slot) for every occupied one, ascending; f may free it.
template <class View, class F>
void for_each_strata_slot(const View& view, F&& f) {
  for (std::uint64_t bucket = 0; bucket < view.shape.buckets(); ++bucket)
    for (std::uint64_t lanes = ~WAYSEER_HASHING_NATIVE::match_free(view.line(bucket)) & strata_lane_mask;
         lanes != 0; lanes &= lanes - 1)
      f(bucket * strata_lanes + WAYSEER_HASHING_NATIVE::first_lane(lanes));
}

// The first occupied slot from `slot` on, slots() if there is none.
template <class View>
[[nodiscard]] std::uint64_t next_strata_slot(const View& view, std::uint64_t slot) noexcept {
  std::uint64_t lanes = strata_lane_mask << slot % strata_lanes & strata_lane_mask;
  for (std::uint64_t bucket = slot / strata_lanes; bucket < view.shape.buckets(); ++bucket) {
    lanes &= ~WAYSEER_HASHING_NATIVE::match_free(view.line(bucket));
    if (lanes != 0) return bucket * strata_lanes + WAYSEER_HASHING_NATIVE::first_lane(lanes);
    lanes = strata_lane_mask;
  }
  return view.slots();
}

}  // namespace wayseer::hashing::detail
