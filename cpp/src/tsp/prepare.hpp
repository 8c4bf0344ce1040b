// From a Problem to a Space with a good numbering, and to its candidate lists.
#pragma once

#include <vector>

#include "wayseer/core/run.hpp"
#include "wayseer/tsp/candidates.hpp"
#include "wayseer/tsp/k_opt.hpp"
#include "wayseer/tsp/space.hpp"

namespace wayseer::tsp {

// representative[v]: the smallest id among the points that coincide with v (and are at distance 0 from it)
// where there are three or more, under an unrounded metric two or more; else v. Crowds of equal points would
// fill the neighbour lists with each other.
[[nodiscard]] std::vector<Index> representatives(const Problem& problem,
                                                 const core::Checkpoint& checkpoint = {});

// The nodes that stand for themselves, along a Hilbert curve; for a matrix in the order of a greedy tour,
// whose length also bounds the entries of a float matrix that can matter. Throws core::Stopped when `run` is.
[[nodiscard]] Space make_space(const Problem& problem, std::span<const Index> representative, core::Run& run);

// One descent from `order` (the Space's numbering) with the given candidates; improves it in place. Throws
// core::Stopped if `run` is stopped before the descent begins.
void descend_k_opt(const Space& space, const CandidateLists& candidates, const KOptSettings& settings,
                   std::vector<Index>& order, core::Run& run);
void descend_or_opt(const Space& space, const CandidateLists& candidates, std::vector<Index>& order,
                    core::Run& run);

}  // namespace wayseer::tsp
