#include "wayseer/hashing/table_file.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <system_error>

#include "wayseer/hashing/hash.hpp"
#include "wayseer/hashing/strata_map.hpp"
#include "wayseer/hashing/strata_set.hpp"

namespace wayseer::hashing {
namespace {

class StrataFile : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(directory); }
  void TearDown() override { std::filesystem::remove_all(directory); }

  std::filesystem::path directory =
      std::filesystem::temp_directory_path() / ("wayseer_strata_file_" + std::to_string(::getpid()));
  std::string path = (directory / "t.wsh").string();
};

std::string content(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

template <class Table>
void round_trip(Table& table, const std::string& path) {
  table.save(path);
  const Table mapped = Table::map_readonly(path, verify::all);
  EXPECT_TRUE(mapped.read_only());
  EXPECT_TRUE(mapped.consistent());
  EXPECT_EQ(mapped, table);
  for (auto it = table.begin(); it != table.end(); ++it)
    EXPECT_EQ(mapped.slot_of(table.key_at(it.slot())), it.slot());
  EXPECT_EQ(mapped.stats().erases_since_rebuild, table.stats().erases_since_rebuild);
}

TEST_F(StrataFile, MapsAreTheSameWhereTheyAreMapped) {
  strata_map<std::int64_t, float> table(5000, 0.99, 7);
  for (std::int64_t i = 0; i < 5000; ++i) table.insert({-i * i, static_cast<float>(i)});
  for (std::int64_t i = 0; i < 100; ++i) table.erase(-i * i);
  round_trip(table, path);
  auto mapped = strata_map<std::int64_t, float>::map_readonly(path);
  EXPECT_THROW(mapped.insert({1, 2}), std::invalid_argument);
  EXPECT_THROW(mapped.clear(), std::invalid_argument);
  auto copy = mapped;
  EXPECT_TRUE(copy.insert({3, 4}).second);
  const std::string before = content(path);
  mapped.save(path);  // over itself
  EXPECT_EQ(content(path), before);
  EXPECT_EQ(mapped, table);
}

struct Point {
  std::int32_t x, y, z;
  bool operator==(const Point&) const = default;
};

TEST_F(StrataFile, KeysAndValuesOfEveryTrivialType) {
  strata_map<Point, std::array<char, 5>> records(300);
  strata_set<std::int16_t> narrow(300);
  strata_map<double, bool> floats(300);
  strata_set<std::int32_t, siphash_hash<std::int32_t>> sip(300);
  strata_map<std::uint64_t, std::int8_t, siphash_hash<std::uint64_t, 2, 4>> sip24(300);
  for (std::int32_t i = 0; i < 300; ++i) {
    records.insert({Point{i, -i, 7}, {'a', static_cast<char>(i)}});
    narrow.insert(static_cast<std::int16_t>(100 * i));
    floats.insert({i / 3.0, i % 2 == 0});
    sip.insert(-i);
    sip24.insert({static_cast<std::uint64_t>(i), static_cast<std::int8_t>(i)});
  }
  round_trip(records, path);
  round_trip(narrow, path);
  round_trip(floats, path);
  round_trip(sip, path);
  EXPECT_THROW(strata_set<std::int32_t>::map_readonly(path), format_error);  // another hash
  round_trip(sip24, path);
}

TEST_F(StrataFile, EveryKindOfDamageIsAnError) {
  strata_set<std::uint32_t> table(50, 0.9, 7);
  for (std::uint32_t i = 0; i < 50; ++i) table.insert(i);
  table.save(path);
  const std::string good = content(path);
  const auto open = [&](const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
    return strata_set<std::uint32_t>::map_readonly(path, verify::all).size();
  };
  EXPECT_EQ(open(good), 50U);
  for (std::size_t at = 0; at < good.size(); at += 37) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x10);
    EXPECT_THROW(open(bad), format_error) << at;
    EXPECT_THROW(open(good.substr(0, at)), format_error) << at;
  }
  EXPECT_THROW(open(good + std::string(4096, '\0')), format_error);
}

TEST_F(StrataFile, KindsAndTypesMustMatch) {
  strata_set<std::uint32_t> table(50, 0.9, 7);
  table.save(path);
  EXPECT_THROW((strata_set<std::uint64_t>::map_readonly(path)), format_error);
  EXPECT_THROW((strata_set<float>::map_readonly(path)), format_error);
  EXPECT_THROW((strata_map<std::uint32_t, std::uint32_t>::map_readonly(path)), format_error);
  EXPECT_THROW(table_file((directory / "none").string()), std::system_error);
  EXPECT_THROW(table_file(directory.string()), std::system_error);
  strata_map<std::int64_t, std::int64_t> instants(5);
  instants.save(path, "<M8[ns]", "<i8");
  EXPECT_EQ((strata_map<std::int64_t, std::int64_t>::map_readonly(path).capacity()), 5U);
}

template <class Table>
concept saves = requires(Table table) { table.save(""); };
static_assert(saves<strata_map<int, double>>);
static_assert(!saves<strata_map<std::string, int>> && !saves<strata_map<int, std::string>>);
static_assert(!saves<strata_map<int, int, std::hash<int>>>, "a file could not tell which hash it needs");

TEST(StoredSize, OfDtypes) {
  for (const char* dtype : {"|b1", "|i1", "|u1", "<i2", "<u4", "<f4", "<f2"})
    EXPECT_EQ(stored_size(dtype), 4U);
  EXPECT_EQ(stored_size("|V1"), 1U);
  EXPECT_EQ(stored_size("|V1024"), 1024U);
  for (const char* dtype : {"<i8", "<f8", "<M8", "<M8[ns]", "<m8[25us]"}) EXPECT_EQ(stored_size(dtype), 8U);
  for (const char* dtype :
       {"",       "<",       "<i",     ">i8", "<i3", "<f1", "<c8",  "<U4",  "<M4",        "<M8[", "<M8[]",
        "<M8[x]", "<M8[0s]", "<i8[s]", "|i8", "|V",  "|V0", "|V01", "|V1x", "|V99999999", "|O"})
    EXPECT_EQ(stored_size(dtype), 0U) << dtype;
}

}  // namespace
}  // namespace wayseer::hashing
