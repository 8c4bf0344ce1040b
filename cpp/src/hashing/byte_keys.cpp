#include "wayseer/hashing/byte_keys.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <stdexcept>

namespace wayseer::hashing {

namespace {

// Up to 16 bytes as two words, the rest zeros. Reads 16 bytes at once where the memory allows it: a length
// that changes from string to string would mislead the branch predictor.
void load16(const char* p, std::size_t size, const char* limit, std::uint64_t& low,
            std::uint64_t& high) noexcept {
  const auto* bytes = reinterpret_cast<const std::byte*>(p);
  if (limit - p >= 16) {
    low = detail::read<std::uint64_t>(bytes);
    high = detail::read<std::uint64_t>(bytes + 8);
    const std::size_t bits = 8 * size;
    low &= size >= 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << (bits & 63)) - 1;
    high &= size >= 16 ? ~std::uint64_t{0} : size <= 8 ? 0 : (std::uint64_t{1} << (bits & 63)) - 1;
  } else {
    std::byte copy[16] = {};
    if (size != 0) std::memcpy(copy, p, size);
    low = detail::read<std::uint64_t>(copy);
    high = detail::read<std::uint64_t>(copy + 8);
  }
}

}  // namespace

inline byte_keys::Entry byte_keys::short_entry(std::uint64_t low, std::uint64_t high,
                                               std::size_t size) noexcept {
  Entry entry;
  entry.size = static_cast<std::uint32_t>(size);
  const auto first = static_cast<std::uint32_t>(low);
  const std::uint64_t rest = low >> 32 | high << 32;
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(entry.bytes, &first, 4);
    std::memcpy(entry.bytes + 4, &rest, 8);
  } else {
    for (unsigned i = 0; i < 4; ++i) entry.bytes[i] = static_cast<char>(first >> 8 * i);
    for (unsigned i = 0; i < 8; ++i) entry.bytes[4 + i] = static_cast<char>(rest >> 8 * i);
  }
  return entry;
}

inline byte_keys::Probe byte_keys::quick_probe(std::string_view key, const char* limit) const noexcept {
  Probe result;
  result.key = key;
  std::uint64_t low, high;
  if (key.size() <= 16) {
    load16(key.data(), key.size(), limit, low, high);
    result.hash = hash_short(low, high, key.size());
  } else {
    load16(key.data(), 16, limit, low, high);
    result.hash = hash_bytes(key.data(), key.size(), seed_);
  }
  result.entry = short_entry(low, high, key.size());
  return result;
}

byte_keys::Probe byte_keys::probe(std::string_view key, const char* limit) const noexcept {
  Probe result = quick_probe(key, limit);
  rehash(result);
  return result;
}

bool byte_keys::All::same(std::size_t number, const Probe& probe) const noexcept {
  if (number >= count) return false;
  const Entry& entry = entries[number];
  if (probe.key.size() <= inlined) return std::memcmp(&entry, &probe.entry, sizeof entry) == 0;
  return std::memcmp(&entry, &probe.entry, 8) == 0 && inside(entry) &&
         std::memcmp(arena + place(entry), probe.key.data(), probe.key.size()) == 0;
}

std::int64_t byte_keys::find(std::string_view key) const noexcept {
  if (key.size() >= dead) return -1;
  const auto entry = find(probe(key, key.data() + key.size()));
  return entry == dense_index::none ? -1 : std::int64_t{entry};
}

std::size_t byte_keys::known(const text_array& keys, std::size_t start, std::span<std::int64_t> numbers,
                             Probe* probes, std::uint32_t* retry) const noexcept {
  const std::size_t count = numbers.size();
  std::string_view views[group];
  keys.views(start, count, views);
  for (std::size_t i = 0; i < count; ++i) probes[i] = quick_probe(views[i], keys.limit());
  if (hash_id_ != hash_id_fold)  // a loop of its own: a call in the one above would slow it down for everyone
    for (std::size_t i = 0; i < count; ++i) rehash(probes[i]);
  for (std::size_t i = 0; i < count; ++i) index_.prefetch(probes[i].hash);
  std::size_t retries = 0;
  const All all = this->all();
  if (all.count == 0) {
    for (; retries < count; ++retries) retry[retries] = static_cast<std::uint32_t>(retries);
    return retries;
  }
  std::uint32_t candidates[group];
  for (std::size_t i = 0; i < count; ++i) {
    const auto entry = index_.candidate(probes[i].hash);
    candidates[i] = entry < all.count ? entry : 0;  // none: any will do, it is compared
    prefetch_line(&all.entries[candidates[i]]);
  }
  for (std::size_t i = 0; i < count; ++i) {
    const Entry& entry = all.entries[candidates[i]];
    std::uint64_t have[2], want[2];
    std::memcpy(have, &entry, sizeof have);
    std::memcpy(want, &probes[i].entry, sizeof want);
    const bool is_short = probes[i].key.size() <= inlined;
    const bool equal = (have[0] == want[0]) & (have[1] == want[1]) & is_short;
    if (!is_short && have[0] == want[0] && have[1] < all.arena_size) prefetch_line(all.arena + have[1]);
    numbers[i] = candidates[i];
    retry[retries] = static_cast<std::uint32_t>(i);
    retries += !equal;
  }
  return retries;
}

void byte_keys::find_batch(const text_array& keys, std::size_t start,
                           std::span<std::int64_t> numbers) const noexcept {
  Probe probes[group];
  std::uint32_t retry[group];
  for (std::size_t done = 0; done < numbers.size(); done += group) {
    const auto part = numbers.subspan(done, std::min(group, numbers.size() - done));
    const std::size_t retries = known(keys, start + done, part, probes, retry);
    for (std::size_t r = 0; r < retries; ++r) {
      const auto& one = probes[retry[r]];
      const auto entry = one.key.size() >= dead ? dense_index::none : find(one);
      part[retry[r]] = entry == dense_index::none ? -1 : std::int64_t{entry};
    }
  }
}

byte_keys::Insertion byte_keys::insert(std::string_view key) {
  return insert(probe(key, key.data() + key.size()));
}

byte_keys::Insertion byte_keys::insert(const Probe& probe) {
  if (probe.key.size() >= dead) throw std::overflow_error("a string of 4 GiB or more");
  const auto found = find(probe);
  if (found != dense_index::none) return {found, false};
  if (entries_.size() >= dense_index::none) throw std::overflow_error("more than 2^32 - 1 strings");
  if (index_.room() == 0) rebuild(2 * size() + 1);
  Entry entry = probe.entry;
  if (probe.key.size() > inlined) {
    const std::uint64_t at = arena_.size();
    if (at + probe.key.size() > std::uint64_t{1} << 40)
      throw std::overflow_error("strings of more than 2^40 bytes in all");
    entries_.reserve(entries_.size() + 1 <= entries_.capacity() ? 0 : 2 * entries_.size() + 1);
    arena_.insert(arena_.end(), probe.key.begin(), probe.key.end());
    std::memcpy(entry.bytes + 4, &at, sizeof at);
  }
  entries_.push_back(entry);
  const auto number = static_cast<std::uint32_t>(entries_.size() - 1);
  index_.insert(probe.hash, number);
  return {number, true};
}

bool byte_keys::erase(std::string_view key, const moved_function& moved) {
  if (key.size() >= dead) return false;
  const auto wanted = probe(key, key.data() + key.size());
  const auto entry = find(wanted);
  if (entry == dense_index::none) return false;
  index_.erase(wanted.hash, entry);
  entries_[entry].size = dead;
  if (entries_.size() > 16 && size() < entries_.size() / 2) compact(moved);
  return true;
}

void byte_keys::compact(const moved_function& moved) {
  std::vector<char> arena;
  dense_index index(size(), index_.max_load());
  arena.reserve(text_bytes());
  index_.swap(index);  // nothing throws from here on
  std::size_t to = 0;
  for (std::size_t from = 0; from < entries_.size(); ++from) {
    if (!alive(from)) continue;
    Entry entry = entries_[from];
    const auto key = all().text(from);
    const auto hash = probe(key, key.data() + key.size()).hash;
    if (entry.size > inlined) {
      const std::uint64_t at = arena.size();
      arena.insert(arena.end(), key.begin(), key.end());
      std::memcpy(entry.bytes + 4, &at, sizeof at);
    }
    entries_[to] = entry;
    index_.insert(hash, static_cast<std::uint32_t>(to));
    if (moved) moved(from, to);
    ++to;
  }
  entries_.resize(to);
  arena_.swap(arena);
}

void byte_keys::rebuild(std::size_t expected) {
  dense_index index(std::max(expected, size()), index_.max_load());
  const char* limit = arena_.data() + arena_.size();
  for (std::size_t e = 0; e < entries_.size(); ++e) {
    if (!alive(e)) continue;
    const auto key = all().text(e);
    const char* end = entries_[e].size <= inlined ? key.data() + key.size() : limit;
    index.insert(probe(key, end).hash, static_cast<std::uint32_t>(e));
  }
  index_.swap(index);
}

void byte_keys::reserve(std::size_t expected) {
  if (expected > size() && expected - size() > index_.room()) rebuild(expected);
}

std::size_t byte_keys::text_bytes() const noexcept {
  std::size_t total = 0;
  const All all = this->all();
  for (std::size_t e = 0; e < all.count; ++e)
    if (alive(e)) total += all.text(e).size();
  return total;
}

void byte_keys::clear() noexcept {
  index_.clear();
  entries_.clear();
  arena_.clear();
}

// --- files -------------------------------------------------------------------------------------------------

void byte_keys::save(const std::string& path, const std::string& key_dtype, const std::string& value_dtype,
                     std::span<const std::byte> values, const table_notes& notes) const {
  const All all = this->all();
  const auto lines = index_.lines();
  std::vector<std::byte> meta(sizeof notes + lines.size());
  std::memcpy(meta.data(), &notes, sizeof notes);
  std::memcpy(meta.data() + sizeof notes, lines.data(), lines.size());
  table_header h;
  h.kind = table_kind::dense_map;
  h.hash_id = hash_id_;
  h.seed = seed_;
  h.key_dtype = key_dtype;
  h.value_dtype = value_dtype;
  h.size = all.count;
  h.buckets = lines.size() / core::line_size;
  h.capacity = dense_index::limit_of(h.buckets, max_load());
  h.lanes = dense_index::lanes;
  h.max_load = max_load();
  write_table(path, h,
              std::vector<std::span<const std::byte>>{meta,
                                                      {},
                                                      values,
                                                      std::as_bytes(std::span(all.entries, all.count)),
                                                      std::as_bytes(std::span(all.arena, all.arena_size))});
}

byte_keys byte_keys::map_readonly(std::shared_ptr<const table_file> file, verify how,
                                  std::size_t value_size) {
  const table_header& h = file->header();
  file->expect_kind(table_kind::dense_map);
  file->expect(48, "bytes of a value", value_size, stored_size(h.value_dtype));
  if (!(h.max_load > 0 && h.max_load <= dense_index::highest_load))
    file->fail(120, "max_load", "above 0 and at most 0.95", std::to_string(h.max_load));
  if (h.buckets < 2 || h.buckets > std::uint64_t{1} << 40)
    file->fail(80, "buckets", "2..2^40", std::to_string(h.buckets));
  file->expect(72, "capacity", dense_index::limit_of(h.buckets, h.max_load), h.capacity);
  if (h.size > h.capacity || h.size >= dense_index::none)
    file->fail(64, "size", "at most " + std::to_string(h.capacity), std::to_string(h.size));
  for (std::size_t i = 0; i < 3; ++i) file->expect(88 + 8 * i, "buckets of a level", 0, h.level[i]);
  file->expect(112, "probes of a level", 0, h.probes);
  file->expect(116, "lanes of a bucket", dense_index::lanes, h.lanes);
  file->expect(128, "erases", 0, h.erases_since_rebuild);
  file->expect_blocks({sizeof(table_notes) + h.buckets * core::line_size, 0, h.size * value_size,
                       h.size * sizeof(Entry), h.blocks[table_header::arena].bytes});
  file->check(how);
  (void)file->notes();

  byte_keys keys(0, h.max_load, h.seed, h.hash_id);
  keys.index_ = dense_index(file->block(table_header::meta).subspan(sizeof(table_notes)), h.size, h.max_load);
  keys.mapped_.entries = reinterpret_cast<const Entry*>(file->block(table_header::entries).data());
  keys.mapped_.count = h.size;
  const auto arena = file->block(table_header::arena);
  keys.mapped_.arena = reinterpret_cast<const char*>(arena.data());
  keys.mapped_.arena_size = arena.size();
  keys.file_ = std::move(file);
  return keys;
}

byte_keys byte_keys::read(const std::shared_ptr<const table_file>& file, verify how, std::size_t value_size) {
  const byte_keys mapped = map_readonly(file, how, value_size);
  byte_keys keys(mapped.size(), mapped.max_load(), mapped.seed(), mapped.hash_id());
  keys.arena_.reserve(mapped.mapped_.arena_size);
  for (std::size_t e = 0; e < mapped.entries(); ++e)
    if (!keys.insert(mapped[e]).added)
      file->fail(file->header().blocks[table_header::entries].offset + e * sizeof(Entry), "string",
                 "one that is new", "the same again");
  return keys;
}

}  // namespace wayseer::hashing
