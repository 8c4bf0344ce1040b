// PIVOT: in random order, every vertex that is not yet in a cluster founds one and takes all its unclustered
// neighbours. Expected disagreements at most 3 times the optimum (N. Ailon, M. Charikar, A. Newman,
// "Aggregating inconsistent information: ranking and clustering", 2008).
#pragma once

#include <cstdint>
#include <vector>

#include "wayseer/clustering/graph.hpp"
#include "wayseer/clustering/solution.hpp"

namespace wayseer::clustering {

// The order is that of a hash of (seed, v), ties by id. Several threads decide in rounds on a frontier
// (A. Pan et al., "Parallel correlation clustering on big graphs", 2015); the labels, the pivots' ids
// renumbered, are the same for every number of threads. O(n + m).
[[nodiscard]] std::vector<std::int32_t> pivot(const Graph& graph, std::uint64_t seed, int threads = 1);

// The best of `runs` runs by disagreements; run i has a seed of its own, which depends on `seed` and i only.
[[nodiscard]] Solution best_pivot(const Graph& graph, std::uint64_t seed, std::int64_t runs,
                                  core::StopRule rule, int threads = 1);

}  // namespace wayseer::clustering
