#include "wayseer/hashing/ivf_flat.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "vectors.hpp"

namespace wayseer::hashing {
namespace {

constexpr Metric metrics[] = {Metric::l2, Metric::inner_product, Metric::cosine};

Found search(const IvfFlat& index, const float* query, std::size_t k, std::int32_t nprobe,
             std::int32_t first = 0) {
  Neighbours best(k);
  IvfFlat::Scratch scratch;
  index.search(query, nprobe, best, scratch, first);
  Found found{std::vector<std::int64_t>(k), std::vector<float>(k)};
  best.write(found.ids.data(), found.distances.data());
  return found;
}

const auto any = [](std::size_t) { return true; };

TEST(IvfFlat, AllListsAreExact) {
  for (const Metric metric : metrics)
    for (const std::int32_t count : {1, 2, 9, 500}) {
      const auto rows = clustered_rows(static_cast<std::size_t>(count), 12, 5, 1);
      const IvfFlat index(metric, rows.data(), 12, count, 0, {});
      EXPECT_EQ(index.size(), count);
      EXPECT_EQ(index.lists(), default_lists(count));
      for (std::uint64_t q = 0; q < 10; ++q) {
        const auto query = clustered_rows(1, 12, 5, 50 + q);
        for (const std::size_t k : {1U, 10U, 100U}) {
          const Found expected = brute_force(metric, query.data(), rows, 12, k, any);
          EXPECT_EQ(search(index, query.data(), k, IvfFlat::all_lists), expected);
          EXPECT_EQ(search(index, query.data(), k, index.lists()), expected);
        }
      }
    }
}

TEST(IvfFlat, RecallGrowsWithLists) {
  const auto rows = clustered_rows(20000, 16, 100, 1);
  for (const Metric metric : {Metric::l2, Metric::cosine}) {
    auto own = rows;
    if (metric == Metric::cosine)
      for (std::size_t i = 0; i < 20000; ++i) normalize({own.data() + i * 16, 16});
    const IvfFlat index(metric, own.data(), 16, 20000, 0, {});
    double recall[3] = {};
    const std::int32_t nprobe[3] = {1, 8, 64};
    for (std::size_t q = 0; q < 50; ++q) {
      const float* const query = own.data() + 400 * q * 16;
      const Found expected = brute_force(metric, query, own, 16, 10, any);
      for (std::size_t i = 0; i < 3; ++i) {
        const Found found = search(index, query, 10, nprobe[i]);
        EXPECT_EQ(found.ids[0], static_cast<std::int64_t>(400 * q));  // a row is in the list nearest to it
        for (const auto id : found.ids)
          recall[i] += std::ranges::count(expected.ids, id) != 0 ? 1.0 / 500 : 0;
      }
    }
    EXPECT_LE(recall[0], recall[1]);
    EXPECT_LE(recall[1], recall[2]);
    EXPECT_GT(recall[2], 0.95);
  }
}

TEST(IvfFlat, RangesOfOneArrayShareTheirAnswer) {
  const auto rows = clustered_rows(1000, 6, 5, 1);
  const IvfFlat head(Metric::l2, rows.data(), 6, 400, 0, {}),
      tail(Metric::l2, rows.data() + 400 * 6, 6, 600, 7, {});
  EXPECT_EQ(tail.lists(), 7);
  const auto query = clustered_rows(1, 6, 5, 3);
  Neighbours best(20);
  IvfFlat::Scratch scratch;
  head.search(query.data(), 0, best, scratch);
  tail.search(query.data(), 0, best, scratch, 400);
  Found found{std::vector<std::int64_t>(20), std::vector<float>(20)};
  best.write(found.ids.data(), found.distances.data());
  EXPECT_EQ(found, brute_force(Metric::l2, query.data(), rows, 6, 20, any));
}

TEST(IvfFlat, EdgesOfItsArguments) {
  const auto rows = clustered_rows(10, 6, 0, 1);
  const IvfFlat none(Metric::l2, rows.data(), 6, 0, 0, {});
  EXPECT_EQ(search(none, rows.data(), 2, 3).ids, (std::vector<std::int64_t>{-1, -1}));
  EXPECT_THROW(IvfFlat(Metric::l2, rows.data(), 6, 10, 11, {}), std::invalid_argument);
  EXPECT_THROW(IvfFlat(Metric::l2, rows.data(), 6, 10, -1, {}), std::invalid_argument);
  const std::vector<float> equal(100 * 3, 1.0F);
  const IvfFlat same(Metric::l2, equal.data(), 3, 100, 10, {});
  EXPECT_EQ(search(same, equal.data(), 3, 1).ids, (std::vector<std::int64_t>{0, 1, 2}));  // all in one list
  EXPECT_THROW(IvfFlat(Metric::l2, rows.data(), 6, 10, 2, {}, core::Checkpoint([] { return true; })),
               core::Stopped);
}

}  // namespace
}  // namespace wayseer::hashing
