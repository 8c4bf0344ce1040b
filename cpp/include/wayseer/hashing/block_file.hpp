// Files of a header of 4096 bytes and blocks as they lie in memory, so that they can be used where the file
// is mapped. All numbers are little-endian. Every header has
//
//      0  magic, 8 bytes                    8  u32 version
//   4088  u64 checksum of bytes 0 .. 4087  12  u32 0x01020304
//
// and, somewhere, a table of blocks: u64 offset, u64 bytes, u64 checksum each. A block that is not there is
// all 0. Blocks begin at multiples of 4096 and the file ends with the last one, filled up with zeros to a
// multiple of 4096. What has no name is 0. Checksums are hash_bytes with seed 0.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace wayseer::hashing {

// How much of a file is checked when it is opened. In any case: the header and the size of the file.
enum class verify {
  header,
  meta,  // and what says where things are
  all
};

// A file is not what it should be, first at this offset.
class format_error : public std::runtime_error {
 public:
  format_error(std::string file, std::uint64_t at, const std::string& what_is_wrong,
               const std::string& wanted, const std::string& got)
      : std::runtime_error(what_is_wrong + " at byte " + std::to_string(at) + ": expected " + wanted +
                           ", found " + got),
        path(std::move(file)),
        offset(at) {}
  std::string path;
  std::uint64_t offset;
};

struct block_extent {
  std::uint64_t offset = 0, bytes = 0, checksum = 0;
};

class file_header {
 public:
  static constexpr std::size_t size = 4096, checksum_at = size - 8;

  file_header(std::string_view magic, std::uint32_t version);

  template <class T>
  void put(std::size_t at, const T& value) noexcept {
    std::memcpy(bytes_.data() + at, &value, sizeof value);
  }
  // Throws std::invalid_argument if the text has more than `room` bytes.
  void put_text(std::size_t at, std::size_t room, std::string_view text, const char* name);
  void put_blocks(std::size_t at, std::span<const block_extent> blocks) noexcept;
  // Once everything else is there.
  void seal() noexcept;

  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return bytes_; }

 private:
  std::array<std::byte, size> bytes_{};
};

// Where blocks that follow a header lie, and their checksums.
void place_blocks(std::span<const std::span<const std::byte>> blocks,
                  std::span<block_extent> extents) noexcept;

// Writes a sealed header and the blocks. The file appears under its name when it is complete and on the disk;
// an older one stays until then. Throws std::system_error.
void write_blocks(const std::string& path, const file_header& header,
                  std::span<const std::span<const std::byte>> blocks);

// A file in memory, read-only and shared with whoever else maps it. Whoever cuts the file shorter while it is
// mapped ends the process.
class mapped_file {
 public:
  // Throws format_error if it is shorter than a header, std::system_error.
  explicit mapped_file(const std::string& path);
  mapped_file(const mapped_file&) = delete;
  mapped_file& operator=(const mapped_file&) = delete;
  ~mapped_file();

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[noreturn]] void fail(std::uint64_t offset, const std::string& what, const std::string& expected,
                         const std::string& found) const {
    throw format_error(path_, offset, what, expected, found);
  }
  [[noreturn]] void fail(std::uint64_t offset, const std::string& what, std::uint64_t expected,
                         std::uint64_t found) const {
    fail(offset, what, std::to_string(expected), std::to_string(found));
  }

  template <class T>
  [[nodiscard]] T get(std::size_t at) const noexcept {
    T value;
    std::memcpy(&value, data_ + at, sizeof value);
    return value;
  }
  [[nodiscard]] std::string get_text(std::size_t at, std::size_t room) const;
  [[nodiscard]] std::span<const std::byte> block(const block_extent& at) const noexcept {
    return {data_ + at.offset, at.bytes};
  }
  void get_blocks(std::size_t at, std::span<block_extent> blocks) const noexcept;

  // Each throws format_error. Magic, version and checksum of the header:
  void check_header(std::string_view magic, std::uint32_t version) const;
  // What the header says, written again, is all that it says.
  void check_spelling(const file_header& again) const;
  // The blocks of the table at header byte `at` lie in the file, in order, and fill it.
  void check_places(std::size_t at, std::span<const block_extent> blocks) const;
  // A block's checksum, and the zeros behind it.
  void check_block(const block_extent& block, std::size_t number) const;

 private:
  std::string path_;
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

// For messages: 0x.. and 'text' with ? for what cannot be shown.
[[nodiscard]] std::string in_hex(std::uint64_t value);
[[nodiscard]] std::string in_quotes(std::string_view text);

}  // namespace wayseer::hashing
