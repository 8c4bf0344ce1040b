// Multilevel local moves: move vertices, contract the clusters, move those, and so on; then back down, moving
// single vertices again at every level with the labels that came from above (the refinement that Louvain
// lacks; R. Rotta, A. Noack, "Multilevel local search algorithms for modularity clustering", 2011). Cycles
// are repeated until one brings nothing.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "wayseer/clustering/solution.hpp"
#include "wayseer/clustering/sum_problem.hpp"
#include "wayseer/core/random.hpp"
#include "wayseer/core/run.hpp"

namespace wayseer::clustering {

// Improves labels (0..n-1) in place until a cycle brings nothing or the run stops; the gain in quality, never
// negative. O(m) a sweep; memory O(n + m) besides the problem. `min_gain`: see least_gain().
double improve(const SumProblem& problem, std::vector<std::int32_t>& labels, double min_gain,
               core::Random& random, core::Run& run, int threads = 1);

// Vertices in the same cluster of both: labels 0..count-1 in order of first appearance, and count.
struct Overlay {
  std::vector<std::int32_t> labels;
  std::int32_t count;
};
[[nodiscard]] Overlay overlay(std::span<const std::int32_t> a, std::span<const std::int32_t> b);

// improve() on the graph of the overlay of two clusterings, from `labels`: what both agree on is moved as
// one.
double improve_overlay(const SumProblem& problem, std::vector<std::int32_t>& labels,
                       std::span<const std::int32_t> other, double min_gain, core::Random& random,
                       core::Run& run);

// From singletons, or from `init` (0..n-1, n entries). Iterations are cycles.
[[nodiscard]] Solution multilevel(const SumProblem& problem, std::uint64_t seed, core::StopRule rule,
                                  std::span<const std::int32_t> init = {}, int threads = 1);

}  // namespace wayseer::clustering
