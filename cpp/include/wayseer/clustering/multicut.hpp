// Multicut of a sparse signed graph: minimise the weight of the edges between clusters. The methods are made
// of greedy contraction (gaec), Kernighan-Lin with joins (klj), and the local moves of the sum objectives.
#pragma once

#include <cstdint>
#include <span>

#include "wayseer/clustering/graph.hpp"
#include "wayseer/clustering/solution.hpp"

namespace wayseer::clustering {

enum class MulticutMethod : std::uint8_t {
  gaec,
  klj,         // from gaec, or from init
  everything,  // gaec, multilevel local moves, klj, iterated local search
};

struct MulticutOptions {
  MulticutMethod method = MulticutMethod::everything;
  std::uint64_t seed = 0;
  core::StopRule stop = {};
  std::span<const std::int32_t> init = {};  // labels 0..n-1; the result costs no more
  std::int64_t patience = 2000;             // of the iterated local search
  int threads = 1;
};

[[nodiscard]] Solution multicut(const Graph& graph, const MulticutOptions& options);

}  // namespace wayseer::clustering
