#include <algorithm>
#include <bit>
#include <limits>
#include <vector>

#include "parted.hpp"
#include "wayseer/hashing/byte_keys.hpp"
#include "wayseer/hashing/group.hpp"

namespace wayseer::hashing {

namespace {

using detail::Positions;

// keys[begin, end); positions relative to begin.
Positions group_range(const text_array& keys, std::size_t begin, std::size_t end,
                      std::span<std::int64_t> codes, Positions* counts, std::uint64_t seed) {
  constexpr std::size_t piece = 4096;
  const std::size_t size = end - begin;
  byte_keys table(std::min(size, piece), dense_index::default_load, seed);
  Positions first, numbers(codes.empty() ? std::min(size, piece) : 0);
  if (counts != nullptr) counts->clear();
  for (std::size_t start = 0; start < size; start += piece) {
    const std::size_t count = std::min(piece, size - start);
    const auto part = codes.empty() ? std::span(numbers).first(count) : codes.subspan(start, count);
    table.insert_batch(keys, begin + start, part, [&](std::size_t i, bool added) {
      if (added) first.push_back(static_cast<std::int64_t>(start + i));
    });
    if (counts != nullptr) {
      counts->resize(first.size(), 0);
      for (const auto number : part) ++(*counts)[static_cast<std::size_t>(number)];
    }
  }
  return first;
}

Positions group_at(const text_array& keys, const Positions& positions, std::span<std::int64_t> codes,
                   std::uint64_t seed) {
  std::vector<char> bytes;
  std::vector<std::int64_t> offsets{0};
  offsets.reserve(positions.size() + 1);
  for (const auto position : positions) {
    const auto one = keys[static_cast<std::size_t>(position)];
    bytes.insert(bytes.end(), one.begin(), one.end());
    offsets.push_back(static_cast<std::int64_t>(bytes.size()));
  }
  const text_array some(bytes.data(), bytes.size(), std::span<const std::int64_t>(offsets));
  return group_range(some, 0, some.size(), codes, nullptr, seed);
}

Positions group_by_parts(const text_array& keys, std::size_t expected, std::span<std::int64_t> codes,
                         Positions* counts, std::uint64_t seed, int threads) {
  // Tables of about 2^13 entries: 16 bytes each and as much for the strings, and the index.
  const std::size_t parts = std::clamp(std::bit_ceil(expected >> 13), std::size_t{32}, detail::Parting::most);
  const detail::Parting parting(
      keys.size(), parts, threads,
      [&](std::size_t i) {  // not the hash of the tables: their tags are its low bits
        const auto one = keys[i];
        return hash_bytes(one.data(), one.size(), ~seed) & (parts - 1);
      },
      [](std::size_t, std::size_t) {});
  return detail::group_by_parts<true>(
      parting, codes, counts, [&](std::size_t part, int, const auto& opened, const auto& found) {
        const std::uint32_t* const position = parting.positions();
        byte_keys table(expected / parts * 5 / 4, dense_index::default_load, seed);
        constexpr std::size_t group = 64;
        std::string_view ahead[group];
        for (std::size_t start = parting.begin(part); start < parting.end(part); start += group) {
          const std::size_t count = std::min(group, parting.end(part) - start);
          for (std::size_t i = 0; i < count; ++i) {
            ahead[i] = keys[position[start + i]];
            prefetch_line(ahead[i].data());
          }
          for (std::size_t i = 0; i < count; ++i) {
            const auto [entry, added] = table.insert(ahead[i]);
            if (added) opened(start + i);
            found(start + i, entry);
          }
        }
      });
}

}  // namespace

std::vector<std::int64_t> group_texts(const text_array& keys, std::span<std::int64_t> codes,
                                      std::vector<std::int64_t>* counts, std::uint64_t seed, int threads) {
  threads = detail::useful_threads(threads, keys.size());
  if (threads == 1) return group_range(keys, 0, keys.size(), codes, counts, seed);
  const std::size_t expected = detail::expect(keys.size(), [&](std::size_t i) {
    const auto one = keys[i];
    return hash_bytes(one.data(), one.size(), seed);
  });
  const auto way = detail::quickest(expected, keys.size(), threads, true);
  if (way == detail::Way::parts && keys.size() < std::numeric_limits<std::uint32_t>::max())
    return group_by_parts(keys, expected, codes, counts, seed, threads);
  if (way != detail::Way::stretches) return group_range(keys, 0, keys.size(), codes, counts, seed);
  return detail::group_by_stretches(
      keys.size(), codes, counts, threads,
      [&](std::size_t begin, std::size_t end, std::span<std::int64_t> some_codes, Positions* some_counts) {
        return group_range(keys, begin, end, some_codes, some_counts, seed);
      },
      [&](const Positions& positions, std::span<std::int64_t> some_codes) {
        return group_at(keys, positions, some_codes, seed);
      });
}

}  // namespace wayseer::hashing
