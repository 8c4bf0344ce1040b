// The keys of line_map and line_set: numbers of up to 8 bytes in lines of 64 bytes, open addressing by lines.
//
//   words   lines x (16 x 4 or 8 x 8 bytes); a free lane holds free_word; free lanes come last in their line
//   home    mulhi(hash(key), lines): any number of lines from 2 on
//   slot    line * lanes + lane; the key equal to free_word has the slot lines * lanes, outside the lines
//
// Invariants: every line strictly between home(key) and the line of key (cyclic) is full, so a search ends at
// the first line with a free lane, and there always is one. The taken lanes of a line are its first, so its
// last lane tells whether it is full.
//
// Find, insert, erase: expected O(1); at load .7 a hit looks at 1.1 lines. Erasing moves later keys into the
// hole instead of leaving tombstones, so slots do not last.
#pragma once

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "wayseer/core/block.hpp"
#include "wayseer/hashing/detail/simd.hpp"
#include "wayseer/hashing/hash.hpp"

namespace wayseer::hashing {

template <class Key>
concept line_key =
    (std::integral<Key> || std::floating_point<Key> || std::is_enum_v<Key> || std::is_pointer_v<Key>) &&
    sizeof(Key) <= 8;

// What a lane holds.
template <line_key Key>
using line_word = std::conditional_t<sizeof(Key) <= 4, std::uint32_t, std::uint64_t>;

template <class Word>
inline constexpr std::size_t lanes_of = core::line_size / sizeof(Word);

// INT_MIN for integers; no floating-point key, as -0.0 is stored as 0.0.
template <class Word>
inline constexpr Word free_word = Word{1} << (8 * sizeof(Word) - 1);

template <line_key Key>
[[nodiscard]] inline line_word<Key> to_word(Key key) noexcept {
  if constexpr (std::floating_point<Key>)
    return std::bit_cast<line_word<Key>>(canonical(key));
  else if constexpr (std::is_pointer_v<Key>)
    return static_cast<line_word<Key>>(reinterpret_cast<std::uintptr_t>(key));
  else
    return static_cast<line_word<Key>>(key);
}

template <line_key Key>
[[nodiscard]] inline Key from_word(line_word<Key> word) noexcept {
  if constexpr (std::floating_point<Key>)
    return std::bit_cast<Key>(word);
  else if constexpr (std::is_pointer_v<Key>)
    return reinterpret_cast<Key>(static_cast<std::uintptr_t>(word));
  else
    return static_cast<Key>(word);
}

[[nodiscard]] constexpr std::uint64_t next_line(std::uint64_t line, std::uint64_t lines) noexcept {
  return line + 1 == lines ? 0 : line + 1;
}

// Whether the line of 64 bytes that begins at `line` has a free lane.
template <class Word>
[[nodiscard]] inline bool has_hole(const Word* line) noexcept {
  return line[lanes_of<Word> - 1] == free_word<Word>;
}

// The lines as the batch kernels see them.
template <class Word>
struct LineView {
  const Word* words = nullptr;
  std::uint64_t lines = 0;
  bool side = false;  // the key equal to free_word is present
};

}  // namespace wayseer::hashing

#define WAYSEER_HASHING_ISA WAYSEER_HASHING_NATIVE
#include "wayseer/hashing/detail/line_kernels.inl"
#undef WAYSEER_HASHING_ISA

namespace wayseer::hashing {

template <line_key Key, class Hash, class Alloc>
class line_keys {
 public:
  using word = line_word<Key>;
  static constexpr std::size_t lanes = lanes_of<word>;
  static constexpr double default_load = 0.7, highest_load = 0.95;

  explicit line_keys(std::size_t expected, double max_load, const Hash& hash, const Alloc& alloc)
      : hash_(hash), max_load_(max_load) {
    if (!(max_load > 0 && max_load <= highest_load))
      throw std::invalid_argument("max_load: must be above 0 and at most 0.95; fuller tables: strata_map");
    if (expected > std::size_t{1} << 40) throw std::length_error("line_keys: more than 2^40 keys");
    block_ = make_lines(lines_for(expected), alloc);
    set_limit();
  }

  // Over lines with `size` keys in them, e.g. those of a file.
  line_keys(core::Block<Alloc>&& lines, double max_load, const Hash& hash, std::size_t size, bool side)
      : hash_(hash), block_(std::move(lines)), max_load_(max_load), size_(size), side_(side) {
    set_limit();
  }

  line_keys(line_keys&& other) noexcept
      : hash_(std::move(other.hash_)),
        block_(std::move(other.block_)),
        max_load_(other.max_load_),
        size_(std::exchange(other.size_, 0)),
        limit_(std::exchange(other.limit_, 0)),
        side_(std::exchange(other.side_, false)) {}
  line_keys& operator=(line_keys&& other) noexcept {
    line_keys moved(std::move(other));
    swap(moved);
    return *this;
  }
  void swap(line_keys& other) noexcept {
    std::swap(hash_, other.hash_);
    block_.swap(other.block_);
    std::swap(max_load_, other.max_load_);
    std::swap(size_, other.size_);
    std::swap(limit_, other.limit_);
    std::swap(side_, other.side_);
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_ + side_; }
  [[nodiscard]] std::uint64_t lines() const noexcept { return block_.size() / core::line_size; }
  // All slots that a key can have, that of free_word included.
  [[nodiscard]] std::size_t slots() const noexcept { return lines() * lanes + 1; }
  [[nodiscard]] double max_load() const noexcept { return max_load_; }
  [[nodiscard]] double load() const noexcept {
    return lines() == 0 ? 0 : static_cast<double>(size_) / static_cast<double>(lines() * lanes);
  }
  [[nodiscard]] const Hash& hash() const noexcept { return hash_; }
  [[nodiscard]] LineView<word> view() const noexcept { return {words(), lines(), side_}; }
  [[nodiscard]] auto hash_word() const noexcept {
    return [hash = hash_](word w) noexcept { return hash(from_word<Key>(w)); };
  }
  // Keys that still fit without growing.
  [[nodiscard]] std::size_t room() const noexcept { return limit_ - size_; }

  // Keys that fit into the lines before they grow.
  [[nodiscard]] std::size_t limit() const noexcept { return limit_; }
  [[nodiscard]] static std::size_t limit_of(std::uint64_t lines, double max_load) noexcept {
    const std::size_t all = lines * lanes;
    return std::min(static_cast<std::size_t>(max_load * static_cast<double>(all)), all - 1);
  }
  // Always true but for damaged files. O(1) on average.
  [[nodiscard]] bool has_free_lane() const noexcept {
    for (std::uint64_t line = 0; line < lines(); ++line)
      if (has_hole(line_at(line))) return true;
    return false;
  }

  [[nodiscard]] bool occupied(std::size_t slot) const noexcept {
    return slot + 1 == slots() ? side_ : words()[slot] != free_word<word>;
  }
  [[nodiscard]] Key key_at(std::size_t slot) const noexcept {
    return from_word<Key>(slot + 1 == slots() ? free_word<word> : words()[slot]);
  }

  // The slot of a key, or -1. near(line) is told of the line where the search begins, before it is read.
  template <class Near>
  [[nodiscard]] std::int64_t find(Key key, Near&& near) const noexcept {
    if (lines() == 0) return -1;
    const word w = to_word(key);
    std::uint64_t line = home(w);
    near(line);
    if (w == free_word<word>) [[unlikely]]
      return side_ ? static_cast<std::int64_t>(slots() - 1) : -1;
    for (;; line = next_line(line, lines())) {
      const word* p = line_at(line);
      if (const auto hit = WAYSEER_HASHING_NATIVE::match_words(p, w); hit != 0)
        return static_cast<std::int64_t>(line * lanes + static_cast<std::size_t>(std::countr_zero(hit)));
      if (has_hole(p)) return -1;
    }
  }
  [[nodiscard]] std::int64_t find(Key key) const noexcept {
    return find(key, [](std::uint64_t) {});
  }

  struct Place {
    std::size_t slot;
    bool present;
  };
  // Where the key is or, with room() > 0, where it goes.
  [[nodiscard]] Place locate(Key key) const noexcept {
    const word w = to_word(key);
    if (w == free_word<word>) [[unlikely]]
      return {slots() - 1, side_};
    return locate_word(w, home(w));
  }
  // Puts an absent key where locate said.
  void put(std::size_t slot, Key key) noexcept {
    if (slot + 1 == slots()) {
      side_ = true;
    } else {
      words()[slot] = to_word(key);
      ++size_;
    }
  }

  // Removes the key of a slot. moved(from, to) is told of each key that goes to another slot, after the hole
  // at `to` has come about.
  template <class Moved>
  void erase(std::size_t slot, Moved&& moved) noexcept {
    if (slot + 1 == slots()) {
      side_ = false;
      return;
    }
    --size_;
    std::uint64_t line = slot / lanes;
    const bool passed = !has_hole(line_at(line));  // only a full line can have been passed
    std::size_t hole = move_hole_to_end(slot, moved);
    if (!passed) return;
    const std::uint64_t start = line;
    for (std::uint64_t hole_line = start; (line = next_line(line, lines())) != start;) {
      const bool open = has_hole(line_at(line));
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        const std::size_t from = line * lanes + lane;
        const word w = words()[from];
        if (w == free_word<word>) break;
        const std::uint64_t at_home = home(w);
        if (distance(at_home, hole_line) >= distance(at_home, line)) continue;
        words()[hole] = w;
        moved(from, hole);
        hole = move_hole_to_end(from, moved);
        hole_line = line;
        break;
      }
      if (open) return;
    }
  }

  // An empty table of the same kind for `expected` keys, or for those present if they are more.
  [[nodiscard]] line_keys empty_for(std::size_t expected) const {
    return line_keys(std::max(expected, size_), max_load_, hash_, block_.get_allocator());
  }
  // Copies the keys of `other` into this empty table. moved(from, to) for each: both ascend but for the few
  // that wrap around, so that neither table is walked at random.
  template <class Moved>
  void fill_from(const line_keys& other, Moved&& moved) noexcept {
    for (std::size_t slot = 0; slot + 1 < other.slots(); ++slot) {
      const word w = other.words()[slot];
      if (w == free_word<word>) continue;
      const auto to = first_hole(home(w));
      words()[to] = w;
      ++size_;
      moved(slot, to);
    }
    if (other.side_) moved(other.slots() - 1, slots() - 1);
    side_ = other.side_;
  }

  void clear() noexcept {
    std::fill_n(words(), lines() * lanes, free_word<word>);
    size_ = 0;
    side_ = false;
  }

  void prefetch(Key key) const noexcept { prefetch_line(words() + home(to_word(key)) * lanes); }

  // Homes of up to line_group keys, their lines asked for: the first pass of a batch of insertions.
  void prefetch_homes(std::span<const Key> keys, std::uint64_t* homes) const noexcept {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      homes[i] = home(to_word(keys[i]));
      prefetch_line(words() + homes[i] * lanes);
    }
  }
  [[nodiscard]] Place locate(Key key, std::uint64_t home) const noexcept {
    const word w = to_word(key);
    if (w == free_word<word>) [[unlikely]]
      return {slots() - 1, side_};
    return locate_word(w, home);
  }

  // The invariants, for tests.
  [[nodiscard]] bool consistent() const {
    std::size_t count = 0;
    for (std::size_t slot = 0; slot + 1 < slots(); ++slot) {
      const word w = words()[slot];
      if (w == free_word<word>) continue;
      ++count;
      if (slot % lanes != 0 && words()[slot - 1] == free_word<word>) return false;
      for (std::uint64_t line = home(w); line != slot / lanes; line = next_line(line, lines()))
        if (has_hole(line_at(line))) return false;
    }
    return count == size_ && (lines() == 0 || count < lines() * lanes);
  }

 private:
  [[nodiscard]] word* words() noexcept { return reinterpret_cast<word*>(block_.data()); }
  [[nodiscard]] const word* words() const noexcept { return reinterpret_cast<const word*>(block_.data()); }
  [[nodiscard]] std::uint64_t home(word w) const noexcept { return mulhi(hash_(from_word<Key>(w)), lines()); }
  [[nodiscard]] const word* line_at(std::uint64_t line) const noexcept { return words() + line * lanes; }
  [[nodiscard]] std::uint64_t distance(std::uint64_t from, std::uint64_t to) const noexcept {
    return to >= from ? to - from : to + lines() - from;
  }

  [[nodiscard]] Place locate_word(word w, std::uint64_t line) const noexcept {
    for (;; line = next_line(line, lines())) {
      const word* p = line_at(line);
      if (const auto hit = WAYSEER_HASHING_NATIVE::match_words(p, w); hit != 0)
        return {line * lanes + static_cast<std::size_t>(std::countr_zero(hit)), true};
      if (has_hole(p)) return {first_lane(line), false};
    }
  }
  [[nodiscard]] std::size_t first_hole(std::uint64_t line) const noexcept {
    while (!has_hole(line_at(line))) line = next_line(line, lines());
    return first_lane(line);
  }
  // The first free slot of a line that has one.
  [[nodiscard]] std::size_t first_lane(std::uint64_t line) const noexcept {
    const auto holes = WAYSEER_HASHING_NATIVE::match_words(line_at(line), free_word<word>);
    return line * lanes + static_cast<std::size_t>(std::countr_zero(holes));
  }
  // Makes a hole of a taken slot and moves it behind the keys of its line. Returns where it is then.
  template <class Moved>
  std::size_t move_hole_to_end(std::size_t hole, Moved&& moved) noexcept {
    const std::uint64_t line = hole / lanes;
    const std::size_t last = (has_hole(line_at(line)) ? first_lane(line) : (line + 1) * lanes) - 1;
    if (last != hole) {
      words()[hole] = words()[last];
      moved(last, hole);
    }
    words()[last] = free_word<word>;
    return last;
  }

  [[nodiscard]] std::uint64_t lines_for(std::size_t expected) const {
    const double lanes_needed = static_cast<double>(expected) / max_load_;
    return std::max<std::uint64_t>(2, static_cast<std::uint64_t>(lanes_needed / lanes) + 1);
  }
  static core::Block<Alloc> make_lines(std::uint64_t lines, const Alloc& alloc) {
    core::Block<Alloc> block(lines * core::line_size, alloc);
    std::uninitialized_fill_n(reinterpret_cast<word*>(block.data()), lines * lanes, free_word<word>);
    return block;
  }
  void set_limit() noexcept { limit_ = limit_of(lines(), max_load_); }

  [[no_unique_address]] Hash hash_;
  core::Block<Alloc> block_;
  double max_load_;
  std::size_t size_ = 0;   // without free_word
  std::size_t limit_ = 0;  // of size_
  bool side_ = false;
};

}  // namespace wayseer::hashing
