// Potentials of the assignment problem on the arcs of an asymmetric cost matrix.
//
// Reduced costs c(i, j) - leave[i] - arrive[j] are >= 0 for all i != j, and every tour becomes shorter by the
// same amount, the sum of all potentials. At the optimum of the assignment problem (the cheapest cover by
// cycles) that amount is a lower bound on every tour, on random matrices within a per cent or less, and the
// arcs of good tours cost next to nothing: a search sees at once what an arc is worth, which raw costs hide
// where every row and column has a level of its own. Shortest augmenting paths, O(n^3) in the worst case.
// Source: R. Jonker, A. Volgenant, "A shortest augmenting path algorithm for dense and sparse linear
// assignment problems" (1987).
#pragma once

#include <vector>

#include "wayseer/core/run.hpp"
#include "wayseer/tsp/metric.hpp"

namespace wayseer::tsp {

struct ArcPotentials {
  std::vector<Cost> leave, arrive;  // per node
  Cost sum = 0;                     // of both
  std::vector<Index> cover;         // the cheapest cover by cycles, as successors; empty if cut short
};

// Needs n >= 2; `cost(i, i)` is never read. Ends early, with potentials that are feasible but not the best,
// after `max_scans` rows have been read or when `run` stops.
[[nodiscard]] ArcPotentials assignment_potentials(Index n, const MatrixMetric& cost, std::int64_t max_scans,
                                                  core::Run& run);

}  // namespace wayseer::tsp
