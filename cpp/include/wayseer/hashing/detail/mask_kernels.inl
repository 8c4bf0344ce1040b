// The kernels of mask.hpp for one instruction set: see every_isa.inl.
namespace wayseer::hashing::WAYSEER_HASHING_ISA {

// 64 codes at a time: first a byte for each, which compilers do with wide instructions, then the lowest bits
// of eight bytes beside each other by one multiplication.
template <class Code, class Test>
inline void and_mask(const std::byte* codes, std::size_t count, std::uint64_t* mask, Test test) noexcept {
  for (std::size_t word = 0; word * 64 < count; ++word) {
    Code block[64];
    std::memcpy(block, codes + word * sizeof block, sizeof block);
    std::uint8_t passes[64];
    for (std::size_t i = 0; i < 64; ++i) passes[i] = test(block[i]) ? 1 : 0;
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < 8; ++i) {
      std::uint64_t eight;
      std::memcpy(&eight, passes + 8 * i, sizeof eight);
      bits |= (eight * 0x0102040810204080ULL) >> 56 << (8 * i);
    }
    mask[word] &= bits;
  }
}

template <class Code>
inline void range_of(const std::byte* codes, std::size_t count, std::uint64_t lo, std::uint64_t range,
                     std::uint64_t* mask) noexcept {
  const auto first = static_cast<Code>(lo), width = static_cast<Code>(range);
  and_mask<Code>(codes, count, mask, [=](Code code) { return static_cast<Code>(code - first) <= width; });
}

template <class Code>
inline void values_of(const std::byte* codes, std::size_t count, std::span<const std::uint64_t> values,
                      std::uint64_t* mask) noexcept {
  for (std::size_t word = 0; word * 64 < count; ++word) {
    std::uint64_t any = 0;
    for (const std::uint64_t value : values) {
      std::uint64_t bits = ~any;
      range_of<Code>(codes + word * 64 * sizeof(Code), 64, value, 0, &bits);
      any |= bits;
    }
    mask[word] &= any;
  }
}

inline void range_mask(const std::byte* codes, std::size_t width, std::size_t count, std::uint64_t lo,
                       std::uint64_t range, std::uint64_t* mask) noexcept {
  if (width == 1) return range_of<std::uint8_t>(codes, count, lo, range, mask);
  if (width == 2) return range_of<std::uint16_t>(codes, count, lo, range, mask);
  if (width == 4) return range_of<std::uint32_t>(codes, count, lo, range, mask);
  range_of<std::uint64_t>(codes, count, lo, range, mask);
}

inline void values_mask(const std::byte* codes, std::size_t width, std::size_t count,
                        std::span<const std::uint64_t> values, std::uint64_t* mask) noexcept {
  if (width == 1) return values_of<std::uint8_t>(codes, count, values, mask);
  if (width == 2) return values_of<std::uint16_t>(codes, count, values, mask);
  if (width == 4) return values_of<std::uint32_t>(codes, count, values, mask);
  values_of<std::uint64_t>(codes, count, values, mask);
}

}  // namespace wayseer::hashing::WAYSEER_HASHING_ISA
