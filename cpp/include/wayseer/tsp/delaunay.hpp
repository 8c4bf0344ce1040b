// The Delaunay triangulation of points in the plane, as a graph: the divide-and-conquer algorithm of
// L. Guibas, J. Stolfi, "Primitives for the manipulation of general subdivisions and the computation of
// Voronoi diagrams" (1985), with exact signs by the expansion arithmetic of J. Shewchuk, "Adaptive precision
// floating-point arithmetic and fast robust geometric predicates" (1997).
//
// Guarantee: the edges are those of a Delaunay triangulation of the distinct points, in exact arithmetic,
// whatever the input: lattices, cocircular and collinear points included (collinear points give a path; where
// four or more points lie on one circle, one of the triangulations). So the graph is connected and holds a
// Euclidean minimum spanning tree. The copies of a repeated point form a path in ascending index, the first
// of them being the one in the triangulation. Distances below 2^-250 of the largest coordinate count as zero.
// Time O(n log n), about 1 s per million points; memory about 200 bytes per point while it runs.
#pragma once

#include <span>

#include "wayseer/core/checkpoint.hpp"
#include "wayseer/tsp/neighbors.hpp"

namespace wayseer::tsp {

// Row i lists the neighbours of point i, ascending; each edge stands in both rows. `points` holds x and y
// of each point. Throws std::invalid_argument on an odd or too large size and on coordinates that are not
// finite. The result depends on the points alone.
[[nodiscard]] CandidateLists delaunay(std::span<const double> points,
                                      const core::Checkpoint& checkpoint = {});

}  // namespace wayseer::tsp
