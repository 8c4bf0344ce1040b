// Line tables in files, kind 3 of table_file.hpp: what save and map_readonly of line_map and line_set stand
// on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "wayseer/core/block.hpp"
#include "wayseer/hashing/line_keys.hpp"
#include "wayseer/hashing/table_file.hpp"

namespace wayseer::hashing {

// The dtype of a key whose lanes are 4 or 8 bytes wide, whatever its own size.
template <line_key Key>
[[nodiscard]] std::string line_dtype() {
  if constexpr (std::is_enum_v<Key>)
    return number_dtype<std::underlying_type_t<Key>>();
  else
    return number_dtype<Key>();
}

// Writes the keys with their values, by slot; none: a set. Throws std::system_error, std::invalid_argument.
template <line_key Key, class Hash, class Alloc>
void write_lines(const std::string& path, const line_keys<Key, Hash, Alloc>& keys,
                 std::span<const std::byte> values, const std::string& key_dtype,
                 const std::string& value_dtype, table_notes notes) {
  const auto view = keys.view();
  notes.side = view.side ? 1 : 0;
  table_header h;
  h.kind = table_kind::line_map;
  h.hash_id = keys.hash().id;
  h.seed = keys.hash().seed;
  h.key_dtype = key_dtype;
  h.value_dtype = value_dtype;
  h.size = keys.size();
  h.capacity = keys.limit();
  h.buckets = view.lines;
  h.lanes = static_cast<std::uint32_t>(keys.lanes);
  h.max_load = keys.max_load();
  write_table(path, h,
              std::vector<std::span<const std::byte>>{
                  std::as_bytes(std::span<const table_notes>(&notes, 1)),
                  std::as_bytes(std::span(view.words, view.lines * keys.lanes)), values});
}

// The keys of a file with values of this size, 0 for none, where it is mapped: `file` must outlive them.
// Throws format_error.
template <line_key Key, class Hash, class Alloc>
[[nodiscard]] line_keys<Key, Hash, Alloc> read_lines(const table_file& file, verify how,
                                                     std::size_t value_size, const Hash& hash) {
  using keys_type = line_keys<Key, Hash, Alloc>;
  using word = typename keys_type::word;
  constexpr std::size_t lanes = keys_type::lanes;
  const table_header& h = file.header();
  file.expect_kind(table_kind::line_map);
  file.expect(20, "hash id", hash.id, h.hash_id);
  file.expect(32, "bytes of a key", sizeof(word), stored_size(h.key_dtype));
  file.expect(48, "bytes of a value", value_size, stored_size(h.value_dtype));
  if (!(h.max_load > 0 && h.max_load <= keys_type::highest_load))
    file.fail(120, "max_load", "above 0 and at most 0.95", std::to_string(h.max_load));
  const std::uint64_t most = (std::uint64_t{1} << 56) / (lanes * std::max(sizeof(word), value_size));
  if (h.buckets < 2 || h.buckets > most)
    file.fail(80, "buckets", "2.." + std::to_string(most), std::to_string(h.buckets));
  const std::uint64_t slots = h.buckets * lanes + 1;
  file.expect(72, "capacity", keys_type::limit_of(h.buckets, h.max_load), h.capacity);
  for (std::size_t i = 0; i < 3; ++i) file.expect(88 + 8 * i, "buckets of a level", 0, h.level[i]);
  file.expect(112, "probes of a level", 0, h.probes);
  file.expect(116, "lanes of a bucket", lanes, h.lanes);
  file.expect(128, "erases", 0, h.erases_since_rebuild);
  file.expect_blocks({sizeof(table_notes), h.buckets * core::line_size, slots * value_size});
  file.check(how);
  const auto notes = file.notes();
  const bool side = notes.side != 0;
  if (h.size < notes.side || h.size - notes.side > h.capacity)
    file.fail(64, "size", "at most " + std::to_string(h.capacity + notes.side), std::to_string(h.size));

  const auto block = file.block(table_header::keys);
  keys_type keys(core::Block<Alloc>::over(block), h.max_load, hash, h.size - notes.side, side);
  if (!keys.has_free_lane())  // a search would not end
    file.fail(h.blocks[table_header::keys].offset, "free lanes", "some", "none");
  return keys;
}

}  // namespace wayseer::hashing
