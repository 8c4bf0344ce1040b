// Grouping equal words: the core of unique, factorize and value_counts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "wayseer/hashing/text_array.hpp"

namespace wayseer::hashing {

// Numbers the distinct words in order of first appearance. Returns the position of each one's first
// appearance, ascending. If not empty, codes[i] gets the number of keys[i]'s group; if not null, `counts` the
// groups' sizes.
//
// Expected O(n). Words in order and words of a small range need no hash table; a table far beyond the
// caches is filled part by part, the words first parted by their hashes. `threads` of them group stretches or
// parts of the keys; the result is the same for any number. codes is empty or as long as keys.
[[nodiscard]] std::vector<std::int64_t> group_words(std::span<const std::uint32_t> keys,
                                                    std::span<std::int64_t> codes,
                                                    std::vector<std::int64_t>* counts, std::uint64_t seed,
                                                    int threads = 1);
[[nodiscard]] std::vector<std::int64_t> group_words(std::span<const std::uint64_t> keys,
                                                    std::span<std::int64_t> codes,
                                                    std::vector<std::int64_t>* counts, std::uint64_t seed,
                                                    int threads = 1);

// The same for strings: expected O(bytes).
[[nodiscard]] std::vector<std::int64_t> group_texts(const text_array& keys, std::span<std::int64_t> codes,
                                                    std::vector<std::int64_t>* counts, std::uint64_t seed,
                                                    int threads = 1);

// How many distinct words there probably are, from a sample: at most keys.size(). Keys that are drawn very
// unevenly are more than it says.
[[nodiscard]] std::size_t expected_distinct(std::span<const std::uint32_t> keys);
[[nodiscard]] std::size_t expected_distinct(std::span<const std::uint64_t> keys);

}  // namespace wayseer::hashing
