// Keys and averages for the tests of the reference tables.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <numeric>
#include <optional>
#include <unordered_map>
#include <vector>

#include "wayseer/core/random.hpp"
#include "wayseer/hashing/detail/slots.hpp"

namespace wayseer::hashing::test {

using Keys = std::vector<std::int64_t>;

// Distinct: an odd multiplier permutes the 64-bit words.
inline Keys distinct_keys(std::int64_t count, std::uint64_t first = 0) {
  Keys keys;
  for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(count); ++i)
    keys.push_back(static_cast<std::int64_t>((first + i) * 0x9e3779b97f4a7c15));
  return keys;
}

inline double mean(const std::vector<std::int64_t>& values) {
  return static_cast<double>(std::accumulate(values.begin(), values.end(), std::int64_t{0})) /
         static_cast<double>(values.size());
}

// The probes of each insertion until the table has its capacity.
template <class Table>
std::vector<std::int64_t> fill_up(Table& table) {
  const Keys keys = distinct_keys(table.capacity());
  std::vector<std::int64_t> probes(keys.size());
  table.insert(keys, probes, false);
  return probes;
}

// Random insertions and look-ups, and erasures where the table has them, against std::unordered_map: slots
// never change, absent keys are absent, duplicates and keys above the capacity are refused. Keys come from a
// small range and from the ends of int64.
template <class Table>
void compare_with_map(Table table, int operations, std::uint64_t seed) {
  core::Random random(seed);
  std::unordered_map<std::int64_t, std::int64_t> slots;
  const auto draw = [&]() -> std::int64_t {
    const std::int64_t small = random.below(static_cast<std::int32_t>(2 * table.n()));
    switch (random.below(8)) {
      case 0:
        return std::numeric_limits<std::int64_t>::min() + small / 2;
      case 1:
        return std::numeric_limits<std::int64_t>::max() - small / 2;
      default:
        return small - table.n() / 2;
    }
  };
  const auto check = [&](std::int64_t key) {
    const auto known = slots.find(key);
    const Lookup found = table.find(key);
    ASSERT_EQ(found.slot, known == slots.end() ? -1 : known->second) << key;
    ASSERT_LT(found.slot, table.n());
  };
  for (int i = 0; i < operations; ++i) {
    const std::int64_t key = draw();
    if constexpr (requires { table.erase(Keys{}); }) {
      if (random.below(4) == 0) {
        EXPECT_EQ(table.erase(Keys{key}), static_cast<std::int64_t>(slots.erase(key)));
        check(key);
        continue;
      }
    }
    const bool present = slots.contains(key), full = table.size() == table.capacity();
    try {
      Keys probes{-1};
      table.insert(Keys{key}, probes);
      EXPECT_FALSE(present || full);
      EXPECT_GE(probes[0], 1);
      slots[key] = table.find(key).slot;
      ASSERT_GE(slots[key], 0);
    } catch (const duplicate_key_error&) {
      EXPECT_TRUE(present);
    } catch (const table_full_error&) {
      EXPECT_FALSE(present);
      EXPECT_TRUE(full || table.levels().size() > 1);  // a funnel may be full before
    }
    ASSERT_EQ(table.size(), static_cast<std::int64_t>(slots.size()));
    check(draw());
  }
  for (const auto& [key, slot] : slots) check(key);
}

}  // namespace wayseer::hashing::test
