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

byte_keys::Entry byte_keys::short_entry(std::uint64_t low, std::uint64_t high, std::size_t size) noexcept {
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

byte_keys::Probe byte_keys::probe(std::string_view key, const char* limit) const noexcept {
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

bool byte_keys::same(const Entry& entry, const Probe& probe) const noexcept {
  if (probe.key.size() <= inlined) return std::memcmp(&entry, &probe.entry, sizeof entry) == 0;
  return std::memcmp(&entry, &probe.entry, 8) == 0 &&
         std::memcmp(arena_.data() + place(entry), probe.key.data(), probe.key.size()) == 0;
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
  for (std::size_t i = 0; i < count; ++i) {
    probes[i] = probe(views[i], keys.limit());
    index_.prefetch(probes[i].hash);
  }
  std::size_t retries = 0;
  if (entries_.empty()) {
    for (; retries < count; ++retries) retry[retries] = static_cast<std::uint32_t>(retries);
    return retries;
  }
  std::uint32_t candidates[group];
  for (std::size_t i = 0; i < count; ++i) {
    const auto entry = index_.candidate(probes[i].hash);
    candidates[i] = entry == dense_index::none ? 0 : entry;  // any will do: it is compared
    prefetch_line(&entries_[candidates[i]]);
  }
  for (std::size_t i = 0; i < count; ++i) {
    const Entry& entry = entries_[candidates[i]];
    std::uint64_t have[2], want[2];
    std::memcpy(have, &entry, sizeof have);
    std::memcpy(want, &probes[i].entry, sizeof want);
    const bool is_short = probes[i].key.size() <= inlined;
    const bool equal = (have[0] == want[0]) & (have[1] == want[1]) & is_short;
    if (!is_short && have[0] == want[0]) prefetch_line(arena_.data() + have[1]);
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
    const auto key = text(entry);
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
    const auto key = text(entries_[e]);
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
  for (const auto& entry : entries_)
    if (entry.size != dead) total += entry.size;
  return total;
}

void byte_keys::clear() noexcept {
  index_.clear();
  entries_.clear();
  arena_.clear();
}

}  // namespace wayseer::hashing
