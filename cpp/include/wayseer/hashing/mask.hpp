// Which of many small integers meet a condition, as a mask of bits. The code is compiled for several
// instruction sets and chosen when first used, as in distance.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace wayseer::hashing {

// The functions read this many integers beyond the last.
inline constexpr std::size_t mask_overread = 64;

// mask &= bit i says whether lo <= codes[i] <= lo + range, for i < count: (count + 63) / 64 words, of which
// the bits beyond count are left as unspecified. Codes are unsigned, of `width` bytes: 1, 2, 4 or 8; lo and
// lo + range fit them.
void mask_range(const std::byte* codes, std::size_t width, std::size_t count, std::uint64_t lo,
                std::uint64_t range, std::uint64_t* mask) noexcept;

// The same for codes[i] being one of a few values, which fit the codes.
void mask_values(const std::byte* codes, std::size_t width, std::size_t count,
                 std::span<const std::uint64_t> values, std::uint64_t* mask) noexcept;

}  // namespace wayseer::hashing
