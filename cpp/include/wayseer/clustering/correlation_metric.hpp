// The correlation metric of a positive graph: d(u,v) = 1 - |N[u] & N[v]| / |N[u] | N[v]| over closed
// neighbourhoods, the Jaccard distance, so a metric; d = 1 unless u and v have a common closed neighbour. As
// a fractional clustering it costs every vertex at most 8 times the optimal largest disagreement, without an
// LP.
//
// Here: all pairs with d <= r, exactly. r is rounded to a multiple of 10^-6 and pairs are compared in
// integers, so d == r is near. Three engines find the same pairs, the last one with a stated probability:
//   wedge     counts closed 2-paths in a dense array; O(sum |N[v]|^2) time at most: of
//             each path only ends of similar degree are visited, and every pair once.
//   filtered  length and prefix filter: a pair with Jaccard >= t shares an element among the first
//             |N| - ceil(t |N|) + 1 of both in ascending order of degree; candidates are verified. Hubs fall
//             out of the prefixes. For one vertex at a time, where wedge would take longer.
//   minhash   banded one-permutation sketches of 128 values; candidates are verified, so only misses occur.
// All need O(n + m) memory besides the pairs: 8 bytes per entry, each pair twice.
//
// Sources: S. Davies, B. Moseley, H. Newman, "Fast combinatorial algorithms for min max correlation
// clustering" (2023), and "Simultaneously approximating all lp-norms in correlation clustering" (2024) for
// the adjusted metric; R. Bayardo, Y. Ma, R. Srikant, "Scaling up all pairs similarity search" (2007); A.
// Shrivastava, "Optimal densification for fast and accurate minwise hashing" (2017).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "wayseer/clustering/graph.hpp"
#include "wayseer/core/checkpoint.hpp"

namespace wayseer::clustering {

// 1 - r as parts of 10^6.
class Radius {
 public:
  static constexpr std::int64_t one = 1'000'000;
  explicit Radius(double r);  // clamped to 10^-6 .. 1 - 10^-6
  // d <= r for closed neighbourhoods of a and b vertices with `common` in both.
  [[nodiscard]] bool near(std::int64_t common, std::int64_t a, std::int64_t b) const noexcept {
    return common * (one + similarity_) >= similarity_ * (a + b);
  }
  // The smallest overlap of a near pair of sizes a and b.
  [[nodiscard]] std::int64_t least_common(std::int64_t a, std::int64_t b) const noexcept {
    return (similarity_ * (a + b) + one + similarity_ - 1) / (one + similarity_);
  }
  // The smallest and the largest set that can be near one of size a.
  [[nodiscard]] std::int64_t least_size(std::int64_t a) const noexcept {
    return (similarity_ * a + one - 1) / one;
  }
  [[nodiscard]] std::int64_t most_size(std::int64_t a) const noexcept { return a * one / similarity_; }
  [[nodiscard]] std::int64_t similarity() const noexcept { return similarity_; }

 private:
  std::int64_t similarity_;
};

// Closed neighbourhoods with the vertices numbered by descending degree, then id. Everything below counts in
// these ranks.
struct RankedGraph {
  explicit RankedGraph(const Graph& graph, const core::Checkpoint& checkpoint = {});

  std::vector<std::int64_t> offsets;  // n + 1
  std::vector<std::int32_t> targets;  // of N[u], ascending
  std::vector<std::int32_t> vertex;   // by rank
  std::vector<std::int32_t> rank;     // by vertex

  [[nodiscard]] std::int32_t size() const noexcept { return static_cast<std::int32_t>(vertex.size()); }
  [[nodiscard]] std::int32_t closed(std::int32_t u) const noexcept {
    return static_cast<std::int32_t>(offsets[at(u) + 1] - offsets[at(u)]);
  }
  [[nodiscard]] std::span<const std::int32_t> row(std::int32_t u) const noexcept {
    return {targets.data() + offsets[at(u)], static_cast<std::size_t>(closed(u))};
  }
};

struct NearPair {
  std::int32_t other;   // rank
  std::int32_t common;  // |N[u] & N[other]|
  friend bool operator==(const NearPair&, const NearPair&) = default;
};

// Symmetric rows of near pairs, ascending, without the diagonal.
struct NearPairs {
  std::vector<std::int64_t> offsets;
  std::vector<NearPair> entries;

  [[nodiscard]] std::span<const NearPair> row(std::int32_t u) const noexcept {
    return {entries.data() + offsets[at(u)], static_cast<std::size_t>(offsets[at(u) + 1] - offsets[at(u)])};
  }
};

enum class MetricEngine : std::uint8_t { automatic, wedge, filtered, minhash };

struct MetricOptions {
  MetricEngine engine = MetricEngine::automatic;  // wedge unless a few hubs would cost it most of its time
  int threads = 1;                                // the result does not depend on it
  std::uint64_t seed = 0;                         // minhash only
  std::int64_t most_pairs = std::int64_t{1} << 40;
};

// nullopt if there are more than most_pairs pairs. Throws core::Stopped.
[[nodiscard]] std::optional<NearPairs> near_pairs(const RankedGraph& graph, Radius radius,
                                                  const MetricOptions& options,
                                                  const core::Checkpoint& checkpoint = {});

// The probability that minhash misses a pair at distance exactly r; smaller for closer ones.
[[nodiscard]] double minhash_miss_probability(Radius radius);

// The adjusted metric, good for every l_p at once: pairs without an edge further apart than `far` are at
// distance 1; so are all pairs of a vertex that has `isolate` |N[u]| non-neighbours or more within `far`.
// `pairs` must hold all pairs within `far`; those now at distance 1 are removed. O(pairs + m).
void adjust(const RankedGraph& graph, Radius far, double isolate, NearPairs& pairs,
            const core::Checkpoint& checkpoint = {});

}  // namespace wayseer::clustering
