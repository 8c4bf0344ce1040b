// Kernighan-Lin with joins for the multicut problem (M. Keuper et al., "Efficient decomposition of image and
// mesh graphs by lifted multicuts", 2015; B. Kernighan, S. Lin, 1970): for two adjacent clusters, or one and
// an empty one, vertices are moved across one after the other, always the one that gains most or loses least,
// each at most once; the best prefix of the sequence is kept, or the two are joined, whichever gains more.
#pragma once

#include <cstdint>
#include <vector>

#include "wayseer/clustering/graph.hpp"
#include "wayseer/core/run.hpp"

namespace wayseer::clustering {

// Lowers the multicut value of labels (0..n-1) in place; returns by how much. Rounds over the pairs of which
// one has changed, until a round changes nothing or 50 rounds are done. A round costs
// O(sum over pairs of (vertices + edges of the pair) log n).
double klj(const Graph& graph, std::vector<std::int32_t>& labels, core::Run& run);

}  // namespace wayseer::clustering
