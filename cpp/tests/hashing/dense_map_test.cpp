#include "wayseer/hashing/dense_map.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "wayseer/core/random.hpp"

namespace wayseer::hashing {
namespace {

template <class Key>
struct Constant {
  std::uint64_t operator()(const Key&) const noexcept { return 0x8000000000000055; }
};
template <class Key>
struct FourBits {
  std::uint64_t operator()(const Key& key) const noexcept { return hash<Key>{}(key) << 60; }
};

using Pair = std::pair<std::uint64_t, std::uint64_t>;
struct PairHash {
  std::size_t operator()(const Pair& pair) const noexcept { return hash<Pair>{}(pair); }
};
template <class Key>
using ModelHash = std::conditional_t<std::is_same_v<Key, Pair>, PairHash, std::hash<Key>>;

template <class Key>
Key make_key(std::int32_t number) {
  if constexpr (std::is_same_v<Key, std::string>)
    return std::to_string(number) + std::string(static_cast<std::size_t>(number % 30), 'x');
  else if constexpr (std::is_same_v<Key, Pair>)
    return {static_cast<std::uint64_t>(number / 3), static_cast<std::uint64_t>(number % 3)};
  else
    return static_cast<Key>(number - 20);
}

// Random operations beside std::unordered_map and a list of keys in order of insertion.
template <class Key, class Hash>
void play(std::uint64_t seed, int steps, std::int32_t range) {
  core::Random random(seed);
  dense_map<Key, int, Hash> map;
  std::unordered_map<Key, int, ModelHash<Key>> model;
  std::vector<Key> order;
  const auto erase_share = 2 + static_cast<int>(seed % 5);
  for (int step = 0; step < steps; ++step) {
    const Key key = make_key<Key>(random.below(range));
    const auto kind = random.below(12);
    if (kind < erase_share) {
      const auto erased = model.erase(key);
      ASSERT_EQ(map.erase(key), erased);
      if (erased != 0) std::erase(order, key);
    } else if (kind < 10) {
      const auto [it, added] = map.try_emplace(key, step);
      ASSERT_EQ(added, model.try_emplace(key, step).second);
      ASSERT_EQ(it->second, model[key]);
      if (added) order.push_back(key);
    } else {
      const auto it = map.find(key);
      ASSERT_EQ(it == map.end(), !model.contains(key));
      if (it != map.end()) {
        it->second = step;
        model[key] = step;
      }
    }
    ASSERT_EQ(map.size(), model.size());
    if (step % 64 == 0) {
      std::vector<Key> seen;
      for (const auto& [k, v] : map) {
        seen.push_back(k);
        ASSERT_EQ(v, model.at(k));
      }
      ASSERT_EQ(seen, order);
    }
  }
}

template <class Key>
void play_all() {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    play<Key, hash<Key>>(seed, 1500, 40);
    play<Key, hash<Key>>(seed, 1500, 2000);
    play<Key, FourBits<Key>>(seed, 600, 200);
    play<Key, Constant<Key>>(seed, 400, 60);
  }
}

TEST(DenseMap, DoesWhatUnorderedMapDoesInOrder) {
  play_all<std::string>();
  play_all<std::int32_t>();
  play_all<std::int64_t>();
  play_all<double>();
  play_all<Pair>();
}

TEST(DenseMap, ChurnNeverFillsTheIndex) {
  dense_map<std::string, int, Constant<std::string>> map;
  for (int i = 0; i < 3000; ++i) {
    map.try_emplace(std::to_string(i), i);
    if (i >= 20) {
      ASSERT_EQ(map.erase(std::to_string(i - 20)), 1u);
    }
    ASSERT_FALSE(map.contains("absent"));
  }
  EXPECT_EQ(map.size(), 20u);
  EXPECT_EQ(map.begin()->first, "2980");
}

TEST(DenseMap, LooksUpByViewsAndHoldsWhatCannotBeCopied) {
  dense_map<std::string, std::unique_ptr<int>> map;
  map.try_emplace("one", std::make_unique<int>(1));
  map["two"] = std::make_unique<int>(2);
  EXPECT_TRUE(map.contains(std::string_view("one")));
  EXPECT_EQ(*map.at("two"), 2);
  EXPECT_THROW((void)map.at("three"), std::out_of_range);
  auto moved = std::move(map);
  EXPECT_EQ(moved.size(), 2u);
}

TEST(DenseMap, KeysOfSixteenBytes) {
  dense_map<std::pair<std::uint64_t, std::uint64_t>, int> map;
  for (std::uint64_t i = 0; i < 1000; ++i) map[{i, i * i}] = static_cast<int>(i);
  EXPECT_EQ((map.at(std::pair<std::uint64_t, std::uint64_t>{30, 900})), 30);
  EXPECT_FALSE((map.contains(std::pair<std::uint64_t, std::uint64_t>{30, 901})));
  const auto copy = map;
  EXPECT_EQ(copy, map);
  map.erase(std::pair<std::uint64_t, std::uint64_t>{0, 0});
  EXPECT_FALSE(copy == map);
}

}  // namespace
}  // namespace wayseer::hashing
