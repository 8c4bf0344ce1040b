// Alpha-nearness: how much longer the minimum 1-tree gets when it must hold an edge (K. Helsgaun, "An
// effective implementation of the Lin-Kernighan traveling salesman heuristic", 2000). Under potentials from
// the ascent of one_tree.hpp the edges of an optimal tour are among the first few of each node: the strongest
// cheap prediction of them.
//
// Guarantee: alpha(i, j) >= 0, and exactly 0 on the edges of the 1-tree (int64 inside, see `Quanta`). For
// n <= 4000 every pair is ranked, with the minimum 1-tree of the complete graph: O(n^2) time, O(n) memory
// besides the result. Above, only the edges of the sparse graph (quadrant(2) + 16 nearest + Delaunay +
// 1-tree) are: O(n log n) time and O(n) memory; the 1-tree is still that of the complete graph unless the run
// stopped before, or `exact_bound` is false. Without a time limit the result depends on the input alone.
#pragma once

#include <optional>
#include <vector>

#include "wayseer/core/run.hpp"
#include "wayseer/tsp/neighbors.hpp"
#include "wayseer/tsp/one_tree.hpp"
#include "wayseer/tsp/space.hpp"

namespace wayseer::tsp {

struct AlphaOptions {
  int k = 7;
  int ascent_steps = 50;    // 0: no ascent, all potentials zero
  bool exact_bound = true;  // n > 4000: make the pass over the complete graph that certifies lower_bound
  // dense and sparse force one way for every n: all pairs, or the edges of the sparse graph.
  RelaxationMethod method = RelaxationMethod::automatic;
};

struct AlphaResult {
  Index n = 0;
  int k = 0;
  std::vector<Index> neighbors;  // n * k in the space's numbering, ascending (alpha, c_pi, id), -1 padded
  std::vector<double> alpha;     // beside them, in the user's unit; infinite at the padding
  std::vector<double> pi;  // n potentials, user's unit; empty if the run stopped before the first 1-tree
  double mean_edge = 0;    // of the 1-tree under c_pi, user's unit: the scale of alpha
  std::optional<double> lower_bound;  // certified (see Relaxation)

  [[nodiscard]] CandidateLists lists() const;
};

// A stop ends the ascent, and what the best potentials so far give is still ranked (about 0.1 s per 100,000
// nodes); if there are none yet, every entry of neighbors is -1. In a
// doubled (asymmetric) space it ranks by the doubled metric and gives no bound. Throws std::invalid_argument
// on k < 1, ascent_steps < 0 or an empty space.
[[nodiscard]] AlphaResult alpha_nearness(const Space& space, const AlphaOptions& options, core::Run& run);

}  // namespace wayseer::tsp
