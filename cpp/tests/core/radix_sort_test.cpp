#include "wayseer/core/radix_sort.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "stoppable.hpp"
#include "wayseer/core/random.hpp"

namespace wayseer::core::test {
namespace {

template <class Key>
void expect_sorts_like_the_standard_library() {
  using Sorter = RadixSorter<Key>;
  Random random(1);
  Sorter sorter;  // one for all: its memory is kept
  for (const std::uint32_t n : {0U, 1U, 2U, 3U, 100U, 5000U, 7U})
    for (const int shift : {0, 20, 31})
      for (const std::uint64_t mask : {~0ULL, 0x7ffULL, 0x3ULL, 0xffe00000001ULL, 0ULL}) {
        std::vector<typename Sorter::Item> items;
        for (std::uint32_t i = 0; i < n; ++i)
          items.push_back({static_cast<Key>(random() & mask) >> shift << shift, i});
        auto expected = items;
        std::ranges::stable_sort(expected, {}, &Sorter::Item::key);
        sorter.sort(items);
        EXPECT_TRUE(std::ranges::equal(
            items, expected,
            [](const auto& a, const auto& b) { return a.key == b.key && a.value == b.value; }))
            << n << ' ' << shift << ' ' << mask;
      }
}

TEST(RadixSorter, SortsStably) {
  expect_sorts_like_the_standard_library<std::uint32_t>();
  expect_sorts_like_the_standard_library<std::uint64_t>();
}

TEST(RadixSorter, CanBeStopped) {
  Random random(2);
  std::vector<RadixSorter<std::uint64_t>::Item> items;
  for (std::uint32_t i = 0; i < 3000; ++i) items.push_back({random(), i});
  expect_stoppable(
      "radix sort",
      [&](const Checkpoint& checkpoint) {
        auto copy = items;
        RadixSorter<std::uint64_t>{}.sort(copy, checkpoint);
      },
      15);
}

}  // namespace
}  // namespace wayseer::core::test
