// Distinct byte strings, numbered in order of insertion: the keys of the tables of strings.
//
//   entries   16 bytes: length, then the string itself up to 12 bytes, else its first 4 and its place in
//   arena     the bytes of longer strings, one after the other
//   index     dense_index over the entries' hashes
//
// find, insert, erase: expected O(length). Batches ask for the lines of a group before they look at the
// first. Erasing leaves a dead entry; when more than half are dead the living ones move together, in order.
// At most 2^32 - 1 entries, strings below 4 GiB and an arena of 2^40 bytes: std::overflow_error beyond.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wayseer/hashing/dense_index.hpp"
#include "wayseer/hashing/hash.hpp"
#include "wayseer/hashing/table_file.hpp"
#include "wayseer/hashing/text_array.hpp"

namespace wayseer::hashing {

class byte_keys {
 public:
  using moved_function = std::function<void(std::size_t from, std::size_t to)>;

  explicit byte_keys(std::size_t expected = 0, double max_load = dense_index::default_load,
                     std::uint64_t seed = 0, std::uint32_t hash_id = hash_id_fold)
      : seed_(seed), hash_id_(hash_id), index_(expected, max_load) {
    entries_.reserve(expected);
  }

  [[nodiscard]] std::size_t size() const noexcept { return index_.size(); }
  // Numbers in use, those of dead entries included.
  [[nodiscard]] std::size_t entries() const noexcept { return all().count; }
  [[nodiscard]] bool alive(std::size_t entry) const noexcept { return all().entries[entry].size != dead; }
  // Lasts until the next insertion or erasure.
  [[nodiscard]] std::string_view operator[](std::size_t entry) const noexcept { return all().text(entry); }
  [[nodiscard]] std::uint64_t seed() const noexcept { return seed_; }
  [[nodiscard]] std::uint32_t hash_id() const noexcept { return hash_id_; }
  [[nodiscard]] double max_load() const noexcept { return index_.max_load(); }
  [[nodiscard]] double load() const noexcept { return index_.load(); }
  [[nodiscard]] std::size_t bytes() const noexcept {
    return index_.bytes() + (entries_.capacity() + mapped_.count) * sizeof(Entry) + arena_.capacity() +
           mapped_.arena_size;
  }
  // Of all living strings together.
  [[nodiscard]] std::size_t text_bytes() const noexcept;
  void reserve(std::size_t expected);

  // The number of a string, or -1.
  [[nodiscard]] std::int64_t find(std::string_view key) const noexcept;
  // numbers[i] = that of keys[start + i].
  void find_batch(const text_array& keys, std::size_t start, std::span<std::int64_t> numbers) const noexcept;

  struct Insertion {
    std::uint32_t entry;
    bool added;
  };
  Insertion insert(std::string_view key);
  // Inserts keys[start + i] for i < numbers.size() in order and notes their numbers; at(i, added), if given,
  // is told of each that was not found at once: all new ones, and some that were there.
  template <class At>
  void insert_batch(const text_array& keys, std::size_t start, std::span<std::int64_t> numbers, At&& at) {
    std::uint32_t retry[group];
    for (std::size_t done = 0; done < numbers.size(); done += group) {
      const auto part = numbers.subspan(done, std::min(group, numbers.size() - done));
      Probe probes[group];
      const std::size_t retries = known(keys, start + done, part, probes, retry);
      for (std::size_t r = 0; r < retries; ++r) {
        const std::size_t i = retry[r];
        const auto [entry, added] = insert(probes[i]);
        part[i] = entry;
        at(done + i, added);
      }
    }
  }

  // Whether the string was there. moved(from, to) is told of entries that get other numbers, in order.
  bool erase(std::string_view key, const moved_function& moved);
  void clear() noexcept;
  // Moves the living entries together, in order: their numbers are below size() then.
  void tidy(const moved_function& moved) {
    if (size() != entries()) compact(moved);
  }

  // --- files: kind 4 of table_file.hpp

  // Writes the keys with their values, by entry; none may be dead. Throws std::system_error.
  void save(const std::string& path, const std::string& key_dtype, const std::string& value_dtype,
            std::span<const std::byte> values, const table_notes& notes) const;
  // The keys of a file, where it is mapped, for look-ups only: a writing call on them is undefined.
  // value_size: of a value, 0 for none. Throws format_error.
  [[nodiscard]] static byte_keys map_readonly(std::shared_ptr<const table_file> file, verify how,
                                              std::size_t value_size);
  // The same in memory, to be written to.
  [[nodiscard]] static byte_keys read(const std::shared_ptr<const table_file>& file, verify how,
                                      std::size_t value_size);
  [[nodiscard]] bool read_only() const noexcept { return file_ != nullptr; }

 private:
  static constexpr std::size_t group = 128, inlined = 12;
  static constexpr std::uint32_t dead = ~std::uint32_t{0};

  struct Entry {
    std::uint32_t size;
    char bytes[inlined];  // or 4 bytes and the place in the arena
  };
  struct Probe {
    std::string_view key;
    Entry entry;  // without the place in the arena
    std::uint64_t hash;
  };

  // Defined, and used, in byte_keys.cpp alone; g++ would call them for each key of a batch.
  [[gnu::always_inline]] static inline Entry short_entry(std::uint64_t low, std::uint64_t high,
                                                         std::size_t size) noexcept;
  // What a search needs; `limit`: the end of the memory that may be read. quick_probe: by the fast hash,
  // which rehash replaces if the table has another.
  [[nodiscard]] Probe probe(std::string_view key, const char* limit) const noexcept;
  [[nodiscard, gnu::always_inline]] inline Probe quick_probe(std::string_view key,
                                                             const char* limit) const noexcept;
  void rehash(Probe& probe) const noexcept {
    if (hash_id_ != hash_id_fold) [[unlikely]]
      probe.hash = siphash_by_id(hash_id_, probe.key.data(), probe.key.size(), seed_);
  }
  [[nodiscard]] std::uint64_t hash_short(std::uint64_t low, std::uint64_t high,
                                         std::size_t size) const noexcept {
    return mum(mum(low ^ seed_ ^ detail::k0, high ^ detail::k1) ^ size ^ seed_, detail::k3);
  }
  // Entries and arena, ours or those of a file. What a damaged file makes them say stays within them.
  struct All {
    const Entry* entries = nullptr;
    std::size_t count = 0;
    const char* arena = nullptr;
    std::size_t arena_size = 0;

    [[nodiscard]] bool inside(const Entry& entry) const noexcept {
      const std::uint64_t at = place(entry);
      return at <= arena_size && entry.size <= arena_size - at;
    }
    [[nodiscard]] std::string_view text(std::size_t number) const noexcept {
      const Entry& entry = entries[number];
      if (entry.size <= inlined) return {entry.bytes, entry.size};
      return inside(entry) ? std::string_view(arena + place(entry), entry.size) : std::string_view();
    }
    [[nodiscard]] bool same(std::size_t number, const Probe& probe) const noexcept;
  };
  [[nodiscard]] All all() const noexcept {
    if (file_ != nullptr) [[unlikely]]
      return mapped_;
    return {entries_.data(), entries_.size(), arena_.data(), arena_.size()};
  }
  static std::uint64_t place(const Entry& entry) noexcept {
    std::uint64_t at;
    std::memcpy(&at, entry.bytes + 4, sizeof at);
    return at;
  }
  [[nodiscard]] std::uint32_t find(const Probe& probe) const noexcept {
    return index_.find(probe.hash, [&, all = all()](std::uint32_t e) { return all.same(e, probe); });
  }
  Insertion insert(const Probe& probe);
  // The first half of both batches: the numbers of the keys that are where one expects them; the others'
  // positions, ascending, in `retry`. Returns how many.
  std::size_t known(const text_array& keys, std::size_t start, std::span<std::int64_t> numbers, Probe* probes,
                    std::uint32_t* retry) const noexcept;
  void rebuild(std::size_t expected);
  void compact(const moved_function& moved);

  std::uint64_t seed_;
  std::uint32_t hash_id_;
  dense_index index_;
  std::vector<Entry> entries_;
  std::vector<char> arena_;
  std::shared_ptr<const table_file> file_;  // of mapped_; then the vectors are empty
  All mapped_;
};

}  // namespace wayseer::hashing
