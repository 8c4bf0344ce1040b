// A combinatorial lower bound on the largest number of disagreements at one vertex (complete unweighted
// model). In a clustering with at most d disagreements at every vertex
//   (a) |N[u] in N[v]| > 2d puts u and v together: each common closed neighbour disagrees with u or v if they
//       are apart;
//   (b) |N[u] xor N[v]| > 2d puts them apart.
// The test of d joins all pairs (a); it refutes d if a pair (b) is inside a component, or if a vertex has
// more than d non-neighbours in its component and neighbours in components that a pair (b) cuts from it. The
// bound is the smallest d that is not refuted. No clustering has a smaller value, and the components at that
// d are a 4-approximation.
//
// O((P + m) log(max degree)) for the P pairs with a common closed neighbour. Pairs without one are not looked
// at unless far_pairs is set: a bound that is never weaker, at O(n) more for each vertex.
//
// Source: J. Heidrich, I. Irmai, B. Andres, "A 4-approximation algorithm for min max correlation clustering"
// (2024).
#pragma once

#include <cstdint>
#include <vector>

#include "wayseer/clustering/graph.hpp"
#include "wayseer/core/run.hpp"

namespace wayseer::clustering {

struct MinMaxBound {
  std::int32_t bound = 0;
  std::vector<std::int32_t> labels;  // a clustering to start from, numbered in order of first appearance
  core::Status status = core::Status::converged;
};

// A run that is stopped returns what was proven until then.
[[nodiscard]] MinMaxBound clb(const Graph& graph, bool far_pairs, core::Run& run);

}  // namespace wayseer::clustering
