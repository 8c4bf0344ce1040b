#include "wayseer/hashing/kmeans.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include "vectors.hpp"
#include "wayseer/hashing/panels.hpp"

namespace wayseer::hashing {
namespace {

constexpr Metric metrics[] = {Metric::l2, Metric::inner_product, Metric::cosine};

TEST(Panels, DistancesAndNearestOfEverySize) {
  for (const std::size_t dim : {1U, 3U, 16U, 50U})
    for (const std::size_t count : {1U, 15U, 16U, 17U, 100U})
      for (const Metric metric : metrics) {
        const auto rows = clustered_rows(count, dim, 0, dim), queries = clustered_rows(21, dim, 0, 99);
        const auto panels = pack_panels(rows.data(), dim, count);
        EXPECT_EQ(panels.size(), panel_floats(count, dim));
        std::vector<std::int32_t> which(panels_for(count));
        std::iota(which.rbegin(), which.rend(), 0);  // from the last to the first
        const std::size_t stride = which.size() * panel_width;
        std::vector<float> all(21 * stride), alone(stride), unpacked(dim), nearest_distance(21);
        std::vector<std::int32_t> nearest(21);
        panel_distances(metric, queries.data(), 21, panels.data(), dim, which, all.data(), stride);
        panel_nearest(metric, queries.data(), 21, panels.data(), dim, count, nearest.data(),
                      nearest_distance.data());
        for (std::size_t q = 0; q < 21; ++q) {
          panel_distances(metric, queries.data() + q * dim, 1, panels.data(), dim, which, alone.data(),
                          stride);
          float smallest = std::numeric_limits<float>::infinity();
          std::size_t first = 0;
          for (std::size_t i = 0; i < count; ++i) {
            const std::size_t at = (which.size() - 1 - i / panel_width) * panel_width + i % panel_width;
            EXPECT_NEAR(all[q * stride + at],
                        distance(metric, queries.data() + q * dim, rows.data() + i * dim, dim),
                        1e-6 * static_cast<double>(dim + 1));
            EXPECT_EQ(all[q * stride + at], alone[at]);
            if (alone[at] < smallest) {
              smallest = alone[at];
              first = i;
            }
          }
          EXPECT_EQ(nearest[q], static_cast<std::int32_t>(first));
          EXPECT_EQ(nearest_distance[q], smallest);
        }
        unpack_row(panels.data(), dim, count - 1, unpacked.data());
        EXPECT_TRUE(
            std::equal(unpacked.begin(), unpacked.end(), rows.end() - static_cast<std::ptrdiff_t>(dim)));
      }
}

TEST(Panels, TheFirstOfEqualVectorsIsTheNearest) {
  const std::vector<float> rows(100 * 4, 1.0F);
  const auto panels = pack_panels(rows.data(), 4, 100);
  std::int32_t nearest[9];
  float distances[9];
  panel_nearest(Metric::l2, rows.data(), 9, panels.data(), 4, 100, nearest, distances);
  for (const std::int32_t number : nearest) EXPECT_EQ(number, 0);
}

double mean_square(const std::vector<float>& rows, std::size_t dim, const std::vector<float>& panels,
                   std::size_t k) {
  const std::size_t count = rows.size() / dim;
  std::vector<std::int32_t> nearest(count);
  std::vector<float> distances(count);
  panel_nearest(Metric::l2, rows.data(), count, panels.data(), dim, k, nearest.data(), distances.data());
  double sum = 0;
  for (const float d : distances) sum += static_cast<double>(d);
  return sum / static_cast<double>(count);
}

TEST(KMeans, RoundsBringCentersNearer) {
  const auto rows = clustered_rows(5000, 8, 40, 1);
  double before = std::numeric_limits<double>::infinity();
  for (const std::int32_t rounds : {0, 1, 3, 10}) {
    const double now =
        mean_square(rows, 8, kmeans(Metric::l2, rows.data(), 8, 5000, 40, {rounds, 1000, 3, 1}), 40);
    EXPECT_LT(now, before);
    before = now;
  }
  EXPECT_LT(before, 8 * (1.0 / 3) * 3);  // about the variance inside clusters: some clusters share a center
}

TEST(KMeans, DependsOnTheSeedAlone) {
  for (const Metric metric : metrics) {
    const auto rows = clustered_rows(3000, 10, 7, 2);
    const auto one = kmeans(metric, rows.data(), 10, 3000, 50, {5, 20, 9, 1});
    EXPECT_EQ(one, kmeans(metric, rows.data(), 10, 3000, 50, {5, 20, 9, 3}));
    EXPECT_NE(one, kmeans(metric, rows.data(), 10, 3000, 50, {5, 20, 10, 1}));
  }
}

TEST(KMeans, CentersWithoutRowsMove) {
  // Half of the rows are one point: of 10 centers drawn from them about 5 are that point.
  auto rows = clustered_rows(400, 2, 0, 5);
  for (std::size_t i = 0; i < 400; ++i) rows[i] = 7;
  const auto panels = kmeans(Metric::l2, rows.data(), 2, 400, 10, {6, 1000, 1, 1});
  std::vector<std::int32_t> center(400);
  assign_to_centers(Metric::l2, rows.data(), 2, 400, panels, 10, center, 1);
  EXPECT_EQ(std::set<std::int32_t>(center.begin(), center.end()).size(), 10U);
}

TEST(KMeans, AsManyCentersAsRowsOrEqualRows) {
  const auto rows = clustered_rows(20, 3, 0, 5);
  EXPECT_EQ(mean_square(rows, 3, kmeans(Metric::l2, rows.data(), 3, 20, 20, {}), 20), 0);
  const std::vector<float> equal(60, 2.5F);
  for (const Metric metric : metrics)
    for (const float x : kmeans(metric, equal.data(), 3, 20, 20, {})) EXPECT_TRUE(std::isfinite(x));
}

TEST(KMeans, SphericalCentersHaveLengthOne) {
  auto rows = clustered_rows(100, 3, 0, 5);
  std::fill_n(rows.begin(), 150, 0.0F);  // rows of length 0 have no direction
  for (const Metric metric : {Metric::inner_product, Metric::cosine}) {
    const auto panels = kmeans(metric, rows.data(), 3, 100, 20, {});
    for (std::size_t c = 0; c < 20; ++c) {
      float center[3];
      unpack_row(panels.data(), 3, c, center);
      EXPECT_NEAR(-distance(Metric::inner_product, center, center, 3), 1, 1e-5);
    }
  }
}

TEST(KMeans, LargeCoordinatesStayFinite) {
  auto rows = clustered_rows(100, 3, 0, 5);
  for (float& x : rows) x *= 1e18F;
  for (const float x : kmeans(Metric::l2, rows.data(), 3, 100, 20, {})) EXPECT_TRUE(std::isfinite(x));
}

TEST(KMeans, StopsWhereItIsAsked) {
  const auto rows = clustered_rows(3000, 10, 0, 2);
  for (const int threads : {1, 2})
    for (int asked = 0; asked < 60; asked += 7) {
      int left = asked;
      const core::Checkpoint checkpoint([&] { return left-- == 0; });
      EXPECT_THROW(kmeans(Metric::l2, rows.data(), 10, 3000, 50, {50, 100, 9, threads}, checkpoint),
                   core::Stopped);
    }
}

TEST(KMeans, GroupsHoldEveryRowInOrder) {
  const std::vector<std::int32_t> center{2, 0, 2, 3, 0, 2};
  const auto groups = group_by_center(center, 5);
  EXPECT_EQ(groups.start, (std::vector<std::int32_t>{0, 2, 2, 5, 6, 6}));
  EXPECT_EQ(groups.ids, (std::vector<std::int32_t>{1, 4, 0, 2, 5, 3}));
  EXPECT_EQ(default_lists(0), 1);
  EXPECT_EQ(default_lists(100), 12);
  EXPECT_EQ(default_lists(1'000'000), 4000);
}

}  // namespace
}  // namespace wayseer::hashing
