// A set of ids 0..n-1, one bit each, n known at run time. Whole-set operations work on 64 ids at a time.
// Invariant: the bits of the last word beyond n are zero; whoever writes to words() keeps it.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace wayseer::core {

class Bitset {
 public:
  Bitset() = default;
  explicit Bitset(std::int32_t n) { resize(n); }

  // n ids, none in the set; keeps the memory.
  void resize(std::int32_t n) {
    size_ = n;
    words_.assign((static_cast<std::size_t>(n) + 63) / 64, 0);
  }
  [[nodiscard]] std::int32_t size() const noexcept { return size_; }

  [[nodiscard]] bool test(std::int32_t i) const noexcept { return (words_[word(i)] >> (i & 63) & 1) != 0; }
  void set(std::int32_t i) noexcept { words_[word(i)] |= bit(i); }
  void reset(std::int32_t i) noexcept { words_[word(i)] &= ~bit(i); }
  void flip(std::int32_t i) noexcept { words_[word(i)] ^= bit(i); }
  void assign(std::int32_t i, bool value) noexcept { value ? set(i) : reset(i); }

  void clear() noexcept { std::ranges::fill(words_, 0); }
  void set_all() noexcept {
    std::ranges::fill(words_, ~std::uint64_t{0});
    if ((size_ & 63) != 0) words_.back() = bit(size_) - 1;
  }

  [[nodiscard]] std::int32_t count() const noexcept {
    std::int32_t total = 0;
    for (const std::uint64_t w : words_) total += std::popcount(w);
    return total;
  }
  [[nodiscard]] bool any() const noexcept {
    return std::ranges::any_of(words_, [](std::uint64_t w) { return w != 0; });
  }

  // The smallest id >= i in the set, -1 if there is none. i may be n. Visits the set in ascending order:
  // for (auto i = s.find_next(0); i >= 0; i = s.find_next(i + 1))
  [[nodiscard]] std::int32_t find_next(std::int32_t i) const noexcept {
    if (i >= size_) return -1;
    std::size_t w = word(i);
    std::uint64_t rest = words_[w] & (~std::uint64_t{0} << (i & 63));
    while (rest == 0) {
      if (++w == words_.size()) return -1;
      rest = words_[w];
    }
    return static_cast<std::int32_t>(w * 64) + std::countr_zero(rest);
  }

  // Set algebra with a set of the same size.
  Bitset& operator&=(const Bitset& other) noexcept {
    return combine(other, [](std::uint64_t a, std::uint64_t b) { return a & b; });
  }
  Bitset& operator|=(const Bitset& other) noexcept {
    return combine(other, [](std::uint64_t a, std::uint64_t b) { return a | b; });
  }
  Bitset& operator^=(const Bitset& other) noexcept {
    return combine(other, [](std::uint64_t a, std::uint64_t b) { return a ^ b; });
  }
  // Difference: a and not b.
  Bitset& operator-=(const Bitset& other) noexcept {
    return combine(other, [](std::uint64_t a, std::uint64_t b) { return a & ~b; });
  }
  [[nodiscard]] std::int32_t intersection_count(const Bitset& other) const noexcept {
    std::int32_t total = 0;
    for (std::size_t w = 0; w < words_.size(); ++w) total += std::popcount(words_[w] & other.words_[w]);
    return total;
  }
  [[nodiscard]] bool intersects(const Bitset& other) const noexcept {
    for (std::size_t w = 0; w < words_.size(); ++w) {
      if ((words_[w] & other.words_[w]) != 0) return true;
    }
    return false;
  }
  [[nodiscard]] bool is_subset_of(const Bitset& other) const noexcept {
    for (std::size_t w = 0; w < words_.size(); ++w) {
      if ((words_[w] & ~other.words_[w]) != 0) return false;
    }
    return true;
  }
  friend bool operator==(const Bitset&, const Bitset&) = default;

  // Id i is bit i % 64 of word i / 64.
  [[nodiscard]] std::span<const std::uint64_t> words() const noexcept { return words_; }
  [[nodiscard]] std::span<std::uint64_t> words() noexcept { return words_; }

 private:
  static std::size_t word(std::int32_t i) noexcept { return static_cast<std::size_t>(i) / 64; }
  static std::uint64_t bit(std::int32_t i) noexcept { return std::uint64_t{1} << (i & 63); }

  template <class F>
  Bitset& combine(const Bitset& other, F f) noexcept {
    for (std::size_t w = 0; w < words_.size(); ++w) words_[w] = f(words_[w], other.words_[w]);
    return *this;
  }

  std::vector<std::uint64_t> words_;
  std::int32_t size_ = 0;
};

}  // namespace wayseer::core
