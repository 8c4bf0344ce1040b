// Nearest points of a Space or of some of its nodes: a grid where the points are spread evenly over the
// plane, a k-d tree elsewhere (3-D, clusters, the sphere).
#pragma once

#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "wayseer/core/grid.hpp"
#include "wayseer/core/kd_tree.hpp"
#include "wayseer/tsp/space.hpp"

namespace wayseer::tsp {

class PointIndex {
 public:
  // All nodes of a space that has points.
  explicit PointIndex(const Space& space, const core::Checkpoint& checkpoint = {});
  // The given nodes only; ids in queries and answers are then indices into `nodes`.
  PointIndex(const Space& space, std::span<const Index> nodes, const core::Checkpoint& checkpoint = {});

  [[nodiscard]] Index size() const noexcept { return size_; }
  [[nodiscard]] int orthants() const noexcept { return dimension_ == 2 ? 4 : 8; }

  int nearest(Index i, int k, std::span<Index> out, bool skip_coincident = false) const {
    return grid_ ? grid_->nearest(i, k, norm_, out, skip_coincident)
                 : tree_->nearest(i, k, norm_, out, skip_coincident);
  }
  // `per_orthant` nearest in each; -1 where there are fewer. `out` holds orthants() * per_orthant.
  void nearest_per_orthant(Index i, int per_orthant, std::span<Index> out) const {
    if (grid_)
      grid_->nearest_per_quadrant(i, per_orthant, norm_, out);
    else
      tree_->nearest_per_orthant(i, per_orthant, norm_, out);
  }
  // The k nearest of point i that `accept`; i itself must be refused by it.
  template <class Accept>
  int nearest_if(Index i, int k, Accept&& accept, std::span<Index> out) const {
    const double* p = points_.data() + static_cast<std::ptrdiff_t>(i) * dimension_;
    if (grid_) return grid_->nearest_if(p[0], p[1], k, norm_, std::forward<Accept>(accept), out);
    return tree_->nearest_if({p, static_cast<std::size_t>(dimension_)}, k, norm_,
                             std::forward<Accept>(accept), out);
  }

 private:
  PointIndex(std::vector<double> points, int dimension, core::Norm norm, const core::Checkpoint& checkpoint);
  static int dimension_of(const Space& space) noexcept;
  static core::Norm norm_of(const Space& space) noexcept;
  static std::vector<double> located(const Space& space, std::span<const Index> nodes,
                                     const core::Checkpoint& checkpoint);

  std::vector<double> points_;
  int dimension_;
  core::Norm norm_;
  Index size_ = 0;
  std::optional<core::Grid> grid_;
  std::optional<core::KdTree> tree_;
};

}  // namespace wayseer::tsp
