#include "wayseer/hashing/elastic_table.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "keys.hpp"

namespace wayseer::hashing {
namespace {

using test::distinct_keys;
using test::fill_up;
using test::mean;

TEST(Phi, KnownValues) {
  EXPECT_EQ(phi(1, 1), 0b1101U);
  EXPECT_EQ(phi(2, 1), 0b11010U);
  EXPECT_EQ(phi(1, 2), 0b111001U);
  EXPECT_EQ(phi(1, 3), 0b111101U);
}

TEST(Phi, InjectiveAndOfOrderIJSquared) {
  std::unordered_set<std::uint64_t> seen;
  for (std::uint64_t i = 1; i <= 64; ++i) {
    for (std::uint64_t j = 1; j <= 4096; ++j) {
      EXPECT_TRUE(seen.insert(phi(i, j)).second) << i << ' ' << j;
      EXPECT_LE(phi(i, j), 16 * i * j * j);
      EXPECT_GT(phi(i, j + 1), phi(i, j));
    }
  }
}

TEST(Phi, Limits) {
  EXPECT_THROW(static_cast<void>(phi(0, 1)), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(phi(1, 0)), std::invalid_argument);
  EXPECT_GT(phi(40, std::uint64_t{1} << 27), std::uint64_t{1} << 60);
  EXPECT_THROW(static_cast<void>(phi(1, std::uint64_t{1} << 31)), std::overflow_error);
}

TEST(ElasticTable, AgreesWithAMap) {
  for (const std::int64_t n : {1, 2, 3, 7, 64, 100})
    for (const double delta : {1e-9, 0.05, 0.5, 0.9})
      for (const double c : {0.1, 2.0}) test::compare_with_map(ElasticTable(n, delta, c, 5), 2000, 1);
}

TEST(ElasticTable, LevelsHalve) {
  EXPECT_EQ(ElasticTable(1, 0.1).levels(), std::vector<std::int64_t>{1});
  EXPECT_EQ(ElasticTable(2, 0.1).levels(), std::vector<std::int64_t>{2});
  EXPECT_EQ(ElasticTable(5, 0.1).levels(), (std::vector<std::int64_t>{3, 1, 1}));
  for (const std::int64_t n : {6, 100, 1000, 1023, 1024, 1025, 99'999}) {
    const auto levels = ElasticTable(n, 0.1).levels();
    EXPECT_EQ(static_cast<double>(levels.size()), std::ceil(std::log2(static_cast<double>(n))));
    EXPECT_EQ(std::accumulate(levels.begin(), levels.end(), std::int64_t{0}), n);
    for (std::size_t i = 1; i < levels.size(); ++i) {
      EXPECT_LE(std::abs(2 * levels[i] - levels[i - 1]), 2) << n << ' ' << i;
      EXPECT_GE(levels[i], 1);
    }
  }
}

// After batch i: A_1 .. A_i hold |A| - floor(delta |A| / 2) keys, A_{i+1} holds ceil(3/4 |A|), the rest
// nothing.
TEST(ElasticTable, OccupancyAfterEachBatch) {
  for (const std::int64_t n : {10, 63, 1000, 30'000, 1 << 16}) {
    for (const double delta : {0.3, 0.1, 0.01, 1e-3, 1e-9}) {
      ElasticTable table(n, delta, 2.0, 7);
      const auto levels = table.levels();
      const auto batches = table.batches();
      EXPECT_EQ(std::accumulate(batches.begin(), batches.end(), std::int64_t{0}), table.capacity());
      std::uint64_t first = 0;
      for (std::size_t batch = 0; batch < batches.size(); ++batch) {
        table.insert(distinct_keys(batches[batch], first));
        first += static_cast<std::uint64_t>(batches[batch]);
        if (batch + 1 == batches.size()) break;  // may be cut
        const auto fill = table.fill();
        for (std::size_t level = 0; level < levels.size(); ++level) {
          std::int64_t expected = 0;
          if (level < batch)
            expected = levels[level] -
                       static_cast<std::int64_t>(std::floor(delta * static_cast<double>(levels[level]) / 2));
          else if (level == batch)
            expected = (3 * levels[level] + 3) / 4;
          EXPECT_EQ(fill[level], expected) << n << ' ' << delta << ' ' << batch << ' ' << level;
        }
      }
      EXPECT_EQ(table.size(), table.capacity());
    }
  }
}

TEST(ElasticTable, SearchCostsAreRanksOfPairs) {
  for (const double c : {0.5, 2.0}) {
    ElasticTable table(20'000, 0.01, c, 3);
    fill_up(table);
    const auto pairs = table.pairs();
    std::int64_t keys = 0;
    double total = 0;
    for (std::size_t k = 0; k < pairs.size(); ++k) {
      keys += pairs[k].keys;
      total += static_cast<double>(k + 1) * static_cast<double>(pairs[k].keys);
    }
    EXPECT_TRUE(std::ranges::is_sorted(pairs, std::less<>{}, [](const ElasticTable::Pair& pair) {
      return phi(static_cast<std::uint64_t>(pair.level), static_cast<std::uint64_t>(pair.probe));
    }));
    EXPECT_EQ(keys, table.size());
    const auto all = distinct_keys(table.capacity());
    std::vector<std::int64_t> slots(all.size()), probes(all.size());
    table.find(all, slots, probes);
    EXPECT_GE(std::ranges::min(slots), 0);
    EXPECT_DOUBLE_EQ(mean(probes), total / static_cast<double>(keys));
    EXPECT_EQ(table.find(12345), (Lookup{-1, static_cast<std::int64_t>(pairs.size())}));
  }
}

TEST(ElasticTable, CalibratedOrderFindsTheSameSooner) {
  ElasticTable table(50'000, 0.01, 2.0, 3);
  fill_up(table);
  auto keys = distinct_keys(table.capacity());
  keys.push_back(12345);
  std::vector<std::int64_t> slots(keys.size()), probes(keys.size()), again(keys.size()), fewer(keys.size());
  table.find(keys, slots, probes);
  table.find_calibrated(keys, again, fewer);
  EXPECT_EQ(slots, again);
  EXPECT_LT(mean(fewer), 0.9 * mean(probes));
}

TEST(ElasticTable, UnboundedInsertionsNeedALargeC) {
  ElasticTable one(1 << 18, 0.01, 1.0, 1), two(1 << 18, 0.01, 2.0, 1);
  const auto costs_one = fill_up(one), costs_two = fill_up(two);
  EXPECT_GT(one.cases()[4], 100);
  EXPECT_EQ(two.cases()[4], 0);
  EXPECT_GT(std::ranges::max(costs_one), 5 * std::ranges::max(costs_two));
  const auto& cases = one.cases();
  EXPECT_EQ(std::accumulate(cases.begin(), cases.end(), std::int64_t{0}), one.size());
}

TEST(ElasticTable, Averages) {
  const auto check = [](double delta, double insertion, double hit) {
    double cost = 0, rank = 0;
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      ElasticTable table(1 << 18, delta, 2.0, seed);
      cost += mean(fill_up(table)) / 5;
      std::int64_t k = 0;
      for (const auto& pair : table.pairs())
        rank += static_cast<double>(++k * pair.keys) / static_cast<double>(5 * table.size());
    }
    EXPECT_NEAR(cost / insertion, 1, 0.02) << delta;
    EXPECT_NEAR(rank / hit, 1, 0.02) << delta;
  };
  check(0.1, 3.14, 6.9);
  check(0.01, 5.31, 12.8);
}

TEST(ElasticTable, RefusesWrongArguments) {
  EXPECT_THROW(ElasticTable(0, 0.1), std::invalid_argument);
  EXPECT_THROW(ElasticTable((std::int64_t{1} << 40) + 1, 0.1), std::overflow_error);
  EXPECT_THROW(ElasticTable(10, 1.0), std::invalid_argument);
  for (const double c : {0.0, -1.0, 1e300, std::nan("")})
    EXPECT_THROW(ElasticTable(10, 0.1, c), std::invalid_argument) << c;
}

}  // namespace
}  // namespace wayseer::hashing
