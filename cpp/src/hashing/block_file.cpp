#include "wayseer/hashing/block_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "wayseer/hashing/hash.hpp"

namespace wayseer::hashing {

namespace {

static_assert(std::endian::native == std::endian::little, "blocks are written as they lie in memory");

constexpr std::size_t page = 4096;
constexpr std::uint32_t endian_mark = 0x01020304;

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

}  // namespace

std::string in_hex(std::uint64_t value) {
  char text[32];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}
std::string in_quotes(std::string_view text) {
  std::string result = "'";
  for (const char c : text) result += c >= ' ' && c <= '~' ? c : '?';
  return result + "'";
}

file_header::file_header(std::string_view magic, std::uint32_t version) {
  std::memcpy(bytes_.data(), magic.data(), std::min<std::size_t>(magic.size(), 8));
  put(8, version);
  put(12, endian_mark);
}
void file_header::put_text(std::size_t at, std::size_t room, std::string_view text, const char* name) {
  if (text.size() > room)
    throw std::invalid_argument(std::string(name) + " " + std::string(text) + " has more than " +
                                std::to_string(room) + " bytes and cannot be saved");
  std::memcpy(bytes_.data() + at, text.data(), text.size());
}
void file_header::put_blocks(std::size_t at, std::span<const block_extent> blocks) noexcept {
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    put(at + 24 * i, blocks[i].offset);
    put(at + 24 * i + 8, blocks[i].bytes);
    put(at + 24 * i + 16, blocks[i].checksum);
  }
}
void file_header::seal() noexcept { put(checksum_at, hash_bytes(bytes_.data(), checksum_at, 0)); }

void place_blocks(std::span<const std::span<const std::byte>> blocks,
                  std::span<block_extent> extents) noexcept {
  std::uint64_t end = page;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    if (blocks[i].empty()) continue;
    extents[i] = {end, blocks[i].size(), hash_bytes(blocks[i].data(), blocks[i].size(), 0)};
    end += padded(blocks[i].size());
  }
}

void write_blocks(const std::string& path, const file_header& header,
                  std::span<const std::span<const std::byte>> blocks) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  fs::path target = fs::weakly_canonical(path, ignored);  // a link stays and what it points to is replaced
  if (target.empty()) target = path;
  if (fs::is_directory(target, ignored)) throw std::system_error(EISDIR, std::generic_category(), path);
  std::string temporary;
  const auto create = [&] {
    for (;;) {
      temporary = (target.parent_path() / (std::string(".").append(target.filename().string(), 0, 100) + "." +
                                           in_hex(random_seed()).substr(2) + ".tmp"))
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
    write_all(file.fd, header.bytes().data(), header.bytes().size(), path);
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

mapped_file::mapped_file(const std::string& path) : path_(path) {
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
}

mapped_file::~mapped_file() { ::munmap(const_cast<std::byte*>(data_), size_); }

std::string mapped_file::get_text(std::size_t at, std::size_t room) const {
  const auto* const text = reinterpret_cast<const char*>(data_) + at;
  return {text, static_cast<std::size_t>(std::find(text, text + room, '\0') - text)};
}

void mapped_file::get_blocks(std::size_t at, std::span<block_extent> blocks) const noexcept {
  for (std::size_t i = 0; i < blocks.size(); ++i)
    blocks[i] = {get<std::uint64_t>(at + 24 * i), get<std::uint64_t>(at + 24 * i + 8),
                 get<std::uint64_t>(at + 24 * i + 16)};
}

void mapped_file::check_header(std::string_view magic, std::uint32_t version) const {
  const std::string_view start{reinterpret_cast<const char*>(data_), 8};
  if (start != magic) fail(0, "magic", in_quotes(magic), in_quotes(start));
  if (const auto mark = get<std::uint32_t>(12); mark != endian_mark)
    fail(12, "endian mark", in_hex(endian_mark), in_hex(mark));
  if (const auto found = get<std::uint32_t>(8); found != version)
    fail(8, "version", std::to_string(version), std::to_string(found));
  const auto sum = hash_bytes(data_, file_header::checksum_at, 0);
  if (const auto found = get<std::uint64_t>(file_header::checksum_at); found != sum)
    fail(file_header::checksum_at, "checksum of the header", in_hex(sum), in_hex(found));
}

void mapped_file::check_spelling(const file_header& again) const {
  const auto [found, wanted] = std::mismatch(data_, data_ + file_header::checksum_at, again.bytes().begin());
  if (found != data_ + file_header::checksum_at)
    fail(static_cast<std::uint64_t>(found - data_), "unused byte", "0",
         std::to_string(std::to_integer<unsigned>(*found)));
}

void mapped_file::check_places(std::size_t table, std::span<const block_extent> blocks) const {
  std::uint64_t end = page;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const auto& block = blocks[i];
    const std::uint64_t at = table + 24 * i;
    if (block.bytes == 0) {
      if (block.offset != 0) fail(at, "offset of an empty block", "0", std::to_string(block.offset));
      if (block.checksum != 0) fail(at + 16, "checksum of an empty block", "0", in_hex(block.checksum));
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

void mapped_file::check_block(const block_extent& block, std::size_t number) const {
  if (block.bytes == 0) return;
  const auto sum = hash_bytes(data_ + block.offset, block.bytes, 0);
  if (sum != block.checksum)
    fail(block.offset, "checksum of block " + std::to_string(number), in_hex(block.checksum), in_hex(sum));
  for (std::uint64_t i = block.offset + block.bytes; i < block.offset + padded(block.bytes); ++i)
    if (data_[i] != std::byte{0})
      fail(i, "byte behind a block", "0", std::to_string(std::to_integer<unsigned>(data_[i])));
}

}  // namespace wayseer::hashing
