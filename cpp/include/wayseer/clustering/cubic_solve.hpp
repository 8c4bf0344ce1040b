// Good partitions for cubic correlation clustering. Partial optimality first, if wanted, then each piece that
// is left on its own: dynamic programming over subsets up to `cubic_exact_limit` elements, O(3^n), and local
// search for larger ones.
//
// Local search: moves of single elements and joins of clusters to a local optimum, chains of best moves in
// which every element moves once at most, the best prefix kept (after B. W. Kernighan, S. Lin, "An efficient
// heuristic procedure for partitioning graphs", 1970), then random changes of the best partition, followed by
// the same, until `patience` of them in a row gain nothing. A table holds what every element would pay in
// every cluster; a move of v from C to D changes it in O(n (|C| + |D|)).
#pragma once

#include <cstdint>

#include "wayseer/clustering/cubic_persistency.hpp"
#include "wayseer/clustering/cubic_problem.hpp"
#include "wayseer/clustering/solution.hpp"

namespace wayseer::clustering {

constexpr std::int32_t cubic_exact_limit = 14;

struct CubicSolveOptions {
  bool persistency = true;
  std::uint64_t seed = 0;
  std::int32_t patience = 200;
};

struct CubicSolution {
  Solution solution;  // status optimal: every piece was solved exactly; iterations: random changes
  std::int64_t fixed_pairs = 0;
  std::int32_t pieces = 0, exact_pieces = 0, largest_piece = 0;
};

[[nodiscard]] CubicSolution cubic_solve(const CubicView& problem, const CubicSolveOptions& options,
                                        core::Run& run);

}  // namespace wayseer::clustering
