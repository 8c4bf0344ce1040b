// The file of a HybridIvf, of the manner of block_file.hpp:
//
//      0  "WSHIVF01"                 40  u64 lists
//     16  u32 metric                 48  u64 alignment of a list's first vector in the block of vectors,
//     bytes 20  u32 hash_id                56  u64 attributes 24  u64 dim                    64  9 blocks, in
//     the order of HybridIvf::Part 32  u64 vectors               280  version of the writer, 64 bytes
//
// The block meta has for each attribute i64 smallest value, u64 largest minus smallest, u32 bytes of a code,
// u32 buckets of its bitmaps and u64 bytes of its name, and behind these the names.
#include <algorithm>
#include <bit>
#include <utility>

#include "wayseer/hashing/hash.hpp"
#include "wayseer/hashing/hybrid_ivf.hpp"
#include "wayseer/version.hpp"

namespace wayseer::hashing {

namespace {

constexpr char magic[9] = "WSHIVF01";
constexpr std::uint32_t version = 1;
constexpr std::size_t blocks_at = 64, writer_at = 280, writer_size = 64, record = 32;

template <class T>
T read(std::span<const std::byte> bytes, std::size_t at) noexcept {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

}  // namespace

std::vector<std::byte> HybridIvf::described_columns() const {
  std::vector<std::byte> bytes(record * columns_.size());
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const Column& column = columns_[i];
    const auto put = [&](std::size_t at, auto value) {
      std::memcpy(bytes.data() + record * i + at, &value, sizeof value);
    };
    put(0, column.min);
    put(8, column.span);
    put(16, static_cast<std::uint32_t>(column.width));
    put(20, static_cast<std::uint32_t>(column.buckets));
    put(24, static_cast<std::uint64_t>(column.name.size()));
    const auto name = std::as_bytes(std::span(column.name));
    bytes.insert(bytes.end(), name.begin(), name.end());
  }
  return bytes;
}

file_header HybridIvf::to_header(std::span<const block_extent> blocks) const {
  file_header header(magic, version);
  header.put(16, static_cast<std::uint32_t>(metric_));
  header.put(20, hash_id_fold);
  header.put(24, static_cast<std::uint64_t>(dim_));
  header.put(32, static_cast<std::uint64_t>(count_));
  header.put(40, static_cast<std::uint64_t>(lists_));
  header.put(48, alignment_);
  header.put(56, static_cast<std::uint64_t>(columns_.size()));
  header.put_blocks(blocks_at, blocks);
  return header;
}

void HybridIvf::save(const std::string& path) const {
  const std::vector<std::byte> columns = described_columns();
  auto all = parts_;
  all[meta] = columns;
  std::array<block_extent, parts> blocks;
  place_blocks(all, blocks);
  file_header header = to_header(blocks);
  header.put_text(writer_at, writer_size, "wayseer " + std::string(wayseer::version), "writer");
  header.seal();
  write_blocks(path, header, all);
}

void HybridIvf::read_columns(const mapped_file& file, const block_extent& block) {
  const auto bytes = file.block(block);
  std::size_t name_at = record * columns_.size();
  if (bytes.size() < name_at) file.fail(blocks_at + 8, "bytes of a block", name_at, bytes.size());
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    Column& column = columns_[i];
    const std::size_t at = record * i;
    column.min = read<std::int64_t>(bytes, at);
    column.span = read<std::uint64_t>(bytes, at + 8);
    column.width = read<std::uint32_t>(bytes, at + 16);
    column.buckets = read<std::uint32_t>(bytes, at + 20);
    const auto name = read<std::uint64_t>(bytes, at + 24);
    const std::uint64_t room =
        ~std::uint64_t{0} >> 1;  // from the smallest int64 to the largest is twice this
    const std::uint64_t largest = room - static_cast<std::uint64_t>(column.min);
    if (column.span > largest)
      file.fail(block.offset + at + 8, "range of an attribute", "at most " + std::to_string(largest),
                std::to_string(column.span));
    const std::uint64_t width = column.span <= 0xff         ? 1
                                : column.span <= 0xffff     ? 2
                                : column.span <= 0xffffffff ? 4
                                                            : 8;
    if (column.width != width) file.fail(block.offset + at + 16, "bytes of a code", width, column.width);
    if (!std::has_single_bit(column.buckets) || column.buckets > 4096 ||
        (column.span >= column.buckets && column.buckets < 64))
      file.fail(block.offset + at + 20, "buckets of an attribute", "a power of 2 up to 4096",
                std::to_string(column.buckets));
    if (name > bytes.size() - name_at)
      file.fail(block.offset + at + 24, "bytes of a name",
                "at most " + std::to_string(bytes.size() - name_at), std::to_string(name));
    column.name.assign(reinterpret_cast<const char*>(bytes.data()) + name_at, name);
    name_at += name;
  }
  if (name_at != bytes.size()) file.fail(blocks_at + 8, "bytes of a block", name_at, bytes.size());
}

HybridIvf HybridIvf::open(const std::string& path, bool copy, verify how) {
  const auto file = std::make_shared<const mapped_file>(path);
  file->check_header(magic, version);
  const auto number = [&](std::size_t at, const char* what, std::uint64_t least, std::uint64_t most) {
    const auto found = file->get<std::uint64_t>(at);
    if (found < least || found > most)
      file->fail(at, what, std::to_string(least) + ".." + std::to_string(most), std::to_string(found));
    return found;
  };
  HybridIvf made;
  const auto metric = file->get<std::uint32_t>(16);
  if (metric > 2) file->fail(16, "metric", "0..2", std::to_string(metric));
  made.metric_ = static_cast<Metric>(metric);
  if (const auto id = file->get<std::uint32_t>(20); id != hash_id_fold)
    file->fail(20, "hash id", hash_id_fold, id);
  made.dim_ = static_cast<std::size_t>(number(24, "dimensions", 1, max_dim));
  const std::uint64_t count = number(32, "vectors", 1, 0x7fffffff);
  made.count_ = static_cast<std::int32_t>(count);
  made.lists_ = static_cast<std::int32_t>(number(40, "lists", 1, count));
  made.alignment_ = number(48, "alignment", 64, 4096);
  if (!std::has_single_bit(made.alignment_))
    file->fail(48, "alignment", "a power of 2", std::to_string(made.alignment_));
  std::array<block_extent, parts> blocks;
  file->get_blocks(blocks_at, blocks);
  {
    file_header again = made.to_header(blocks);
    again.put(56, file->get<std::uint64_t>(56));
    again.put_text(writer_at, writer_size, file->get_text(writer_at, writer_size), "writer");
    file->check_spelling(again);
  }
  file->check_places(blocks_at, blocks);
  made.columns_.resize(static_cast<std::size_t>(number(56, "attributes", 0, blocks[meta].bytes / record)));
  file->check_block(blocks[meta], meta);
  made.read_columns(*file, blocks[meta]);

  auto expected = made.part_sizes();
  const auto check_size = [&](std::size_t i) {
    if (blocks[i].bytes != expected[i])
      file->fail(blocks_at + 24 * i + 8, "bytes of a block", expected[i], blocks[i].bytes);
  };
  for (std::size_t i = 0; i < parts; ++i) {
    if (i != vectors) check_size(i);
    made.parts_[i] = file->block(blocks[i]);
    if (how == verify::all || (how == verify::meta && i < numbers)) file->check_block(blocks[i], i);
  }
  // Searches rely on the starts.
  std::int32_t before = 0;
  for (std::size_t i = 0; i <= static_cast<std::size_t>(made.lists_); ++i) {
    const auto start = read<std::int32_t>(made.parts_[starts], i * sizeof(std::int32_t));
    const std::int32_t least = i == static_cast<std::size_t>(made.lists_) ? made.count_ : before;
    if (start < least || start > (i == 0 ? 0 : made.count_))
      file->fail(blocks[starts].offset + i * sizeof start, "start of a list",
                 std::to_string(least) + ".." + std::to_string(i == 0 ? 0 : made.count_),
                 std::to_string(start));
    before = start;
  }
  made.vector_at_.resize(static_cast<std::size_t>(made.lists_) + 1);
  made.lay_out_vectors();
  expected[vectors] = made.vector_at_.back();
  check_size(vectors);

  if (copy) {
    const auto storage = std::make_shared<std::array<core::Block<>, parts>>();
    for (std::size_t i = 0; i < parts; ++i) {
      (*storage)[i] = core::Block<>(made.parts_[i].size());
      std::ranges::copy(made.parts_[i], (*storage)[i].data());
      made.parts_[i] = {(*storage)[i].data(), made.parts_[i].size()};
    }
    made.owner_ = storage;
  } else {
    made.owner_ = file;
  }
  made.attach_columns();
  const auto* const radius = made.part<float>(radii);
  made.largest_radius_ = static_cast<double>(*std::max_element(radius, radius + made.lists_));
  return made;
}

}  // namespace wayseer::hashing
