#include "wayseer/tsp/point_index.hpp"

#include <cmath>
#include <numeric>

namespace wayseer::tsp {

namespace {

constexpr Index crowded_cell = 64;

std::vector<Index> all_nodes(const Space& space) {
  std::vector<Index> nodes(static_cast<std::size_t>(space.size()));
  std::iota(nodes.begin(), nodes.end(), 0);
  return nodes;
}

}  // namespace

PointIndex::PointIndex(std::vector<double> points, int dimension, core::Norm norm,
                       const core::Checkpoint& checkpoint)
    : points_(std::move(points)),
      dimension_(dimension),
      norm_(norm),
      size_(static_cast<Index>(points_.size() / static_cast<std::size_t>(dimension))) {
  if (dimension_ == 2) {
    grid_.emplace(points_, 2.0, checkpoint);
    if (grid_->max_cell() > crowded_cell) grid_.reset();
  }
  if (!grid_) tree_.emplace(points_, dimension_, checkpoint);
}

PointIndex::PointIndex(const Space& space, const core::Checkpoint& checkpoint)
    : PointIndex(space, all_nodes(space), checkpoint) {}

PointIndex::PointIndex(const Space& space, std::span<const Index> nodes, const core::Checkpoint& checkpoint)
    : PointIndex(located(space, nodes, checkpoint), dimension_of(space), norm_of(space), checkpoint) {}

int PointIndex::dimension_of(const Space& space) noexcept {
  return space.problem().metric() == MetricKind::geo ? 3 : space.dimension();
}

core::Norm PointIndex::norm_of(const Space& space) noexcept {
  switch (space.problem().metric()) {
    case MetricKind::max_2d:
    case MetricKind::max_3d:
      return core::Norm::maximum;
    case MetricKind::man_2d:
    case MetricKind::man_3d:
      return core::Norm::manhattan;
    default:
      return core::Norm::euclidean;
  }
}

std::vector<double> PointIndex::located(const Space& space, std::span<const Index> nodes,
                                        const core::Checkpoint& checkpoint) {
  const double* points = space.points().data();
  std::vector<double> chosen;
  chosen.reserve(nodes.size() * static_cast<std::size_t>(dimension_of(space)));
  for (const Index v : nodes) {
    checkpoint(v);
    const double* p = points + static_cast<std::ptrdiff_t>(v) * space.dimension();
    if (space.problem().metric() == MetricKind::geo) {  // on the sphere chords order like great circles
      chosen.push_back(std::cos(p[0]) * std::cos(p[1]));
      chosen.push_back(std::cos(p[0]) * std::sin(p[1]));
      chosen.push_back(std::sin(p[0]));
    } else {
      chosen.insert(chosen.end(), p, p + space.dimension());
    }
  }
  return chosen;
}

}  // namespace wayseer::tsp
