// A stronger lower bound on the largest number of disagreements at one vertex (complete unweighted model):
// the tests of CLB with budgets per vertex, propagated to a fixpoint (see relations.hpp; above dense_limit
// vertices see sparse_relations.hpp), then
//   probing: for an open pair both "together" and "apart" are propagated; if both are refuted so is d, if one
//   is the other holds, if neither what holds in both cases holds;
//   branching: a search over the two cases of an open pair with probing at each node, which ends with d
//   refuted or with a clustering that has at most d disagreements everywhere; the bound is then the optimum.
//
// Never below clb(graph, false). Propagation is O(n^3 / 64) for each round and d in the dense form, the cost
// of the rows that changed in the sparse one; probing multiplies it by the number of open pairs; branching is
// exponential.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "wayseer/clustering/clb.hpp"
#include "wayseer/clustering/graph.hpp"
#include "wayseer/core/run.hpp"

namespace wayseer::clustering {

struct ClbPlusOptions {
  bool probing = false;
  std::int64_t branching_nodes = 0;          // at most for each d; more than 0 implies probing
  std::span<const std::int32_t> start = {};  // labels 0..n-1 of a clustering that is known, or none
  std::int32_t dense_limit = 4000;           // vertices; probing and branching need the dense form
};

struct ClbPlusBound {
  std::int32_t bound = 0;
  bool optimal = false;              // labels have exactly `bound`
  std::vector<std::int32_t> labels;  // the best clustering met on the way
  std::int64_t nodes = 0;            // of the branching
  core::Status status = core::Status::converged;
};

// A run that is stopped returns what was proven until then.
[[nodiscard]] ClbPlusBound clb_plus(const Graph& graph, const ClbPlusOptions& options, core::Run& run);

}  // namespace wayseer::clustering
