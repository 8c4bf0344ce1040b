// Comparing all lanes of one 64-byte line with a key. See simd.hpp. WAYSEER_HASHING_LEVEL says how, since g++
// does not adapt __AVX2__ and its like to a target pragma: 0 plain loops, 1 SSE2 or NEON, 2 AVX2, 3 AVX-512.
namespace wayseer::hashing::WAYSEER_HASHING_ISA {

#if WAYSEER_HASHING_LEVEL == 0

// Bit i of the result: byte i of the line equals `tag`.
[[nodiscard]] inline std::uint64_t match_bytes(const std::byte* line, std::uint8_t tag) noexcept {
  std::uint64_t mask = 0;
  for (unsigned i = 0; i < 64; ++i) mask |= std::uint64_t{std::to_integer<std::uint8_t>(line[i]) == tag} << i;
  return mask;
}
// Bit i: word i of the line's eight equals `key`.
[[nodiscard]] inline std::uint32_t match_words(const std::uint64_t* line, std::uint64_t key) noexcept {
  std::uint32_t mask = 0;
  for (unsigned i = 0; i < 8; ++i) mask |= std::uint32_t{line[i] == key} << i;
  return mask;
}
// Bit i: word i of the line's sixteen equals `key`.
[[nodiscard]] inline std::uint32_t match_words(const std::uint32_t* line, std::uint32_t key) noexcept {
  std::uint32_t mask = 0;
  for (unsigned i = 0; i < 16; ++i) mask |= std::uint32_t{line[i] == key} << i;
  return mask;
}

#elif WAYSEER_HASHING_LEVEL == 3

[[nodiscard]] inline std::uint64_t match_bytes(const std::byte* line, std::uint8_t tag) noexcept {
  return _mm512_cmpeq_epi8_mask(_mm512_load_si512(line), _mm512_set1_epi8(static_cast<char>(tag)));
}
[[nodiscard]] inline std::uint32_t match_words(const std::uint64_t* line, std::uint64_t key) noexcept {
  return _mm512_cmpeq_epi64_mask(_mm512_load_si512(line), _mm512_set1_epi64(static_cast<long long>(key)));
}
[[nodiscard]] inline std::uint32_t match_words(const std::uint32_t* line, std::uint32_t key) noexcept {
  return _mm512_cmpeq_epi32_mask(_mm512_load_si512(line), _mm512_set1_epi32(static_cast<int>(key)));
}

#elif WAYSEER_HASHING_LEVEL == 2

[[nodiscard]] inline std::uint64_t match_bytes(const std::byte* line, std::uint8_t tag) noexcept {
  const __m256i* p = reinterpret_cast<const __m256i*>(line);  // `auto` would lose may_alias
  const __m256i wanted = _mm256_set1_epi8(static_cast<char>(tag));
  const auto low =
      static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_load_si256(p), wanted)));
  const auto high =
      static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_load_si256(p + 1), wanted)));
  return std::uint64_t{high} << 32 | low;
}
[[nodiscard]] inline std::uint32_t match_words(const std::uint64_t* line, std::uint64_t key) noexcept {
  const __m256i* p = reinterpret_cast<const __m256i*>(line);  // `auto` would lose may_alias
  const __m256i wanted = _mm256_set1_epi64x(static_cast<long long>(key));
  const int low = _mm256_movemask_pd(_mm256_castsi256_pd(_mm256_cmpeq_epi64(_mm256_load_si256(p), wanted)));
  const int high =
      _mm256_movemask_pd(_mm256_castsi256_pd(_mm256_cmpeq_epi64(_mm256_load_si256(p + 1), wanted)));
  return static_cast<std::uint32_t>(high << 4 | low);
}
[[nodiscard]] inline std::uint32_t match_words(const std::uint32_t* line, std::uint32_t key) noexcept {
  const __m256i* p = reinterpret_cast<const __m256i*>(line);  // `auto` would lose may_alias
  const __m256i wanted = _mm256_set1_epi32(static_cast<int>(key));
  const int low = _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpeq_epi32(_mm256_load_si256(p), wanted)));
  const int high =
      _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpeq_epi32(_mm256_load_si256(p + 1), wanted)));
  return static_cast<std::uint32_t>(high << 8 | low);
}

#elif defined(__SSE2__)

[[nodiscard]] inline std::uint64_t match_bytes(const std::byte* line, std::uint8_t tag) noexcept {
  const __m128i* p = reinterpret_cast<const __m128i*>(line);  // `auto` would lose may_alias
  const __m128i wanted = _mm_set1_epi8(static_cast<char>(tag));
  std::uint64_t mask = 0;
  for (unsigned i = 0; i < 4; ++i)
    mask |= static_cast<std::uint64_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_load_si128(p + i), wanted)))
            << 16 * i;
  return mask;
}
[[nodiscard]] inline std::uint32_t match_words(const std::uint64_t* line, std::uint64_t key) noexcept {
  const __m128i* p = reinterpret_cast<const __m128i*>(line);  // `auto` would lose may_alias
  const __m128i wanted = _mm_set1_epi64x(static_cast<long long>(key));
  // SSE2 compares 32 bits, so both halves of a word must agree: they end up as two bytes, which are one lane.
  const auto equal = [&](unsigned i) { return _mm_cmpeq_epi32(_mm_load_si128(p + i), wanted); };
  const __m128i halves =
      _mm_packs_epi16(_mm_packs_epi32(equal(0), equal(1)), _mm_packs_epi32(equal(2), equal(3)));
  const __m128i words = _mm_cmpeq_epi16(halves, _mm_set1_epi16(-1));
  return static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_packs_epi16(words, _mm_setzero_si128())));
}
[[nodiscard]] inline std::uint32_t match_words(const std::uint32_t* line, std::uint32_t key) noexcept {
  const __m128i* p = reinterpret_cast<const __m128i*>(line);  // `auto` would lose may_alias
  const __m128i wanted = _mm_set1_epi32(static_cast<int>(key));
  const auto equal = [&](unsigned i) { return _mm_cmpeq_epi32(_mm_load_si128(p + i), wanted); };
  return static_cast<std::uint32_t>(_mm_movemask_epi8(
      _mm_packs_epi16(_mm_packs_epi32(equal(0), equal(1)), _mm_packs_epi32(equal(2), equal(3)))));
}

#else

namespace neon_detail {
// One bit per byte of a comparison's result.
[[nodiscard]] inline std::uint64_t bits(uint8x16_t equal) noexcept {
  const uint8x16_t weights = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
  const uint8x16_t weighted = vandq_u8(equal, weights);
  return vaddv_u8(vget_low_u8(weighted)) | std::uint64_t{vaddv_u8(vget_high_u8(weighted))} << 8;
}
}  // namespace neon_detail

[[nodiscard]] inline std::uint64_t match_bytes(const std::byte* line, std::uint8_t tag) noexcept {
  const auto* p = reinterpret_cast<const std::uint8_t*>(line);
  const uint8x16_t wanted = vdupq_n_u8(tag);
  std::uint64_t mask = 0;
  for (unsigned i = 0; i < 4; ++i)
    mask |= neon_detail::bits(vceqq_u8(vld1q_u8(p + 16 * i), wanted)) << 16 * i;
  return mask;
}
[[nodiscard]] inline std::uint32_t match_words(const std::uint64_t* line, std::uint64_t key) noexcept {
  const uint64x2_t wanted = vdupq_n_u64(key), weights = {1, 2};
  std::uint32_t mask = 0;
  for (unsigned i = 0; i < 4; ++i)
    mask |=
        static_cast<std::uint32_t>(vaddvq_u64(vandq_u64(vceqq_u64(vld1q_u64(line + 2 * i), wanted), weights)))
        << 2 * i;
  return mask;
}
[[nodiscard]] inline std::uint32_t match_words(const std::uint32_t* line, std::uint32_t key) noexcept {
  const uint32x4_t wanted = vdupq_n_u32(key), weights = {1, 2, 4, 8};
  std::uint32_t mask = 0;
  for (unsigned i = 0; i < 4; ++i)
    mask |= vaddvq_u32(vandq_u32(vceqq_u32(vld1q_u32(line + 4 * i), wanted), weights)) << 4 * i;
  return mask;
}

#endif

}  // namespace wayseer::hashing::WAYSEER_HASHING_ISA
