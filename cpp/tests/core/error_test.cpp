#include "wayseer/core/error.hpp"

#include <gtest/gtest.h>

namespace wayseer::core::test {
namespace {

std::string message_of(std::int64_t value, std::int64_t limit) {
  try {
    return std::to_string(checked_index(value, "node", limit));
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

TEST(CheckedIndex, AcceptsTheRangeAndNothingElse) {
  EXPECT_EQ(message_of(0, 5), "0");
  EXPECT_EQ(message_of(4, 5), "4");
  EXPECT_EQ(message_of(5, 5), "node: got 5, allowed 0..4");
  EXPECT_EQ(message_of(-1, 5), "node: got -1, allowed 0..4");
  EXPECT_EQ(message_of(0, 0), "node: got 0, allowed nothing: there are no items");
  EXPECT_EQ(message_of(std::numeric_limits<std::int64_t>::min(), 5),
            "node: got -9223372036854775808, allowed 0..4");
}

TEST(CheckedIndex, NeverExceedsAnInt32) {
  EXPECT_EQ(checked_index(2147483646, "n"), 2147483646);
  EXPECT_THROW((void)checked_index(2147483647, "n"), std::invalid_argument);
  EXPECT_EQ(message_of(std::int64_t{1} << 40, std::int64_t{1} << 41),
            "node: got 1099511627776, allowed 0..2147483646");
}

TEST(InvalidArgument, NamesArgumentGivenAndAllowed) {
  EXPECT_STREQ(invalid_argument("alpha", 1.5, "0..1").what(), "alpha: got 1.5, allowed 0..1");
  EXPECT_STREQ(invalid_argument("method", "best", "knn, quadrant").what(),
               "method: got best, allowed knn, quadrant");
  // Written so that it can be told from 1.
  EXPECT_STRNE(invalid_argument("alpha", 1.0 + 1e-15, "0..1").what(), "alpha: got 1, allowed 0..1");
}

}  // namespace
}  // namespace wayseer::core::test
