// A lower bound on the disagreements of any clustering (complete unweighted model) that anyone can check in
// one pass. A bad triangle has two positive pairs, which share its centre, and a negative one; every
// clustering disagrees with one of the three. So values on bad triangles that add up to at most 1 at each
// pair add up to at most the optimum.
//
// A triangle is a link between two positive edges. Values in {1/2, 1} that are best for the positive edges
// are a maximum matching of the double cover of that link graph: a greedy matching first, then augmenting
// paths (which contain the swaps of one triangle for two), where a negative pair takes at most two halves.
// Never more than m / 2.
//
// Greedy: O(sum over edges of the degrees of its ends). A round of augmentation searches from each edge left
// over, reading at most 1024 * 4^(round - 1) entries of rows for each, but no more than 2^20, nor (down to
// 256) what makes 2^28 in all; the method ends with a round of the largest budget that gains less than a
// quarter of a per cent.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "wayseer/clustering/graph.hpp"
#include "wayseer/core/run.hpp"

namespace wayseer::clustering {

struct TrianglePacking {
  std::vector<std::int32_t> triangles;  // centre, end, end: three entries for each triangle
  std::vector<double> values;           // one for each triangle, positive
  std::int64_t bound = 0;               // the sum of the values, rounded up
  std::int64_t greedy = 0;              // triangles of the greedy packing, a bound by itself
  std::int64_t rounds = 0;
  core::Status status = core::Status::converged;
};

// The seed decides the order of the edges. A run that is stopped returns the packing it has.
[[nodiscard]] TrianglePacking pack_triangles(const Graph& graph, std::uint64_t seed, std::int64_t max_rounds,
                                             core::Run& run);

enum class PackingFault : std::uint8_t { none, vertex, value, positive_pair, negative_pair, capacity };

// Whether the values prove their sum: O(m + triangles) expected, independent of how they were found. `where`
// is the first triangle at fault. A pair may be exceeded by 1e-9.
struct PackingCheck {
  PackingFault fault = PackingFault::none;
  std::int64_t where = -1;
  double sum = 0;
};
[[nodiscard]] PackingCheck check_packing(const Graph& graph, std::span<const std::int32_t> triangles,
                                         std::span<const double> values);

}  // namespace wayseer::clustering
