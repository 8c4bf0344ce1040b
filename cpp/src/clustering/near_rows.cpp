#include "near_rows.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "wayseer/core/threads.hpp"

namespace wayseer::clustering {

namespace {

// A candidate, in closed paths of length 2 that are counted in the same time.
constexpr std::int64_t cost_of_verifying = 16;
constexpr int sketch_size = 128;
using Sketch = std::array<std::uint32_t, sketch_size>;

std::uint64_t mix(std::uint64_t x) noexcept {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

// One hash per element: the top bits choose the bin, the smallest rest stays. An empty bin takes the value of
// a bin that the seed and its own number choose, the same for every set: bins then collide with the
// probability J, as they must.
Sketch sketch_of(std::span<const std::int32_t> set, std::uint64_t seed) {
  constexpr std::uint32_t empty = std::numeric_limits<std::uint32_t>::max();
  Sketch bins;
  bins.fill(empty);
  for (const std::int32_t w : set) {
    const std::uint64_t h = mix(seed + 0x9e3779b97f4a7c15ULL * (static_cast<std::uint64_t>(w) + 1));
    auto& bin = bins[h >> 57];
    bin = std::min(bin, static_cast<std::uint32_t>(h) >> 1);
  }
  Sketch dense = bins;
  for (std::size_t i = 0; i < bins.size(); ++i) {
    for (std::uint64_t attempt = 1; dense[i] == empty; ++attempt) {
      const std::uint64_t h = mix(seed ^ (i * 0xd1342543de82ef95ULL + attempt * 0x9e3779b97f4a7c15ULL));
      dense[i] = bins[h >> 57];
    }
  }
  return dense;
}

}  // namespace

// The most selective bands that find a pair at distance exactly r with a probability of 0.95 or more.
Bands minhash_bands(Radius radius) {
  const double t = static_cast<double>(radius.similarity()) / static_cast<double>(Radius::one);
  for (int rows = 8; rows > 1; --rows) {
    const int bands = sketch_size / rows;
    if (1.0 - std::pow(1.0 - std::pow(t, rows), bands) >= 0.95) return {bands, rows};
  }
  return {sketch_size, 1};
}

NearRows::NearRows(const RankedGraph& graph, Radius radius, MetricEngine engine, std::uint64_t seed,
                   int threads, const core::Checkpoint& checkpoint)
    : graph_(&graph), radius_(radius), engine_(engine) {
  if (engine_ == MetricEngine::automatic) {
    std::vector<std::int64_t> held(at(graph.size()), 0);
    double paths = 0, candidates = 0;
    for (std::int32_t u = 0; u < graph.size(); ++u) {
      paths += static_cast<double>(graph.closed(u)) * graph.closed(u);
      for (const std::int32_t w : prefix(u)) ++held[at(w)];
    }
    for (const std::int64_t count : held)
      candidates += static_cast<double>(count) * static_cast<double>(count);
    const bool hubs = paths > cost_of_verifying * candidates && paths > 1e8;
    engine_ = hubs ? MetricEngine::filtered : MetricEngine::wedge;
  }
  if (engine_ == MetricEngine::filtered) index_prefixes();
  if (engine_ == MetricEngine::minhash) sketch(seed, threads, checkpoint);
}

NearRows::Range NearRows::range(std::int32_t u, bool both) const noexcept {
  // Sizes fall with the rank.
  const auto ranks = [&](std::int32_t first, std::int32_t last, auto&& before) {
    while (first < last) {
      const std::int32_t middle = first + (last - first) / 2;
      if (before(graph_->closed(middle))) {
        first = middle + 1;
      } else {
        last = middle;
      }
    }
    return first;
  };
  const std::int64_t a = graph_->closed(u);
  const std::int64_t least = radius_.least_size(a), most = radius_.most_size(a);
  const std::int32_t last = ranks(u, graph_->size(), [&](std::int64_t b) { return b >= least; });
  const std::int32_t first = both ? ranks(0, u, [&](std::int64_t b) { return b > most; }) : u + 1;
  return {first, last};
}

void NearRows::row(std::int32_t u, bool both, RowScratch& scratch, std::vector<NearPair>& out) const {
  const Range candidates = range(u, both);
  if (engine_ == MetricEngine::wedge) {
    wedge(u, candidates, scratch, out);
  } else if (engine_ == MetricEngine::filtered) {
    filtered(u, candidates, scratch, out);
  } else {
    minhash(u, candidates, scratch, out);
  }
}

namespace {

// Counts the entries of an ascending list that lie in first..last - 1.
template <class Count>
void scan(std::span<const std::int32_t> list, std::int32_t first, std::int32_t last, Count&& count) {
  auto it = list.begin();
  if (it != list.end() && *it < first) it = std::lower_bound(it, list.end(), first);
  for (; it != list.end() && *it < last; ++it) count(*it);
}

}  // namespace

void NearRows::wedge(std::int32_t u, Range range, RowScratch& scratch, std::vector<NearPair>& out) const {
  auto& touched = scratch.touched;
  std::int32_t* count = scratch.count.data();
  touched.clear();
  for (const std::int32_t w : graph_->row(u)) {
    scan(graph_->row(w), range.first, range.last, [&](std::int32_t v) {
      if (count[v]++ == 0) touched.push_back(v);
    });
  }
  const std::int64_t a = graph_->closed(u);
  // Most ends share too little with u to be near whatever their size, which need not be fetched then.
  const std::int64_t least = radius_.least_common(a, radius_.least_size(a));
  for (const std::int32_t v : touched) {
    const std::int32_t common = std::exchange(count[v], 0);
    if (common >= least && v != u && radius_.near(common, a, graph_->closed(v))) out.push_back({v, common});
  }
}

void NearRows::filtered(std::int32_t u, Range range, RowScratch& scratch, std::vector<NearPair>& out) const {
  const auto in_range = [&](std::span<const std::int32_t> list) {
    return std::lower_bound(list.begin(), list.end(), range.last) -
           std::lower_bound(list.begin(), list.end(), range.first);
  };
  std::int64_t paths = 0, candidates = 0;
  for (const std::int32_t w : graph_->row(u)) paths += in_range(graph_->row(w));
  for (const std::int32_t w : prefix(u)) candidates += in_range(holders(w));
  if (paths <= cost_of_verifying * candidates) {
    wedge(u, range, scratch, out);
    return;
  }
  scratch.touched.clear();
  for (const std::int32_t w : prefix(u)) {
    scan(holders(w), range.first, range.last, [&](std::int32_t v) {
      if (scratch.count[at(v)]++ == 0) scratch.touched.push_back(v);
    });
  }
  verify(u, scratch, out);
}

void NearRows::minhash(std::int32_t u, Range range, RowScratch& scratch, std::vector<NearPair>& out) const {
  scratch.touched.clear();
  const auto n = static_cast<std::size_t>(graph_->size());
  for (std::size_t band = 0; band < static_cast<std::size_t>(bands_.bands); ++band) {
    const auto start = at(group_[band * n + at(u)]);
    const auto end = at(group_end_[band * n + start]);
    scan({members_.data() + band * n + start, end - start}, range.first, range.last, [&](std::int32_t v) {
      if (scratch.count[at(v)]++ == 0) scratch.touched.push_back(v);
    });
  }
  verify(u, scratch, out);
}

void NearRows::verify(std::int32_t u, RowScratch& scratch, std::vector<NearPair>& out) const {
  scratch.mark.resize(scratch.count.size(), 0);
  std::uint8_t* mark = scratch.mark.data();
  const auto set = graph_->row(u);
  for (const std::int32_t w : set) mark[w] = 1;
  const auto a = static_cast<std::int64_t>(set.size());
  for (const std::int32_t v : scratch.touched) {
    scratch.count[at(v)] = 0;
    if (v == u) continue;
    const auto other = graph_->row(v);
    const auto b = static_cast<std::int64_t>(other.size());
    // Ends as soon as too many of N[v] are not in N[u].
    std::int64_t misses_left = b - radius_.least_common(a, b);
    for (auto it = other.rbegin(); misses_left >= 0 && it != other.rend(); ++it)
      misses_left -= mark[*it] == 0 ? 1 : 0;
    if (misses_left >= 0)
      out.push_back({v, static_cast<std::int32_t>(misses_left + radius_.least_common(a, b))});
  }
  for (const std::int32_t w : set) mark[w] = 0;
}

void NearRows::index_prefixes() {
  const std::int32_t n = graph_->size();
  index_offsets_.assign(at(n) + 1, 0);
  for (std::int32_t u = 0; u < n; ++u) {
    for (const std::int32_t w : prefix(u)) ++index_offsets_[at(w) + 1];
  }
  for (std::int32_t w = 0; w < n; ++w) index_offsets_[at(w) + 1] += index_offsets_[at(w)];
  index_.resize(static_cast<std::size_t>(index_offsets_.back()));
  std::vector<std::int64_t> place(index_offsets_.begin(), index_offsets_.end() - 1);
  for (std::int32_t u = 0; u < n; ++u) {
    for (const std::int32_t w : prefix(u)) index_[static_cast<std::size_t>(place[at(w)]++)] = u;
  }
}

void NearRows::sketch(std::uint64_t seed, int threads, const core::Checkpoint& checkpoint) {
  const std::int32_t n = graph_->size();
  bands_ = minhash_bands(radius_);
  const auto bands = static_cast<std::size_t>(bands_.bands), rows = static_cast<std::size_t>(bands_.rows);
  std::vector<std::uint64_t> keys(bands * at(n));  // by band, then vertex
  core::parallel_for(threads, (n + 1023) / 1024, [&](std::int32_t block, int worker) {
    if (worker == 0) checkpoint();
    for (std::int32_t u = block * 1024; u < std::min(n, block * 1024 + 1024); ++u) {
      const Sketch bins = sketch_of(graph_->row(u), mix(seed + 1));
      for (std::size_t band = 0; band < bands; ++band) {
        std::uint64_t key = band;
        for (std::size_t i = band * rows; i < (band + 1) * rows; ++i) key = mix(key * 31 + bins[i] + 1);
        keys[band * at(n) + at(u)] = key;
      }
    }
  });
  members_.resize(bands * at(n));
  group_.resize(bands * at(n));
  group_end_.resize(bands * at(n));
  core::parallel_for(threads, bands_.bands, [&](std::int32_t band, int worker) {
    if (worker == 0) checkpoint();
    const std::size_t base = static_cast<std::size_t>(band) * at(n);
    const std::uint64_t* key = keys.data() + base;
    const auto members = std::span(members_).subspan(base, at(n));
    for (std::int32_t u = 0; u < n; ++u) members[at(u)] = u;
    std::ranges::sort(
        members, [&](std::int32_t u, std::int32_t v) { return key[u] != key[v] ? key[u] < key[v] : u < v; });
    for (std::size_t start = 0, end = 0; start < members.size(); start = end) {
      for (end = start; end < members.size() && key[members[end]] == key[members[start]]; ++end)
        group_[base + at(members[end])] = static_cast<std::int32_t>(start);
      group_end_[base + start] = static_cast<std::int32_t>(end);
    }
  });
}

}  // namespace wayseer::clustering
