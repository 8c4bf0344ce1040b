#include "wayseer/hashing/table_file.hpp"

#include <algorithm>

#include "wayseer/hashing/hash.hpp"
#include "wayseer/version.hpp"

namespace wayseer::hashing {

namespace {

constexpr std::size_t blocks_at = 136, writer_at = 328, writer_size = 64, dtype_size = 16;
constexpr char magic[9] = "WSHASH01";
constexpr std::uint32_t version = 1;

file_header to_bytes(const table_header& h) {
  file_header bytes(magic, version);
  bytes.put(16, static_cast<std::uint32_t>(h.kind));
  bytes.put(20, h.hash_id);
  bytes.put(24, h.seed);
  bytes.put_text(32, dtype_size, h.key_dtype, "key dtype");
  bytes.put_text(48, dtype_size, h.value_dtype, "value dtype");
  bytes.put(64, h.size);
  bytes.put(72, h.capacity);
  bytes.put(80, h.buckets);
  bytes.put(88, h.level);
  bytes.put(112, h.probes);
  bytes.put(116, h.lanes);
  bytes.put(120, h.max_load);
  bytes.put(128, h.erases_since_rebuild);
  bytes.put_blocks(blocks_at, h.blocks);
  bytes.put_text(writer_at, writer_size, h.writer, "writer");
  bytes.seal();
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
  header.blocks = {};
  header.writer = "wayseer " + std::string(wayseer::version);
  place_blocks(blocks, header.blocks);
  write_blocks(path, to_bytes(header), blocks);
}

table_file::table_file(const std::string& path) : file_(path) {
  file_.check_header(magic, version);
  table_header& h = header_;
  const auto kind = file_.get<std::uint32_t>(16);
  if (kind < 1 || kind > 4) fail(16, "kind", "1..4", std::to_string(kind));
  h.kind = static_cast<table_kind>(kind);
  h.hash_id = file_.get<std::uint32_t>(20);
  if (h.hash_id < hash_id_fold || h.hash_id > hash_id_siphash24)
    fail(20, "hash id", "1..3", std::to_string(h.hash_id));
  h.seed = file_.get<std::uint64_t>(24);
  h.key_dtype = file_.get_text(32, dtype_size);
  h.value_dtype = file_.get_text(48, dtype_size);
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
  h.size = file_.get<std::uint64_t>(64);
  h.capacity = file_.get<std::uint64_t>(72);
  h.buckets = file_.get<std::uint64_t>(80);
  h.level = file_.get<std::array<std::uint64_t, 3>>(88);
  h.probes = file_.get<std::uint32_t>(112);
  h.lanes = file_.get<std::uint32_t>(116);
  h.max_load = file_.get<double>(120);
  h.erases_since_rebuild = file_.get<std::uint64_t>(128);
  file_.get_blocks(blocks_at, h.blocks);
  h.writer = file_.get_text(writer_at, writer_size);

  file_.check_spelling(to_bytes(h));
  file_.check_places(blocks_at, h.blocks);
}

table_notes table_file::notes() const {
  const auto& at = header_.blocks[table_header::meta];
  if (at.bytes < sizeof(table_notes))
    fail(blocks_at + 8, "bytes of a block", "at least 64", std::to_string(at.bytes));
  const auto notes = file_.get<table_notes>(at.offset);
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

}  // namespace wayseer::hashing
