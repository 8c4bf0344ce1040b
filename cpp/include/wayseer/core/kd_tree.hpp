// A static, balanced k-d tree over points in the plane or in space (J. L. Bentley, "Multidimensional binary
// search trees used for associative searching", 1975), with buckets and tight boxes: nearest neighbours in
// about O(k + log n), however the points are spread.
//
// Neighbours come in ascending order of (distance in the norm, id), exactly: the same answers as the Grid.
// Any number of coincident points is fine: cells are split by (coordinate, id), so the depth is at most
// log2(n), and a node whose points are too far or have too large ids is never opened. The tree copies the
// points; queries are const, do not allocate (k <= 64) and may run in parallel. Building is O(n log n).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "wayseer/core/checkpoint.hpp"
#include "wayseer/core/nearest_k.hpp"

namespace wayseer::core {

class KdTree {
 public:
  // points is row-major, n x dim, dim 2 or 3. Throws std::invalid_argument for another dim, a length that is
  // no multiple of it, a coordinate that is not finite or larger than max_coordinate, more than 2^31 - 2
  // points.
  KdTree(std::span<const double> points, int dim, const Checkpoint& checkpoint = {});

  [[nodiscard]] std::int32_t size() const noexcept { return static_cast<std::int32_t>(ids_.size()); }
  [[nodiscard]] int dim() const noexcept { return dim_; }

  // The k nearest other points of point i (0 <= i < n). Returns how many were written to out: min(k, n - 1),
  // or fewer if points at the very place of i are skipped. k is cut to out.size().
  int nearest(std::int32_t i, int k, Norm norm, std::span<std::int32_t> out,
              bool skip_coincident = false) const;

  // The m nearest of point i in each quadrant or octant around it, -1 where there are fewer. Quadrants are
  // numbered as in Grid::nearest_per_quadrant; in space 0..3 have dz >= 0 and 4..7 dz < 0. Coincident points
  // are in no orthant. out must hold 4*m or 8*m ids: out[q*m ..] belongs to orthant q.
  void nearest_per_orthant(std::int32_t i, int m, Norm norm, std::span<std::int32_t> out) const;

  // The k nearest points to `point` (dim values, within max_coordinate) for which accept(id) holds; returns
  // how many. Points at the very place count.
  template <class Accept>
  int nearest_if(std::span<const double> point, int k, Norm norm, Accept&& accept,
                 std::span<std::int32_t> out) const {
    NearestK best(std::min(k, static_cast<int>(std::min(out.size(), ids_.size()))));
    with_norm(norm, [&](auto chosen) {
      if (dim_ == 2) {
        const Everywhere<chosen(), 2> region{{point[0], point[1]}};
        search<2>(region, best, accept);
      } else {
        const Everywhere<chosen(), 3> region{{point[0], point[1], point[2]}};
        search<3>(region, best, accept);
      }
    });
    return best.write(out);
  }

 private:
  struct Node {
    std::int32_t begin, end;  // of its points
    std::int32_t right;       // the left child follows its parent; 0 marks a leaf
    std::int32_t min_id;
  };
  static constexpr double infinity = std::numeric_limits<double>::infinity();
  static std::size_t at(std::int32_t i) noexcept { return static_cast<std::size_t>(i); }

  template <Norm norm, std::size_t dim>
  static double distance(const std::array<double, dim>& gap) noexcept {
    if constexpr (dim == 2) return measure<norm>(gap[0], gap[1]);
    if constexpr (dim == 3) return measure<norm>(gap[0], gap[1], gap[2]);
  }

  // A region answers what a search asks: how far is a point, and how near can points of a box be (infinity:
  // the box holds none of the region).
  template <Norm norm, std::size_t dim>
  struct Everywhere {
    std::array<double, dim> centre;

    double to_point(const double* point) const noexcept {
      std::array<double, dim> gap;
      for (std::size_t d = 0; d < dim; ++d) gap[d] = point[d] - centre[d];
      return distance<norm>(gap);
    }
    double to_box(const double* box) const noexcept {
      std::array<double, dim> gap;
      for (std::size_t d = 0; d < dim; ++d)
        gap[d] = std::max(std::max(box[d] - centre[d], centre[d] - box[dim + d]), 0.0);
      return distance<norm>(gap);
    }
  };
  template <Norm norm, std::size_t dim>
  struct Elsewhere;
  template <Norm norm, std::size_t dim>
  struct Orthant;

  // Depth first, the nearer child first.
  template <std::size_t dim, class Region, class Accept>
  void search(const Region& region, NearestK& best, Accept&& accept) const {
    if (nodes_.empty()) return;
    struct Open {
      double bound;
      std::int32_t node;
    };
    std::array<Open, 32> stack;  // one entry per level, and n < 2^31
    std::size_t height = 0;
    const auto bound_of = [&](std::int32_t node) { return region.to_box(&boxes_[at(node) * 2 * dim]); };
    const auto worth_opening = [&](const Open& open) {
      return open.bound < infinity && best.improves(open.bound, nodes_[at(open.node)].min_id);
    };
    Open open{bound_of(0), 0};
    for (;;) {
      if (worth_opening(open)) {
        const Node& node = nodes_[at(open.node)];
        if (node.right != 0) {
          Open near{bound_of(open.node + 1), open.node + 1};
          Open far{bound_of(node.right), node.right};
          // At equal distance the smaller ids first: they shut out the others.
          if (far.bound < near.bound ||
              (far.bound == near.bound && nodes_[at(far.node)].min_id < nodes_[at(near.node)].min_id))
            std::swap(near, far);
          if (worth_opening(far)) stack[height++] = far;
          open = near;
          continue;
        }
        for (std::int32_t j = node.begin; j < node.end; ++j) {
          const double measured = region.to_point(&coordinates_[at(j) * dim]);
          const std::int32_t id = ids_[at(j)];
          if (measured < infinity && best.improves(measured, id) && accept(id)) best.offer(measured, id);
        }
      }
      if (height == 0) return;
      open = stack[--height];
    }
  }

  template <std::size_t dim>
  struct Builder;
  template <std::size_t dim>
  int nearest_to(std::int32_t i, int k, Norm norm, std::span<std::int32_t> out, bool skip_coincident) const;
  template <std::size_t dim>
  void nearest_around(std::int32_t i, int m, Norm norm, std::span<std::int32_t> out) const;

  int dim_;
  std::vector<Node> nodes_;          // preorder
  std::vector<double> boxes_;        // per node: dim lower bounds, dim upper bounds
  std::vector<double> coordinates_;  // in tree order
  std::vector<std::int32_t> ids_;    // in tree order
  std::vector<std::int32_t> slot_;   // point id -> place in tree order
};

}  // namespace wayseer::core
