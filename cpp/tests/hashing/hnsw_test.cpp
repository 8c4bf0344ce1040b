#include "wayseer/hashing/hnsw.hpp"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "wayseer/core/random.hpp"

namespace wayseer::hashing {
namespace {

std::vector<float> random_rows(std::size_t count, std::size_t dim, std::uint64_t seed) {
  core::Random random(seed);
  std::vector<float> values(count * dim);
  for (float& x : values) x = static_cast<float>(random.uniform() * 2 - 1);
  return values;
}

std::vector<Neighbor> exact(const Vectors& vectors, const float* query, RowRange window, std::size_t k) {
  std::vector<Neighbor> all;
  for (std::int32_t row = window.begin; row < window.end; ++row)
    all.push_back({distance(vectors.metric, query, vectors.row(row), vectors.dim), row});
  std::sort(all.begin(), all.end());
  all.resize(std::min(k, all.size()));
  return all;
}

std::vector<Neighbor> inside(const SearchBeam& beam, std::size_t k) {
  std::vector<Neighbor> found;
  for (std::size_t i = 0; i < beam.size() && found.size() < k; ++i)
    if (beam.window().contains(beam[i].id)) found.push_back(beam[i]);
  return found;
}

// How many of the distances are as good as the k-th exact one.
double recall(const std::vector<Neighbor>& found, const std::vector<Neighbor>& best) {
  if (best.empty()) return 1;
  std::size_t good = 0;
  for (const auto& neighbor : found) good += neighbor.distance <= best.back().distance;
  return static_cast<double>(good) / static_cast<double>(best.size());
}

TEST(SearchBeam, KeepsTheNearestAndWhatLeadsToThem) {
  SearchBeam beam;
  beam.start({10, 20}, 2, 100);
  for (const auto& [distance, row] : {Neighbor{5, 11}, {1, 3}, {4, 12}, {3, 4}, {6, 5}, {2, 13}})
    beam.offer(distance, row);
  // Two inside: 13 at 2 and 12 at 4; nothing behind them.
  EXPECT_EQ(beam.bound(), 4);
  ASSERT_EQ(beam.size(), 4U);
  EXPECT_EQ(beam.inside(), 2U);
  EXPECT_EQ(beam[3], (Neighbor{4, 12}));
  std::vector<std::int32_t> visited;
  for (std::int32_t row; (row = beam.next()) >= 0;) {
    visited.push_back(row);
    if (row == 3) beam.offer(.5f, 14);  // nearer than what was visited: comes next, and 12 goes
  }
  EXPECT_EQ(visited, (std::vector<std::int32_t>{3, 14, 13}));
}

TEST(SearchBeam, CapacityLimitsAll) {
  SearchBeam beam;
  beam.start({100, 200}, 2, 3);
  for (std::int32_t row = 0; row < 10; ++row) beam.offer(static_cast<float>(10 - row), row);
  EXPECT_EQ(beam.size(), 3U);
  EXPECT_EQ(beam.inside(), 0U);
  EXPECT_EQ(beam.bound(), 3);
  beam.offer(0, 150);
  EXPECT_EQ(beam.inside(), 1U);
}

TEST(Hnsw, FindsTheNearestOfItsRange) {
  constexpr std::size_t dim = 16;
  const auto rows = random_rows(6000, dim, 1), queries = random_rows(100, dim, 2);
  for (const Metric metric : {Metric::l2, Metric::inner_product}) {
    const Vectors vectors{rows.data(), dim, metric};
    const RowRange range{1000, 5000};
    SearchScratch scratch(range.size());
    const Hnsw graph(vectors, range, 200, 7, scratch);
    for (const RowRange window : {range, RowRange{2000, 4000}, RowRange{1500, 2000}}) {
      double sum = 0;
      for (std::size_t q = 0; q < 100; ++q) {
        const float* query = &queries[q * dim];
        graph.search(Probe(vectors, query), window, 50, 4000, scratch);
        const auto found = inside(scratch.beam, 10);
        ASSERT_EQ(found.size(), 10U);
        for (const auto& [near, row] : found) {
          EXPECT_TRUE(window.contains(row));
          EXPECT_EQ(near, distance(metric, query, vectors.row(row), dim));
        }
        sum += recall(found, exact(vectors, query, window, 10));
      }
      EXPECT_GT(sum / 100, .95);
    }
  }
}

TEST(Hnsw, EveryRowOfSmallGraphsIsReached) {
  const auto rows = random_rows(200, 4, 3);
  const Vectors vectors{rows.data(), 4, Metric::l2};
  for (std::int32_t size = 0; size <= 60; ++size) {
    SearchScratch scratch(200);
    const Hnsw graph(vectors, {0, size}, 200, 1, scratch);
    graph.search(Probe(vectors, vectors.row(0)), RowRange{0, size}, 200, 200, scratch);
    std::set<std::int32_t> met;
    for (std::size_t i = 0; i < scratch.beam.size(); ++i) met.insert(scratch.beam[i].id);
    EXPECT_EQ(met.size(), static_cast<std::size_t>(size));
  }
}

TEST(Hnsw, EqualRowsDoNotCutTheGraph) {
  auto rows = random_rows(4000, 8, 4);
  for (std::size_t i = 0; i < 2000 * 8; ++i) rows[i] = .25f;  // half of the rows are one point
  const Vectors vectors{rows.data(), 8, Metric::l2};
  SearchScratch scratch(4000);
  const Hnsw graph(vectors, {0, 4000}, 200, 1, scratch);
  const auto queries = random_rows(50, 8, 5);
  double sum = 0;
  for (std::size_t q = 0; q < 50; ++q) {
    graph.search(Probe(vectors, &queries[q * 8]), {0, 4000}, 50, 4000, scratch);
    sum += recall(inside(scratch.beam, 10), exact(vectors, &queries[q * 8], {0, 4000}, 10));
  }
  EXPECT_GT(sum / 50, .95);
}

TEST(Hnsw, SeedDecides) {
  const auto rows = random_rows(2000, 8, 6);
  const Vectors vectors{rows.data(), 8, Metric::l2};
  const auto links = [&](std::uint64_t seed) {
    SearchScratch scratch(2000);
    const Hnsw graph(vectors, {0, 2000}, 100, seed, scratch);
    std::vector<std::int32_t> all;
    for (std::int32_t row = 0; row < 2000; ++row)
      graph.for_links(row, [&](std::int32_t to) { all.push_back(to); });
    return all;
  };
  EXPECT_EQ(links(1), links(1));
  EXPECT_NE(links(1), links(2));
}

TEST(Hnsw, BuildingStops) {
  const auto rows = random_rows(2000, 8, 6);
  const Vectors vectors{rows.data(), 8, Metric::l2};
  SearchScratch scratch(2000);
  int asked = 0;
  const core::Checkpoint checkpoint([&] { return ++asked == 3; });
  EXPECT_THROW(Hnsw(vectors, RowRange{0, 2000}, 100, 1, scratch, checkpoint), core::Stopped);
}

}  // namespace
}  // namespace wayseer::hashing
