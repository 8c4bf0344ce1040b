// Local search for the largest disagreement at a vertex (p infinite) or for the l_p norm of the
// disagreements, in the complete unweighted model.
//
// p infinite: a threshold T, one below the best value so far, and the potential F = sum of (y_v / T)^k, k =
// 24 or 50. Each step takes one of the three worst vertices w and makes the best move, also when F rises,
// among: w to the cluster of a neighbour or alone; a non-neighbour out of w's cluster; a neighbour into it;
// at every 128th step also w's cluster joined with another, w and its neighbours parted from the rest of it,
// or w moved with one of them. A vertex moved is tabu for 5 to 14 steps unless F falls below all before.
// Success is max y <= T. After 20 n steps without success the search starts again, by turns from the best
// with a twentieth of it taken apart and from local optima of F with k = 1, 2 and 4; the share of the
// candidates that are looked at changes with every start. Finite p: the same with F = sum of y_v^p, where w
// is drawn from all vertices half of the time.
//
// A candidate costs O(degree): F's change for the members of a cluster C is the sum over all members, which
// is kept, corrected for the moved vertex's neighbours in C. A move costs O(|C| + |D| + degree). No memory is
// taken from the heap in the loop but for clusters that grow. O(n + m) memory.
//
// No guarantee; never worse than the best start. Anytime; at one seed the same steps, bit for bit.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "wayseer/clustering/graph.hpp"
#include "wayseer/clustering/solution.hpp"
#include "wayseer/core/run.hpp"

namespace wayseer::clustering {

// (sum of y^p)^(1/p), the largest y for infinite p.
[[nodiscard]] double lp_norm(std::span<const std::int64_t> y, double p);

struct MinMaxOptions {
  double p = std::numeric_limits<double>::infinity();  // at least 1
  std::uint64_t seed = 0;
  int restarts = 10;  // ends after so many in a row without gain, if there is no time limit; each restart is
                      // 20 n steps, at least 2000 and at most 400 000
};

// `starts`: labels in 0..n-1 each; singletons if there is none. One iteration is one move.
[[nodiscard]] Solution minmax_search(const Graph& graph, std::span<const std::vector<std::int32_t>> starts,
                                     const MinMaxOptions& options, core::StopRule rule = {});

}  // namespace wayseer::clustering
