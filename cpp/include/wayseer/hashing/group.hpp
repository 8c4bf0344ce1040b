// Grouping equal words: the core of unique, factorize and value_counts.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace wayseer::hashing {

// Numbers the distinct words in order of first appearance. Returns the position of each one's first
// appearance, ascending. If not empty, codes[i] gets the number of keys[i]'s group; if not null, `counts` the
// groups' sizes.
//
// Expected O(n). Words in order and words of a small range need no hash table; a table beyond the
// second-level cache is filled part by part, the words first parted by their hashes.
[[nodiscard]] std::vector<std::int64_t> group_words(std::span<const std::uint32_t> keys,
                                                    std::span<std::int64_t> codes,
                                                    std::vector<std::int64_t>* counts, std::uint64_t seed);
[[nodiscard]] std::vector<std::int64_t> group_words(std::span<const std::uint64_t> keys,
                                                    std::span<std::int64_t> codes,
                                                    std::vector<std::int64_t>* counts, std::uint64_t seed);

}  // namespace wayseer::hashing
