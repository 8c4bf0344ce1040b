// How many buckets searches in tables of 56-slot buckets look at, with levels (strata_map) and without.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace wayseer::hashing {

// [i]: keys found, or missed, after looking at i buckets.
struct strata_probe_counts {
  std::vector<std::int64_t> hits, last_hits, misses;
};

// Fills ceil(slots / 56) buckets with floor(load * slots) keys; then searches for each, and for as many
// absent ones. last_hits: of the last `last` keys. Without levels a key's path is random, however long.
// Throws std::invalid_argument unless slots >= 1 and 0 < load <= 1.
[[nodiscard]] strata_probe_counts count_strata_probes(std::int64_t slots, double load, std::uint64_t seed,
                                                      bool levels, std::int64_t last);

}  // namespace wayseer::hashing
