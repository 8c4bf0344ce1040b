#include <algorithm>
#include <vector>

#include "wayseer/hashing/byte_keys.hpp"
#include "wayseer/hashing/group.hpp"

namespace wayseer::hashing {

std::vector<std::int64_t> group_texts(const text_array& keys, std::span<std::int64_t> codes,
                                      std::vector<std::int64_t>* counts, std::uint64_t seed) {
  constexpr std::size_t piece = 4096;
  byte_keys table(std::min<std::size_t>(keys.size(), piece), dense_index::default_load, seed);
  std::vector<std::int64_t> first, numbers(codes.empty() ? std::min(keys.size(), piece) : 0);
  if (counts != nullptr) counts->clear();
  for (std::size_t start = 0; start < keys.size(); start += piece) {
    const std::size_t count = std::min(piece, keys.size() - start);
    const auto part = codes.empty() ? std::span(numbers).first(count) : codes.subspan(start, count);
    table.insert_batch(keys, start, part, [&](std::size_t i, bool added) {
      if (added) first.push_back(static_cast<std::int64_t>(start + i));
    });
    if (counts != nullptr) {
      counts->resize(first.size(), 0);
      for (const auto number : part) ++(*counts)[static_cast<std::size_t>(number)];
    }
  }
  return first;
}

}  // namespace wayseer::hashing
