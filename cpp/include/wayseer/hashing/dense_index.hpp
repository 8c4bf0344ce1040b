// Finds entries of an insertion-ordered array by their hashes: the index of dense_map and byte_keys, which
// keep the entries themselves.
//
//   line    64 bytes: 12 tags (0 = free lane), a filter of 32 bits, 12 entry numbers
//   home    mulhi(hash, lines); from a full line on to the next one, cyclically
//
// Invariant: if an entry lies beyond a line of its way, its bit of that line's filter is set. So a search
// ends at the first line whose filter has not the bit; erasing frees a lane and leaves bits behind, which
// cost time until the index is built anew, never an answer.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <span>
#include <stdexcept>

#include "wayseer/core/block.hpp"
#include "wayseer/hashing/detail/simd.hpp"
#include "wayseer/hashing/hash.hpp"

namespace wayseer::hashing {

class dense_index {
 public:
  static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
  static constexpr std::size_t lanes = 12;
  static constexpr double default_load = 0.7, highest_load = 0.95;

  dense_index() = default;
  // Room for `expected` entries at a load of at most `max_load`.
  explicit dense_index(std::size_t expected, double max_load = default_load) : max_load_(max_load) {
    if (!(max_load > 0 && max_load <= highest_load))
      throw std::invalid_argument("max_load: must be above 0 and at most 0.95");
    const auto lines = std::max<std::size_t>(
        2, static_cast<std::size_t>(static_cast<double>(expected) / max_load / lanes) + 1);
    block_ = core::Block<>(lines * sizeof(Line));
    count_ = lines;
    std::uninitialized_value_construct_n(data(), lines);
    limit_ = limit_of(lines, max_load);
  }
  // Over lines that belong to someone else: for look-ups only.
  dense_index(std::span<const std::byte> lines, std::size_t size, double max_load)
      : block_(core::Block<>::over(lines)),
        count_(lines.size() / sizeof(Line)),
        size_(size),
        limit_(limit_of(count_, max_load)),
        max_load_(max_load) {}
  dense_index(dense_index&& other) noexcept : dense_index() { swap(other); }
  dense_index& operator=(dense_index&& other) noexcept {
    dense_index moved(std::move(other));
    swap(moved);
    return *this;
  }
  void swap(dense_index& other) noexcept {
    block_.swap(other.block_);
    std::swap(count_, other.count_);
    std::swap(size_, other.size_);
    std::swap(limit_, other.limit_);
    std::swap(max_load_, other.max_load_);
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  // Entries that still fit.
  [[nodiscard]] std::size_t room() const noexcept { return limit_ - size_; }
  // Entries that `lines` lines take before the index grows.
  [[nodiscard]] static std::size_t limit_of(std::size_t lines, double max_load) noexcept {
    const std::size_t all = lines * lanes;
    return std::min(static_cast<std::size_t>(max_load * static_cast<double>(all)), all - 1);
  }
  [[nodiscard]] std::span<const std::byte> lines() const noexcept { return {block_.data(), block_.size()}; }
  [[nodiscard]] std::size_t bytes() const noexcept { return block_.size(); }
  [[nodiscard]] double max_load() const noexcept { return max_load_; }
  [[nodiscard]] double load() const noexcept {
    return count_ == 0 ? 0 : static_cast<double>(size_) / static_cast<double>(count_ * lanes);
  }

  // The entry of this hash for which same(entry) is true, or `none`.
  template <class Same>
  [[nodiscard]] std::uint32_t find(std::uint64_t hash, Same&& same) const {
    if (count_ == 0) return none;
    const auto at = lane_of(hash, same);
    return at == nowhere ? none : data()[at / lanes].entries[at % lanes];
  }

  // Adds an entry that is not there. room() > 0.
  void insert(std::uint64_t hash, std::uint32_t entry) noexcept {
    for (std::size_t at = home(hash);; at = at + 1 == count_ ? 0 : at + 1) {
      Line& line = data()[at];
      const auto holes = match(line, 0);
      if (holes == 0) {
        line.filter |= bit(hash);
        continue;
      }
      const auto lane = static_cast<std::size_t>(std::countr_zero(holes));
      line.tags[lane] = tag(hash);
      line.entries[lane] = entry;
      ++size_;
      return;
    }
  }

  // Removes an entry that is there.
  void erase(std::uint64_t hash, std::uint32_t entry) noexcept {
    const auto at = lane_of(hash, [&](std::uint32_t other) { return other == entry; });
    data()[at / lanes].tags[at % lanes] = 0;
    --size_;
  }

  void clear() noexcept {
    std::fill_n(data(), count_, Line{});
    size_ = 0;
  }

  // For batches: asks for the line where a search begins; then gives the entry that it probably finds there,
  // or `none`. There are lines.
  void prefetch(std::uint64_t hash) const noexcept { prefetch_line(data() + home(hash)); }
  [[nodiscard]] std::uint32_t candidate(std::uint64_t hash) const noexcept {
    const Line& line = data()[home(hash)];
    const auto hits = match(line, tag(hash));
    const std::uint32_t entry = line.entries[std::countr_zero(hits | 1U << (lanes - 1))];
    return hits != 0 ? entry : none;
  }

 private:
  struct alignas(core::line_size) Line {
    std::uint8_t tags[lanes];
    std::uint32_t filter;
    std::uint32_t entries[lanes];
  };
  static_assert(sizeof(Line) == core::line_size);
  static constexpr std::size_t nowhere = ~std::size_t{0};

  [[nodiscard]] Line* data() noexcept { return reinterpret_cast<Line*>(block_.data()); }
  [[nodiscard]] const Line* data() const noexcept { return reinterpret_cast<const Line*>(block_.data()); }
  [[nodiscard]] std::size_t home(std::uint64_t hash) const noexcept { return mulhi(hash, count_); }
  static std::uint8_t tag(std::uint64_t hash) noexcept {
    const auto low = static_cast<std::uint8_t>(hash);
    return low == 0 ? 1 : low;
  }
  static std::uint32_t bit(std::uint64_t hash) noexcept { return 1U << (hash >> 8 & 31); }

  // Bit i: lane i has this tag.
  static std::uint32_t match(const Line& line, std::uint8_t tag) noexcept {
#if defined(__SSE2__)
    const __m128i tags = _mm_load_si128(reinterpret_cast<const __m128i*>(&line));
    return static_cast<std::uint32_t>(
               _mm_movemask_epi8(_mm_cmpeq_epi8(tags, _mm_set1_epi8(static_cast<char>(tag))))) &
           ((1U << lanes) - 1);
#else
    std::uint32_t mask = 0;
    for (unsigned i = 0; i < lanes; ++i) mask |= std::uint32_t{line.tags[i] == tag} << i;
    return mask;
#endif
  }

  template <class Same>
  [[nodiscard]] std::size_t lane_of(std::uint64_t hash, Same&& same) const {
    std::size_t at = home(hash);
    for (std::size_t walked = 0; walked < count_; ++walked, at = at + 1 == count_ ? 0 : at + 1) {
      const Line& line = data()[at];
      for (auto hits = match(line, tag(hash)); hits != 0; hits &= hits - 1) {
        const auto lane = static_cast<std::size_t>(std::countr_zero(hits));
        if (same(line.entries[lane])) return at * lanes + lane;
      }
      if ((line.filter & bit(hash)) == 0) break;
    }
    return nowhere;
  }

  core::Block<> block_;
  std::size_t count_ = 0, size_ = 0, limit_ = 0;
  double max_load_ = default_load;
};

}  // namespace wayseer::hashing
