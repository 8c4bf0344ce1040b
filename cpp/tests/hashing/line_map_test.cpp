#include "wayseer/hashing/line_map.hpp"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "wayseer/core/random.hpp"

namespace wayseer::hashing {
namespace {

// Hashes that are as bad as can be.
template <class Key>
struct Constant {
  std::uint64_t seed = 0;
  std::uint64_t operator()(Key) const noexcept { return 0x8000000000000000; }
};
template <class Key>
struct FourBits {
  std::uint64_t seed = 0;
  std::uint64_t operator()(Key key) const noexcept { return hash_integer(to_word(key), seed) << 60; }
};

template <class Key>
Key draw(core::Random& random, std::int32_t range) {
  const auto x = random.below(range);
  if (x == 0) return from_word<Key>(free_word<line_word<Key>>);  // in integers the word that marks free lanes
  if (x == 1) return std::numeric_limits<Key>::max();
  if (x == 2) return Key{0};
  return static_cast<Key>(x - range / 2);
}

// Random operations beside std::unordered_map; the whole map is compared now and then, the invariant after
// every step.
template <class Map>
void play(std::uint64_t seed, int steps, std::int32_t range, bool check_each) {
  using Key = typename Map::key_type;
  core::Random random(seed);
  Map map(0, std::array{0.5, 0.7, 0.9, 0.95}[seed % 4]);
  std::unordered_map<Key, int> model;
  const auto erase_share = 4 + static_cast<int>(seed % 6);  // some runs grow, some shrink
  for (int step = 0; step < steps; ++step) {
    const Key key = draw<Key>(random, range);
    const int value = random.below(1000);
    const auto kind = random.below(16);
    if (kind < erase_share) {
      ASSERT_EQ(map.erase(key), model.erase(key));
    } else if (kind < 10) {
      const auto [it, added] = map.try_emplace(key, value);
      const auto [expected, expected_added] = model.try_emplace(key, value);
      ASSERT_EQ(added, expected_added);
      ASSERT_EQ(it->second, expected->second);
      ASSERT_EQ(it->first, key);
    } else if (kind < 12) {
      map.insert_or_assign(key, value);
      model[key] = value;
    } else if (kind < 14) {
      const auto it = map.find(key);
      const auto expected = model.find(key);
      ASSERT_EQ(it == map.end(), expected == model.end());
      if (expected != model.end()) {
        ASSERT_EQ(it->second, expected->second);
      }
    } else if (kind == 14) {
      std::vector<Key> keys(static_cast<std::size_t>(random.below(600)));
      std::vector<int> values(keys.size());
      for (std::size_t i = 0; i < keys.size(); ++i) {
        keys[i] = draw<Key>(random, range);
        values[i] = random.below(1000);
      }
      if (random.below(4) == 0) {
        const auto policy = random.below(2) == 0 ? duplicates::first : duplicates::last;
        std::vector<std::int64_t> slots(keys.size());
        const auto before = model.size();
        for (std::size_t i = 0; i < keys.size(); ++i) {
          const auto [it, added] = model.try_emplace(keys[i], values[i]);
          if (policy == duplicates::last) it->second = values[i];
        }
        ASSERT_EQ(map.insert_batch(keys, values, slots, policy), model.size() - before);
        for (std::size_t i = 0; i < keys.size(); ++i) {
          ASSERT_TRUE(map.occupied(static_cast<std::size_t>(slots[i])));
          ASSERT_EQ(map.key_at(static_cast<std::size_t>(slots[i])), keys[i]);
        }
      } else {
        std::vector<int> out(keys.size());
        auto found = std::make_unique<bool[]>(keys.size() + 1);
        map.get_batch(keys, out, -7, {found.get(), keys.size()});
        for (std::size_t i = 0; i < keys.size(); ++i) {
          const auto expected = model.find(keys[i]);
          ASSERT_EQ(found[i], expected != model.end());
          ASSERT_EQ(out[i], expected == model.end() ? -7 : expected->second);
        }
      }
    } else if (random.below(40) == 0) {
      switch (random.below(4)) {
        case 0:
          map.clear();
          model.clear();
          break;
        case 1:
          map.rehash(static_cast<std::size_t>(random.below(2 * range)));
          break;
        case 2:
          ASSERT_EQ(map.erase_if([](Key, int v) { return v % 3 == 0; }),
                    std::erase_if(model, [](const auto& pair) { return pair.second % 3 == 0; }));
          break;
        default: {
          Map copy = map;
          ASSERT_TRUE(copy == map);
          Map taken = std::move(map);
          ASSERT_TRUE(map.empty());
          ASSERT_FALSE(map.contains(key));
          map = std::move(taken);
          break;
        }
      }
    }
    ASSERT_EQ(map.size(), model.size());
    if (check_each || step % 500 == 0) {
      ASSERT_TRUE(map.keys().consistent());
    }
    if (step % 1000 == 0) {
      std::size_t count = 0;
      for (const auto [k, v] : map) {
        ASSERT_EQ(model.at(k), v);
        ++count;
      }
      ASSERT_EQ(count, model.size());
    }
  }
}

TEST(LineMap, BehavesLikeTheStandardMap) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    play<line_map<std::int64_t, int>>(seed, 40'000, 3000, false);
    play<line_map<std::int32_t, int>>(seed + 10, 40'000, 3000, false);
    play<line_map<std::uint64_t, int>>(seed + 20, 20'000, 300, false);
    play<line_map<double, int>>(seed + 30, 20'000, 1000, false);
    play<line_map<float, int>>(seed + 40, 20'000, 1000, false);
    play<line_map<std::int16_t, int>>(seed + 50, 20'000, 1000, false);
  }
}

// Few lines and many collisions, the invariant checked after every operation.
TEST(LineMap, SurvivesBadHashes) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    play<line_map<std::int64_t, int>>(seed, 10'000, 40, true);
    play<line_map<std::int64_t, int, Constant<std::int64_t>>>(seed, 6'000, 60, true);
    play<line_map<std::int64_t, int, FourBits<std::int64_t>>>(seed, 6'000, 80, true);
    play<line_map<std::int32_t, int, Constant<std::int32_t>>>(seed, 6'000, 60, true);
    play<line_map<std::int32_t, int, FourBits<std::int32_t>>>(seed, 6'000, 120, true);
    play<line_map<double, int, Constant<double>>>(seed, 6'000, 60, true);
    play<line_map<double, int, FourBits<double>>>(seed, 6'000, 80, true);
  }
}

TEST(LineMap, TheWordOfFreeLanesIsAKeyLikeAnyOther) {
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  line_map<std::int64_t, int> map;
  const std::array<std::int64_t, 3> queries{least, 5, least};
  std::array<std::int64_t, 3> slots{};
  map.find_batch(queries, slots);
  EXPECT_EQ(slots, (std::array<std::int64_t, 3>{-1, -1, -1}));
  map[least] = 3;
  map.find_batch(queries, slots);
  EXPECT_EQ(slots[0], static_cast<std::int64_t>(map.slots()) - 1);
  EXPECT_EQ(slots[1], -1);
  EXPECT_EQ(map.begin()->first, least);
  EXPECT_EQ(map.erase(least), 1U);
  EXPECT_EQ(map.erase(least), 0U);
  map[least] = 4;
  EXPECT_EQ(map.at(least), 4);
  for (std::int64_t key = 0; key < 1000; ++key) map[key] = 1;  // grows: the value moves along
  EXPECT_EQ(map.at(least), 4);
}

TEST(LineMap, FloatsAreEqualAsValues) {
  line_map<double, int> map;
  map[0.0] = 1;
  map[-0.0] += 1;
  map[std::numeric_limits<double>::quiet_NaN()] = 3;
  map[-std::numeric_limits<double>::quiet_NaN()] += 4;
  EXPECT_EQ(map.size(), 2U);
  EXPECT_EQ(map.at(0.0), 2);
  EXPECT_EQ(map.at(std::numeric_limits<double>::quiet_NaN()), 7);
}

TEST(LineMap, BatchesOfEverySizeEqualSingleLookUps) {
  core::Random random(3);
  line_map<std::int64_t, std::int64_t> map;
  for (int i = 0; i < 5000; ++i) map[random.below(20'000)] = i;
  for (const std::size_t size : {0, 1, 2, 127, 128, 129, 255, 256, 257, 511, 513, 3000}) {
    std::vector<std::int64_t> keys(size), slots(size), values(size);
    for (auto& key : keys) key = random.below(20'000);
    map.find_batch(keys, slots);
    map.get_batch(keys, values, -1);
    for (std::size_t i = 0; i < size; ++i) {
      ASSERT_EQ(slots[i], map.slot_of(keys[i]));
      ASSERT_EQ(values[i], slots[i] < 0 ? -1 : map.at(keys[i]));
    }
  }
}

TEST(LineMap, ValuesMayBeAnythingThatMoves) {
  line_map<std::int64_t, std::unique_ptr<std::string>> map;
  for (std::int64_t key = 0; key < 500; ++key)
    map.try_emplace(key, std::make_unique<std::string>(std::to_string(key)));
  for (std::int64_t key = 0; key < 500; key += 2) map.erase(key);
  for (std::int64_t key = 1; key < 500; key += 2) ASSERT_EQ(*map.at(key), std::to_string(key));
  line_map<std::int64_t, std::unique_ptr<std::string>> other;
  other.try_emplace(1, std::make_unique<std::string>("kept apart"));
  other.try_emplace(2, std::make_unique<std::string>("two"));
  map.merge(other);
  EXPECT_EQ(*map.at(2), "two");
  EXPECT_EQ(*map.at(1), "1");
  EXPECT_EQ(other.size(), 1U);
}

TEST(LineMap, DuplicatesAsAsked) {
  const std::array<std::int64_t, 4> keys{1, 2, 1, 3};
  const std::array<int, 4> values{10, 20, 30, 40};
  line_map<std::int64_t, int> map;
  EXPECT_EQ(map.insert_batch(keys, values), 3U);
  EXPECT_EQ(map.at(1), 10);
  EXPECT_EQ(map.insert_batch(keys, values, {}, duplicates::last), 0U);
  EXPECT_EQ(map.at(1), 30);
  line_map<std::int64_t, int> strict;
  try {
    strict.insert_batch(keys, values, {}, duplicates::error);
    FAIL();
  } catch (const duplicate_key_error& error) {
    EXPECT_EQ(error.position, 2U);
  }
  EXPECT_EQ(strict.size(), 2U);
  EXPECT_THROW(map.insert_batch(keys, std::span(values).first(2)), std::invalid_argument);
  EXPECT_THROW((line_map<std::int64_t, int>(10, 0.0)), std::invalid_argument);
  EXPECT_THROW((line_map<std::int64_t, int>(10, 0.99)), std::invalid_argument);
}

struct Thrower {
  explicit Thrower(int x) {
    if (x == 13) throw std::runtime_error("13");
  }
};

TEST(LineMap, AFailedInsertionChangesNothing) {
  line_map<std::int64_t, Thrower> map;
  map.try_emplace(1, 1);
  EXPECT_THROW(map.try_emplace(2, 13), std::runtime_error);
  EXPECT_EQ(map.size(), 1U);
  EXPECT_FALSE(map.contains(2));
  EXPECT_TRUE(map.keys().consistent());
}

// Paths of structured keys are as short as those of random ones.
TEST(LineMap, StructuredKeysCollideNoMoreThanRandomOnes) {
  constexpr std::int64_t n = 20'000;
  const auto mean_path = [&](auto&& key) {
    line_map<std::int64_t, char> map(n, 0.7, hash<std::int64_t>{99});
    for (std::int64_t i = 0; i < n; ++i) map.try_emplace(key(i), 'x');
    double steps = 0;
    for (const auto [k, v] : map) {
      const auto home = mulhi(map.hash_function()(k), map.keys().lines());
      const auto at = static_cast<std::uint64_t>(map.slot_of(k)) / 8;
      steps += static_cast<double>(at >= home ? at - home : at + map.keys().lines() - home);
    }
    return 1 + steps / static_cast<double>(map.size());
  };
  core::Random random(8);
  const double by_chance = mean_path([&](std::int64_t) { return static_cast<std::int64_t>(random()); });
  for (int shift = 0; shift <= 48; ++shift)
    EXPECT_LT(mean_path([=](std::int64_t i) { return i << shift; }), 1.05 * by_chance) << shift;
  EXPECT_LT(mean_path([](std::int64_t i) { return std::bit_cast<std::int64_t>(static_cast<double>(i)); }),
            1.05 * by_chance);
}

}  // namespace
}  // namespace wayseer::hashing
