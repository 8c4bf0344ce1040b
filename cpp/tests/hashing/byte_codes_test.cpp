#include "wayseer/hashing/byte_codes.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "wayseer/core/random.hpp"

namespace wayseer::hashing {
namespace {

TEST(ByteCodes, DistancesAreNearlyExact) {
  core::Random random(1);
  for (const std::size_t dim : {1, 3, 15, 16, 17, 63, 64, 65, 100, 130})
    for (const Metric metric : {Metric::l2, Metric::inner_product, Metric::cosine}) {
      constexpr std::size_t count = 50;
      std::vector<float> rows(count * dim), query(dim);
      for (std::size_t i = 0; i < rows.size(); ++i)
        rows[i] = i % dim == 2 ? 5.0F : static_cast<float>(random.uniform() * 2 - 1);  // one is constant
      for (float& x : query) x = static_cast<float>(random.uniform() * 3 - 1.5);       // beyond the rows, too
      const ByteCodes codes(metric, rows.data(), dim, count);
      EXPECT_EQ(codes.bytes(), count * ((dim + 63) / 64 * 64));
      ByteCodes::Query coded;
      coded.prepare(codes, query.data());
      std::vector<std::int32_t> ids(count);
      std::iota(ids.rbegin(), ids.rend(), 0);
      std::vector<float> near(count), exact(count);
      coded(ids, near.data());
      gather_distances(metric, query.data(), rows.data(), dim, ids, exact.data());
      // A number is off by half a step of 2/255 at most.
      for (std::size_t i = 0; i < count; ++i)
        EXPECT_NEAR(near[i], exact[i], .02 * static_cast<double>(dim) * (metric == Metric::l2 ? 1 : .5));
    }
}

TEST(ByteCodes, OutliersDoNotCoarsenTheRest) {
  std::vector<float> rows(1000);
  for (std::size_t i = 0; i < 1000; ++i) rows[i] = static_cast<float>(i) / 1000;
  rows[999] = 1e6F;
  const ByteCodes codes(Metric::l2, rows.data(), 1, 1000);
  ByteCodes::Query coded;
  const float query = 1e6F;
  coded.prepare(codes, &query);
  const std::int32_t ids[] = {999, 0};
  float distances[2];
  coded(ids, distances);
  EXPECT_LT(distances[0], distances[1]);
}

TEST(ByteCodes, NothingToCode) {
  const ByteCodes codes(Metric::l2, nullptr, 5, 0);
  EXPECT_EQ(codes.bytes(), 0U);
}

}  // namespace
}  // namespace wayseer::hashing
