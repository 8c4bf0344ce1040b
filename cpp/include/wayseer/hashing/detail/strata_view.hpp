// What the strata containers and their kernels share: where a key may lie, and the arrays it lies in. The
// containers' guarantees are at the top of strata_map.hpp.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <type_traits>

#include "wayseer/hashing/hash.hpp"

namespace wayseer::hashing::detail {

inline constexpr unsigned strata_lanes = 56;  // of a bucket: the other 8 bytes of its line are the filter
inline constexpr std::size_t strata_line = 64;
inline constexpr std::uint64_t strata_lane_mask = (std::uint64_t{1} << strata_lanes) - 1;

// Tag, filter bit and home come from different bits of the hash.
[[nodiscard]] constexpr std::uint8_t strata_tag(std::uint64_t hash) noexcept {
  const auto low = static_cast<std::uint8_t>(hash);
  return static_cast<std::uint8_t>(low + (low == 0));  // 0 marks free lanes
}
[[nodiscard]] constexpr unsigned strata_bit(std::uint64_t hash) noexcept { return (hash >> 8) & 63; }

// The one definition of the path of a hash: `probes` buckets of each of the first two levels, a cyclic sweep
// of the third from a hashed start, a cyclic sweep of the whole table from home. A table of one level has
// `probes` buckets and the sweep. A path may visit a bucket twice; it visits every bucket at least once.
struct StrataShape {
  std::uint64_t level[3] = {0, 0, 0};  // buckets; one level: the others are 0
  std::uint64_t probes = 1;

  static constexpr std::uint64_t one_level_below = 64;  // buckets

  // Levels of 15/16, 15/256 and 1/256 of the buckets. Fewer probes at a high load would fill the last level
  // long before the first two are full, and then every insertion sweeps.
  [[nodiscard]] static constexpr StrataShape of(std::uint64_t buckets, double max_load) noexcept {
    StrataShape shape;
    shape.probes = max_load <= 0.99 ? 2 : max_load <= 0.999 ? 4 : 8;
    shape.level[0] = buckets;
    if (buckets >= one_level_below) {
      shape.level[0] = buckets / 16 * 15 + buckets % 16 * 15 / 16;
      shape.level[1] = buckets / 256 * 15 + buckets % 256 * 15 / 256;
      shape.level[2] = buckets - shape.level[0] - shape.level[1];
    }
    return shape;
  }

  [[nodiscard]] constexpr std::uint64_t buckets() const noexcept { return level[0] + level[1] + level[2]; }
  [[nodiscard]] constexpr std::uint64_t path_length() const noexcept {
    return level[2] == 0 ? probes + buckets() : 2 * probes + level[2] + buckets();
  }

  [[nodiscard, gnu::always_inline]] constexpr std::uint64_t home(std::uint64_t hash) const noexcept {
    return mulhi(hash, level[0]);
  }
  [[nodiscard, gnu::always_inline]] constexpr std::uint64_t bucket(std::uint64_t hash,
                                                                   std::uint64_t position) const noexcept {
    if (position == 0) return home(hash);
    if (position < probes) return mulhi(remix(hash, position), level[0]);
    return later_bucket(hash, position);
  }

 private:
  [[nodiscard]] constexpr std::uint64_t later_bucket(std::uint64_t hash,
                                                     std::uint64_t position) const noexcept {
    if (level[2] == 0) return sweep(home(hash), position - probes, level[0]);
    if (position < 2 * probes) return level[0] + mulhi(remix(hash, position), level[1]);
    position -= 2 * probes;
    if (position < level[2])
      return level[0] + level[1] + sweep(mulhi(remix(hash, 2 * probes), level[2]), position, level[2]);
    return sweep(home(hash), position - level[2], buckets());
  }
  // start, step < count
  [[nodiscard]] static constexpr std::uint64_t sweep(std::uint64_t start, std::uint64_t step,
                                                     std::uint64_t count) noexcept {
    return step < count - start ? start + step : start + step - count;
  }
};

[[nodiscard, gnu::always_inline]] inline std::uint64_t strata_filter(const std::byte* line) noexcept {
  std::uint64_t word;
  std::memcpy(&word, line + strata_lanes, sizeof word);
  return word;
}
[[gnu::always_inline]] inline void set_strata_filter(std::byte* line, std::uint64_t word) noexcept {
  std::memcpy(line + strata_lanes, &word, sizeof word);
}

// A bucket for tables without memory: nothing is in it and no path leads further.
alignas(strata_line) inline constexpr std::byte empty_strata_line[strata_line] = {};

// The arrays; Value = void: there are no values. A lane with tag 0 holds no key and no value.
template <class Key, class Value>
struct StrataView {
  std::byte* meta = const_cast<std::byte*>(empty_strata_line);  // never written: the capacity is 0
  Key* keys = nullptr;
  Value* values = nullptr;
  StrataShape shape;

  static constexpr bool has_values = !std::is_void_v<Value>;

  [[nodiscard]] std::uint64_t slots() const noexcept { return shape.buckets() * strata_lanes; }
  [[nodiscard]] std::byte* line(std::uint64_t bucket) const noexcept { return meta + bucket * strata_line; }
  [[nodiscard]] std::byte* tag_at(std::uint64_t slot) const noexcept {
    return line(slot / strata_lanes) + slot % strata_lanes;
  }
  [[nodiscard]] bool occupied(std::uint64_t slot) const noexcept { return *tag_at(slot) != std::byte{0}; }
};

// A hash that does not take a seed may be as plain as the identity: it is mixed with one.
template <class Hash>
concept seeded_hash = requires(Hash hash) {
  { hash.seed } -> std::same_as<std::uint64_t&>;
};

template <class Hash>
struct StrataHash {
  [[no_unique_address]] Hash hash;
  std::uint64_t seed;

  StrataHash(const Hash& h, std::uint64_t s) : hash(h), seed(s) {
    if constexpr (seeded_hash<Hash>) hash.seed = s;
  }
  template <class Key>
  [[nodiscard, gnu::always_inline]] std::uint64_t operator()(const Key& key) const {
    if constexpr (seeded_hash<Hash>)
      return hash(key);
    else
      return hash_integer(static_cast<std::uint64_t>(hash(key)), seed);
  }
};

// As the hash does, std::equal_to takes a NaN for equal to every other.
template <class Eq>
struct StrataEqual {
  [[no_unique_address]] Eq equal;

  template <class A, class B>
  [[nodiscard, gnu::always_inline]] bool operator()(const A& a, const B& b) const {
    if constexpr (std::floating_point<A> && std::floating_point<B> &&
                  (std::same_as<Eq, std::equal_to<>> || std::same_as<Eq, std::equal_to<A>>))
      return (a == b) | ((a != a) & (b != b));
    else
      return equal(a, b);
  }
};

// How far a batch of insertions got, and why no further.
struct StrataInserted {
  enum class Stop : std::uint8_t { none, full, duplicate };
  std::size_t done = 0, added = 0;
  Stop stop = Stop::none;
};

}  // namespace wayseer::hashing::detail
