// Files of tables, of the manner of block_file.hpp:
//
//      0  "WSHASH01"                       88  buckets of each level, 3 x u64
//      8  u32 version                     112  u32 probes of each level
//     12  u32 0x01020304                  116  u32 lanes of a bucket
//     16  u32 kind                        120  f64 max_load
//     20  u32 hash_id                     128  u64 erases since the last rebuild
//     24  u64 seed                        136  8 blocks: u64 offset, u64 bytes, u64 checksum
//     32  key dtype, 16 bytes             328  version of the writer, 64 bytes
//     48  value dtype, 16 bytes          4088  u64 checksum of bytes 0 .. 4087
//     64  u64 size, 72 capacity, 80 buckets
//
// dtypes are NumPy's, such as "<i8", with zeros behind. Blocks are: meta (the tags and filters), keys,
// values, entries, arena.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "wayseer/hashing/block_file.hpp"

namespace wayseer::hashing {

enum class table_kind : std::uint32_t { strata_map = 1, strata_set = 2, line_map = 3, dense_map = 4 };

struct table_header {
  static constexpr std::size_t size_in_file = 4096, max_blocks = 8;
  enum block : std::size_t { meta, keys, values, entries, arena };

  table_kind kind = table_kind::strata_map;
  std::uint32_t hash_id = 0;
  std::uint64_t seed = 0;
  std::string key_dtype, value_dtype;  // at most 16 bytes
  std::uint64_t size = 0, capacity = 0, buckets = 0;
  std::array<std::uint64_t, 3> level{};
  std::uint32_t probes = 0, lanes = 0;
  double max_load = 0;
  std::uint64_t erases_since_rebuild = 0;
  std::array<block_extent, max_blocks> blocks{};
  std::string writer;
};

// Bytes that a key or value of this dtype takes in a table, 4 or 8; 0 if it is none.
[[nodiscard]] std::size_t stored_size(std::string_view dtype) noexcept;

// Writes the header, with the places and checksums of the blocks filled in, and the blocks. The file appears
// under its name when it is complete and on the disk; an older one stays until then. Throws
// std::system_error, std::invalid_argument.
void write_table(const std::string& path, table_header header,
                 std::span<const std::span<const std::byte>> blocks);

// A file in memory, read-only and shared with whoever else maps it.
class table_file {
 public:
  // Checks the header as far as it can without knowing what the kind of table makes of it. Throws
  // format_error, std::system_error.
  explicit table_file(const std::string& path);

  [[nodiscard]] const table_header& header() const noexcept { return header_; }
  [[nodiscard]] std::span<const std::byte> block(table_header::block which) const noexcept {
    return file_.block(header_.blocks[which]);
  }
  // Throws format_error if a block's checksum, or a zero behind it, is wrong.
  void check_block(table_header::block which) const { file_.check_block(header_.blocks[which], which); }
  [[noreturn]] void fail(std::uint64_t offset, const std::string& what, const std::string& expected,
                         const std::string& found) const {
    file_.fail(offset, what, expected, found);
  }

 private:
  mapped_file file_;
  table_header header_;
};

}  // namespace wayseer::hashing
