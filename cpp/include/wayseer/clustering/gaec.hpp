// Greedy additive edge contraction: contract the edge of largest positive cost, add up the costs of edges
// that become parallel, until no cost is positive (M. Keuper et al., "Efficient decomposition of image and
// mesh graphs by lifted multicuts", 2015).
#pragma once

#include <cstdint>
#include <vector>

#include "wayseer/clustering/graph.hpp"
#include "wayseer/core/checkpoint.hpp"

namespace wayseer::clustering {

// Labels 0..k-1 in order of first appearance. Of equal costs the smallest pair of ids goes first; a
// contracted vertex keeps the id of the end with more neighbours (the smaller id of equals). O(m log^2 n)
// expected, 40 bytes an edge. The checkpoint may throw Stopped.
[[nodiscard]] std::vector<std::int32_t> gaec(const Graph& graph, const core::Checkpoint& checkpoint = {});

}  // namespace wayseer::clustering
