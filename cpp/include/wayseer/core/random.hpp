// Portable random numbers: xoshiro256++ (D. Blackman, S. Vigna, "Scrambled linear pseudorandom number
// generators", 2021), seeded by splitmix64. The streams depend on the seed alone, never on the platform
// or the standard library, so no std::*_distribution is used here.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <span>
#include <utility>

namespace wayseer::core {

class Random {
 public:
  using result_type = std::uint64_t;

  // Generators with the same seed and different streams are independent for all practical purposes.
  explicit constexpr Random(std::uint64_t seed = 0, std::uint64_t stream = 0) noexcept {
    // Not splitmix64's own increment: streams s and s + 1 would then share three of four words.
    std::uint64_t x = seed ^ (0xd1342543de82ef95ULL * stream);
    for (auto& word : state_) word = splitmix64(x);
  }

  static constexpr std::uint64_t min() noexcept { return 0; }
  static constexpr std::uint64_t max() noexcept { return ~std::uint64_t{0}; }

  constexpr std::uint64_t operator()() noexcept {
    const std::uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
    const std::uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

  // Uniform integer in [0, bound), unbiased (D. Lemire, "Fast random integer generation in an interval",
  // 2019). `bound` must be positive.
  constexpr std::int32_t below(std::int32_t bound) noexcept {
    const auto range = static_cast<std::uint32_t>(bound);
    std::uint64_t product = static_cast<std::uint64_t>(high32()) * range;
    if (static_cast<std::uint32_t>(product) < range) [[unlikely]] {
      const std::uint32_t threshold = (0U - range) % range;
      while (static_cast<std::uint32_t>(product) < threshold)
        product = static_cast<std::uint64_t>(high32()) * range;
    }
    return static_cast<std::int32_t>(product >> 32);
  }

  // Uniform double in [0, 1), a multiple of 2^-53.
  constexpr double uniform() noexcept { return static_cast<double>((*this)() >> 11) * 0x1.0p-53; }

 private:
  static constexpr std::uint64_t splitmix64(std::uint64_t& x) noexcept {
    std::uint64_t z = (x += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  constexpr std::uint32_t high32() noexcept { return static_cast<std::uint32_t>((*this)() >> 32); }

  std::array<std::uint64_t, 4> state_{};
};

// Fisher-Yates; the permutation depends on the generator alone.
template <class T>
constexpr void shuffle(std::span<T> items, Random& random) noexcept {
  for (auto i = static_cast<std::int32_t>(items.size()); i > 1; --i)
    std::swap(items[static_cast<std::size_t>(i - 1)], items[static_cast<std::size_t>(random.below(i))]);
}

}  // namespace wayseer::core
