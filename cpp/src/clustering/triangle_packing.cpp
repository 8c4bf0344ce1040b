#include "wayseer/clustering/triangle_packing.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "wayseer/core/radix_sort.hpp"
#include "wayseer/core/random.hpp"

namespace wayseer::clustering {
namespace {

std::uint64_t pair_key(std::int32_t a, std::int32_t b) {
  if (a > b) std::swap(a, b);
  return static_cast<std::uint64_t>(a) << 32 | static_cast<std::uint32_t>(b);
}

// Counts by pair; linear probing. Keys stay when their count falls to 0, until the table grows.
class PairCounts {
 public:
  PairCounts() : keys_(1024, empty), counts_(1024, 0) {}

  [[nodiscard]] std::int32_t count(std::uint64_t key) const noexcept {
    for (std::size_t i = slot(key);; i = (i + 1) & (keys_.size() - 1)) {
      if (keys_[i] == key) return counts_[i];
      if (keys_[i] == empty) return 0;
    }
  }
  void add(std::uint64_t key, std::int32_t change) {
    if (2 * used_ >= keys_.size()) grow();
    for (std::size_t i = slot(key);; i = (i + 1) & (keys_.size() - 1)) {
      if (keys_[i] == empty) {
        keys_[i] = key;
        ++used_;
      }
      if (keys_[i] == key) {
        counts_[i] = static_cast<std::int8_t>(counts_[i] + change);
        return;
      }
    }
  }

 private:
  static constexpr std::uint64_t empty = ~std::uint64_t{0};

  [[nodiscard]] std::size_t slot(std::uint64_t key) const noexcept {
    key *= 0x9e3779b97f4a7c15ULL;
    return (key ^ (key >> 32)) & (keys_.size() - 1);
  }
  void grow() {
    const auto live = static_cast<std::size_t>(std::ranges::count_if(counts_, [](auto c) { return c != 0; }));
    const auto keys =
        std::exchange(keys_, std::vector(4 * live > keys_.size() ? 2 * keys_.size() : keys_.size(), empty));
    const auto counts = std::exchange(counts_, std::vector<std::int8_t>(keys_.size(), 0));
    used_ = 0;
    for (std::size_t j = 0; j < keys.size(); ++j) {
      if (counts[j] == 0) continue;
      std::size_t i = slot(keys[j]);
      while (keys_[i] != empty) i = (i + 1) & (keys_.size() - 1);
      keys_[i] = keys[j];
      counts_[i] = counts[j];
      ++used_;
    }
  }

  std::vector<std::uint64_t> keys_;
  std::vector<std::int8_t> counts_;
  std::size_t used_ = 0;
};

// The double cover: each edge has a left and a right copy; left e matched to right f is half a triangle.
class Matching {
 public:
  Matching(const Graph& graph, std::uint64_t seed, core::Run& run)
      : graph_(graph), random_(seed), run_(run), edge_of_(static_cast<std::size_t>(graph.arcs())) {
    std::vector<std::int64_t> next(graph.indptr.begin(), graph.indptr.end() - 1);
    for (std::int32_t u = 0; u < graph.size(); ++u) {
      if ((u & 1023) == 0 && run.should_stop()) break;
      for (std::int64_t arc = graph.begin(u); arc < graph.end(u); ++arc) {
        const std::int32_t v = graph.indices[static_cast<std::size_t>(arc)];
        if (v < u) continue;
        // Rows are ascending and u rises, so v's arcs to smaller vertices come in order.
        const auto e = static_cast<std::int32_t>(ends_.size());
        ends_.push_back({u, v});
        edge_of_[static_cast<std::size_t>(arc)] = edge_of_[static_cast<std::size_t>(next[at(v)]++)] = e;
      }
    }
    right_of_.assign(ends_.size(), -1);
    left_of_.assign(ends_.size(), -1);
    seen_.assign(ends_.size(), 0);
    sort_edges();
  }

  // Whole triangles: both copies of both edges.
  std::int64_t greedy() {
    std::int64_t triangles = 0;
    for (const std::int32_t e : order_) {
      if (right_of_[at(e)] >= 0) continue;
      if (stops()) break;
      each_link(e, [&](std::int32_t f, std::uint64_t negative) {
        if (right_of_[at(f)] >= 0 || negatives_.count(negative) > 0) return false;
        match(e, f, negative);
        match(f, e, negative);
        ++triangles;
        return true;
      });
    }
    return triangles;
  }

  // One search from every free left copy; the number of those that succeeded.
  std::int64_t augment(std::int64_t budget) {
    std::int64_t gained = 0;
    for (const std::int32_t e : order_) {
      if (right_of_[at(e)] >= 0) continue;
      if (run_.stopped()) break;
      ++search_;
      left_ = budget;
      gained += static_cast<std::int64_t>(place(e, 0));
    }
    return gained;
  }

  void write(TrianglePacking& packing) const {
    std::int64_t halves = 0;
    for (std::size_t e = 0; e < ends_.size(); ++e) {
      const std::int32_t f = right_of_[e];
      if (f < 0) continue;
      ++halves;
      const bool whole = right_of_[at(f)] == static_cast<std::int32_t>(e);
      if (whole && f < static_cast<std::int32_t>(e)) continue;  // written at f
      const auto [a, b] = ends_[e];
      const auto [c, d] = ends_[at(f)];
      const std::int32_t centre = a == c || a == d ? a : b;
      packing.triangles.insert(packing.triangles.end(), {centre, a ^ b ^ centre, c ^ d ^ centre});
      packing.values.push_back(whole ? 1.0 : 0.5);
    }
    packing.bound = (halves + 1) / 2;
  }

 private:
  // Edges of few triangles first, which have the least choice; else in random order. None in a stopped run.
  void sort_edges() {
    order_.resize(ends_.size());
    std::iota(order_.begin(), order_.end(), 0);
    core::shuffle<std::int32_t>(order_, random_);
    std::vector<core::RadixSorter<std::uint32_t>::Item> items;
    items.reserve(order_.size());
    for (const auto e : order_) {
      const auto [a, b] = ends_[at(e)];
      items.push_back(
          {static_cast<std::uint32_t>(graph_.degree(a) + graph_.degree(b)), static_cast<std::uint32_t>(e)});
    }
    order_.clear();
    try {
      core::RadixSorter<std::uint32_t>().sort(items, run_.checkpoint());
    } catch (const core::Stopped&) {
      return;
    }
    for (const auto& item : items) order_.push_back(static_cast<std::int32_t>(item.value));
  }

  // link(f, negative pair) for the bad triangles of e, until it returns true.
  template <class Link>
  bool each_link(std::int32_t e, Link&& link) {
    const auto [a, b] = ends_[at(e)];
    const auto row_a = graph_.neighbors(a), row_b = graph_.neighbors(b);
    std::size_t i = 0, j = 0;
    while (i < row_a.size() || j < row_b.size()) {
      if (j == row_b.size() || (i < row_a.size() && row_a[i] < row_b[j])) {
        const std::int32_t w = row_a[i++];
        if (w != b && link(edge_at(a, i - 1), pair_key(b, w))) return true;
      } else if (i == row_a.size() || row_b[j] < row_a[i]) {
        const std::int32_t w = row_b[j++];
        if (w != a && link(edge_at(b, j - 1), pair_key(a, w))) return true;
      } else {
        ++i;
        ++j;
      }
    }
    return false;
  }
  [[nodiscard]] std::int32_t edge_at(std::int32_t u, std::size_t i) const {
    return edge_of_[static_cast<std::size_t>(graph_.begin(u)) + i];
  }
  [[nodiscard]] std::uint64_t negative_of(std::int32_t e, std::int32_t f) const {
    const auto [a, b] = ends_[at(e)];
    const auto [c, d] = ends_[at(f)];
    const std::int32_t centre = a == c || a == d ? a : b;
    return pair_key(a ^ b ^ centre, c ^ d ^ centre);
  }

  void match(std::int32_t e, std::int32_t f, std::uint64_t negative) {
    right_of_[at(e)] = f;
    left_of_[at(f)] = e;
    negatives_.add(negative, 1);
  }

  // Gives left e, which is free, a right copy, if need be by moving others.
  bool place(std::int32_t e, int depth) {
    if (stops()) return false;
    left_ -= graph_.degree(ends_[at(e)].first) + graph_.degree(ends_[at(e)].second);
    if (each_link(e, [&](std::int32_t f, std::uint64_t negative) {
          if (left_of_[at(f)] != -1 || negatives_.count(negative) > 1) return false;
          match(e, f, negative);
          return true;
        }))
      return true;
    if (depth == deepest) return false;
    return each_link(
               e,
               [&](std::int32_t f, std::uint64_t negative) {
                 if (left_ <= 0 || run_.stopped()) return true;  // given up: right_of_[e] tells
                 const std::int32_t other = left_of_[at(f)];
                 if (seen_[at(f)] == search_ || other < 0 || other == e || negatives_.count(negative) > 1)
                   return false;
                 seen_[at(f)] = search_;
                 const auto old = negative_of(other, f);
                 right_of_[at(other)] = -1;
                 left_of_[at(f)] = -2;  // promised: not free for those below, and the old pair not either
                 if (!place(other, depth + 1)) {
                   right_of_[at(other)] = f;
                   left_of_[at(f)] = other;
                   return false;
                 }
                 left_of_[at(f)] = -1;
                 negatives_.add(old, -1);
                 if (negatives_.count(negative) > 1)
                   return false;  // taken by the others on the way; f is free now
                 match(e, f, negative);
                 return true;
               }) &&
           right_of_[at(e)] >= 0;
  }

  bool stops() { return (++steps_ & 63) == 0 ? run_.should_stop() : run_.stopped(); }

  static constexpr int deepest = 100;

  Graph graph_;
  core::Random random_;
  core::Run& run_;
  std::vector<std::int32_t> edge_of_;  // by arc
  std::vector<std::pair<std::int32_t, std::int32_t>> ends_;
  std::vector<std::int32_t> right_of_, left_of_, order_;
  std::vector<std::int64_t> seen_;  // right copies: the last search that moved its partner
  PairCounts negatives_;
  std::int64_t search_ = 0, left_ = 0, steps_ = 0;
};

}  // namespace

TrianglePacking pack_triangles(const Graph& graph, std::uint64_t seed, std::int64_t max_rounds,
                               core::Run& run) {
  TrianglePacking packing;
  Matching matching(graph, seed, run);
  packing.greedy = matching.greedy();
  const std::int64_t left_over = graph.arcs() / 2 - 2 * packing.greedy + 1;
  const std::int64_t largest =
      std::clamp((std::int64_t{1} << 28) / left_over, std::int64_t{1} << 8, std::int64_t{1} << 20);
  for (std::int64_t budget = std::min<std::int64_t>(1 << 10, largest);
       packing.rounds < max_rounds && !run.stopped();) {
    ++packing.rounds;
    const auto gained = matching.augment(budget);  // halves
    if (budget == largest && gained * 200 <= packing.greedy) break;
    budget = std::min(4 * budget, largest);
  }
  matching.write(packing);
  packing.status = run.status();
  return packing;
}

PackingCheck check_packing(const Graph& graph, std::span<const std::int32_t> triangles,
                           std::span<const double> values) {
  PackingCheck check;
  std::unordered_map<std::uint64_t, double> load;
  load.reserve(3 * values.size());
  const auto adjacent = [&](std::int32_t a, std::int32_t b) {
    return std::ranges::binary_search(graph.neighbors(a), b);
  };
  for (std::size_t t = 0; t < values.size(); ++t) {
    const auto corners = triangles.subspan(3 * t, 3);
    const auto fault = [&] {
      if (std::ranges::any_of(corners, [&](std::int32_t v) { return v < 0 || v >= graph.size(); }) ||
          corners[1] == corners[2])
        return PackingFault::vertex;
      if (!(values[t] >= 0) || !std::isfinite(values[t])) return PackingFault::value;
      if (!adjacent(corners[0], corners[1]) || !adjacent(corners[0], corners[2]))
        return PackingFault::positive_pair;
      if (adjacent(corners[1], corners[2])) return PackingFault::negative_pair;
      for (const auto key : {pair_key(corners[0], corners[1]), pair_key(corners[0], corners[2]),
                             pair_key(corners[1], corners[2])}) {
        if ((load[key] += values[t]) > 1 + 1e-9) return PackingFault::capacity;
      }
      return PackingFault::none;
    }();
    if (fault != PackingFault::none) return {fault, static_cast<std::int64_t>(t), 0};
    check.sum += values[t];
  }
  return check;
}

}  // namespace wayseer::clustering
