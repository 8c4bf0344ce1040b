#include "wayseer/core/kd_tree.hpp"

#include <cmath>

#include "wayseer/core/error.hpp"

namespace wayseer::core {

// All but the centre itself.
template <Norm norm, std::size_t dim>
struct KdTree::Elsewhere : Everywhere<norm, dim> {
  using Everywhere<norm, dim>::centre;

  double to_point(const double* point) const noexcept {
    return std::equal(centre.begin(), centre.end(), point) ? infinity
                                                           : Everywhere<norm, dim>::to_point(point);
  }
  double to_box(const double* box) const noexcept {
    const bool is_centre =
        std::equal(centre.begin(), centre.end(), box) && std::equal(centre.begin(), centre.end(), box + dim);
    return is_centre ? infinity : Everywhere<norm, dim>::to_box(box);
  }
};

// The points on the positive (>= 0) or negative (< 0) side of the centre along every axis, without the
// centre itself.
template <Norm norm, std::size_t dim>
struct KdTree::Orthant {
  std::array<double, dim> centre;
  std::array<bool, dim> positive;

  double to_point(const double* point) const noexcept {
    std::array<double, dim> gap;
    bool coincident = true;
    for (std::size_t d = 0; d < dim; ++d) {
      gap[d] = point[d] - centre[d];
      if ((gap[d] >= 0) != positive[d]) return infinity;
      coincident = coincident && gap[d] == 0;
    }
    return coincident ? infinity : distance<norm>(gap);
  }
  double to_box(const double* box) const noexcept {
    std::array<double, dim> gap;
    bool coincident = true;
    for (std::size_t d = 0; d < dim; ++d) {
      const double low = box[d] - centre[d], high = box[dim + d] - centre[d];
      if (positive[d] ? high < 0 : low >= 0) return infinity;
      gap[d] = std::max(positive[d] ? low : -high, 0.0);
      coincident = coincident && (positive[d] ? high == 0 : false);  // what is left of the box is the centre
    }
    return coincident ? infinity : distance<norm>(gap);
  }
};

template <std::size_t dim>
struct KdTree::Builder {
  // Whole points are moved, not indices: the passes over them are sequential.
  struct Point {
    std::array<double, dim> at;
    std::int32_t id;
  };
  static constexpr std::int32_t bucket = 10;

  KdTree& tree;
  const Checkpoint& checkpoint;
  std::vector<Point> points = {};

  void build(std::int32_t begin, std::int32_t end) {
    auto low = points[at(begin)].at, high = low;
    std::int32_t min_id = points[at(begin)].id;
    for (std::int32_t j = begin + 1; j < end; ++j) {
      const Point& point = points[at(j)];
      min_id = std::min(min_id, point.id);
      for (std::size_t d = 0; d < dim; ++d) {
        low[d] = std::min(low[d], point.at[d]);
        high[d] = std::max(high[d], point.at[d]);
      }
    }
    const std::size_t node = tree.nodes_.size();
    tree.nodes_.push_back({begin, end, 0, min_id});
    tree.boxes_.insert(tree.boxes_.end(), low.begin(), low.end());
    tree.boxes_.insert(tree.boxes_.end(), high.begin(), high.end());
    if (end - begin <= bucket) return;
    if (end - begin > 1000) checkpoint();

    std::size_t axis = 0;
    for (std::size_t d = 1; d < dim; ++d) {
      if (high[d] - low[d] > high[axis] - low[axis]) axis = d;
    }
    const std::int32_t middle = begin + (end - begin) / 2;
    std::nth_element(points.begin() + begin, points.begin() + middle, points.begin() + end,
                     [axis](const Point& a, const Point& b) {
                       return a.at[axis] < b.at[axis] || (a.at[axis] == b.at[axis] && a.id < b.id);
                     });
    build(begin, middle);
    tree.nodes_[node].right = static_cast<std::int32_t>(tree.nodes_.size());
    build(middle, end);
  }

  void run(std::span<const double> coordinates) {
    const std::size_t n = coordinates.size() / dim;
    points.resize(n);
    for (std::size_t i = 0; i < n; ++i) {
      std::copy_n(coordinates.begin() + static_cast<std::ptrdiff_t>(i * dim), dim, points[i].at.begin());
      points[i].id = static_cast<std::int32_t>(i);
    }
    if (n > 0) build(0, static_cast<std::int32_t>(n));
    tree.coordinates_.resize(n * dim);
    tree.ids_.resize(n);
    tree.slot_.resize(n);
    for (std::size_t j = 0; j < n; ++j) {
      std::ranges::copy(points[j].at, tree.coordinates_.begin() + static_cast<std::ptrdiff_t>(j * dim));
      tree.ids_[j] = points[j].id;
      tree.slot_[at(points[j].id)] = static_cast<std::int32_t>(j);
    }
  }
};

KdTree::KdTree(std::span<const double> points, int dim, const Checkpoint& checkpoint) : dim_(dim) {
  if (dim != 2 && dim != 3) throw invalid_argument("dim", dim, "2 or 3");
  if (points.size() % static_cast<std::size_t>(dim) != 0)
    throw invalid_argument("points", points.size(), "a multiple of dim values");
  (void)checked_index(static_cast<std::int64_t>(points.size()) / dim, "number of points");
  for (const double value : points) {
    if (!(std::abs(value) <= max_coordinate))
      throw invalid_argument("points", value, "finite coordinates of at most 1e150");
  }
  if (dim == 2) {
    Builder<2>{*this, checkpoint}.run(points);
  } else {
    Builder<3>{*this, checkpoint}.run(points);
  }
}

template <std::size_t dim>
int KdTree::nearest_to(std::int32_t i, int k, Norm norm, std::span<std::int32_t> out,
                       bool skip_coincident) const {
  NearestK best(std::min(k, static_cast<int>(std::min(out.size(), ids_.size()))));
  std::array<double, dim> centre;
  std::copy_n(&coordinates_[at(slot_[at(i)]) * dim], dim, centre.begin());
  const auto others = [i](std::int32_t id) { return id != i; };
  with_norm(norm, [&](auto chosen) {
    if (skip_coincident) {
      search<dim>(Elsewhere<chosen(), dim>{{centre}}, best, others);
    } else {
      search<dim>(Everywhere<chosen(), dim>{centre}, best, others);
    }
  });
  return best.write(out);
}

int KdTree::nearest(std::int32_t i, int k, Norm norm, std::span<std::int32_t> out,
                    bool skip_coincident) const {
  return dim_ == 2 ? nearest_to<2>(i, k, norm, out, skip_coincident)
                   : nearest_to<3>(i, k, norm, out, skip_coincident);
}

template <std::size_t dim>
void KdTree::nearest_around(std::int32_t i, int m, Norm norm, std::span<std::int32_t> out) const {
  constexpr std::size_t orthants = std::size_t{1} << dim;
  m = std::clamp(m, 0, static_cast<int>(out.size() / orthants));
  std::ranges::fill(out, -1);
  std::array<double, dim> centre;
  std::copy_n(&coordinates_[at(slot_[at(i)]) * dim], dim, centre.begin());
  with_norm(norm, [&](auto chosen) {
    for (std::size_t q = 0; q < orthants; ++q) {
      Orthant<chosen(), dim> orthant{centre, {}};
      orthant.positive[0] = q % 4 == 0 || q % 4 == 3;
      orthant.positive[1] = q % 4 < 2;
      if constexpr (dim == 3) orthant.positive[2] = q < 4;
      NearestK best(m);
      search<dim>(orthant, best, [](std::int32_t) { return true; });
      best.write(out.subspan(q * at(m), at(m)));
    }
  });
}

void KdTree::nearest_per_orthant(std::int32_t i, int m, Norm norm, std::span<std::int32_t> out) const {
  if (dim_ == 2) {
    nearest_around<2>(i, m, norm, out);
  } else {
    nearest_around<3>(i, m, norm, out);
  }
}

}  // namespace wayseer::core
