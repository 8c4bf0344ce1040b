// Exact reductions of a sparse signed graph (minimise the weight of the edges between clusters), repeated
// until none applies:
//   components  an edge between components of the positive graph is cut;
//   bridge      a bridge of the positive graph is joined if it weighs at least the negative edges, in
//   absolute
//               value, between its two sides;
//   domination  an edge u-v is joined if it weighs at least all other edges of u together, in absolute value.
// Some optimal clustering agrees with all of them, so an optimum of the reduced graph, with different labels
// in different components, is an optimum of the graph. O(m log n) for each pass.
//
// Source: the tests are special cases of those of J.-H. Lange, A. Karrenbauer, B. Andres, "Partial optimality
// and fast lower bounds for weighted correlation clustering" (2018).
#pragma once

#include <cstdint>
#include <vector>

#include "wayseer/clustering/graph.hpp"
#include "wayseer/core/csr_graph.hpp"

namespace wayseer::clustering {

struct Reduction {
  core::CsrGraph<double> graph;         // what is left; edges between positive components are gone
  std::vector<std::int32_t> vertex_of;  // by vertex of the original graph
  double constant = 0;                  // what the edges that are gone cost
};

[[nodiscard]] Reduction reduce(const Graph& graph);

}  // namespace wayseer::clustering
