// Inequalities that a fractional clustering violates; x = 1 means apart, and an exact solver adds the rows
// found here to its linear program.
//
// Complete model, x a symmetric n x n matrix with zero diagonal:
//   triangles  x_uw <= x_uv + x_vw, all of them in O(n^3), vectorised;
//   stars      sum over t in T of y_st - sum over pairs t, t' in T of y_tt' <= 1 with y = 1 - x, the
//   2-partition
//              inequalities with one side {s}: a greedy T for each s and each first member, O(n^3) in all.
// Sparse signed model: x_f <= sum of x over a path between the ends of f, for every edge f of negative
// weight, by a shortest path that stops at x_f. Rows for other edges are never needed: lowering their x is
// not dearer.
//
// Source: M. Groetschel, Y. Wakabayashi, "A cutting plane algorithm for a clustering problem" (1989) and
// "Facets of the clique partitioning polytope" (1990); S. Chopra, M. R. Rao, "The partition problem" (1993).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "wayseer/clustering/graph.hpp"
#include "wayseer/core/run.hpp"

namespace wayseer::clustering {

// Rows of different lengths, the most violated first.
struct Cuts {
  std::vector<std::int64_t> offsets{0};
  std::vector<std::int32_t> items;
  std::vector<double> violations;
};

// At most `limit` triangles (u, w, v), at most `per_pair` for each pair u < w, violated by more than
// `tolerance`.
[[nodiscard]] Cuts violated_triangles(std::span<const double> x, std::int32_t n, double tolerance,
                                      std::int32_t per_pair, std::int64_t limit, core::Run& run);

// At most `limit` stars (s, t1, .., tk), k >= 3.
[[nodiscard]] Cuts violated_stars(std::span<const double> x, std::int32_t n, double tolerance,
                                  std::int64_t limit, core::Run& run);

// At most `limit` cycles (f, then the edges of the path). Edges are numbered by their smaller end, then the
// other; x has one entry for each and may be slightly negative.
[[nodiscard]] Cuts violated_cycles(const Graph& graph, std::span<const double> x, double tolerance,
                                   std::int64_t limit, core::Run& run);

}  // namespace wayseer::clustering
