#include "wayseer/hashing/strata_probes.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "wayseer/core/block.hpp"
#include "wayseer/core/error.hpp"
#include "wayseer/hashing/strata_map.hpp"

namespace wayseer::hashing {

namespace {

constexpr std::uint64_t odd = 0x9e3779b97f4a7c15;  // key i is i * odd: distinct, and all over the words

void count(std::vector<std::int64_t>& histogram, std::size_t buckets) {
  if (buckets >= histogram.size()) histogram.resize(buckets + 1);
  ++histogram[buckets];
}

}  // namespace

strata_probe_counts count_strata_probes(std::int64_t slots, double load, std::uint64_t seed, bool levels,
                                        std::int64_t last) {
  if (slots < 1 || slots > std::int64_t{1} << 40) throw core::invalid_argument("n", slots, "1..2^40");
  if (!(load > 0 && load <= 1)) throw core::invalid_argument("load", load, "above 0 and at most 1");
  const auto buckets = (static_cast<std::uint64_t>(slots) - 1) / detail::strata_lanes + 1;
  const auto keys = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(load * static_cast<double>(slots)));

  core::Block<> meta(buckets * detail::strata_line);
  core::Block<> stored(buckets * detail::strata_lanes * sizeof(std::uint64_t));
  std::memset(meta.data(), 0, meta.size());
  detail::StrataView<std::uint64_t, void> view;
  view.meta = meta.data();
  view.keys = reinterpret_cast<std::uint64_t*>(stored.data());
  view.shape = detail::StrataShape::of(buckets, load);
  if (!levels) {
    view.shape.level[0] = buckets;
    view.shape.level[1] = view.shape.level[2] = 0;
    view.shape.probes = std::uint64_t{1} << 32;
  }

  const detail::StrataEqual<std::equal_to<>> same{};
  const auto hash_of = [&](std::uint64_t key) { return hash_integer(key, seed); };
  for (std::uint64_t i = 0; i < keys; ++i) {
    const std::uint64_t hash = hash_of(i * odd);
    const auto place = WAYSEER_HASHING_NATIVE::locate(view, hash, i * odd, same, false);
    WAYSEER_HASHING_NATIVE::store(view, hash, place, i * odd);
  }

  strata_probe_counts counts;
  const std::uint64_t before_last =
      keys - std::min(keys, static_cast<std::uint64_t>(std::max<std::int64_t>(0, last)));
  for (std::uint64_t i = 0; i < 2 * keys; ++i) {
    const std::uint64_t hash = hash_of(i * odd);
    std::size_t looked_at = 1;
    for (;; ++looked_at) {
      const std::uint64_t bucket = view.shape.bucket(hash, looked_at - 1);
      const std::byte* line = view.line(bucket);
      bool found = false;
      for (auto match = WAYSEER_HASHING_NATIVE::match_tags(line, hash); match != 0; match &= match - 1)
        found |=
            view.keys[bucket * detail::strata_lanes + WAYSEER_HASHING_NATIVE::first_lane(match)] == i * odd;
      if (found || !WAYSEER_HASHING_NATIVE::goes_on(line, hash) || looked_at == view.shape.path_length())
        break;
    }
    count(i < keys ? counts.hits : counts.misses, looked_at);
    if (i >= before_last && i < keys) count(counts.last_hits, looked_at);
  }
  return counts;
}

}  // namespace wayseer::hashing
