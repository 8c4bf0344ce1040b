// Edge-coloured clustering from start to proof. The problem is reduced (ecc_kernel); with two colours left a
// minimum cut is the optimum (ecc_flow). Otherwise local search (ecc_search), from the best of majority and
// hybrid cover, and the dual (ecc_dual) take turns of about equal time; whenever the number of dual steps has
// doubled, a second search starts from the colours that the dual favours and replaces the first if it is not
// worse. The run ends when cost and bound meet.
// Which decisions are made never depends on the clock; with a time limit only how many of them.
#pragma once

#include <cstdint>
#include <vector>

#include "wayseer/clustering/ecc.hpp"
#include "wayseer/clustering/solution.hpp"
#include "wayseer/core/run.hpp"

namespace wayseer::clustering {

struct EccOptions {
  std::uint64_t seed = 0;
  bool flow = true;                // two colours: by minimum cut
  std::int64_t dual_steps = 2000;  // at most; 0: no dual at all
  // A run with neither time nor iteration limit ends after so many perturbations in a row without gain.
  std::int64_t patience = 200;
};

struct EccSolution {
  Solution solution;           // labels are colours; status optimal if proven; iterations are perturbations
  double bound = 0;            // no labels cost less; rounded up if all weights are integers
  std::vector<double> shares;  // that prove it, parallel to the hypergraph's members; empty if flow did
  std::int64_t dual_steps = 0;
  std::int32_t core_vertices = 0, core_edges = 0;  // what the reduction left
};

[[nodiscard]] EccSolution ecc_solve(const EccView& hypergraph, const EccOptions& options, core::Run& run);

// The bound alone: dual steps until `steps` or the run's limits, until the bound (rounded up if all weights
// are integers) reaches `target`, or until the colours that the dual favours cost no more than the bound.
struct EccBound {
  double bound = 0;  // as proven by the shares, not rounded
  std::vector<double> shares;
  std::int64_t steps = 0;
  core::Status status = core::Status::converged;
  double seconds = 0;
};
[[nodiscard]] EccBound ecc_bound(const EccView& hypergraph, std::int64_t steps, double target,
                                 core::Run& run);

}  // namespace wayseer::clustering
