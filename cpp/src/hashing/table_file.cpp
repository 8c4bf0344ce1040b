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

}  // namespace

std::size_t stored_size(std::string_view dtype) noexcept {
  if (dtype == "|b1" || dtype == "|i1" || dtype == "|u1") return 4;
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
  if (h.hash_id != hash_id_fold) fail(20, "hash id", std::to_string(hash_id_fold), std::to_string(h.hash_id));
  h.seed = file_.get<std::uint64_t>(24);
  h.key_dtype = file_.get_text(32, dtype_size);
  h.value_dtype = file_.get_text(48, dtype_size);
  const bool set = h.kind == table_kind::strata_set;
  if (stored_size(h.key_dtype) == 0 || h.key_dtype == "<f2")
    fail(32, "key dtype", "one of numbers or instants", in_quotes(h.key_dtype));
  if (set ? !h.value_dtype.empty() : stored_size(h.value_dtype) == 0)
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

}  // namespace wayseer::hashing
