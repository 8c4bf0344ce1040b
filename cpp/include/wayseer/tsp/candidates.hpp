// Candidate edges: which neighbours the searches try. All lists are in the Space's numbering, without the
// node itself and without repeats; O(n k log k) for points, O(n^2) for a matrix.
#pragma once

#include "wayseer/core/checkpoint.hpp"
#include "wayseer/tsp/neighbors.hpp"
#include "wayseer/tsp/space.hpp"

namespace wayseer::tsp {

// The k nearest, ascending by (distance, id).
[[nodiscard]] CandidateLists nearest_candidates(const Space& space, int k,
                                                const core::Checkpoint& checkpoint = {});
// The m nearest in each quadrant (octant in space), coincident points ignored; points only.
[[nodiscard]] CandidateLists quadrant_candidates(const Space& space, int m,
                                                 const core::Checkpoint& checkpoint = {});
[[nodiscard]] CandidateLists unite(const CandidateLists& a, const CandidateLists& b,
                                   const core::Checkpoint& checkpoint = {});

// The default of solve(). Points: 7 nearest and the nearest of each quadrant; on clustered points
// (coefficient of variation of the distance to the 8th neighbour > 0.5) 5 nearest and 3 per quadrant. Matrix:
// 10 nearest. Asymmetric: the tie to the other half of the node, then the 8 cheapest arcs out and in.
[[nodiscard]] CandidateLists default_candidates(const Space& space, const core::Checkpoint& checkpoint = {});

// The user's own edges, ids and rows in the problem's numbering, -1 ignored; at most `cap` per node after
// the union with `base`. In a doubled space a row lists where its node may go.
[[nodiscard]] CandidateLists with_user_candidates(const Space& space, const CandidateLists& base,
                                                  const CandidateLists& user, int cap = 24,
                                                  const core::Checkpoint& checkpoint = {});

}  // namespace wayseer::tsp
