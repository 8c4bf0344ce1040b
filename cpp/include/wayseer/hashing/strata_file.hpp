// Saves strata containers and opens them where the file is mapped; see table_file.hpp for the format.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "wayseer/hashing/strata_map.hpp"
#include "wayseer/hashing/table_file.hpp"

namespace wayseer::hashing {

// dtypes name what the words mean; their stored_size is that of Key and Value. Slots are kept. The bytes of
// free slots become 0, so that files depend on nothing but the table: this is a writing call. Throws
// std::system_error, std::invalid_argument.
template <class Key, class Value, class Hash, class Eq, class Alloc>
void save_strata(strata_map<Key, Value, Hash, Eq, Alloc>& table, const std::string& path,
                 const std::string& key_dtype, const std::string& value_dtype) {
  constexpr bool has_values = !std::is_void_v<Value>;
  static_assert(std::is_trivially_copyable_v<Key>);
  const auto& view = table.view();
  if (!table.read_only())
    for (std::uint64_t slot = 0; slot < table.slots(); ++slot) {
      if (view.occupied(slot)) continue;
      view.keys[slot] = Key{};
      if constexpr (has_values) view.values[slot] = Value{};
    }
  table_header h;
  h.kind = has_values ? table_kind::strata_map : table_kind::strata_set;
  h.hash_id = hash_id_fold;
  h.seed = table.seed();
  h.key_dtype = key_dtype;
  h.value_dtype = value_dtype;
  h.size = table.size();
  h.capacity = table.capacity();
  h.buckets = table.buckets();
  h.level = {view.shape.level[0], view.shape.level[1], view.shape.level[2]};
  h.probes = static_cast<std::uint32_t>(view.shape.probes);
  h.lanes = detail::strata_lanes;
  h.max_load = table.max_load();
  h.erases_since_rebuild = table.parts().erases_since_rebuild;
  std::vector<std::span<const std::byte>> blocks{
      {view.meta, table.buckets() * detail::strata_line},
      std::as_bytes(std::span<const Key>(view.keys, table.slots()))};
  if constexpr (has_values)
    blocks.push_back(std::as_bytes(std::span<const Value>(view.values, table.slots())));
  write_table(path, h, blocks);
}

// A copy that can be written to relies on the number of free lanes: a table of wrong size must not get there.
template <class Key, class Value>
void check_size(const strata_map<Key, Value>& table, const table_file& file) {
  std::uint64_t occupied = 0;
  for (std::uint64_t slot = 0; slot < table.slots(); ++slot) occupied += table.view().occupied(slot);
  if (occupied != table.size())
    file.fail(64, "size", std::to_string(occupied) + " as in the tags", std::to_string(table.size()));
}

// The table in a file of this kind, Key and Value: read-only, and without a copy. Whoever cuts the file
// shorter while it is mapped ends the process. Throws format_error.
template <class Key, class Value>
[[nodiscard]] strata_map<Key, Value> open_strata(std::shared_ptr<const table_file> file, verify how) {
  constexpr bool has_values = !std::is_void_v<Value>;
  const table_header& h = file->header();
  const auto number = [&](std::uint64_t at, const char* what, std::uint64_t expected, std::uint64_t found) {
    if (expected != found) file->fail(at, what, std::to_string(expected), std::to_string(found));
  };
  number(16, "kind", static_cast<std::uint32_t>(has_values ? table_kind::strata_map : table_kind::strata_set),
         static_cast<std::uint32_t>(h.kind));
  number(32, "bytes of a key", sizeof(Key), stored_size(h.key_dtype));
  if constexpr (has_values) number(48, "bytes of a value", sizeof(Value), stored_size(h.value_dtype));
  if (h.buckets == 0 || h.buckets > std::uint64_t{1} << 48)
    file->fail(80, "buckets", "1..2^48", std::to_string(h.buckets));
  const std::uint64_t slots = h.buckets * detail::strata_lanes;
  if (h.capacity == 0 || h.capacity > slots)
    file->fail(72, "capacity", "1.." + std::to_string(slots), std::to_string(h.capacity));
  if (h.size > h.capacity)
    file->fail(64, "size", "at most " + std::to_string(h.capacity), std::to_string(h.size));
  if (!(h.max_load > 0 && h.max_load <= 1))
    file->fail(120, "max_load", "above 0 and at most 1", std::to_string(h.max_load));
  const auto shape = detail::StrataShape::of(h.buckets, h.max_load);
  for (std::size_t i = 0; i < 3; ++i) number(88 + 8 * i, "buckets of a level", shape.level[i], h.level[i]);
  number(112, "probes of a level", shape.probes, h.probes);
  number(116, "lanes of a bucket", detail::strata_lanes, h.lanes);
  const std::uint64_t expected[table_header::max_blocks] = {
      h.buckets * detail::strata_line, slots * sizeof(Key),
      slots * (has_values ? sizeof(typename strata_map<Key, Value>::mapped_type) : 0)};
  for (std::size_t i = 0; i < table_header::max_blocks; ++i)
    number(136 + 24 * i + 8, "bytes of a block", expected[i], h.blocks[i].bytes);

  if (how != verify::header) file->check_block(table_header::meta);
  if (how == verify::all) {
    file->check_block(table_header::keys);
    file->check_block(table_header::values);
  }
  strata_parts<Key, Value> parts;
  parts.meta = file->block(table_header::meta).data();
  parts.keys = reinterpret_cast<const Key*>(file->block(table_header::keys).data());
  if constexpr (has_values)
    parts.values = reinterpret_cast<const Value*>(file->block(table_header::values).data());
  parts.buckets = h.buckets;
  parts.size = h.size;
  parts.capacity = h.capacity;
  parts.max_load = h.max_load;
  parts.seed = h.seed;
  parts.erases_since_rebuild = h.erases_since_rebuild;
  auto table = strata_map<Key, Value>::from_parts(parts, file);
  if (how != verify::header) check_size(table, *file);
  return table;
}

}  // namespace wayseer::hashing
