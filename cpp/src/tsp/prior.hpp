// A heatmap in the Space's numbering: each row divided by its maximum, then the larger of both directions (in
// a doubled space the direction counts). Only the shape of a row matters, not its scale.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "wayseer/core/checkpoint.hpp"
#include "wayseer/core/edge_values.hpp"
#include "wayseer/tsp/neighbors.hpp"
#include "wayseer/tsp/space.hpp"

namespace wayseer::tsp {

// Throws std::invalid_argument on a wrong shape, an id out of range, a negative value or NaN.
void check_heatmap(const core::EdgeValues& heatmap, Index n);

class EdgePrior {
 public:
  // `representative[v]` is the node that stands for v of the problem (v itself unless it was collapsed into
  // another one). The heatmap has passed check_heatmap.
  EdgePrior(const Space& space, const core::EdgeValues& heatmap, std::span<const Index> representative,
            const core::Checkpoint& checkpoint = {});

  // In [0, 1]; 0 for an edge that the heatmap does not hold. O(log row).
  [[nodiscard]] float value(Index u, Index v) const noexcept;
  // The 5 largest entries > 0 of each row; ties by distance, then id.
  [[nodiscard]] CandidateLists candidates(const Space& space, const core::Checkpoint& checkpoint = {}) const;

 private:
  struct Entry {
    Index node;
    float value;
  };
  std::vector<std::int64_t> offset_{0};
  std::vector<Entry> entries_;  // rows ascending by node
};

}  // namespace wayseer::tsp
