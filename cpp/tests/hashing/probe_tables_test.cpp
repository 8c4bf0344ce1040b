#include "wayseer/hashing/probe_tables.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "keys.hpp"

namespace wayseer::hashing {
namespace {

using test::distinct_keys;
using test::fill_up;
using test::mean;

template <class Table>
class ProbeTables : public testing::Test {};
using Tables = testing::Types<LinearTable, QuadraticTable, DoubleHashTable, UniformTable>;
TYPED_TEST_SUITE(ProbeTables, Tables);

TYPED_TEST(ProbeTables, AgreesWithAMap) {
  for (const std::int64_t n : {1, 2, 16, 64})
    for (const double delta : {1e-9, 0.1, 0.5}) test::compare_with_map(TypeParam(n, delta, 5), 2000, 1);
}

TYPED_TEST(ProbeTables, FillsEverySlot) {
  TypeParam table(1024, 1e-9);
  EXPECT_EQ(table.capacity(), 1024);
  fill_up(table);
  std::set<std::int64_t> slots;
  for (const std::int64_t key : distinct_keys(1024)) slots.insert(table.find(key).slot);
  EXPECT_EQ(slots.size(), 1024U);
  EXPECT_EQ(*slots.begin(), 0);
  EXPECT_EQ(table.fill(), std::vector<std::int64_t>{1024});
  EXPECT_EQ(table.find(-12345).slot, -1);  // ends although no slot is free
}

TYPED_TEST(ProbeTables, AHitCostsWhatItsInsertionDid) {
  TypeParam table(4096, 0.02, 3);
  const auto probes = fill_up(table);
  std::vector<std::int64_t> slots(probes.size()), again(probes.size());
  table.find(distinct_keys(table.capacity()), slots, again);
  EXPECT_EQ(probes, again);
}

TYPED_TEST(ProbeTables, SeedsChangePlacesAndNothingElseDoes) {
  TypeParam one(256, 0.1, 1), same(256, 0.1, 1), other(256, 0.1, 2);
  EXPECT_EQ(fill_up(one), fill_up(same));
  fill_up(other);
  const auto keys = distinct_keys(one.capacity());
  std::vector<std::int64_t> a(keys.size()), b(keys.size()), c(keys.size());
  one.find(keys, a, {});
  same.find(keys, b, {});
  other.find(keys, c, {});
  EXPECT_EQ(a, b);
  EXPECT_NE(a, c);
}

TYPED_TEST(ProbeTables, ErrorsLeaveTheLeadingKeysIn) {
  TypeParam table(8, 0.25);
  try {
    table.insert(std::vector<std::int64_t>{1, 2, 3, 2, 4});
    FAIL();
  } catch (const duplicate_key_error& error) {
    EXPECT_EQ(error.position, 3U);
  }
  EXPECT_EQ(table.size(), 3);
  try {
    table.insert(std::vector<std::int64_t>{4, 5, 6, 7, 8});
    FAIL();
  } catch (const table_full_error& error) {
    EXPECT_EQ(error.capacity, 6U);
    EXPECT_EQ(error.size, 6U);
    EXPECT_EQ(error.inserted, 3U);
  }
  EXPECT_EQ(table.find(7).slot, -1);
  std::vector<std::int64_t> two(2);
  EXPECT_THROW(table.find(std::vector<std::int64_t>{1, 2, 3}, two, {}), std::invalid_argument);
}

TYPED_TEST(ProbeTables, RefusesWrongArguments) {
  EXPECT_THROW(TypeParam(0, 0.1), std::invalid_argument);
  EXPECT_THROW(TypeParam(-4, 0.1), std::invalid_argument);
  EXPECT_THROW(TypeParam((std::int64_t{1} << 40) + 1, 0.1), std::overflow_error);
  for (const double delta : {0.0, 1.0, -0.1, 1.5, std::nan("")})
    EXPECT_THROW(TypeParam(16, delta), std::invalid_argument) << delta;
}

TEST(ProbeTablesSizes, OnlySequencesThatMeetEverySlot) {
  EXPECT_THROW(QuadraticTable(12, 0.1), std::invalid_argument);
  EXPECT_THROW(DoubleHashTable(15, 0.1), std::invalid_argument);
  for (const std::int64_t n : {2, 3, 13, 997, 1024}) {
    DoubleHashTable table(n, 1e-9);
    fill_up(table);
    EXPECT_EQ(table.size(), n);
  }
}

// The formulas hold for n to infinity; tolerances are those of five runs at n = 2^18.
constexpr std::int64_t statistics_n = 1 << 18;

template <class Table>
std::pair<double, double> average_and_last(double delta) {  // of insertions: all, and the last 1000
  double average = 0, last = 0;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    Table table(statistics_n, delta, seed);
    const auto probes = fill_up(table);
    average += mean(probes) / 5;
    last += mean({probes.end() - 1000, probes.end()}) / 5;
  }
  return {average, last};
}

TEST(ProbeTablesStatistics, UniformAndDouble) {
  for (const double delta : {0.1, 0.01}) {
    const double expected = std::log(1 / delta) / (1 - delta);
    for (const auto& [average, last] :
         {average_and_last<UniformTable>(delta), average_and_last<DoubleHashTable>(delta)}) {
      EXPECT_NEAR(average / expected, 1, 0.01) << delta;
      // the last 1000 keys see loads from delta + 1000 / n on
      const double share = 1000 / static_cast<double>(statistics_n);
      EXPECT_NEAR(last / (std::log1p(share / delta) / share), 1, 0.1) << delta;
    }
  }
}

TEST(ProbeTablesStatistics, Linear) {
  const auto [average, last] = average_and_last<LinearTable>(0.1);
  EXPECT_NEAR(average / (0.5 * (1 + 1 / 0.1)), 1, 0.05);
  EXPECT_NEAR(last / (0.5 * (1 + 1 / 0.01)), 1, 0.15);
}

TEST(ProbeTablesStatistics, QuadraticLiesBetween) {
  for (const double delta : {0.1, 0.01}) {
    const double quadratic = average_and_last<QuadraticTable>(delta).first;
    EXPECT_GT(quadratic, average_and_last<UniformTable>(delta).first);
    EXPECT_LT(quadratic, average_and_last<LinearTable>(delta).first);
  }
}

// A miss ends at the first free slot: after 1 / delta probes in the mean.
TEST(ProbeTablesStatistics, MissesOfUniformProbing) {
  UniformTable table(1 << 16, 0.1, 1);
  fill_up(table);
  const auto absent = distinct_keys(20'000, 1 << 20);
  std::vector<std::int64_t> slots(absent.size()), probes(absent.size());
  table.find(absent, slots, probes);
  EXPECT_EQ(std::ranges::max(slots), -1);
  EXPECT_NEAR(mean(probes), 10, 0.3);
}

}  // namespace
}  // namespace wayseer::hashing
