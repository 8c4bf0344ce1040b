#include "wayseer/hashing/table_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "wayseer/hashing/hash.hpp"
#include "wayseer/version.hpp"

namespace wayseer::hashing {

namespace {

static_assert(std::endian::native == std::endian::little, "tables are written as they lie in memory");

constexpr std::size_t page = 4096, checksum_at = 4088, blocks_at = 136, writer_at = 328, writer_size = 64,
                      dtype_size = 16;
constexpr char magic[9] = "WSHASH01";
constexpr std::uint32_t version = 1, endian_mark = 0x01020304;

using Header = std::array<std::byte, table_header::size_in_file>;

template <class T>
void put(Header& bytes, std::size_t at, const T& value) noexcept {
  std::memcpy(bytes.data() + at, &value, sizeof value);
}
void put_text(Header& bytes, std::size_t at, std::size_t room, const std::string& text, const char* name) {
  if (text.size() > room)
    throw std::invalid_argument(std::string(name) + " " + text + " has more than " + std::to_string(room) +
                                " bytes and cannot be saved");
  std::memcpy(bytes.data() + at, text.data(), text.size());
}
template <class T>
T get(const std::byte* bytes, std::size_t at) noexcept {
  T value;
  std::memcpy(&value, bytes + at, sizeof value);
  return value;
}
std::string get_text(const std::byte* bytes, std::size_t at, std::size_t room) {
  const auto* const text = reinterpret_cast<const char*>(bytes) + at;
  return {text, static_cast<std::size_t>(std::find(text, text + room, '\0') - text)};
}

std::string hex(std::uint64_t value) {
  char text[32];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}
std::string in_quotes(std::string_view text) {
  std::string result = "'";
  for (const char c : text) result += c >= ' ' && c <= '~' ? c : '?';
  return result + "'";
}

std::uint64_t padded(std::uint64_t bytes) noexcept { return (bytes + page - 1) / page * page; }

[[noreturn]] void fail_with_errno(const std::string& path) {
  throw std::system_error(errno, std::generic_category(), path);
}

struct Descriptor {
  int fd;
  explicit Descriptor(int open) noexcept : fd(open) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

void write_all(int fd, const std::byte* data, std::size_t size, const std::string& path) {
  while (size != 0) {
    const ssize_t written = ::write(fd, data, std::min(size, std::size_t{1} << 30));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_with_errno(path);
    data += written;
    size -= static_cast<std::size_t>(written);
  }
}

Header to_bytes(const table_header& h) {
  Header bytes{};
  std::memcpy(bytes.data(), magic, 8);
  put(bytes, 8, version);
  put(bytes, 12, endian_mark);
  put(bytes, 16, static_cast<std::uint32_t>(h.kind));
  put(bytes, 20, h.hash_id);
  put(bytes, 24, h.seed);
  put_text(bytes, 32, dtype_size, h.key_dtype, "key dtype");
  put_text(bytes, 48, dtype_size, h.value_dtype, "value dtype");
  put(bytes, 64, h.size);
  put(bytes, 72, h.capacity);
  put(bytes, 80, h.buckets);
  put(bytes, 88, h.level);
  put(bytes, 112, h.probes);
  put(bytes, 116, h.lanes);
  put(bytes, 120, h.max_load);
  put(bytes, 128, h.erases_since_rebuild);
  for (std::size_t i = 0; i < h.blocks.size(); ++i) {
    put(bytes, blocks_at + 24 * i, h.blocks[i].offset);
    put(bytes, blocks_at + 24 * i + 8, h.blocks[i].bytes);
    put(bytes, blocks_at + 24 * i + 16, h.blocks[i].checksum);
  }
  put_text(bytes, writer_at, writer_size, h.writer, "writer");
  put(bytes, checksum_at, hash_bytes(bytes.data(), checksum_at, 0));
  return bytes;
}

// A number of bytes, 1 to 2^24, as it is written; else 0.
std::size_t bytes_named(std::string_view digits) noexcept {
  if (digits.empty() || digits.size() > 8 || digits[0] == '0') return 0;
  std::size_t value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return 0;
    value = 10 * value + static_cast<std::size_t>(c - '0');
  }
  return value <= std::size_t{1} << 24 ? value : 0;
}

}  // namespace

std::size_t stored_size(std::string_view dtype) noexcept {
  if (dtype == "|b1" || dtype == "|i1" || dtype == "|u1") return 4;
  if (dtype.starts_with("|V")) return bytes_named(dtype.substr(2));
  if (dtype.size() < 3 || dtype[0] != '<') return 0;
  const char kind = dtype[1], size = dtype[2];
  if (kind == 'M' || kind == 'm') {
    if (size != '8') return 0;
    std::string_view unit = dtype.substr(3);
    if (unit.empty()) return 8;
    if (unit.size() < 3 || unit.front() != '[' || unit.back() != ']') return 0;
    unit = unit.substr(1, unit.size() - 2);
    const std::size_t digits = std::min(unit.find_first_not_of("0123456789"), unit.size());
    if (digits > 9 || (digits != 0 && unit[0] == '0')) return 0;
    unit.remove_prefix(digits);
    for (const std::string_view known :
         {"Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as"})
      if (unit == known) return 8;
    return 0;
  }
  if (dtype.size() != 3) return 0;
  if (size == '8' && (kind == 'i' || kind == 'u' || kind == 'f')) return 8;
  if (size == '4' && (kind == 'i' || kind == 'u' || kind == 'f')) return 4;
  if (size == '2' && (kind == 'i' || kind == 'u' || kind == 'f')) return 4;
  return 0;
}

bool names_strings(std::string_view dtype) noexcept {
  if (dtype == "|O" || dtype == "|T16" || dtype == "|S0" || dtype == "<U0") return true;
  if (!dtype.starts_with("|S") && !dtype.starts_with("<U")) return false;
  dtype.remove_prefix(2);
  return !dtype.empty() && dtype.size() <= 10 && dtype[0] != '0' &&
         dtype.find_first_not_of("0123456789") == std::string_view::npos;
}

void write_table(const std::string& path, table_header header,
                 std::span<const std::span<const std::byte>> blocks) {
  std::uint64_t end = page;
  header.blocks = {};
  header.writer = "wayseer " + std::string(wayseer::version);
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    if (blocks[i].empty()) continue;
    header.blocks[i] = {end, blocks[i].size(), hash_bytes(blocks[i].data(), blocks[i].size(), 0)};
    end += padded(blocks[i].size());
  }
  const Header first = to_bytes(header);

  namespace fs = std::filesystem;
  std::error_code ignored;
  fs::path target = fs::weakly_canonical(path, ignored);  // a link stays and what it points to is replaced
  if (target.empty()) target = path;
  if (fs::is_directory(target, ignored)) throw std::system_error(EISDIR, std::generic_category(), path);
  std::string temporary;
  const auto create = [&] {
    for (;;) {
      temporary = (target.parent_path() / (std::string(".").append(target.filename().string(), 0, 100) + "." +
                                           hex(random_seed()).substr(2) + ".tmp"))
                      .string();
      const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
      if (fd >= 0 || errno != EEXIST) return fd;
    }
  };
  const Descriptor file(create());
  if (file.fd < 0) fail_with_errno(path);
  try {
    struct ::stat old{};
    if (::stat(target.c_str(), &old) == 0) {
      if (!S_ISREG(old.st_mode)) throw std::system_error(EINVAL, std::generic_category(), path);
      if (::fchmod(file.fd, old.st_mode & 07777) != 0) fail_with_errno(path);
    }
    static constexpr std::byte zeros[page] = {};
    write_all(file.fd, first.data(), first.size(), path);
    for (const auto& block : blocks) {
      write_all(file.fd, block.data(), block.size(), path);
      write_all(file.fd, zeros, padded(block.size()) - block.size(), path);
    }
    if (::fsync(file.fd) != 0) fail_with_errno(path);
    if (::rename(temporary.c_str(), target.c_str()) != 0) fail_with_errno(path);
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
}

table_file::table_file(const std::string& path) : path_(path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.fd < 0) fail_with_errno(path);
  struct ::stat about{};
  if (::fstat(file.fd, &about) != 0) fail_with_errno(path);
  if (S_ISDIR(about.st_mode)) throw std::system_error(EISDIR, std::generic_category(), path);
  const auto length = S_ISREG(about.st_mode) ? static_cast<std::uint64_t>(about.st_size) : 0;
  if (length < page) fail(length, "end of file", "at least 4096 bytes", std::to_string(length));
  size_ = static_cast<std::size_t>(length);
  void* const mapped = ::mmap(nullptr, size_, PROT_READ, MAP_SHARED, file.fd, 0);
  if (mapped == MAP_FAILED) fail_with_errno(path);
  data_ = static_cast<const std::byte*>(mapped);
  try {
    read_header();
    check_blocks();
  } catch (...) {
    ::munmap(mapped, size_);
    throw;
  }
}

table_file::~table_file() { ::munmap(const_cast<std::byte*>(data_), size_); }

void table_file::read_header() {
  if (std::memcmp(data_, magic, 8) != 0)
    fail(0, "magic", in_quotes(magic), in_quotes({reinterpret_cast<const char*>(data_), 8}));
  if (const auto mark = get<std::uint32_t>(data_, 12); mark != endian_mark)
    fail(12, "endian mark", hex(endian_mark), hex(mark));
  if (const auto found = get<std::uint32_t>(data_, 8); found != version)
    fail(8, "version", std::to_string(version), std::to_string(found));
  const auto sum = hash_bytes(data_, checksum_at, 0);
  if (const auto found = get<std::uint64_t>(data_, checksum_at); found != sum)
    fail(checksum_at, "checksum of the header", hex(sum), hex(found));

  table_header& h = header_;
  const auto kind = get<std::uint32_t>(data_, 16);
  if (kind < 1 || kind > 4) fail(16, "kind", "1..4", std::to_string(kind));
  h.kind = static_cast<table_kind>(kind);
  h.hash_id = get<std::uint32_t>(data_, 20);
  if (h.hash_id < hash_id_fold || h.hash_id > hash_id_siphash24)
    fail(20, "hash id", "1..3", std::to_string(h.hash_id));
  h.seed = get<std::uint64_t>(data_, 24);
  h.key_dtype = get_text(data_, 32, dtype_size);
  h.value_dtype = get_text(data_, 48, dtype_size);
  if (h.kind == table_kind::dense_map) {
    if (!names_strings(h.key_dtype)) fail(32, "key dtype", "one of strings", in_quotes(h.key_dtype));
  } else if (stored_size(h.key_dtype) == 0 || h.key_dtype == "<f2") {
    fail(32, "key dtype", "one of numbers or instants", in_quotes(h.key_dtype));
  }
  // Line and dense tables without values are sets.
  const bool map = h.kind == table_kind::strata_map, set = h.kind == table_kind::strata_set;
  if ((set && !h.value_dtype.empty()) || (map && h.value_dtype.empty()) ||
      (!h.value_dtype.empty() && stored_size(h.value_dtype) == 0))
    fail(48, "value dtype", set ? "none" : "one of numbers or instants", in_quotes(h.value_dtype));
  h.size = get<std::uint64_t>(data_, 64);
  h.capacity = get<std::uint64_t>(data_, 72);
  h.buckets = get<std::uint64_t>(data_, 80);
  h.level = get<std::array<std::uint64_t, 3>>(data_, 88);
  h.probes = get<std::uint32_t>(data_, 112);
  h.lanes = get<std::uint32_t>(data_, 116);
  h.max_load = get<double>(data_, 120);
  h.erases_since_rebuild = get<std::uint64_t>(data_, 128);
  for (std::size_t i = 0; i < h.blocks.size(); ++i)
    h.blocks[i] = {get<std::uint64_t>(data_, blocks_at + 24 * i),
                   get<std::uint64_t>(data_, blocks_at + 24 * i + 8),
                   get<std::uint64_t>(data_, blocks_at + 24 * i + 16)};
  h.writer = get_text(data_, writer_at, writer_size);

  // What has no name, the ends of texts among it, is written as 0: a header is its own only spelling.
  const Header again = to_bytes(h);
  const auto [found, wanted] = std::mismatch(data_, data_ + checksum_at, again.begin());
  if (found != data_ + checksum_at)
    fail(static_cast<std::uint64_t>(found - data_), "unused byte", "0",
         std::to_string(std::to_integer<unsigned>(*found)));
}

void table_file::check_blocks() const {
  std::uint64_t end = page;
  for (std::size_t i = 0; i < header_.blocks.size(); ++i) {
    const auto& block = header_.blocks[i];
    const std::uint64_t at = blocks_at + 24 * i;
    if (block.bytes == 0) {
      if (block.offset != 0) fail(at, "offset of an empty block", "0", std::to_string(block.offset));
      if (block.checksum != 0) fail(at + 16, "checksum of an empty block", "0", hex(block.checksum));
      continue;
    }
    if (block.offset % page != 0)
      fail(at, "offset of a block", "a multiple of 4096", std::to_string(block.offset));
    if (block.offset < end || block.offset > size_)
      fail(at, "offset of a block", std::to_string(end) + ".." + std::to_string(size_),
           std::to_string(block.offset));
    if (block.bytes > size_ - block.offset || padded(block.bytes) > size_ - block.offset)
      fail(at + 8, "bytes of a block",
           "at most " + std::to_string(size_ - block.offset) + ", to the file's end",
           std::to_string(block.bytes));
    end = block.offset + padded(block.bytes);
  }
  if (end != size_)
    fail(std::min<std::uint64_t>(end, size_), "end of file", std::to_string(end), std::to_string(size_));
}

table_notes table_file::notes() const {
  const auto& at = header_.blocks[table_header::meta];
  if (at.bytes < sizeof(table_notes))
    fail(blocks_at + 8, "bytes of a block", "at least 64", std::to_string(at.bytes));
  const auto notes = get<table_notes>(data_, at.offset);
  if (notes.side > (header_.kind == table_kind::line_map ? 1 : 0))
    fail(at.offset, "presence of the key of free lanes", "0 or, in line tables, 1",
         std::to_string(notes.side));
  if (notes.flags > 7) fail(at.offset + 8, "flags", "0..7", std::to_string(notes.flags));
  for (std::size_t i = 0; i < 5; ++i) expect(at.offset + 24 + 8 * i, "unused number", 0, notes.unused[i]);
  return notes;
}

void table_file::expect_kind(table_kind kind) const {
  expect(16, "kind", static_cast<std::uint32_t>(kind), static_cast<std::uint32_t>(header_.kind));
}

void table_file::expect_dtype(std::uint64_t at, std::string_view expected, std::string_view found) const {
  if (found == expected) return;
  if (expected == "<i8" && (found.starts_with("<M8") || found.starts_with("<m8"))) return;
  fail(at, "dtype", in_quotes(expected), in_quotes(found));
}

void table_file::expect_blocks(std::initializer_list<std::uint64_t> bytes) const {
  for (std::size_t i = 0; i < header_.blocks.size(); ++i)
    expect(blocks_at + 24 * i + 8, "bytes of a block", i < bytes.size() ? bytes.begin()[i] : 0,
           header_.blocks[i].bytes);
}

void table_file::check(verify how) const {
  if (how == verify::header) return;
  const std::size_t count = how == verify::all ? table_header::max_blocks : 1;
  for (std::size_t i = 0; i < count; ++i) check_block(static_cast<table_header::block>(i));
}

void table_file::check_block(table_header::block which) const {
  const auto& block = header_.blocks[which];
  if (block.bytes == 0) return;
  const auto sum = hash_bytes(data_ + block.offset, block.bytes, 0);
  if (sum != block.checksum)
    fail(block.offset, "checksum of block " + std::to_string(which), hex(block.checksum), hex(sum));
  for (std::uint64_t i = block.offset + block.bytes; i < block.offset + padded(block.bytes); ++i)
    if (data_[i] != std::byte{0})
      fail(i, "byte behind a block", "0", std::to_string(std::to_integer<unsigned>(data_[i])));
}

}  // namespace wayseer::hashing
