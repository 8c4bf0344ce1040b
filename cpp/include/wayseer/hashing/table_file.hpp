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
// dtypes are NumPy's, such as "<i8", with zeros behind. Blocks are: meta, keys, values, entries, arena; one
// that is not there is all 0:
//
//              strata (1, 2)                     line (3)                  dense (4)
//     meta     tags and filters                  table_notes               table_notes, lines of dense_index
//     keys     by slot                           lines of line_keys
//     values   by slot; none in sets             by slot                   by entry
//     entries                                                              those of byte_keys, none dead
//     arena                                                                that of byte_keys
//
// "buckets" of kinds 3 and 4 are lines of keys or of the index, "capacity" the keys that these take before
// they grow; a set has no value dtype.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

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

// Bytes that a key or value of this dtype takes in a table: 4 or 8 for numbers and instants, as many as it
// says for bytes ("|V12"); 0 if it is no such dtype.
[[nodiscard]] std::size_t stored_size(std::string_view dtype) noexcept;
// Whether it is one of strings: "<U5", "|S5", "|T16" (NumPy's StringDType), "|O" (Arrow's).
[[nodiscard]] bool names_strings(std::string_view dtype) noexcept;

// NumPy's name of a number, e.g. "|u1" or "<f8".
template <class T>
  requires std::is_arithmetic_v<T>
[[nodiscard]] std::string number_dtype() {
  const char kind = std::is_same_v<T, bool>       ? 'b'
                    : std::is_floating_point_v<T> ? 'f'
                    : std::is_signed_v<T>         ? 'i'
                                                  : 'u';
  return std::string(sizeof(T) == 1 ? "|" : "<") + kind + std::to_string(sizeof(T));
}
// The dtype of T in tables of C++: whole numbers and floats of 4 and 8 bytes are what they are in NumPy, all
// else is bytes, which only C++ reads.
template <class T>
  requires(std::is_trivially_copyable_v<T> && !std::is_pointer_v<T>)
[[nodiscard]] std::string dtype_of() {
  if constexpr (std::is_enum_v<T>)
    return dtype_of<std::underlying_type_t<T>>();
  else if constexpr (std::is_arithmetic_v<T> && (sizeof(T) == 4 || sizeof(T) == 8))
    return number_dtype<T>();
  else
    return "|V" + std::to_string(sizeof(T));
}
// Kinds 3 and 4 begin their meta block with this line.
struct table_notes {
  std::uint64_t side = 0;     // kind 3: whether the key that free lanes hold is present, in a slot of its own
  std::uint64_t flags = 0;    // of Python's maps: 1 values are ordinals, 2 NaN is no key, 4 keys are bytes
  std::uint64_t ordinal = 0;  // of the next new key
  std::uint64_t unused[5] = {};
};
static_assert(sizeof(table_notes) == 64);

// Hash functions whose name a file can carry.
template <class Hash>
concept hash_with_id = requires(const Hash& hash) {
  { hash.id } -> std::convertible_to<std::uint32_t>;
};

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
  // The meta block, or every block.
  void check(verify how) const;
  // Throw format_error unless what the header says is what a kind of table makes of it. Blocks that are not
  // listed are expected to be empty.
  void expect_kind(table_kind kind) const;
  void expect(std::uint64_t at, const char* what, std::uint64_t expected, std::uint64_t found) const {
    if (expected != found) fail(at, what, std::to_string(expected), std::to_string(found));
  }
  void expect_blocks(std::initializer_list<std::uint64_t> bytes) const;
  // The first line of the meta block, of which the table's kind has checked the size.
  [[nodiscard]] table_notes notes() const;
  // Whole numbers of 8 bytes are also what instants are.
  void expect_dtype(std::uint64_t at, std::string_view expected, std::string_view found) const;
  [[noreturn]] void fail(std::uint64_t offset, const std::string& what, const std::string& expected,
                         const std::string& found) const {
    file_.fail(offset, what, expected, found);
  }

 private:
  mapped_file file_;
  table_header header_;
};

}  // namespace wayseer::hashing
