#include "wayseer/core/bitset.hpp"

#include <gtest/gtest.h>

#include <set>

#include "wayseer/core/random.hpp"

namespace wayseer::core::test {
namespace {

using Model = std::set<std::int32_t>;
constexpr std::int32_t sizes[] = {0, 1, 63, 64, 65, 200};

Model members(const Bitset& bits) {
  Model found;
  for (auto i = bits.find_next(0); i >= 0; i = bits.find_next(i + 1)) found.insert(i);
  return found;
}

Bitset random_bits(std::int32_t n, Random& random, Model& model) {
  Bitset bits(n);
  model.clear();
  const std::int32_t sparse = 1 + random.below(40);
  for (std::int32_t i = 0; i < n; ++i) {
    if (random.below(sparse) != 0) continue;
    bits.set(i);
    model.insert(i);
  }
  return bits;
}

TEST(Bitset, IsASetOfIds) {
  Random random(1);
  for (const std::int32_t n : sizes) {
    Bitset bits(n);
    Model model;
    EXPECT_EQ(bits.size(), n);
    for (int step = 0; n > 0 && step < 500; ++step) {
      const std::int32_t i = random.below(n);
      switch (random.below(4)) {
        case 0:
          bits.set(i), model.insert(i);
          break;
        case 1:
          bits.reset(i), model.erase(i);
          break;
        case 2:
          bits.flip(i), model.contains(i) ? void(model.erase(i)) : void(model.insert(i));
          break;
        default:
          bits.assign(i, step % 2 == 0), step % 2 == 0 ? void(model.insert(i)) : void(model.erase(i));
      }
      ASSERT_EQ(bits.test(i), model.contains(i));
      ASSERT_EQ(bits.count(), std::ssize(model));
      ASSERT_EQ(bits.any(), !model.empty());
      const std::int32_t from = random.below(n + 1);
      const auto next = model.lower_bound(from);
      ASSERT_EQ(bits.find_next(from), next == model.end() ? -1 : *next);
    }
    ASSERT_EQ(members(bits), model);
    bits.set_all();
    EXPECT_EQ(bits.count(), n);
    bits.clear();
    EXPECT_FALSE(bits.any());
  }
}

TEST(Bitset, SetAlgebraIsThatOfSets) {
  Random random(2);
  for (const std::int32_t n : sizes) {
    for (int round = 0; round < 30; ++round) {
      Model a, b;
      const Bitset x = random_bits(n, random, a), y = random_bits(n, random, b);
      Model meet, join, minus, either;
      for (std::int32_t i = 0; i < n; ++i) {
        const bool in_a = a.contains(i), in_b = b.contains(i);
        if (in_a && in_b) meet.insert(i);
        if (in_a || in_b) join.insert(i);
        if (in_a && !in_b) minus.insert(i);
        if (in_a != in_b) either.insert(i);
      }
      const auto with = [&](auto change) {
        Bitset copy = x;
        change(copy);
        return members(copy);
      };
      ASSERT_EQ(with([&](Bitset& s) { s &= y; }), meet);
      ASSERT_EQ(with([&](Bitset& s) { s |= y; }), join);
      ASSERT_EQ(with([&](Bitset& s) { s -= y; }), minus);
      ASSERT_EQ(with([&](Bitset& s) { s ^= y; }), either);
      ASSERT_EQ(x.intersection_count(y), std::ssize(meet));
      ASSERT_EQ(x.intersects(y), !meet.empty());
      ASSERT_EQ(x.is_subset_of(y), minus.empty());
      ASSERT_EQ(x == y, a == b);
    }
  }
}

TEST(Bitset, NoBitLiesBeyondTheEnd) {
  for (const std::int32_t n : sizes) {
    Bitset bits(n);
    bits.set_all();
    EXPECT_EQ(std::ssize(bits.words()), (n + 63) / 64);
    if (n % 64 != 0) {
      EXPECT_EQ(bits.words().back() >> (n % 64), 0U);
    }
    EXPECT_EQ(bits.find_next(n), -1);
    bits.resize(n + 1);
    EXPECT_EQ(bits.count(), 0);
  }
}

}  // namespace
}  // namespace wayseer::core::test
