#include "wayseer/hashing/strata_map.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <numeric>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "wayseer/hashing/strata_set.hpp"

#define WAYSEER_HASHING_LEVEL 0
#define WAYSEER_HASHING_ISA plain
#include "wayseer/hashing/detail/compare.inl"
#include "wayseer/hashing/detail/strata_kernels.inl"
#undef WAYSEER_HASHING_ISA
#undef WAYSEER_HASHING_LEVEL

namespace wayseer::hashing {
namespace {

struct Record {
  std::int64_t a, b;
  bool operator==(const Record&) const = default;
};

template <class Key>
struct ConstantHash {
  std::uint64_t seed = 0;
  std::uint64_t operator()(const Key&) const { return 0x1234567890abcdef; }
};
template <class Key>
struct FourBitHash {
  std::uint64_t seed = 0;
  std::uint64_t operator()(const Key& key) const { return (hash<Key>{}(key) & 15) << 8 | 1; }
};
// For bugs of paths: the hash is what the test says.
struct GivenHash {
  std::uint64_t seed = 0;
  std::uint64_t operator()(std::uint64_t key) const { return key; }
};

template <class Key>
Key make_key(std::int64_t i) {
  if constexpr (std::is_same_v<Key, std::string>)
    return (i % 2 ? "k" : "a key too long to lie inside the string itself ") + std::to_string(i);
  else if constexpr (std::is_same_v<Key, Record>)
    return {i / 7, i % 7};
  else if constexpr (std::is_floating_point_v<Key>)
    return static_cast<Key>(i) / 8;
  else
    return static_cast<Key>(i - 40);
}

template <class Key>
struct StdHash {
  std::size_t operator()(const Key& key) const { return hash<Key>{}(key); }
};

std::size_t draw(core::Random& random, std::size_t below) {
  return static_cast<std::size_t>(random.below(static_cast<std::int32_t>(below)));
}

// Random operations against std::unordered_map. The table holds up to `capacity` keys of a pool somewhat
// larger, so that it runs full time and again.
template <class Key, class Hash>
void fuzz(std::size_t capacity, double max_load, int operations, std::uint64_t seed) {
  core::Random random(seed);
  using Map = strata_map<Key, std::int64_t, Hash>;
  Map map(capacity, max_load, seed + 1);
  std::unordered_map<Key, std::int64_t, StdHash<Key>> model;
  std::unordered_map<Key, std::int64_t, StdHash<Key>> slot;  // as first told
  std::vector<Key> pool;
  for (std::size_t i = 0; i < capacity + capacity / 8 + 4; ++i)
    pool.push_back(make_key<Key>(static_cast<std::int64_t>(i)));

  if (seed % 2 == 0)  // begin with a full table
    for (std::size_t i = 0; i < capacity; ++i) {
      slot[pool[i]] = map.insert({pool[i], 1}).first.slot();
      model[pool[i]] = 1;
    }

  const auto expect_present = [&](const Key& key, std::int64_t at) {
    ASSERT_TRUE(map.occupied(at));
    ASSERT_EQ(map.key_at(at), key);
    ASSERT_EQ(map.value_at(at), model.at(key));
    ASSERT_EQ(slot.try_emplace(key, at).first->second, at) << "a key has moved";
  };
  for (int step = 0; step < operations;) {
    // Phases of growth and of decay: the load swings between empty and full.
    const bool growing = step / 512 % 4 != 3;
    const auto kind = random.below(100);
    const Key& key = pool[draw(random, pool.size())];
    const auto value = static_cast<std::int64_t>(random());
    const bool full = model.size() == map.capacity();
    if (kind < (growing ? 40 : 10)) {
      ++step;
      if (full && !model.contains(key)) {
        ASSERT_THROW(map.insert({key, value}), table_full_error);
      } else {
        const auto [it, added] = map.insert({key, value});
        ASSERT_EQ(added, model.try_emplace(key, value).second);
        expect_present(key, it.slot());
      }
    } else if (kind < (growing ? 50 : 15)) {
      ++step;
      if (full && !model.contains(key)) {
        ASSERT_THROW(map.insert_or_assign(key, value), table_full_error);
      } else {
        map.insert_or_assign(key, value);
        model[key] = value;
        expect_present(key, map.slot_of(key));
      }
    } else if (kind < (growing ? 60 : 75)) {
      ++step;
      slot.erase(key);
      ASSERT_EQ(map.erase(key), model.erase(key));
    } else if (kind < 90) {
      ++step;
      const auto it = map.find(key);
      ASSERT_EQ(it != map.end(), model.contains(key));
      if (it != map.end()) expect_present(key, it.slot());
    } else if (kind < 98) {
      const std::size_t count = draw(random, 60);
      std::vector<Key> keys;
      std::vector<std::int64_t> values, slots(count);
      for (std::size_t i = 0; i < count; ++i) {
        keys.push_back(pool[draw(random, pool.size())]);
        values.push_back(static_cast<std::int64_t>(random()));
      }
      step += static_cast<int>(count) + 1;
      if (kind < 94 && growing) {
        const auto policy =
            std::array{duplicates::first, duplicates::last, duplicates::error}[draw(random, 3)];
        std::size_t done = 0, added = 0;
        bool duplicate = false, overflow = false;
        for (; done < count; ++done) {
          const auto found = model.find(keys[done]);
          if (found == model.end()) {
            if ((overflow = model.size() == map.capacity())) break;
            model.emplace(keys[done], values[done]);
            ++added;
          } else {
            if ((duplicate = policy == duplicates::error)) break;
            if (policy == duplicates::last) found->second = values[done];
          }
        }
        try {
          ASSERT_EQ(map.insert_batch(keys, values, slots, policy), added);
          ASSERT_FALSE(duplicate || overflow);
        } catch (const table_full_error& error) {
          ASSERT_TRUE(overflow);
          ASSERT_EQ(error.inserted, done);
          ASSERT_EQ(error.size, error.capacity);
        } catch (const duplicate_key_error& error) {
          ASSERT_TRUE(duplicate);
          ASSERT_EQ(error.position, done);
        }
        for (std::size_t i = 0; i < done; ++i) expect_present(keys[i], slots[i]);
      } else if (kind < 96) {
        map.find_batch(keys, slots);
        for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(slots[i], map.slot_of(keys[i]));
      } else {
        std::size_t erased = 0;
        for (const Key& k : keys) {
          erased += model.erase(k);
          slot.erase(k);
        }
        ASSERT_EQ(map.erase_batch(keys), erased);
      }
    } else if (kind == 98) {
      ++step;
      map.rebuild_filters();
    } else if (random.below(20) == 0) {
      ++step;
      if (random.below(3) == 0) {
        map.clear();
        model.clear();
        slot.clear();
      } else {
        const Map before = map;
        const auto to = map.rehash(capacity);
        ASSERT_EQ(to.size(), before.slots());
        slot.clear();
        for (auto it = before.begin(); it != before.end(); ++it)
          expect_present(it->first, to[static_cast<std::size_t>(it.slot())]);
      }
    }
    ASSERT_EQ(map.size(), model.size());
    if (random.below(static_cast<std::int32_t>(64 + capacity)) == 0) {
      ASSERT_TRUE(map.consistent());
      std::size_t seen = 0;
      for (const auto& [k, v] : map) {
        ASSERT_EQ(model.at(k), v);
        ++seen;
      }
      ASSERT_EQ(seen, model.size());
    }
  }
  ASSERT_TRUE(map.consistent());
}

constexpr double loads[] = {.5, .9, .99, 1.0};

template <class Key>
void fuzz_all(std::uint64_t seed) {
  for (const double load : loads) {
    fuzz<Key, hash<Key>>(5600, load, 20'000, ++seed);  // three levels
    fuzz<Key, hash<Key>>(168, load, 20'000, ++seed);
    fuzz<Key, hash<Key>>(3, load, 2'000, ++seed);
    fuzz<Key, FourBitHash<Key>>(280, load, 6'000, ++seed);
    fuzz<Key, ConstantHash<Key>>(112, load, 4'000, ++seed);
  }
}

TEST(StrataMap, BehavesLikeAMapInt64) { fuzz_all<std::int64_t>(1); }
TEST(StrataMap, BehavesLikeAMapInt32) { fuzz_all<std::int32_t>(100); }
TEST(StrataMap, BehavesLikeAMapDouble) { fuzz_all<double>(200); }
TEST(StrataMap, BehavesLikeAMapString) { fuzz_all<std::string>(300); }
TEST(StrataMap, BehavesLikeAMapRecord) { fuzz_all<Record>(400); }

// The set, beside the slots it told of.
template <class Key, class Hash>
void fuzz_set(std::size_t capacity, double max_load, int operations, std::uint64_t seed) {
  core::Random random(seed);
  strata_set<Key, Hash> set(capacity, max_load, seed + 1);
  std::unordered_map<Key, std::int64_t, StdHash<Key>> slot;
  std::vector<Key> pool;
  for (std::size_t i = 0; i < capacity + capacity / 8 + 4; ++i)
    pool.push_back(make_key<Key>(static_cast<std::int64_t>(i)));
  for (int step = 0; step < operations; ++step) {
    const bool growing = step / 512 % 4 != 3;
    const auto kind = random.below(100);
    const Key& key = pool[draw(random, pool.size())];
    if (kind < (growing ? 50 : 10)) {
      if (slot.size() == capacity && !slot.contains(key)) {
        ASSERT_THROW(set.insert(key), table_full_error);
      } else {
        const auto [it, added] = set.insert(key);
        const auto [known, expected] = slot.try_emplace(key, it.slot());
        ASSERT_EQ(added, expected);
        ASSERT_EQ(it.slot(), known->second);
      }
    } else if (kind < 70) {
      ASSERT_EQ(set.erase(key), slot.erase(key));
    } else if (kind < 98) {
      const std::size_t count = draw(random, 20);
      std::vector<Key> keys;
      for (std::size_t i = 0; i < count; ++i) keys.push_back(pool[draw(random, pool.size())]);
      std::vector<std::int64_t> slots(count, -9);
      std::size_t done = count;
      if (kind < 80) {
        try {
          set.insert_batch(keys, slots);
        } catch (const table_full_error& error) {
          done = error.inserted;
          ASSERT_FALSE(slot.contains(keys[done]));
          ASSERT_EQ(error.size, capacity);
        }
        for (std::size_t i = 0; i < done; ++i) slot.try_emplace(keys[i], slots[i]);
      } else {
        set.find_batch(keys, slots);
      }
      for (std::size_t i = 0; i < done; ++i) {
        const auto known = slot.find(keys[i]);
        ASSERT_EQ(slots[i], known == slot.end() ? -1 : known->second);
      }
    } else if (kind == 98) {
      set.rebuild_filters();
    } else if (random.below(40) == 0) {
      set.clear();
      slot.clear();
    }
    ASSERT_EQ(set.size(), slot.size());
    if (random.below(static_cast<std::int32_t>(64 + capacity)) == 0) {
      ASSERT_TRUE(set.consistent());
    }
  }
  ASSERT_TRUE(set.consistent());
  for (const Key& key : set) ASSERT_EQ(slot.count(key), 1U);
}

template <class Key>
void fuzz_sets(std::uint64_t seed) {
  for (const double load : loads) {
    fuzz_set<Key, hash<Key>>(3640, load, 6'000, ++seed);  // three levels
    fuzz_set<Key, hash<Key>>(168, load, 5'000, ++seed);
    fuzz_set<Key, FourBitHash<Key>>(168, load, 2'000, ++seed);
    fuzz_set<Key, ConstantHash<Key>>(112, load, 1'000, ++seed);
  }
}

TEST(StrataSet, BehavesLikeASet) {
  fuzz_sets<std::int64_t>(1000);
  fuzz_sets<std::int32_t>(1100);
  fuzz_sets<double>(1200);
  fuzz_sets<std::string>(1300);
  fuzz_sets<Record>(1400);
}

// Bad hashes on three levels: long paths, sweeps, buckets met twice.
TEST(StrataMap, ServesBadHashesOnThreeLevels) {
  for (const double load : {.9, 1.0}) {
    fuzz<std::int64_t, FourBitHash<std::int64_t>>(4480, load, 20'000, 7);
    fuzz<std::int64_t, ConstantHash<std::int64_t>>(3584, load, 2'000, 8);
  }
}

// --- the four bugs of a first attempt ----------------------------------------------------------------------

// Keys of hash tag | bit << 8 | high bits. With 2 buckets, home is the highest bit.
constexpr std::uint64_t at_home(std::uint64_t home, std::uint64_t i) { return home << 63 | i << 20 | 0x101; }

TEST(StrataMap, FinishesTheSearchBeforeItTakesAHole) {
  strata_map<std::uint64_t, int, GivenHash> map(112, 1, 1);
  for (std::uint64_t i = 0; i < 60; ++i) map.insert({at_home(0, i), 1});
  ASSERT_EQ(map.slot_of(at_home(0, 59)) / 56, 1);
  map.erase(at_home(0, 3));  // leaves a hole in the first bucket of 59's path
  EXPECT_FALSE(map.insert({at_home(0, 59), 2}).second);
  EXPECT_EQ(map.size(), 59U);
  EXPECT_EQ(map.at(at_home(0, 59)), 1);
  EXPECT_EQ(map.erase(at_home(0, 59)), 1U);
  EXPECT_FALSE(map.contains(at_home(0, 59)));
}

TEST(StrataMap, MissesDoNotStopAtFreeLanes) {
  strata_map<std::uint64_t, int, GivenHash> map(112, 1, 1);
  for (std::uint64_t i = 0; i < 60; ++i) map.insert({at_home(0, i), 1});
  for (std::uint64_t i = 0; i < 56; ++i) map.erase(at_home(0, i));
  for (std::uint64_t i = 56; i < 60; ++i) EXPECT_TRUE(map.contains(at_home(0, i)));
  EXPECT_TRUE(map.consistent());
}

TEST(StrataMap, FiltersAreWideEnough) {
  strata_set<std::int64_t> set(std::size_t{1} << 16, .99, 5);
  for (std::int64_t i = 0; i < 1 << 16; ++i) set.insert(i);
  const auto stats = set.stats();
  EXPECT_LT(stats.miss_path_mean, 1.25);  // 8 bits instead of 64: 2.3
  EXPECT_GT(stats.filter_density, 0);
}

TEST(StrataMap, SweepsOfAFullTableEnd) {
  for (const std::size_t capacity : {std::size_t{56}, std::size_t{560}, std::size_t{56 * 100}}) {
    strata_map<std::int64_t, std::int64_t, ConstantHash<std::int64_t>> map(capacity, 1, 5);
    for (std::int64_t i = 0; i < static_cast<std::int64_t>(capacity); ++i) map.insert({i, -i});
    ASSERT_EQ(map.slots(), capacity);
    EXPECT_FALSE(map.contains(-1));
    EXPECT_THROW(map.insert({-1, 0}), table_full_error);
    EXPECT_THROW(map.insert({-1, 0}), table_full_error);
    map.insert_or_assign(5, 7);  // of a key that is there
    EXPECT_EQ(map.at(5), 7);
    EXPECT_TRUE(map.consistent());
  }
}

// --- guarantees --------------------------------------------------------------------------------------------

TEST(StrataMap, FillsEverySlot) {
  for (const std::size_t buckets : {1, 2, 5, 63, 64, 65, 400}) {
    const std::size_t n = buckets * 56;
    strata_map<std::int64_t, std::int32_t> map(n, 1, 9);
    ASSERT_EQ(map.slots(), n);
    for (std::size_t i = 0; i < n; ++i)
      ASSERT_TRUE(map.insert({static_cast<std::int64_t>(i * i), static_cast<std::int32_t>(i)}).second);
    EXPECT_EQ(map.load_factor(), 1);
    for (std::size_t slot = 0; slot < n; ++slot) ASSERT_TRUE(map.occupied(static_cast<std::int64_t>(slot)));
    EXPECT_TRUE(map.consistent());
    EXPECT_THROW(map.insert({-1, 0}), table_full_error);
    EXPECT_EQ(map.stats().level_fill, std::vector<double>(buckets < 64 ? 1 : 3, 1.0));
  }
}

TEST(StrataMap, SlotsStayThroughAMillionOperations) {
  constexpr std::int64_t kept = 3000;
  strata_map<std::int64_t, std::int64_t> map(6000, .99, 3);
  std::vector<std::int64_t> slots;
  for (std::int64_t i = 0; i < kept; ++i) slots.push_back(map.insert({i, i}).first.slot());
  core::Random random(4);
  for (int step = 0; step < 1'000'000; ++step) {
    const std::int64_t key = kept + random.below(4000);
    if (random.below(2) == 0)
      map.erase(key);
    else if (map.size() < map.capacity())
      map.try_emplace(key, key);
  }
  map.rebuild_filters();
  for (std::int64_t i = 0; i < kept; ++i) {
    ASSERT_EQ(map.slot_of(i), slots[static_cast<std::size_t>(i)]);
    ASSERT_EQ(map.value_at(map.slot_of(i)), i);
  }
  EXPECT_TRUE(map.consistent());
}

TEST(StrataMap, MissesStayShortAfterChurn) {
  constexpr std::size_t n = 1 << 15;
  const auto filled = [](core::Random& random) {
    strata_set<std::uint64_t> set(n, .95, 11);
    while (set.size() < n) set.insert(random());
    return set;
  };
  core::Random random(5);
  const double fresh = filled(random).stats().miss_path_mean;
  auto set = filled(random);
  set.auto_rebuild(false);
  std::vector<std::uint64_t> live(set.begin(), set.end());
  for (std::size_t turn = 0; turn < 10 * n; ++turn) {
    auto& key = live[turn * 40503 % n];
    ASSERT_EQ(set.erase(key), 1U);
    key = random();
    set.insert(key);
  }
  EXPECT_EQ(set.stats().erases_since_rebuild, 10 * n);
  const double churned = set.stats().miss_path_mean;
  set.rebuild_filters();
  const double rebuilt = set.stats().miss_path_mean;
  EXPECT_GT(churned, rebuilt);
  EXPECT_LE(rebuilt, 2 * fresh);
  EXPECT_EQ(set.stats().erases_since_rebuild, 0U);
  EXPECT_TRUE(set.consistent());
}

TEST(StrataMap, RebuildsByItselfWhenMissesGetLong) {
  constexpr std::size_t n = 1 << 13;
  core::Random random(5);
  strata_set<std::uint64_t> set(n, .95, 11);
  while (set.size() < n) set.insert(random());
  std::vector<std::uint64_t> live(set.begin(), set.end());
  for (std::size_t turn = 0; turn < 30 * n; ++turn) {
    auto& key = live[turn * 40503 % n];
    set.erase(key);
    key = random();
    set.insert(key);
  }
  EXPECT_LT(set.stats().erases_since_rebuild, 30 * n);
  EXPECT_LT(set.stats().miss_path_mean, 2.5);
  EXPECT_TRUE(set.consistent());
}

TEST(StrataMap, PathsAreShort) {
  const auto fill = [](std::size_t n, double load, std::uint64_t seed) {
    strata_set<std::uint64_t> set(n, load, seed);
    core::Random random(seed);
    std::vector<std::uint64_t> keys(n);
    for (auto& key : keys) key = random();
    EXPECT_EQ(set.insert_batch(keys), n);
    return set.stats();
  };
  for (const std::uint64_t seed : {1, 2, 3}) {
    const auto at99 = fill(std::size_t{1} << 20, .99, seed);
    EXPECT_LE(at99.hit_path_max, 8U);
    EXPECT_LE(at99.hit_path_mean, 1.20);
    EXPECT_LE(at99.miss_path_mean, 1.20);
    EXPECT_NEAR(at99.load, .99, 1e-4);
    EXPECT_LT(at99.bytes_per_entry, 9.3);
    const auto at999 = fill(std::size_t{1} << 20, .999, seed);
    EXPECT_LE(at999.hit_path_max, 16U);
    EXPECT_LE(at999.hit_path_mean, 1.40);
    EXPECT_LE(at999.miss_path_mean, 1.40);
    EXPECT_EQ(std::accumulate(at999.hit_path_hist.begin(), at999.hit_path_hist.end(), std::size_t{0}),
              at999.size);
  }
}

TEST(StrataMap, StructuredKeysHaveShortPathsToo) {
  constexpr std::int64_t n = 1 << 15;
  const auto paths = [](auto key_of) {
    strata_set<std::int64_t> set(n, .99, 77);
    for (std::int64_t i = 0; i < n; ++i) set.insert(static_cast<std::int64_t>(key_of(i)));
    return set.stats().hit_path_mean;
  };
  core::Random random(1);
  const double reference = paths([&](std::int64_t) { return random(); });
  for (int k = 0; k <= 48; k += 6)
    EXPECT_LE(paths([&](std::int64_t i) { return static_cast<std::uint64_t>(i) << k; }), 1.05 * reference)
        << k;
}

TEST(StrataMap, LevelsAreThoseOfTheSpecification) {
  for (const std::uint64_t buckets : {64ULL, 65ULL, 1000ULL, 255ULL, 1ULL << 34}) {
    const auto shape = detail::StrataShape::of(buckets, .999);
    EXPECT_EQ(shape.level[0], buckets * 15 / 16);
    EXPECT_EQ(shape.level[1], buckets * 15 / 256);
    EXPECT_GE(shape.level[2], 1U);
    EXPECT_EQ(shape.buckets(), buckets);
    EXPECT_EQ(shape.probes, 4U);
  }
  EXPECT_EQ(detail::StrataShape::of(63, .99).level[1], 0U);
  EXPECT_EQ(detail::StrataShape::of(63, .99).probes, 2U);
  EXPECT_EQ(detail::StrataShape::of(63, 1).probes, 8U);
  for (const std::uint64_t buckets : {1ULL, 5ULL, 64ULL, 700ULL}) {  // a path visits every bucket
    const auto shape = detail::StrataShape::of(buckets, 1);
    core::Random random(buckets);
    for (int i = 0; i < 20; ++i) {
      const std::uint64_t h = random();
      std::vector<bool> visited(buckets);
      for (std::uint64_t p = 0; p < shape.path_length(); ++p) visited.at(shape.bucket(h, p)) = true;
      EXPECT_EQ(std::count(visited.begin(), visited.end(), true), static_cast<std::ptrdiff_t>(buckets));
    }
  }
}

// --- batches -----------------------------------------------------------------------------------------------

template <class Key>
void compare_batches() {
  const std::size_t n = 4000;
  strata_map<Key, std::int64_t> map(n, .99, 21);
  for (std::size_t i = 0; i < n; ++i)
    map.insert({make_key<Key>(static_cast<std::int64_t>(i)), static_cast<std::int64_t>(i)});
  for (std::size_t i = 0; i < n; i += 5) map.erase(make_key<Key>(static_cast<std::int64_t>(i)));
  core::Random random(2);
  std::vector<std::size_t> sizes{0, 1, 2, 7, 8, 9, 63, 64, 65, 1000, 5000};
  for (std::size_t size = 127; size <= 257; ++size) sizes.push_back(size);
  for (const std::size_t size : sizes) {
    std::vector<Key> keys;
    for (std::size_t i = 0; i < size; ++i) keys.push_back(make_key<Key>(random.below(2 * n)));
    std::vector<std::int64_t> slots(size, 9), portable(size, 9), out(size, 9);
    const auto found = std::make_unique<bool[]>(size), present = std::make_unique<bool[]>(size);
    map.find_batch(keys, slots);
    plain::find_strata(map.view(), map.kernel_hash(), map.kernel_equal(), std::span<const Key>(keys),
                       portable.data());
    map.get_batch(keys, out, -7, {found.get(), size});
    map.contains_batch(keys, {present.get(), size});
    for (std::size_t i = 0; i < size; ++i) {
      const std::int64_t slot = map.slot_of(keys[i]);
      ASSERT_EQ(slots[i], slot);
      ASSERT_EQ(portable[i], slot);
      ASSERT_EQ(found[i], slot >= 0);
      ASSERT_EQ(present[i], slot >= 0);
      ASSERT_EQ(out[i], slot >= 0 ? map.value_at(slot) : -7);
    }
    std::fill(out.begin(), out.end(), 9);
    map.get_batch(keys, out, -7);
    for (std::size_t i = 0; i < size; ++i) ASSERT_EQ(out[i], slots[i] >= 0 ? map.value_at(slots[i]) : -7);
  }
}

TEST(StrataMap, BatchesEqualSingleLookups) {
  compare_batches<std::int64_t>();
  compare_batches<std::int32_t>();
  compare_batches<double>();
  compare_batches<std::string>();
  compare_batches<Record>();
}

TEST(StrataMap, BatchesEqualSingleLookupsOnLongPaths) {
  for (const double load : {.9, 1.0}) {
    strata_set<std::int64_t, ConstantHash<std::int64_t>> set(80 * 56, load, 1);
    std::vector<std::int64_t> keys(set.capacity() + 300);
    std::iota(keys.begin(), keys.end(), 0);
    std::vector<std::int64_t> slots(keys.size()), told(set.capacity());
    set.insert_batch(std::span(keys).first(set.capacity()), told);
    set.find_batch(keys, slots);
    for (std::size_t i = 0; i < keys.size(); ++i) ASSERT_EQ(slots[i], i < told.size() ? told[i] : -1);
  }
}

TEST(StrataMap, OneBatchMayHoldAKeyTwice) {
  const std::vector<std::int64_t> keys{5, 6, 5, 7, 6, 5}, values{1, 2, 3, 4, 5, 6};
  std::vector<std::int64_t> slots(6);
  strata_map<std::int64_t, std::int64_t> first(10);
  EXPECT_EQ(first.insert_batch(keys, values, slots), 3U);
  EXPECT_EQ(first.at(5), 1);
  EXPECT_EQ(slots[0], slots[2]);
  EXPECT_EQ(slots[1], slots[4]);
  strata_map<std::int64_t, std::int64_t> last(10);
  EXPECT_EQ(last.insert_batch(keys, values, slots, duplicates::last), 3U);
  EXPECT_EQ(last.at(5), 6);
  EXPECT_EQ(last.at(6), 5);
  strata_map<std::int64_t, std::int64_t> error(10);
  try {
    error.insert_batch(keys, values, slots, duplicates::error);
    FAIL();
  } catch (const duplicate_key_error& e) {
    EXPECT_EQ(e.position, 2U);
  }
  EXPECT_EQ(error.size(), 2U);
  EXPECT_EQ(error.at(5), 1);
}

TEST(StrataMap, AFullTableTakesTheLeadingPartOfABatch) {
  strata_map<std::int64_t, std::int64_t> map(4, .5);
  const std::vector<std::int64_t> keys{1, 2, 1, 3, 4, 2, 5, 1};
  std::vector<std::int64_t> slots(keys.size(), -5);
  try {
    map.insert_batch(keys, keys, slots);
    FAIL();
  } catch (const table_full_error& e) {
    EXPECT_EQ(e.inserted, 6U);
    EXPECT_EQ(e.capacity, 4U);
    EXPECT_EQ(e.size, 4U);
  }
  EXPECT_EQ(slots[5], slots[1]);
  EXPECT_EQ(slots[6], -5);
  EXPECT_FALSE(map.contains(5));
  EXPECT_TRUE(map.consistent());
}

// --- arguments, lifetimes, standard interface --------------------------------------------------------------

TEST(StrataMap, RejectsWrongArguments) {
  using Map = strata_map<std::int64_t, std::int64_t>;
  EXPECT_THROW(Map(0), std::invalid_argument);
  for (const double load : {0.0, -.5, 1.01, std::nan("")}) EXPECT_THROW(Map(10, load), std::invalid_argument);
  EXPECT_THROW(Map((std::size_t{1} << 40) + 1), std::overflow_error);
  EXPECT_THROW(Map(10, 1e-300), std::bad_alloc);
  Map map(10);
  const volatile std::size_t more = 3, fewer = 2;  // or the compiler warns of what the check prevents
  std::vector<std::int64_t> three(more), two(fewer);
  EXPECT_THROW(map.insert_batch(three, two), std::invalid_argument);
  EXPECT_THROW(map.insert_batch(three, three, two), std::invalid_argument);
  EXPECT_THROW(map.find_batch(three, two), std::invalid_argument);
  EXPECT_THROW(map.get_batch(three, two, 0), std::invalid_argument);
  EXPECT_THROW((void)map.at(1), std::out_of_range);
  map.insert({{1, 1}, {2, 2}});
  EXPECT_THROW((void)map.rehash(1), std::invalid_argument);
  EXPECT_FALSE(map.occupied(-1));
  EXPECT_FALSE(map.occupied(1000));
}

TEST(StrataMap, HasRoomForExactlyItsCapacity) {
  strata_set<int> set(57, .99);
  EXPECT_EQ(set.slots(), 112U);
  for (int i = 0; i < 57; ++i) set.insert(i);
  EXPECT_THROW(set.insert(57), table_full_error);
  EXPECT_FALSE(set.insert(3).second);
}

TEST(StrataMap, OneNaNOneZero) {
  strata_map<double, int> map(10);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(map.insert({nan, 1}).second);
  EXPECT_FALSE(map.insert({-nan, 2}).second);
  EXPECT_EQ(map.at(std::nan("17")), 1);
  map[0.0] = 3;
  EXPECT_EQ(map.at(-0.0), 3);
  EXPECT_EQ(map.size(), 2U);
}

// Counts those alive; copying throws when told to.
struct Counted {
  static inline int alive = 0, until_throw = -1;
  int value = 0;
  Counted(int v) : value(v) { ++alive; }
  Counted(const Counted& other) : value(other.value) {
    if (until_throw >= 0 && until_throw-- == 0) throw std::runtime_error("copy");
    ++alive;
  }
  Counted& operator=(const Counted&) = default;
  ~Counted() { --alive; }
  bool operator==(const Counted& other) const { return value == other.value; }
};
struct CountedHash {
  std::uint64_t seed = 0;
  std::uint64_t operator()(const Counted& c) const {
    return hash_integer(static_cast<std::uint64_t>(c.value), seed);
  }
};

TEST(StrataMap, DestroysWhatItBuildsAndUndoesWhatThrows) {
  {
    using Map = strata_map<Counted, Counted, CountedHash>;
    Map map(100, .9, 3);
    for (int i = 0; i < 60; ++i) map.try_emplace(Counted(i), i);
    EXPECT_EQ(Counted::alive, 120);
    map.erase(Counted(5));
    EXPECT_EQ(Counted::alive, 118);
    for (const int when : {0, 1}) {  // the key, the value
      const Counted key(77), value(7);
      Counted::until_throw = when;
      EXPECT_THROW(map.try_emplace(key, value), std::runtime_error);
      Counted::until_throw = -1;
      EXPECT_EQ(map.size(), 59U);
      EXPECT_FALSE(map.contains(Counted(77)));
    }
    EXPECT_EQ(Counted::alive, 118);
    Counted::until_throw = 50;
    EXPECT_THROW(Map copy(map), std::runtime_error);
    EXPECT_EQ(Counted::alive, 118);
    Counted::until_throw = 50;
    EXPECT_THROW((void)map.rehash(200), std::runtime_error);
    EXPECT_EQ(Counted::alive, 118);
    EXPECT_EQ(map.capacity(), 100U);
    const std::vector<Counted> keys{100, 101, 102}, values{1, 2, 3};
    Counted::until_throw = 3;  // the value of the second
    EXPECT_THROW(map.insert_batch(keys, values), std::runtime_error);
    Counted::until_throw = -1;
    EXPECT_EQ(map.size(), 60U);
    EXPECT_TRUE(map.consistent());
    const Map copy = map;
    EXPECT_EQ(copy, map);
    map.clear();
    EXPECT_TRUE(map.empty());
    EXPECT_TRUE(copy.consistent());
  }
  EXPECT_EQ(Counted::alive, 0);
}

TEST(StrataMap, TakesMoveOnlyValues) {
  strata_map<std::string, std::unique_ptr<int>> map(100);
  map.try_emplace("one", std::make_unique<int>(1));
  map.emplace("two", std::make_unique<int>(2));
  map["three"] = std::make_unique<int>(3);
  auto spare = std::make_unique<int>(9);
  EXPECT_FALSE(map.try_emplace("one", std::move(spare)).second);
  EXPECT_NE(spare, nullptr);
  map.insert_or_assign("one", std::move(spare));
  EXPECT_EQ(*map.at("one"), 9);
  map.rehash(1000);
  strata_map<std::string, std::unique_ptr<int>> other(10);
  other.try_emplace("one", std::make_unique<int>(-1));
  other.try_emplace("four", std::make_unique<int>(4));
  map.merge(other);
  EXPECT_EQ(map.size(), 4U);
  EXPECT_EQ(other.size(), 1U);
  EXPECT_EQ(*map.at("one"), 9);
  auto moved = std::move(map);
  EXPECT_EQ(*moved.at("four"), 4);
}

TEST(StrataMap, LooksUpWithoutMakingAKey) {
  strata_map<std::string, int> map(10);
  map["seven"] = 7;
  const std::string_view seven = "seven";
  EXPECT_EQ(map.at(seven), 7);
  EXPECT_TRUE(map.contains("seven"));
  EXPECT_EQ(map.find(seven)->second, 7);
  const std::vector<std::string_view> queries{"six", "seven"};
  std::vector<std::int64_t> slots(2);
  map.find_batch(std::span<const std::string_view>(queries), slots);
  EXPECT_EQ(slots[0], -1);
  EXPECT_EQ(slots[1], map.slot_of("seven"));
  map.prefetch(seven);
  EXPECT_EQ(map.erase(seven), 1U);
  EXPECT_EQ(map.count("seven"), 0U);
}

TEST(StrataMap, LooksLikeAStandardContainer) {
  static_assert(std::forward_iterator<strata_set<int>::iterator>);
  static_assert(std::forward_iterator<strata_map<int, int>::iterator>);
  static_assert(std::convertible_to<strata_map<int, int>::iterator, strata_map<int, int>::const_iterator>);
  strata_map map({std::pair{1, 'a'}, std::pair{2, 'b'}, std::pair{1, 'c'}});
  EXPECT_EQ(map.size(), 2U);
  EXPECT_EQ(map.at(1), 'a');
  const std::map<int, double> sorted{{1, .5}, {2, .25}};
  strata_map from_range(sorted.begin(), sorted.end());
  static_assert(std::is_same_v<decltype(from_range), strata_map<int, double>>);
  EXPECT_EQ(from_range.at(2), .25);
  strata_set set{3, 1, 4, 1, 5};
  EXPECT_EQ(set.size(), 4U);
  for (auto it = map.begin(); it != map.end(); ++it) it->second = 'z';
  for (auto [key, value] : map) value = static_cast<char>(value - 1);
  EXPECT_EQ(map.at(2), 'y');
  std::size_t left = set.size();
  for (auto it = set.begin(); it != set.end(); --left) it = set.erase(it);
  EXPECT_EQ(left, 0U);
  EXPECT_EQ(map.erase_if([](int key, char) { return key == 1; }), 1U);
  auto copy = map;
  EXPECT_TRUE(copy == map);
  copy[7] = 'q';
  EXPECT_FALSE(copy == map);
  swap(copy, map);
  EXPECT_EQ(map.size(), 2U);
  const auto moved = std::move(map);
  EXPECT_EQ(moved.size(), 2U);
  EXPECT_EQ(map.size(), 0U);  // NOLINT: moved-from tables are empty
  EXPECT_EQ(map.find(7), map.end());
  EXPECT_THROW(map.insert({1, 'a'}), table_full_error);
  std::vector<int> keys{1, 2};
  std::vector<std::int64_t> slots(2);
  map.find_batch(keys, slots);
  EXPECT_EQ(slots[1], -1);
  map.clear();
  map.rehash(5);
  map[3] = 'k';
  EXPECT_TRUE(map.consistent());
}

TEST(StrataMap, ReadsMemoryOfOthers) {
  strata_map<std::int64_t, float> map(1000, .9, 4);
  for (std::int64_t i = 0; i < 900; ++i) map.insert({i, static_cast<float>(i)});
  auto view = strata_map<std::int64_t, float>::from_parts(map.parts(), nullptr);
  EXPECT_TRUE(view.read_only());
  EXPECT_EQ(view, map);
  EXPECT_EQ(view.slot_of(17), map.slot_of(17));
  EXPECT_THROW(view.insert({-1, 0}), std::invalid_argument);
  EXPECT_THROW(view.erase(3), std::invalid_argument);
  EXPECT_THROW(view.clear(), std::invalid_argument);
  EXPECT_THROW(view.rebuild_filters(), std::invalid_argument);
  auto copy = view;
  copy.insert({-1, 0});
  EXPECT_EQ(copy.size(), map.size() + 1);
  auto parts = map.parts();
  parts.buckets = 1;
  EXPECT_THROW((strata_map<std::int64_t, float>::from_parts(parts, nullptr)), std::invalid_argument);
}

TEST(StrataMap, MixesHashesThatAreNot) {
  strata_set<std::int64_t, std::hash<std::int64_t>> set(1 << 14, .99, 1);
  for (std::int64_t i = 0; i < 1 << 14; ++i) set.insert(i);
  EXPECT_LT(set.stats().hit_path_mean, 1.25);
}

}  // namespace
}  // namespace wayseer::hashing
