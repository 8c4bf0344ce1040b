// Strata containers in files (table_file.hpp): what strata_map::save and strata_map::map_readonly stand on.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "wayseer/hashing/detail/strata_view.hpp"
#include "wayseer/hashing/table_file.hpp"

namespace wayseer::hashing {

// Arrays in memory that belongs to someone else, e.g. a mapped file; each aligned to 64 bytes.
template <class Key, class Value>
struct strata_parts {
  const std::byte* meta = nullptr;
  const Key* keys = nullptr;
  const Value* values = nullptr;
  std::size_t buckets = 0, size = 0, capacity = 0;
  double max_load = 0.99;
  std::uint64_t seed = 0;
  std::size_t erases_since_rebuild = 0;
};

// dtypes name what the keys and values mean; their stored_size is that of Key and Value. Throws
// std::system_error, std::invalid_argument.
template <class Key, class Value>
void write_strata(const std::string& path, const strata_parts<Key, Value>& parts, std::uint32_t hash_id,
                  const std::string& key_dtype, const std::string& value_dtype) {
  constexpr bool has_values = !std::is_void_v<Value>;
  const auto shape = detail::StrataShape::of(parts.buckets, parts.max_load);
  const std::size_t slots = parts.buckets * detail::strata_lanes;
  table_header h;
  h.kind = has_values ? table_kind::strata_map : table_kind::strata_set;
  h.hash_id = hash_id;
  h.seed = parts.seed;
  h.key_dtype = key_dtype;
  h.value_dtype = value_dtype;
  h.size = parts.size;
  h.capacity = parts.capacity;
  h.buckets = parts.buckets;
  h.level = {shape.level[0], shape.level[1], shape.level[2]};
  h.probes = static_cast<std::uint32_t>(shape.probes);
  h.lanes = detail::strata_lanes;
  h.max_load = parts.max_load;
  h.erases_since_rebuild = parts.erases_since_rebuild;
  std::vector<std::span<const std::byte>> blocks{{parts.meta, parts.buckets * detail::strata_line},
                                                 std::as_bytes(std::span<const Key>(parts.keys, slots))};
  if constexpr (has_values) blocks.push_back(std::as_bytes(std::span<const Value>(parts.values, slots)));
  write_table(path, h, blocks);
}

// The table in a file of this kind, hash and sizes of Key and Value, where it is mapped. Whoever cuts the
// file shorter while it is mapped ends the process. Throws format_error.
template <class Key, class Value>
[[nodiscard]] strata_parts<Key, Value> read_strata(const table_file& file, verify how) {
  constexpr bool has_values = !std::is_void_v<Value>;
  std::size_t value_size = 0;
  if constexpr (has_values) value_size = sizeof(Value);
  const table_header& h = file.header();
  file.expect_kind(has_values ? table_kind::strata_map : table_kind::strata_set);
  file.expect(32, "bytes of a key", sizeof(Key), stored_size(h.key_dtype));
  if constexpr (has_values) file.expect(48, "bytes of a value", value_size, stored_size(h.value_dtype));
  const std::uint64_t most =
      (std::uint64_t{1} << 56) / (detail::strata_lanes * std::max(sizeof(Key), value_size));
  if (h.buckets == 0 || h.buckets > most)
    file.fail(80, "buckets", "1.." + std::to_string(most), std::to_string(h.buckets));
  const std::uint64_t slots = h.buckets * detail::strata_lanes;
  if (h.capacity == 0 || h.capacity > slots)
    file.fail(72, "capacity", "1.." + std::to_string(slots), std::to_string(h.capacity));
  if (h.size > h.capacity)
    file.fail(64, "size", "at most " + std::to_string(h.capacity), std::to_string(h.size));
  if (!(h.max_load > 0 && h.max_load <= 1))
    file.fail(120, "max_load", "above 0 and at most 1", std::to_string(h.max_load));
  const auto shape = detail::StrataShape::of(h.buckets, h.max_load);
  for (std::size_t i = 0; i < 3; ++i)
    file.expect(88 + 8 * i, "buckets of a level", shape.level[i], h.level[i]);
  file.expect(112, "probes of a level", shape.probes, h.probes);
  file.expect(116, "lanes of a bucket", detail::strata_lanes, h.lanes);
  file.expect_blocks({h.buckets * detail::strata_line, slots * sizeof(Key), slots * value_size});
  file.check(how);

  strata_parts<Key, Value> parts;
  parts.meta = file.block(table_header::meta).data();
  parts.keys = reinterpret_cast<const Key*>(file.block(table_header::keys).data());
  if constexpr (has_values)
    parts.values = reinterpret_cast<const Value*>(file.block(table_header::values).data());
  parts.buckets = h.buckets;
  parts.size = h.size;
  parts.capacity = h.capacity;
  parts.max_load = h.max_load;
  parts.seed = h.seed;
  parts.erases_since_rebuild = h.erases_since_rebuild;
  return parts;
}

}  // namespace wayseer::hashing
