// A tour of an asymmetric problem from its cheapest cover by cycles: the smallest cycle is joined to another
// by the cheapest exchange of two arcs over the candidates, until one is left. On random matrices the cover
// holds few cycles and almost all arcs of good tours. Source: R. Karp, "A patching algorithm for the
// nonsymmetric traveling-salesman problem" (1979).
#pragma once

#include <vector>

#include "wayseer/core/random.hpp"
#include "wayseer/tsp/neighbors.hpp"
#include "wayseer/tsp/space.hpp"

namespace wayseer::tsp {

class Patching {
 public:
  Patching(const Space& space, const DoubledMetric& metric, const NeighborLists<DoubledMetric>& neighbors);

  // In the doubled numbering; empty if the space has no cover. Every exchange is judged with up to `noise`
  // added to its cost.
  [[nodiscard]] std::vector<Index> tour(double noise, core::Random& random);

 private:
  struct Exchange {  // a -> b and c -> d become a -> d and c -> b
    Index a = -1, c = -1;
    double value = 0;
  };
  [[nodiscard]] Exchange cheapest(Index first, double noise, core::Random& random) const;

  const Space& space_;
  const DoubledMetric metric_;
  const NeighborLists<DoubledMetric>& neighbors_;
  std::vector<Index> next_, previous_, cycle_;  // per node of the problem, not doubled
};

}  // namespace wayseer::tsp
