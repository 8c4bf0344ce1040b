#include "wayseer/hashing/distance.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "wayseer/core/random.hpp"

namespace wayseer::hashing {
namespace {

std::vector<float> random_floats(std::size_t count, std::uint64_t seed) {
  core::Random random(seed);
  std::vector<float> values(count);
  for (float& x : values) x = static_cast<float>(random.uniform() * 2 - 1);
  return values;
}

double exact(Metric metric, const float* a, const float* b, std::size_t dim) {
  double sum = 0;
  for (std::size_t i = 0; i < dim; ++i) {
    const double x = static_cast<double>(a[i]), y = static_cast<double>(b[i]);
    sum += metric == Metric::l2 ? (x - y) * (x - y) : x * y;
  }
  return metric == Metric::l2 ? sum : metric == Metric::cosine ? 1 - sum : -sum;
}

TEST(Distance, EveryDimensionAndMetric) {
  for (std::size_t dim = 1; dim <= 130; ++dim) {
    const auto rows = random_floats(7 * dim, dim), query = random_floats(dim, 1000 + dim);
    for (const Metric metric : {Metric::l2, Metric::inner_product, Metric::cosine}) {
      float scanned[7], gathered[3];
      scan_distances(metric, query.data(), rows.data(), dim, 7, scanned);
      const std::int32_t ids[] = {6, 0, 3};
      gather_distances(metric, query.data(), rows.data(), dim, ids, gathered);
      for (std::size_t i = 0; i < 7; ++i)
        EXPECT_NEAR(scanned[i], exact(metric, query.data(), rows.data() + i * dim, dim),
                    1e-6 * static_cast<double>(dim + 1));
      for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(gathered[i], scanned[static_cast<std::size_t>(ids[i])]);
      EXPECT_EQ(distance(metric, query.data(), rows.data(), dim), scanned[0]);
    }
  }
}

TEST(Distance, NormalizedVectorsHaveLengthOne) {
  auto vector = random_floats(50, 3);
  for (float& x : vector) x *= 1e18f;
  normalize(vector);
  EXPECT_NEAR(exact(Metric::cosine, vector.data(), vector.data(), 50), 0, 1e-6);
  std::vector<float> zero(5, 0.0f);
  normalize(zero);
  EXPECT_EQ(zero, std::vector<float>(5, 0.0f));
}

}  // namespace
}  // namespace wayseer::hashing
