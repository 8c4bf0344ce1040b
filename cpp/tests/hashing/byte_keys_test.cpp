#include "wayseer/hashing/byte_keys.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "wayseer/core/random.hpp"
#include "wayseer/hashing/group.hpp"

namespace wayseer::hashing {
namespace {

// Strings of lengths around those at which their form changes, zeros in some of them.
std::string draw(core::Random& random, std::int32_t range) {
  const auto number = random.below(range);
  std::string text = std::to_string(number);
  text.resize(static_cast<std::size_t>(number % 40), number % 3 == 0 ? '\0' : 'z');
  if (number % 7 == 0 && !text.empty()) text.back() = static_cast<char>(number);
  return text;
}

struct Packed {
  std::vector<char> bytes;
  std::vector<std::int32_t> offsets{0};
  explicit Packed(const std::vector<std::string>& keys) {
    for (const auto& key : keys) {
      bytes.insert(bytes.end(), key.begin(), key.end());
      offsets.push_back(static_cast<std::int32_t>(bytes.size()));
    }
    bytes.shrink_to_fit();
  }
  [[nodiscard]] text_array array() const {
    return {bytes.data(), bytes.size(), std::span<const std::int32_t>(offsets)};
  }
};

void play(std::uint64_t seed, int steps, std::int32_t range) {
  core::Random random(seed);
  byte_keys table(0, random.uniform() < 0.5 ? 0.7 : 0.95, seed);
  std::vector<std::string> order;  // the living, by insertion
  std::unordered_map<std::string, std::int64_t> model;
  const auto moved = [&](std::size_t from, std::size_t to) {
    ASSERT_LE(to, from);
    for (auto& [key, number] : model)
      if (number == static_cast<std::int64_t>(from)) number = static_cast<std::int64_t>(to);
  };
  for (int step = 0; step < steps; ++step) {
    if (random.below(3) == 0) {
      std::vector<std::string> keys(static_cast<std::size_t>(random.below(300)));
      for (auto& key : keys) key = draw(random, range);
      const Packed packed(keys);
      std::vector<std::int64_t> numbers(keys.size());
      table.find_batch(packed.array(), 0, numbers);
      for (std::size_t i = 0; i < keys.size(); ++i) {
        const auto it = model.find(keys[i]);
        ASSERT_EQ(numbers[i], it == model.end() ? -1 : it->second) << i;
      }
      table.insert_batch(packed.array(), 0, numbers, [](std::size_t, bool) {});
      for (std::size_t i = 0; i < keys.size(); ++i) {
        const auto [it, added] = model.try_emplace(keys[i], numbers[i]);
        if (added) order.push_back(keys[i]);
        ASSERT_EQ(numbers[i], it->second);
      }
    } else {
      for (int i = 0; i < 20; ++i) {
        const auto key = draw(random, range);
        const auto it = model.find(key);
        ASSERT_EQ(table.find(key), it == model.end() ? -1 : it->second);
        const bool known = it != model.end();
        if (known) {
          model.erase(it);
          std::erase(order, key);
        }
        ASSERT_EQ(table.erase(key, moved), known);
      }
    }
    ASSERT_EQ(table.size(), model.size());
  }
  std::vector<std::string> seen;
  for (std::size_t e = 0; e < table.entries(); ++e)
    if (table.alive(e)) seen.emplace_back(table[e]);
  EXPECT_EQ(seen, order);
}

TEST(ByteKeys, NumberStringsAsAMapDoes) {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    play(seed, 60, 40);
    play(seed, 60, 1000);
    play(seed, 40, 50'000);
  }
}

TEST(ByteKeys, FixedWidthDropsZerosAtTheEnd) {
  using namespace std::string_view_literals;
  const auto rows = "ab\0\0\0\0\0\0a\0b\0abcdab\0\0"sv;
  const text_array array(rows.data(), 4, 5);
  EXPECT_EQ(array[0], "ab");
  EXPECT_EQ(array[1], "");
  EXPECT_EQ(array[2], "a\0b"sv);
  EXPECT_EQ(array[3], "abcd");
  std::vector<std::int64_t> codes(5);
  EXPECT_EQ(group_texts(array, codes, nullptr, 3), (std::vector<std::int64_t>{0, 1, 2, 3}));
  EXPECT_EQ(codes, (std::vector<std::int64_t>{0, 1, 2, 3, 0}));
}

TEST(GroupTexts, NumbersByFirstAppearance) {
  core::Random random(3);
  for (const std::size_t n : {0, 1, 127, 128, 129, 5000, 20'000}) {
    std::vector<std::string> keys(n);
    for (auto& key : keys) key = draw(random, static_cast<std::int32_t>(n) / 3 + 1);
    const Packed packed(keys);
    std::unordered_map<std::string, std::int64_t> number;
    std::vector<std::int64_t> first, sizes, expected;
    for (std::size_t i = 0; i < n; ++i) {
      const auto [it, added] = number.try_emplace(keys[i], static_cast<std::int64_t>(first.size()));
      if (added) first.push_back(static_cast<std::int64_t>(i)), sizes.push_back(0);
      ++sizes[static_cast<std::size_t>(it->second)];
      expected.push_back(it->second);
    }
    std::vector<std::int64_t> codes(n), counts{5};
    EXPECT_EQ(group_texts(packed.array(), codes, &counts, 1), first);
    EXPECT_EQ(codes, expected);
    EXPECT_EQ(counts, sizes);
    EXPECT_EQ(group_texts(packed.array(), {}, &counts, 2), first);
    EXPECT_EQ(counts, sizes);
  }
}

}  // namespace
}  // namespace wayseer::hashing
