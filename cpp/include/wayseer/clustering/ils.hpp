// The memetic search above the multilevel method: a small population, its members combined by overlay (what
// two clusterings agree on is contracted), the best of them perturbed within balls of the graph.
#pragma once

#include <cstdint>
#include <span>

#include "wayseer/clustering/solution.hpp"
#include "wayseer/clustering/sum_problem.hpp"

namespace wayseer::clustering {

struct IlsOptions {
  std::uint64_t seed = 0;
  core::StopRule stop = {};
  std::span<const std::int32_t> init = {};  // labels 0..n-1 of one member
  int population = 4;
  std::int64_t patience = 2000;  // ends after so many perturbations in a row that brought nothing
  int threads = 1;
};

// Iterations are perturbations.
[[nodiscard]] Solution iterated_local_search(const SumProblem& problem, const IlsOptions& options);

}  // namespace wayseer::clustering
