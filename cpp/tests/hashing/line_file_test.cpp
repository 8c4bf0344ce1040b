#include "wayseer/hashing/line_file.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "wayseer/core/random.hpp"
#include "wayseer/hashing/byte_keys.hpp"
#include "wayseer/hashing/line_map.hpp"
#include "wayseer/hashing/line_set.hpp"
#include "wayseer/hashing/text_array.hpp"

namespace wayseer::hashing {
namespace {

class LineFile : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(directory); }
  void TearDown() override { std::filesystem::remove_all(directory); }

  std::filesystem::path directory =
      std::filesystem::temp_directory_path() / ("wayseer_line_file_" + std::to_string(::getpid()));
  std::string path = (directory / "t.wsh").string();
};

std::string content(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST_F(LineFile, MapsAreTheSameWhereTheyAreMapped) {
  line_map<std::int64_t, double> map(0, 0.6, wayseer::hash<std::int64_t>{9});
  for (std::int64_t i = 0; i < 3000; ++i) map[i * i - 1000] = static_cast<double>(i) / 2;
  map[std::numeric_limits<std::int64_t>::min()] = 7;  // what free lanes hold
  map.erase(-1000);
  map.save(path);
  const auto mapped = line_map<std::int64_t, double>::map_readonly(path, verify::all);
  EXPECT_TRUE(mapped->keys().consistent());
  EXPECT_EQ(*mapped, map);
  EXPECT_EQ(mapped->at(std::numeric_limits<std::int64_t>::min()), 7);
  line_map<std::int64_t, double> copy(*mapped);
  copy[1] = 1;
  EXPECT_EQ(copy.size(), mapped->size() + 1);
  const std::string before = content(path);
  map.save(path);
  EXPECT_EQ(content(path), before);
}

TEST_F(LineFile, KeysOfEveryWidth) {
  line_set<std::int16_t> narrow;
  line_set<float, siphash_hash<float>> floats;
  line_map<bool, std::int8_t> tiny;
  for (int i = -200; i < 200; ++i) {
    narrow.insert(static_cast<std::int16_t>(i));
    floats.insert(static_cast<float>(i) / 3);
    tiny[i % 2 == 0] = static_cast<std::int8_t>(i);
  }
  narrow.save(path);
  EXPECT_EQ(*line_set<std::int16_t>::map_readonly(path), narrow);
  EXPECT_THROW(line_set<std::uint16_t>::map_readonly(path), format_error);
  floats.save(path);
  EXPECT_EQ((*line_set<float, siphash_hash<float>>::map_readonly(path)), floats);
  EXPECT_THROW(line_set<float>::map_readonly(path), format_error);  // another hash
  tiny.save(path);
  EXPECT_EQ((*line_map<bool, std::int8_t>::map_readonly(path)), tiny);
  line_set<std::int64_t> empty;
  const line_set<std::int64_t> taken(std::move(empty));
  empty.save(path);
  EXPECT_TRUE(line_set<std::int64_t>::map_readonly(path)->empty());
}

TEST_F(LineFile, EveryKindOfDamageIsAnError) {
  line_map<std::uint32_t, std::uint32_t> map;
  for (std::uint32_t i = 0; i < 40; ++i) map[i] = i;
  map.save(path);
  const std::string good = content(path);
  const auto open = [&](const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
    return line_map<std::uint32_t, std::uint32_t>::map_readonly(path, verify::all)->size();
  };
  EXPECT_EQ(open(good), 40U);
  for (std::size_t at = 0; at < good.size(); at += 41) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x10);
    EXPECT_THROW(open(bad), format_error) << at;
    EXPECT_THROW(open(good.substr(0, at)), format_error) << at;
  }
}

TEST_F(LineFile, SearchesEndInFilesWithoutFreeLanes) {
  line_set<std::uint64_t> set;
  for (std::uint64_t i = 0; i < 10; ++i) set.insert(i);
  set.save(path);
  std::string bytes = content(path);
  for (std::size_t at = 2 * 4096; at < bytes.size(); ++at) bytes[at] = 1;  // the keys
  std::ofstream(path, std::ios::binary) << bytes;
  EXPECT_THROW(line_set<std::uint64_t>::map_readonly(path, verify::header), format_error);
}

TEST_F(LineFile, StringsAreTheSameWhereTheyAreMapped) {
  for (const auto hash_id : {hash_id_fold, hash_id_siphash13, hash_id_siphash24}) {
    byte_keys keys(0, 0.9, 5, hash_id);
    for (int i = 0; i < 500; ++i)
      keys.insert(std::string(static_cast<std::size_t>(i % 40), 'x') + std::to_string(i));
    keys.erase("0", {});
    keys.tidy({});
    const std::vector<std::uint32_t> values(keys.entries(), 3);
    keys.save(path, "|S9", "<u4", std::as_bytes(std::span(values)), {});
    const auto file = std::make_shared<const table_file>(path);
    const auto mapped = byte_keys::map_readonly(file, verify::all, 4);
    auto read = byte_keys::read(file, verify::all, 4);
    EXPECT_TRUE(mapped.read_only());
    ASSERT_EQ(mapped.entries(), keys.entries());
    for (std::size_t e = 0; e < keys.entries(); ++e) {
      EXPECT_EQ(mapped[e], keys[e]);
      EXPECT_EQ(mapped.find(keys[e]), static_cast<std::int64_t>(e));
      EXPECT_EQ(read.find(keys[e]), static_cast<std::int64_t>(e));
    }
    EXPECT_EQ(mapped.find("0"), -1);
    EXPECT_TRUE(read.insert("0").added);
    EXPECT_THROW(byte_keys::map_readonly(file, verify::all, 8), format_error);
  }
}

// Some bytes of a file behind its header, replaced.
std::string noisy(std::string bytes, core::Random& random) {
  const auto at =
      4096 + static_cast<std::size_t>(random.below(static_cast<std::int32_t>(bytes.size() - 4096)));
  const auto length = static_cast<std::size_t>(random.below(400)) + 1;
  const int value = random.below(2) == 0 ? -1 : random.below(256);
  for (std::size_t i = at; i < std::min(at + length, bytes.size()); ++i)
    bytes[i] = static_cast<char>(value < 0 ? random.below(256) : value);
  return bytes;
}

TEST_F(LineFile, DamageThatIsNotLookedForIsNoCrash) {
  line_map<std::uint32_t, std::uint32_t> map;
  byte_keys keys;
  std::vector<std::string> texts;
  for (std::uint32_t i = 0; i < 300; ++i) {
    map[i * i] = i;
    texts.push_back(std::string(i % 40, 'x') + std::to_string(i));
    keys.insert(texts.back());
  }
  std::string joined;
  std::vector<std::int64_t> offsets{0};
  for (const auto& text : texts) {
    joined += text;
    offsets.push_back(static_cast<std::int64_t>(joined.size()));
  }
  const text_array queries(joined.data(), joined.size(), std::span<const std::int64_t>(offsets));
  map.save(path);
  const std::string lines = content(path);
  keys.save(path, "|S9", "", {}, {});
  const std::string strings = content(path);
  core::Random random(3);
  const auto write = [&](const std::string& good) {
    std::ofstream(path, std::ios::binary) << noisy(good, random);
  };
  for (int round = 0; round < 300; ++round) {
    write(lines);
    try {
      const auto mapped = line_map<std::uint32_t, std::uint32_t>::map_readonly(path, verify::header);
      for (std::uint32_t i = 0; i < 300; ++i) (void)mapped->find(i * i);
      line_map<std::uint32_t, std::uint32_t> copy(*mapped);
      for (std::uint32_t i = 0; i < 300; ++i) copy[i] = i;
      for (std::uint32_t i = 0; i < 300; ++i) copy.erase(i * i);
    } catch (const format_error&) {
    }
    write(strings);
    try {
      const auto file = std::make_shared<const table_file>(path);
      const auto mapped = byte_keys::map_readonly(file, verify::header, 0);
      std::vector<std::int64_t> numbers(texts.size());
      mapped.find_batch(queries, 0, numbers);
      for (const auto& text : texts)
        EXPECT_LT(mapped.find(text), static_cast<std::int64_t>(mapped.entries()));
      (void)mapped.text_bytes();
      auto read = byte_keys::read(file, verify::header, 0);
      for (const auto& text : texts) read.insert(text);
      for (const auto& text : texts) EXPECT_TRUE(read.erase(text, {}));
    } catch (const format_error&) {
    }
  }
}

}  // namespace
}  // namespace wayseer::hashing
