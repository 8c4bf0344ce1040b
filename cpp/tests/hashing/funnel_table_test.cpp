#include "wayseer/hashing/funnel_table.hpp"

#include <algorithm>
#include <cmath>

#include "keys.hpp"

namespace wayseer::hashing {
namespace {

using test::distinct_keys;
using test::fill_up;
using test::mean;

// Everything that section 3 of the paper says about sizes.
void check_partition(const FunnelTable& table) {
  const auto levels = table.levels();
  const auto alpha = static_cast<std::size_t>(table.alpha());
  ASSERT_EQ(levels.size(), alpha + 2);
  EXPECT_EQ(std::accumulate(levels.begin(), levels.end(), std::int64_t{0}), table.n());
  const double free = table.delta() * static_cast<double>(table.n());
  const std::int64_t special = levels[alpha] + levels[alpha + 1];
  EXPECT_GE(special, static_cast<std::int64_t>(std::ceil(free / 2)));
  EXPECT_LE(special, static_cast<std::int64_t>(std::floor(3 * free / 4)));
  EXPECT_LE(2 * levels[alpha + 1], special);
  EXPECT_EQ(levels[alpha + 1] % (2 * table.special_probes()), 0);
  for (std::size_t i = 0; i < alpha; ++i) {
    EXPECT_EQ(levels[i] % table.beta(), 0);
    EXPECT_GE(levels[i], table.beta());
    if (i == 0) continue;
    const std::int64_t a = levels[i - 1] / table.beta(), b = levels[i] / table.beta();
    EXPECT_LE(std::abs(4 * b - 3 * a), 4) << i;
  }
}

TEST(FunnelTable, Partition) {
  for (const double delta : {0.125, 0.1, 0.01, 1e-3, 0x1p-14})
    for (const std::int64_t n : {1 << 18, 1 << 20, 3'000'017}) check_partition(FunnelTable(n, delta));
  for (const std::int64_t alpha : {1, 2, 3, 10, 50})
    for (const std::int64_t beta : {1, 2, 7, 20}) check_partition(FunnelTable(5003, 0.1, alpha, beta));
  const FunnelTable table(1 << 20, 0.01);
  EXPECT_EQ(table.alpha(), 37);
  EXPECT_EQ(table.beta(), 14);
  EXPECT_EQ(table.special_probes(), 5);
  EXPECT_EQ(table.most_probes(), 543);
  EXPECT_EQ(FunnelTable(1 << 20, 0x1p-14).most_probes(), 1873);
}

// The message names the smallest n that can be divided: that one can, and none between.
TEST(FunnelTable, SmallTables) {
  for (const double delta : {0.125, 0.1, 0.01, 1e-3}) {
    for (const auto& [alpha, beta] :
         {std::pair<std::optional<int>, std::optional<int>>{{}, {}}, {1, 1}, {3, 4}}) {
      int valid = 0, refused = 0;
      std::int64_t promised = 0;
      for (std::int64_t n = 1; n < 3000; ++n) {
        try {
          check_partition(FunnelTable(n, delta, alpha, beta));
          EXPECT_TRUE(promised == 0 || promised == n) << n;
          promised = 0;
          ++valid;
        } catch (const std::invalid_argument& error) {
          const std::string text = error.what();
          EXPECT_TRUE(text.starts_with("capacity too small for delta ")) << text;
          const std::int64_t smallest = std::stoll(text.substr(text.rfind(' ')));
          EXPECT_TRUE(promised == 0 || promised == smallest) << n << ' ' << smallest;
          EXPECT_GT(smallest, n);
          promised = smallest;
          ++refused;
        }
      }
      EXPECT_GT(valid, 0);
      EXPECT_GT(refused, 0);
    }
  }
  try {
    FunnelTable(1000, 1e-13);
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_TRUE(std::string(error.what()).ends_with("no n up to 2^40 can"));
  }
}

TEST(FunnelTable, AgreesWithAMap) {
  test::compare_with_map(FunnelTable(300, 0.1, {}, {}, 5), 5000, 1);
  for (const std::int64_t alpha : {1, 2, 5})  // B and C in use, and overflowing
    for (const std::int64_t beta : {1, 3})
      for (const std::int64_t n : {42, 129, 501})
        test::compare_with_map(FunnelTable(n, 0.125, alpha, beta, 5), 5000, 2);
}

TEST(FunnelTable, AHitCostsWhatItsInsertionDid) {
  FunnelTable plain(1 << 14, 0.05, {}, {}, 3), shallow(1 << 14, 0.05, 8, 9, 3);
  for (FunnelTable* table : {&plain, &shallow}) {
    const auto probes = fill_up(*table);
    std::vector<std::int64_t> slots(probes.size()), again(probes.size());
    table->find(distinct_keys(table->capacity()), slots, again);
    EXPECT_EQ(probes, again);
  }
  EXPECT_GT(shallow.fill()[8], 0);
}

// Few levels throw a good part of the keys at the special array.
TEST(FunnelTable, SpecialArray) {
  FunnelTable table(1 << 14, 0.125, 2, 1, 1);
  const auto keys = distinct_keys(table.capacity());
  std::vector<std::int64_t> probes(keys.size());
  std::size_t inserted = 0;
  try {
    table.insert(keys, probes);
    FAIL();
  } catch (const table_full_error& error) {  // C overflows before the table has its capacity
    inserted = error.inserted;
    EXPECT_EQ(error.size, inserted);
    EXPECT_EQ(error.capacity, static_cast<std::size_t>(table.capacity()));
    EXPECT_LT(error.size, error.capacity);
  }
  EXPECT_GT(table.fill()[2], 0);
  EXPECT_GT(table.fill()[3], 0);
  EXPECT_LE(std::ranges::max(probes), *table.most_probes());
  const auto& counts = table.bucket_counts();
  EXPECT_EQ(std::accumulate(counts.begin(), counts.end(), std::int64_t{0}),
            static_cast<std::int64_t>(inserted));
  EXPECT_EQ(static_cast<std::int64_t>(counts.size()), 2 + table.special_probes() + 3);
  EXPECT_GT(counts.back(), 0);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const Lookup found = table.find(keys[i]);
    EXPECT_EQ(found.slot >= 0, i < inserted);
    EXPECT_LE(found.probes, *table.most_probes());
    if (i < inserted) {
      EXPECT_EQ(found.probes, probes[i]);
    }
  }
}

TEST(FunnelTable, SpecialArrayWithoutC) {
  const FunnelTable sizes(42, 0.125, 2, 3);
  EXPECT_EQ(sizes.levels().back(), 0);
  EXPECT_EQ(sizes.most_probes(), std::nullopt);
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    FunnelTable table(42, 0.125, 2, 3, seed);
    try {
      table.insert(distinct_keys(table.capacity()));
    } catch (const table_full_error&) {
      EXPECT_EQ(table.fill()[2], table.levels()[2]);
    }
  }
}

TEST(FunnelTable, DefaultsNeverReachTheSpecialArray) {
  for (const double delta : {0.1, 0.01, 1e-3}) {
    FunnelTable table(1 << 18, delta, {}, {}, 1);
    const auto probes = fill_up(table);
    EXPECT_EQ(table.fill()[static_cast<std::size_t>(table.alpha())], 0);
    EXPECT_LE(std::ranges::max(probes), *table.most_probes());
  }
}

TEST(FunnelTable, Averages) {
  const auto check = [](double delta, double slots, double buckets) {
    double cost = 0, examined = 0;
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      FunnelTable table(1 << 18, delta, {}, {}, seed);
      cost += mean(fill_up(table)) / 5;
      std::int64_t k = 0, total = 0;
      for (const std::int64_t count : table.bucket_counts()) total += k++ * count;
      examined += static_cast<double>(total) / static_cast<double>(5 * table.size());
    }
    EXPECT_NEAR(cost / slots, 1, 0.02) << delta;
    EXPECT_NEAR(examined / buckets, 1, 0.02) << delta;
  };
  check(0.1, 22.5, 3.64);
  check(0.01, 48.8, 3.95);
}

TEST(FunnelTable, ErasedSlotsAreTakenAgain) {
  FunnelTable table(300, 0.1, {}, {}, 1);
  const auto keys = distinct_keys(table.capacity());
  table.insert(keys);
  for (int round = 0; round < 5; ++round) {
    EXPECT_EQ(table.erase(keys), table.capacity());
    EXPECT_EQ(table.erase(keys), 0);
    EXPECT_EQ(table.size(), 0);
    EXPECT_EQ(table.fill(), std::vector<std::int64_t>(table.fill().size(), 0));
    table.insert(keys);
  }
  for (const std::int64_t key : keys) EXPECT_GE(table.find(key).slot, 0);
}

TEST(FunnelTable, RefusesWrongArguments) {
  for (const double delta : {0.0, 0.13, 1.0, -0.1, std::nan("")})
    EXPECT_THROW(FunnelTable(1000, delta), std::invalid_argument) << delta;
  EXPECT_THROW(FunnelTable(0, 0.1), std::invalid_argument);
  EXPECT_THROW(FunnelTable(1000, 0.1, 0), std::invalid_argument);
  EXPECT_THROW(FunnelTable(1000, 0.1, {}, 0), std::invalid_argument);
  EXPECT_THROW(FunnelTable(1000, 0.1, 1 << 21), std::invalid_argument);
  EXPECT_THROW(FunnelTable((std::int64_t{1} << 40) + 1, 0.1), std::overflow_error);
}

}  // namespace
}  // namespace wayseer::hashing
