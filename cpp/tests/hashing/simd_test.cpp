#include "wayseer/hashing/detail/simd.hpp"

#include <gtest/gtest.h>

#include <array>

#include "wayseer/core/random.hpp"

#define WAYSEER_HASHING_ISA plain
#define WAYSEER_HASHING_LEVEL 0
#include "wayseer/hashing/detail/compare.inl"
#undef WAYSEER_HASHING_ISA
#undef WAYSEER_HASHING_LEVEL

namespace wayseer::hashing {
namespace {

namespace native = WAYSEER_HASHING_NATIVE;

template <class Word>
void compare_with_plain() {
  core::Random random(4);
  for (int trial = 0; trial < 2000; ++trial) {
    alignas(64) std::array<Word, 64 / sizeof(Word)> line{};
    const auto wanted = static_cast<Word>(random());
    for (auto& word : line) {
      const auto kind = random.below(4);
      word = static_cast<Word>(kind == 0 ? wanted : kind == 1 ? wanted ^ Word{1} : random());
      if (kind == 2) word = static_cast<Word>(wanted ^ Word{1} << (8 * sizeof(Word) - 1));
    }
    ASSERT_EQ(native::match_words(line.data(), wanted), plain::match_words(line.data(), wanted));
    const auto* bytes = reinterpret_cast<const std::byte*>(line.data());
    const auto tag = std::to_integer<std::uint8_t>(bytes[random.below(64)]);
    ASSERT_EQ(native::match_bytes(bytes, tag), plain::match_bytes(bytes, tag));
    ASSERT_NE(native::match_bytes(bytes, tag), 0U);
  }
}

TEST(Simd, EqualsThePlainLoops) {
  compare_with_plain<std::uint64_t>();
  compare_with_plain<std::uint32_t>();
}

}  // namespace
}  // namespace wayseer::hashing
