#include "wayseer/hashing/join.hpp"

#include <gtest/gtest.h>

#include "wayseer/core/random.hpp"

namespace wayseer::hashing {
namespace {

TEST(Join, GivesAllPairsInOrder) {
  core::Random random(2);
  for (int round = 0; round < 50; ++round) {
    const auto groups = random.below(8);
    const auto column = [&] {
      std::vector<std::int64_t> codes(static_cast<std::size_t>(random.below(20)));
      for (auto& code : codes) code = random.below(groups + 2) - 1;  // -1 and `groups` match nothing
      return codes;
    };
    const auto left = column(), right = column();
    for (const bool keep : {false, true}) {
      std::vector<std::int64_t> li, ri, expected_li, expected_ri;
      for (std::size_t i = 0; i < left.size(); ++i) {
        bool matched = false;
        for (std::size_t j = 0; j < right.size(); ++j) {
          if (left[i] != right[j] || left[i] < 0 || left[i] >= groups) continue;
          matched = true;
          expected_li.push_back(static_cast<std::int64_t>(i));
          expected_ri.push_back(static_cast<std::int64_t>(j));
        }
        if (!matched && keep) expected_li.push_back(static_cast<std::int64_t>(i)), expected_ri.push_back(-1);
      }
      join_pairs(left, right, static_cast<std::size_t>(groups), keep, li, ri);
      EXPECT_EQ(li, expected_li);
      EXPECT_EQ(ri, expected_ri);
    }
  }
}

TEST(JoinThreads, AgreeWithOneThread) {
  core::Random random(4);
  const auto column = [&](std::size_t n) {
    std::vector<std::int64_t> codes(n);
    for (auto& code : codes) code = random.below(50'000) - 100;
    return codes;
  };
  const auto left = column(200'000), right = column(70'000);
  for (const bool keep : {false, true}) {
    std::vector<std::int64_t> li, ri, other_li, other_ri;
    join_pairs(left, right, 49'000, keep, li, ri);
    for (const int threads : {2, 3, 8}) {
      join_pairs(left, right, 49'000, keep, other_li, other_ri, threads);
      EXPECT_EQ(other_li, li);
      EXPECT_EQ(other_ri, ri);
    }
  }
}

}  // namespace
}  // namespace wayseer::hashing
