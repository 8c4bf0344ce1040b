// gather_codes of byte_codes.hpp for one instruction set: see every_isa.inl.
namespace wayseer::hashing::WAYSEER_HASHING_ISA {

// A line of 64 codes is 16 words; byte k of word j belongs to dimension 16 k + j, so that a shift and a mask
// give 16 consecutive ones.
template <bool squares>
inline float sum_of_codes(const float* query, const float* weights, const std::uint8_t* codes,
                          std::size_t parts) noexcept {
  using Words16 = std::int32_t __attribute__((vector_size(64)));
  using Floats16 = float __attribute__((vector_size(64)));
  using Floats8 = float __attribute__((vector_size(32)));
  using Floats4 = float __attribute__((vector_size(16)));
  Floats16 even{}, odd{};
  const auto add = [&](Floats16& sum, const Words16& words, std::size_t part) {
    Floats16 q, w;
    std::memcpy(&w, weights + 16 * part, sizeof w);
    const Words16 bytes = (words >> static_cast<int>(8 * (part % 4))) & 255;
    const Floats16 x = __builtin_convertvector(bytes, Floats16);
    if constexpr (squares) {
      std::memcpy(&q, query + 16 * part, sizeof q);
      const Floats16 gap = q - x;
      sum += w * gap * gap;
    } else {
      sum += w * x;
    }
  };
  std::size_t part = 0;
  for (; part < parts; part += 4) {
    Words16 words;
    std::memcpy(&words, codes + 16 * part, sizeof words);
    add(even, words, part);
    if (part + 1 < parts) add(odd, words, part + 1);
    if (part + 2 < parts) add(even, words, part + 2);
    if (part + 3 < parts) add(odd, words, part + 3);
  }
  even += odd;
  const Floats8 half = __builtin_shufflevector(even, even, 0, 1, 2, 3, 4, 5, 6, 7) +
                       __builtin_shufflevector(even, even, 8, 9, 10, 11, 12, 13, 14, 15);
  const Floats4 quarter =
      __builtin_shufflevector(half, half, 0, 1, 2, 3) + __builtin_shufflevector(half, half, 4, 5, 6, 7);
  return (quarter[0] + quarter[2]) + (quarter[1] + quarter[3]);
}

inline void gather_codes(bool squares, float base, const float* query, const float* weights,
                         const std::uint8_t* codes, std::size_t parts, std::span<const std::int32_t> ids,
                         float* out) noexcept {
  constexpr std::size_t ahead = 16;
  const std::size_t stride = (parts + 3) / 4 * 64;
  const auto row = [&](std::size_t i) { return codes + static_cast<std::size_t>(ids[i]) * stride; };
  const auto fetch = [&](std::size_t i) {
    for (std::size_t at = 0; at < stride; at += 64) __builtin_prefetch(row(i) + at, 0, 3);
  };
  for (std::size_t i = 0; i < std::min(ahead, ids.size()); ++i) fetch(i);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (i + ahead < ids.size()) fetch(i + ahead);
    out[i] = base + (squares ? sum_of_codes<true>(query, weights, row(i), parts)
                             : sum_of_codes<false>(query, weights, row(i), parts));
  }
}

}  // namespace wayseer::hashing::WAYSEER_HASHING_ISA
