// The 1-tree relaxation of the symmetric travelling salesman problem and the lower bound it gives
// (M. Held, R. Karp, "The traveling-salesman problem and minimum spanning trees", 1970 and 1971).
//
// A 1-tree is a spanning tree plus one more edge at one of its leaves; the leaf is chosen so that this edge
// is as long as possible (K. Helsgaun, "An effective implementation of the Lin-Kernighan traveling salesman
// heuristic", 2000). Under c_pi(i, j) = c(i, j) + pi_i + pi_j every tour grows by 2 sum pi, so
// w(pi) = (length of the minimum 1-tree) - 2 sum pi is at most the length of every tour, for any potentials
// pi. A subgradient ascent looks for potentials with a large w: 0.7 to 1 % below the optimum on uniform
// points, 2 to 8 % where they are strongly clustered.
//
// Precision: costs and potentials are int64 multiples of a power of two (`Quanta`), so that trees, w and the
// comparison of edges are exact: a certified bound is a proof, not an estimate. It holds for the tours
// through the nodes of the space.
//
// Complexity: `dense` O(n^2) time per step and O(n) memory. `sparse` works on the graph quadrant(2) + 16
// nearest + Delaunay (planar points), about O(n log n) per step; a 1-tree of that graph bounds nothing, so
// one pass over the complete graph follows (points: Boruvka with a k-d tree; matrix: Prim in O(n^2)). About 1
// kB per node in all.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "wayseer/core/run.hpp"
#include "wayseer/tsp/neighbors.hpp"
#include "wayseer/tsp/space.hpp"

namespace wayseer::tsp {

// The unit of the potentials: small enough that rounding them costs nothing, large enough that no sum of n
// reduced costs leaves int64.
struct Quanta {
  int up = 0;      // an engine cost is worth 2^up quanta,
  int down = 0;    // or 2^-down rounded down, where the costs themselves fill int64
  Cost limit = 0;  // potentials stay within [-limit, limit]
  double per_user_unit = 1;

  Quanta() = default;
  explicit Quanta(const Space& space);
  [[nodiscard]] Cost operator()(Cost engine) const noexcept { return (engine << up) >> down; }
  [[nodiscard]] double to_user(Cost quanta) const noexcept {
    return static_cast<double>(quanta) / per_user_unit;
  }
};

struct OneTree {
  std::vector<std::array<Index, 2>> edges;  // the spanning tree: n - 1 edges
  Index leaf = -1;                          // the special leaf
  Index mate = -1;                          // where its second edge leads
  Cost added = 0;                           // that edge under c_pi, in quanta
  Cost weight = 0;                          // w(pi) in quanta

  // How many 1-tree edges each node has; all 2: the tree is a tour.
  void degrees(std::vector<Index>& degree) const;
};

// automatic: dense for n <= 256 (matrices: 1000), where it is as fast.
enum class RelaxationMethod : std::uint8_t { automatic, dense, sparse };

struct RelaxationOptions {
  int steps = 50;  // of the ascent; 0: all potentials zero
  RelaxationMethod method = RelaxationMethod::automatic;
  bool certify = true;  // sparse: make the pass over the complete graph
  int wanted = 16;      // sparse: nearest neighbours of each node in the graph, at least 16
};

struct Relaxation {
  Quanta quanta;
  std::vector<Cost> pi;  // the best found, in quanta
  OneTree tree;        // minimum 1-tree under them; no edges (and n > 1) if the run stopped before the first
  bool exact = false;  // `tree` is minimal in the complete graph, not only in `graph`
  CandidateLists graph;  // sparse: symmetric, ascending rows, holds the tree's edges; empty when dense
  std::optional<double> lower_bound;  // user's unit, certified; rounded up to an integer for integer costs
};

// A stop is noticed within milliseconds, except while the sparse graph is built (about 0.5 s per 100,000
// points); it returns what it has. A timed run plans as many steps as fit; above the dense sizes it keeps
// half of its time for the pass over the complete graph. Without a time limit the result depends on the input
// alone. Throws std::invalid_argument on an empty space or steps < 0.
//
// No lower_bound for a doubled (asymmetric) space, nor for a part of the nodes under costs that break the
// triangle inequality (rounded to nearest, or a matrix), nor if the run stopped too early.
[[nodiscard]] Relaxation relax(const Space& space, const RelaxationOptions& options, core::Run& run);

// The best certified bound within the limits; `steps` as above.
[[nodiscard]] std::optional<double> held_karp_bound(const Space& space, int steps, core::Run& run);

}  // namespace wayseer::tsp
