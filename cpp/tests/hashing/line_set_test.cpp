#include "wayseer/hashing/line_set.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <set>
#include <vector>

#include "wayseer/core/random.hpp"

namespace wayseer::hashing {
namespace {

template <class Key>
struct FourBits {
  std::uint64_t seed = 0;
  std::uint64_t operator()(Key key) const noexcept { return hash_integer(to_word(key), seed) << 60; }
};
template <class Key>
struct Constant {
  std::uint64_t seed = 0;
  std::uint64_t operator()(Key) const noexcept { return 0x8000000000000000; }
};

template <class Set>
void play(std::uint64_t seed, int steps, std::int32_t range) {
  using Key = typename Set::key_type;
  core::Random random(seed);
  Set set(0, std::array{0.5, 0.7, 0.9, 0.95}[seed % 4]);
  std::set<Key> model;
  const auto draw = [&] {
    const auto x = random.below(range);
    return x == 0 ? std::numeric_limits<Key>::lowest() : static_cast<Key>(x * 1000);
  };
  for (int step = 0; step < steps; ++step) {
    switch (random.below(8)) {
      case 0:
      case 1: {
        std::vector<Key> keys(static_cast<std::size_t>(random.below(40)));
        for (auto& key : keys) key = draw();
        const auto before = model.size();
        model.insert(keys.begin(), keys.end());
        ASSERT_EQ(set.insert_batch(keys), model.size() - before);
        break;
      }
      case 2:
      case 3: {
        const auto key = draw();
        ASSERT_EQ(set.insert(key), model.insert(key).second);
        break;
      }
      case 4: {
        const auto low = draw();
        const auto dropped = [&](Key key) { return key > low && static_cast<std::int64_t>(key) % 7 == 0; };
        ASSERT_EQ(set.erase_if(dropped), std::erase_if(model, dropped));
        break;
      }
      default: {
        const auto key = draw();
        ASSERT_EQ(set.contains(key), model.contains(key));
        ASSERT_EQ(set.erase(key), model.erase(key));
      }
    }
    ASSERT_EQ(set.size(), model.size());
    ASSERT_TRUE(set.keys().consistent());
  }
  EXPECT_EQ(std::set<Key>(set.begin(), set.end()), model);
  const Set copy(set);
  EXPECT_EQ(copy, set);
}

template <class Key>
void play_all() {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    play<line_set<Key>>(seed, 300, 30);
    play<line_set<Key>>(seed, 300, 2000);
    play<line_set<Key, FourBits<Key>>>(seed, 300, 60);
    play<line_set<Key, Constant<Key>>>(seed, 300, 60);
  }
}

TEST(LineSet, DoesWhatASetDoes) {
  play_all<std::int64_t>();
  play_all<std::int32_t>();
  play_all<double>();
}

TEST(LineSet, ReportsDuplicatesAndMoves) {
  line_set<std::uint32_t> set{1, 2, 3};
  const std::vector<std::uint32_t> keys{4, 2};
  try {
    set.insert_batch(keys, duplicates::error);
    FAIL();
  } catch (const duplicate_key_error& error) {
    EXPECT_EQ(error.position, 1u);
  }
  EXPECT_EQ(set.size(), 4u);
  auto moved = std::move(set);
  EXPECT_EQ(set.size(), 0u);
  EXPECT_FALSE(set.contains(1));
  EXPECT_TRUE(set.insert(9));
  set.clear();
  EXPECT_TRUE(set.empty());
  EXPECT_EQ(moved, (line_set<std::uint32_t>{4, 3, 2, 1}));
}

}  // namespace
}  // namespace wayseer::hashing
