// Contraction: clusters become vertices, edges between clusters are summed, edges inside them vanish (what is
// joined stays joined, so they count no more).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "wayseer/clustering/sum_problem.hpp"

namespace wayseer::clustering {

// Owns the arrays that the problem borrows; may be moved, not copied.
struct Contracted {
  std::vector<std::int64_t> offsets;
  std::vector<std::int32_t> targets;
  std::vector<double> weights, node_weights, opposite_weights;

  // Qualities in it differ by a constant from those of the original.
  [[nodiscard]] SumProblem problem(double gamma) const {
    return {.graph = {offsets, targets, weights},
            .gamma = gamma,
            .node_weights = node_weights,
            .opposite_weights = opposite_weights};
  }
};

// Labels 0..count-1, each of them used. O(n + m), but for a sort of the arcs of each small cluster. Rows are
// not always in ascending order. The result is the same for every number of threads.
[[nodiscard]] Contracted contract(const SumProblem& problem, std::span<const std::int32_t> labels,
                                  std::int32_t count, int threads = 1);

}  // namespace wayseer::clustering
