#include "wayseer/hashing/strata_file.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <system_error>

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

TEST_F(StrataFile, MapsAreTheSameWhereTheyAreMapped) {
  strata_map<std::uint64_t, std::uint32_t> table(5000, 0.99, 7);
  for (std::uint64_t i = 0; i < 5000; ++i) table.insert({i * i, static_cast<std::uint32_t>(i)});
  for (std::uint64_t i = 0; i < 100; ++i) table.erase(i * i);
  save_strata(table, path, "<u8", "<u4");
  const auto mapped =
      open_strata<std::uint64_t, std::uint32_t>(std::make_shared<const table_file>(path), verify::all);
  EXPECT_TRUE(mapped.read_only());
  EXPECT_TRUE(mapped.consistent());
  EXPECT_EQ(mapped, table);
  for (const auto& [key, value] : table) EXPECT_EQ(mapped.slot_of(key), table.slot_of(key));
  auto copy = mapped;
  EXPECT_TRUE(copy.insert({3, 4}).second);
}

TEST_F(StrataFile, EveryKindOfDamageIsAnError) {
  strata_set<std::uint32_t> table(50, 0.9, 7);
  for (std::uint32_t i = 0; i < 50; ++i) table.insert(i);
  save_strata(table, path, "<u4", "");
  const std::string good = content(path);
  const auto open = [&](const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
    return open_strata<std::uint32_t, void>(std::make_shared<const table_file>(path), verify::all).size();
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
  save_strata(table, path, "<u4", "");
  const auto file = std::make_shared<const table_file>(path);
  EXPECT_THROW((open_strata<std::uint64_t, void>(file, verify::all)), format_error);
  EXPECT_THROW((open_strata<std::uint32_t, std::uint32_t>(file, verify::all)), format_error);
  EXPECT_THROW(table_file((directory / "none").string()), std::system_error);
  EXPECT_THROW(table_file(directory.string()), std::system_error);
}

TEST(StoredSize, OfDtypes) {
  for (const char* dtype : {"|b1", "|i1", "|u1", "<i2", "<u4", "<f4", "<f2"})
    EXPECT_EQ(stored_size(dtype), 4U);
  for (const char* dtype : {"<i8", "<f8", "<M8", "<M8[ns]", "<m8[25us]"}) EXPECT_EQ(stored_size(dtype), 8U);
  for (const char* dtype : {"", "<", "<i", ">i8", "<i3", "<f1", "<c8", "<U4", "<M4", "<M8[", "<M8[]",
                            "<M8[x]", "<M8[0s]", "<i8[s]", "|i8"})
    EXPECT_EQ(stored_size(dtype), 0U) << dtype;
}

}  // namespace
}  // namespace wayseer::hashing
