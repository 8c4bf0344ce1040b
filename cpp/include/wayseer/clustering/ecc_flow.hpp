// Edge-coloured clustering by minimum cuts. Every vertex is a relay between its edges, so a network has one
// arc for each (vertex, edge) and the conflicts between edges are never listed.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "wayseer/clustering/ecc.hpp"
#include "wayseer/core/checkpoint.hpp"

namespace wayseer::clustering {

// The optimum of a problem whose edges have at most two colours, or nothing if there are more: the conflicts
// are bipartite then, and their minimum vertex cover is a minimum cut. Vertices that may have either colour
// take the smaller.
[[nodiscard]] std::optional<std::vector<std::int32_t>> ecc_two_colors(
    const EccProblem& problem, const core::Checkpoint& checkpoint = {});

// Colours that some optimum has, all at once; -1 where nothing is known. The half-integral relaxation of the
// vertex cover of conflicts, by one minimum cut in the bipartite double cover: edges that it keeps whole are
// no mistakes in some optimum. Source: G. Nemhauser, L. Trotter, "Vertex packings: structural properties and
// algorithms" (1975). `bound` is the value of the relaxation, weaker than the canonical LP.
struct EccPersistency {
  std::vector<std::int32_t> labels;
  double bound = 0;
};
[[nodiscard]] EccPersistency ecc_persistency(const EccProblem& problem,
                                             const core::Checkpoint& checkpoint = {});

}  // namespace wayseer::clustering
