#include "wayseer/core/indexed_heap.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "wayseer/core/random.hpp"

namespace wayseer::core::test {
namespace {

// The model: a set of (key, id). Few distinct keys, so that ties are met all the time.
template <class Key, class MakeKey>
void expect_sorted_set(std::uint64_t seed, MakeKey make_key) {
  Random random(seed);
  const std::int32_t n = 40;
  IndexedHeap<Key> heap(n);
  std::map<std::int32_t, Key> keys;
  std::set<std::pair<Key, std::int32_t>> model;
  const auto erase = [&](std::int32_t id) {
    model.erase({keys.at(id), id});
    keys.erase(id);
  };
  const auto insert = [&](std::int32_t id, const Key& key) {
    if (keys.contains(id)) erase(id);
    keys.emplace(id, key);
    model.emplace(key, id);
  };
  for (int step = 0; step < 6000; ++step) {
    const std::int32_t id = random.below(n);
    const Key key = make_key(random.below(12));
    switch (random.below(6)) {
      case 0:
      case 1:
        heap.set(id, key);
        insert(id, key);
        break;
      case 2: {
        const bool smaller = !keys.contains(id) || key < keys.at(id);
        ASSERT_EQ(heap.decrease(id, key), smaller);
        if (smaller) insert(id, key);
        break;
      }
      case 3:
        ASSERT_EQ(heap.remove(id), keys.contains(id));
        if (keys.contains(id)) erase(id);
        break;
      case 4:
        if (!model.empty()) {
          const std::int32_t least = model.begin()->second;
          ASSERT_EQ(heap.pop(), least);
          erase(least);
        }
        break;
      default:
        if (random.below(200) == 0) {
          heap.clear();
          keys.clear();
          model.clear();
        }
    }
    ASSERT_EQ(heap.size(), std::ssize(model));
    ASSERT_EQ(heap.empty(), model.empty());
    ASSERT_EQ(heap.contains(id), keys.contains(id));
    if (keys.contains(id)) {
      ASSERT_EQ(heap.key(id), keys.at(id));
    }
    if (!model.empty()) {
      ASSERT_EQ(heap.top(), model.begin()->second);
      ASSERT_EQ(heap.top_key(), model.begin()->first);
    }
  }
}

TEST(IndexedHeap, IsASortedSetOfKeysAndIds) {
  expect_sorted_set<double>(1, [](std::int32_t value) { return 0.5 * value; });
  expect_sorted_set<std::int64_t>(2, [](std::int32_t value) { return std::int64_t{value} << 40; });
  expect_sorted_set<std::string>(
      3, [](std::int32_t value) { return std::string(30, static_cast<char>('a' + value)); });
}

TEST(IndexedHeap, PopsInAscendingOrderAndCanBeReset) {
  IndexedHeap<int> heap(3);
  heap.set(2, 9);
  heap.reset(1000);
  EXPECT_TRUE(heap.empty());
  Random random(4);
  for (std::int32_t id = 0; id < 1000; ++id) heap.set(id, random.below(100));
  std::pair<int, std::int32_t> last{-1, -1};
  while (!heap.empty()) {
    const std::pair<int, std::int32_t> next{heap.top_key(), heap.top()};
    ASSERT_LT(last, next);
    ASSERT_EQ(heap.pop(), next.second);
    ASSERT_FALSE(heap.contains(next.second));
    last = next;
  }
}

}  // namespace
}  // namespace wayseer::core::test
