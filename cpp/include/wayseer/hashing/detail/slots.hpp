// What the reference tables share: the array of slots, and batches of insertions and look-ups. Which slots
// are taken is kept in a bitmap, so every key is allowed, and insertions, which never read a key, mostly stay
// in cache.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "wayseer/core/block.hpp"
#include "wayseer/core/error.hpp"
#include "wayseer/hashing/duplicates.hpp"
#include "wayseer/hashing/error.hpp"
#include "wayseer/hashing/hash.hpp"

namespace wayseer::hashing {

inline constexpr std::int64_t max_slots = std::int64_t{1} << 40;

// Where a key is and how many slots were examined to find out.
struct Lookup {
  std::int64_t slot = -1;  // -1: absent
  std::int64_t probes = 0;
  friend bool operator==(const Lookup&, const Lookup&) = default;
};

namespace detail {

class Bitmap {
 public:
  explicit Bitmap(std::uint64_t size) : words_((size + 63) / 64) {}

  [[nodiscard]] bool test(std::uint64_t i) const noexcept { return (words_[i / 64] >> (i % 64) & 1) != 0; }
  void set(std::uint64_t i) noexcept { words_[i / 64] |= std::uint64_t{1} << (i % 64); }
  void reset(std::uint64_t i) noexcept { words_[i / 64] &= ~(std::uint64_t{1} << (i % 64)); }

  // The first clear bit of [begin, end), end if there is none.
  [[nodiscard]] std::uint64_t first_clear(std::uint64_t begin, std::uint64_t end) const noexcept {
    for (std::uint64_t i = begin; i < end; i = (i / 64 + 1) * 64) {
      const std::uint64_t clear = ~words_[i / 64] >> (i % 64);
      if (clear != 0) {
        const std::uint64_t found = i + static_cast<std::uint64_t>(std::countr_zero(clear));
        return found < end ? found : end;
      }
    }
    return end;
  }

 private:
  std::vector<std::uint64_t> words_;
};

// n slots for at most n - floor(delta n) int64 keys. Throws std::invalid_argument, for n > 2^40
// std::overflow_error, and std::bad_alloc.
class Slots {
 public:
  Slots(std::int64_t n, double delta, std::uint64_t seed);

  [[nodiscard]] std::uint64_t hash(std::int64_t key) const noexcept {
    return hash_integer(static_cast<std::uint64_t>(key), seed_);
  }
  [[nodiscard]] const Bitmap& taken() const noexcept { return taken_; }
  [[nodiscard]] std::int64_t key(std::uint64_t slot) const noexcept { return keys()[slot]; }
  [[nodiscard]] const std::int64_t* keys() const noexcept {
    return reinterpret_cast<const std::int64_t*>(block_.data());
  }
  void put(std::uint64_t slot, std::int64_t key) noexcept {
    reinterpret_cast<std::int64_t*>(block_.data())[slot] = key;
    taken_.set(slot);
    ++size_;
  }
  void lose_one() noexcept { --size_; }

  [[nodiscard]] std::int64_t n() const noexcept { return n_; }
  [[nodiscard]] double delta() const noexcept { return delta_; }
  [[nodiscard]] std::uint64_t seed() const noexcept { return seed_; }
  [[nodiscard]] std::int64_t size() const noexcept { return size_; }
  [[nodiscard]] std::int64_t capacity() const noexcept { return capacity_; }

 private:
  std::int64_t n_, capacity_, size_ = 0;
  double delta_;
  std::uint64_t seed_;
  core::Block<> block_;  // content is only defined where taken
  Bitmap taken_;
};

inline void check_length(std::size_t keys, std::size_t results, std::string_view name) {
  if (results != 0 && results != keys)
    throw core::invalid_argument(name, results, "none or as many as keys, " + std::to_string(keys));
}

// Table: find(key), and place(key), which takes the slot and returns the probes, or 0 where the key's path
// has no free slot.
template <class Table>
void insert_each(Table& table, std::span<const std::int64_t> keys, std::span<std::int64_t> probes,
                 bool check) {
  check_length(keys.size(), probes.size(), "probes");
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (check && table.find(keys[i]).slot >= 0) throw duplicate_key_error(i);
    const std::int64_t cost = table.size() < table.capacity() ? table.place(keys[i]) : 0;
    if (cost == 0)
      throw table_full_error(static_cast<std::size_t>(table.capacity()),
                             static_cast<std::size_t>(table.size()), i);
    if (!probes.empty()) probes[i] = cost;
  }
}

template <class Find>
void find_each(std::span<const std::int64_t> keys, std::span<std::int64_t> slots,
               std::span<std::int64_t> probes, Find&& find) {
  check_length(keys.size(), slots.size(), "slots");
  check_length(keys.size(), probes.size(), "probes");
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const Lookup found = find(keys[i]);
    if (!slots.empty()) slots[i] = found.slot;
    if (!probes.empty()) probes[i] = found.probes;
  }
}

}  // namespace detail

}  // namespace wayseer::hashing
