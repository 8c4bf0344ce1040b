#include "wayseer/hashing/group.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <utility>

#include "wayseer/core/random.hpp"
#include "wayseer/hashing/batch.hpp"

namespace wayseer::hashing {
namespace {

template <class Word>
void expect_groups(const std::vector<Word>& keys) {
  std::unordered_map<Word, std::int64_t> number;
  std::vector<std::int64_t> first, sizes, expected;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto [it, added] = number.try_emplace(keys[i], static_cast<std::int64_t>(first.size()));
    if (added) {
      first.push_back(static_cast<std::int64_t>(i));
      sizes.push_back(0);
    }
    ++sizes[static_cast<std::size_t>(it->second)];
    expected.push_back(it->second);
  }
  std::vector<std::int64_t> codes(keys.size()), counts{99};
  EXPECT_EQ(group_words(std::span<const Word>(keys), codes, &counts, 7), first);
  EXPECT_EQ(codes, expected);
  EXPECT_EQ(counts, sizes);
  EXPECT_EQ(group_words(std::span<const Word>(keys), {}, nullptr, 8), first);
  EXPECT_EQ(group_words(std::span<const Word>(keys), {}, &counts, 8), first);
  EXPECT_EQ(counts, sizes);
}

template <class Word>
void expect_groups_of_many_kinds() {
  core::Random random(5);
  expect_groups<Word>({});
  expect_groups<Word>({5});
  expect_groups<Word>({free_word<Word>, 0, free_word<Word>, 1, 1});
  for (const std::size_t n : {10, 256, 257, 1000, 30'000}) {
    for (const std::uint64_t distinct : {1, 3, 300, 20'000, 1'000'000}) {
      std::vector<Word> keys(n);
      for (auto& key : keys) key = static_cast<Word>(hash_integer(random() % distinct, 3));
      keys[n / 2] = free_word<Word>;
      expect_groups(keys);
      for (auto& key : keys) key = static_cast<Word>(static_cast<Word>(random() % distinct) - 5);  // around 0
      expect_groups(keys);
      std::sort(keys.begin(), keys.end());
      expect_groups(keys);
    }
  }
}

TEST(Group, NumbersByFirstAppearance) {
  expect_groups_of_many_kinds<std::uint32_t>();
  expect_groups_of_many_kinds<std::uint64_t>();
}

// So many distinct words that they are grouped part by part.
template <class Word>
void expect_many_groups(std::size_t n, std::uint64_t distinct) {
  core::Random random(7);
  std::vector<Word> keys(n);
  for (auto& key : keys) key = static_cast<Word>(hash_integer(random() % distinct, 9));
  keys[n / 3] = keys[n / 2] = free_word<Word>;
  std::vector<std::int64_t> codes(n), counts, sizes;
  const auto first = group_words(std::span<const Word>(keys), codes, &counts, 7);
  sizes.resize(first.size());
  std::int64_t next = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const auto code = static_cast<std::size_t>(codes[i]);
    ASSERT_LT(code, first.size());
    ASSERT_EQ(keys[i], keys[static_cast<std::size_t>(first[code])]);
    ASSERT_LE(first[code], static_cast<std::int64_t>(i));
    if (first[code] == static_cast<std::int64_t>(i)) {
      ASSERT_EQ(codes[i], next++);
    }
    ++sizes[code];
  }
  EXPECT_EQ(next, static_cast<std::int64_t>(first.size()));
  EXPECT_EQ(counts, sizes);
  EXPECT_EQ(group_words(std::span<const Word>(keys), {}, nullptr, 8), first);
  EXPECT_EQ(group_words(std::span<const Word>(keys), {}, &counts, 9), first);
  EXPECT_EQ(counts, sizes);
  std::sort(keys.begin(), keys.end());
  EXPECT_EQ(first.size(), static_cast<std::size_t>(std::unique(keys.begin(), keys.end()) - keys.begin()));
}

TEST(Group, NumbersVeryManyWords) {
  expect_many_groups<std::uint64_t>(6'000'000, std::uint64_t{1} << 40);
  expect_many_groups<std::uint32_t>(3'000'000, std::uint64_t{1} << 40);
}

// Every way of sharing the work: stretches, parts, tables addressed by the word, runs. As one thread does.
template <class Word>
void expect_the_same(const std::vector<Word>& keys, const char* what) {
  const std::span<const Word> all(keys);
  std::vector<std::int64_t> codes(keys.size()), counts, other_codes(keys.size()), other_counts;
  const auto first = group_words(all, codes, &counts, 7);
  for (const int threads : {2, 8}) {
    SCOPED_TRACE(std::string(what) + ", threads " + std::to_string(threads));
    std::fill(other_codes.begin(), other_codes.end(), -5);
    EXPECT_EQ(group_words(all, other_codes, &other_counts, 8, threads), first);
    EXPECT_EQ(other_codes, codes);
    EXPECT_EQ(other_counts, counts);
    EXPECT_EQ(group_words(all, {}, nullptr, 8, threads), first);
  }
  EXPECT_EQ(group_words(all, {}, &other_counts, 8, 2), first);
  EXPECT_EQ(other_counts, counts);
  std::fill(other_codes.begin(), other_codes.end(), -5);
  EXPECT_EQ(group_words(all, other_codes, nullptr, 8, 2), first);
  EXPECT_EQ(other_codes, codes);
}

template <class Word>
void expect_threads_agree() {
  core::Random random(12);
  for (const std::size_t n : {0, 5, 110'000}) {
    std::vector<Word> keys(n, 7);
    expect_the_same(keys, "constant");
    if (n == 0) continue;
    keys[n / 2] = free_word<Word>;
    expect_the_same(keys, "constant but for one");
    for (const std::uint64_t distinct : {1'000, 200'000, 100'000'000}) {
      for (auto& key : keys) key = static_cast<Word>(hash_integer(random() % distinct, 3));
      keys[n / 3] = keys[n / 2] = free_word<Word>;
      expect_the_same(keys, "random");
      for (auto& key : keys) key = static_cast<Word>(static_cast<Word>(random() % distinct) - 500);
      expect_the_same(keys, "around 0");
      std::sort(keys.begin(), keys.end(), [](Word a, Word b) {
        return static_cast<std::make_signed_t<Word>>(a) < static_cast<std::make_signed_t<Word>>(b);
      });
      expect_the_same(keys, "sorted");
      std::swap(keys[n - 1], keys[n / 2]);
      expect_the_same(keys, "nearly sorted");
    }
  }
  std::vector<Word> keys(270'000);  // enough for eight threads
  for (auto& key : keys) key = static_cast<Word>(random());
  expect_the_same(keys, "distinct");
}

TEST(GroupThreads, WordsAgreeWithOneThread) {
  expect_threads_agree<std::uint32_t>();
  expect_threads_agree<std::uint64_t>();
}

TEST(GroupThreads, TextsAgreeWithOneThread) {
  core::Random random(13);
  for (const std::size_t n : {0, 3, 110'000}) {
    for (const std::uint64_t distinct : {1, 1'000, 1'000'000'000}) {
      std::vector<char> bytes;
      std::vector<std::int64_t> offsets{0};
      for (std::size_t i = 0; i < n; ++i) {
        const auto number = random() % distinct;
        const std::string one = (number % 3 == 0 ? "a longer string, number " : "n") + std::to_string(number);
        if (number % 50 != 0) bytes.insert(bytes.end(), one.begin(), one.end());  // else empty
        offsets.push_back(static_cast<std::int64_t>(bytes.size()));
      }
      const text_array keys(bytes.data(), bytes.size(), std::span<const std::int64_t>(offsets));
      std::vector<std::int64_t> codes(n), counts, other_codes(n), other_counts;
      const auto first = group_texts(keys, codes, &counts, 7);
      for (const int threads : {2, 3, 8}) {
        EXPECT_EQ(group_texts(keys, other_codes, &other_counts, 8, threads), first);
        EXPECT_EQ(other_codes, codes);
        EXPECT_EQ(other_counts, counts);
        EXPECT_EQ(group_texts(keys, {}, nullptr, 8, threads), first);
      }
    }
  }
}

TEST(Group, ExpectsAboutAsManyAsThereAre) {
  std::vector<std::uint64_t> keys(1'000'000);
  for (const std::uint64_t distinct : {1, 1000, 100'000, 10'000'000}) {
    core::Random random(distinct);
    for (auto& key : keys) key = random() % distinct;
    auto sorted = keys;
    std::sort(sorted.begin(), sorted.end());
    const auto exact = static_cast<double>(std::unique(sorted.begin(), sorted.end()) - sorted.begin());
    const auto expected = static_cast<double>(expected_distinct(std::span<const std::uint64_t>(keys)));
    EXPECT_GE(expected, 0.95 * exact);
    EXPECT_LE(expected, 1.3 * exact + 2);
  }
}

TEST(Group, BatchPathIsNamed) { EXPECT_FALSE(batch_path().empty()); }

}  // namespace
}  // namespace wayseer::hashing
