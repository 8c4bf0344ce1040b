#include "wayseer/core/edge_values.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace wayseer::core::test {
namespace {

TEST(EdgeValues, RowsAreViewsOfTheOwnersArrays) {
  const std::vector<std::int64_t> indptr = {0, 2, 2, 3};
  const std::vector<std::int32_t> indices = {1, 2, 0};
  const std::vector<float> values = {0.5F, 0.25F, 1.0F};
  const EdgeValues edges{3, indptr, indices, values};
  EXPECT_TRUE(std::ranges::equal(edges.row_indices(0), std::vector{1, 2}));
  EXPECT_TRUE(std::ranges::equal(edges.row_values(0), std::vector{0.5F, 0.25F}));
  EXPECT_TRUE(edges.row_indices(1).empty());
  EXPECT_TRUE(edges.row_values(1).empty());
  EXPECT_EQ(edges.row_indices(2).data(), &indices[2]);
  EXPECT_EQ(edges.row_values(2).data(), &values[2]);
  EXPECT_EQ(edges.row_values(2).size(), 1U);
}

}  // namespace
}  // namespace wayseer::core::test
