// What is known of a strata container: how full it is, and how many buckets searches look at.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "wayseer/core/random.hpp"
#include "wayseer/hashing/detail/strata_native.hpp"

namespace wayseer::hashing {

struct strata_stats {
  std::size_t size = 0, capacity = 0, slots = 0;
  double load = 0;                 // size / slots
  std::vector<double> level_fill;  // of each level's slots
  double hit_path_mean = 0;        // buckets looked at to find a stored key
  std::size_t hit_path_max = 0;
  std::vector<std::size_t> hit_path_hist;  // [i]: keys found after looking at i buckets
  double miss_path_mean = 0;               // of 10^5 random hashes
  double filter_density = 0;               // bits set
  std::size_t erases_since_rebuild = 0;
  double bytes_per_entry = 0;
};

namespace detail {

// Buckets that a search for an absent key looks at, over `samples` random hashes. The table has buckets.
template <class View>
[[nodiscard]] double mean_strata_miss_path(const View& view, std::uint64_t seed,
                                           std::size_t samples) noexcept {
  core::Random random(seed);
  std::size_t total = 0;
  for (std::size_t i = 0; i < samples; ++i) {
    const std::uint64_t hash = random();
    std::uint64_t position = 0;
    while (WAYSEER_HASHING_NATIVE::goes_on(view.line(view.shape.bucket(hash, position)), hash) &&
           position + 1 < view.shape.path_length())
      ++position;
    total += position + 1;
  }
  return static_cast<double>(total) / static_cast<double>(samples);
}

// Position of an occupied slot's bucket on the path of its key. Paths visit all buckets: this ends.
template <class View, class Hash>
[[nodiscard]] std::size_t strata_position(const View& view, const Hash& hash_of, std::uint64_t slot) {
  const std::uint64_t hash = hash_of(view.keys[slot]), home = slot / strata_lanes;
  std::size_t position = 0;
  while (view.shape.bucket(hash, position) != home) ++position;
  return position;
}

// All that the arrays tell. O(slots). The table has buckets.
template <class View, class Hash>
[[nodiscard]] strata_stats strata_stats_of(const View& view, const Hash& hash, std::size_t size,
                                           std::size_t bytes) {
  strata_stats stats;
  stats.slots = view.slots();
  stats.load = static_cast<double>(size) / static_cast<double>(stats.slots);
  const auto& shape = view.shape;
  const std::size_t levels = shape.level[2] == 0 ? 1 : 3;
  std::vector<std::size_t> in_level(levels);
  std::size_t total = 0;
  for_each_strata_slot(view, [&](std::uint64_t slot) {
    const std::uint64_t bucket = slot / strata_lanes;
    ++in_level[levels == 1 || bucket < shape.level[0] ? 0 : bucket < shape.level[0] + shape.level[1] ? 1 : 2];
    const std::size_t path = strata_position(view, hash, slot) + 1;
    total += path;
    if (path >= stats.hit_path_hist.size()) stats.hit_path_hist.resize(path + 1);
    ++stats.hit_path_hist[path];
    stats.hit_path_max = std::max(stats.hit_path_max, path);
  });
  std::size_t bits = 0;
  for (std::size_t i = 0; i < levels; ++i)
    stats.level_fill.push_back(static_cast<double>(in_level[i]) /
                               static_cast<double>(shape.level[i] * strata_lanes));
  for (std::uint64_t bucket = 0; bucket < shape.buckets(); ++bucket)
    bits += static_cast<std::size_t>(std::popcount(strata_filter(view.line(bucket))));
  stats.filter_density = static_cast<double>(bits) / static_cast<double>(64 * shape.buckets());
  stats.miss_path_mean = mean_strata_miss_path(view, hash.seed, 100'000);
  if (size != 0) {
    stats.hit_path_mean = static_cast<double>(total) / static_cast<double>(size);
    stats.bytes_per_entry = static_cast<double>(bytes) / static_cast<double>(size);
  }
  return stats;
}

}  // namespace detail

}  // namespace wayseer::hashing
