#include "wayseer/core/union_find.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "wayseer/core/random.hpp"

namespace wayseer::core::test {
namespace {

// The model: a label per element, all of a set relabelled at each union.
TEST(UnionFind, AgreesWithRelabelling) {
  Random random(11);
  for (const std::int32_t n : {1, 2, 17, 60}) {
    UnionFind sets(n);
    std::vector<std::int32_t> label(static_cast<std::size_t>(n));
    std::iota(label.begin(), label.end(), 0);
    const auto label_of = [&](std::int32_t x) -> std::int32_t& { return label[static_cast<std::size_t>(x)]; };
    for (int step = 0; step < 2 * n; ++step) {
      const std::int32_t a = random.below(n), b = random.below(n);
      const std::int32_t old_a = label_of(a), old_b = label_of(b);
      ASSERT_EQ(sets.unite(a, b), old_a != old_b);
      std::ranges::replace(label, old_b, old_a);
      for (std::int32_t x = 0; x < n; ++x) {
        ASSERT_EQ(sets.same(x, a), label_of(x) == label_of(a));
        ASSERT_EQ(sets.set_size(x), std::ranges::count(label, label_of(x)));
        ASSERT_EQ(sets.find(sets.find(x)), sets.find(x));
      }
      auto distinct = label;
      std::ranges::sort(distinct);
      distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
      ASSERT_EQ(sets.sets(), std::ssize(distinct));
    }
  }
}

TEST(UnionFind, TheLargerSetKeepsItsRepresentative) {
  UnionFind sets(5);
  sets.unite(3, 4);  // a tie: the first argument's
  EXPECT_EQ(sets.find(4), 3);
  sets.unite(0, 4);  // {0} joins {3, 4}
  EXPECT_EQ(sets.find(0), 3);
}

TEST(UnionFind, ResetMakesSingletonsOfAnyNumber) {
  UnionFind sets(3);
  sets.unite(0, 2);
  sets.reset(5);
  EXPECT_EQ(sets.sets(), 5);
  for (std::int32_t x = 0; x < 5; ++x) {
    EXPECT_EQ(sets.find(x), x);
    EXPECT_EQ(sets.set_size(x), 1);
  }
  sets.reset(0);
  EXPECT_EQ(sets.sets(), 0);
}

}  // namespace
}  // namespace wayseer::core::test
