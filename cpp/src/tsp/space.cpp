#include "wayseer/tsp/space.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "wayseer/tsp/assignment.hpp"

namespace wayseer::tsp {

namespace {

// The largest power of two s with s * cost <= bound, as far as a double reaches.
double power_of_two_below(double bound, double cost) {
  return std::exp2(std::min(1023.0, std::floor(std::log2(bound) - std::log2(cost))));
}

// The largest power of two that keeps a single cost below 2^50 and a tour's length below 2^61.
double fixed_point_scale(double largest_cost, Index n) {
  if (largest_cost <= 0) return 1.0;
  const double bound = std::min(0x1.0p50, 0x1.0p61 / std::max(1, n));
  return power_of_two_below(bound, largest_cost);
}

}  // namespace

Space::Space(const Problem& problem, std::vector<Index> order, double clip)
    : problem_(&problem), order_(std::move(order)), clip_(clip) {
  const auto count = static_cast<Index>(order_.size());
  n_ = count;
  if (problem.metric() == MetricKind::matrix) {
    const double largest = std::min(problem.largest_cost(), clip);
    if (!problem.symmetric()) {
      if (count > std::numeric_limits<Index>::max() / 2)
        throw std::invalid_argument("matrix: too many nodes for the asymmetric problem");
      n_ = 2 * count;
      // big = count * largest + 1 must itself stay below 2^61 / n_.
      const double factor = static_cast<double>(n_) * static_cast<double>(count + 1);
      if (!problem.integer()) {
        scale_ = largest > 0 ? power_of_two_below(std::min(0x1.0p50, 0x1.0p60 / factor), largest) : 1.0;
      } else if (factor * (largest + 1) > 0x1.0p61) {
        throw std::invalid_argument("matrix: entries up to " + std::to_string(static_cast<Cost>(largest)) +
                                    " are too large for an asymmetric problem of this size");
      }
      big_ = static_cast<Cost>(count) * (static_cast<Cost>(largest * scale_) + 1) + 1;
      potential_.assign(static_cast<std::size_t>(n_), 0);
    } else if (!problem.integer()) {
      scale_ = fixed_point_scale(largest, n_);
    }
    return;
  }
  const auto dim = static_cast<std::size_t>(problem.dimension());
  const auto source = problem.points();
  points_.resize(order_.size() * dim);
  for (std::size_t v = 0; v < order_.size(); ++v)
    for (std::size_t axis = 0; axis < dim; ++axis) {
      const double x = source[static_cast<std::size_t>(order_[v]) * dim + axis];
      points_[v * dim + axis] = problem.metric() == MetricKind::geo ? geo_radians(x) : x;
    }
  if (!problem.integer()) scale_ = fixed_point_scale(problem.largest_cost(), n_);
  wide_ = problem.integer() && problem.largest_cost() >= 0x1.0p31 - 1;
}

void Space::reduce_arcs(core::Run& run) {
  if (!doubled() || n_ < 4) return;
  const Index count = n_ / 2;
  ArcPotentials found = assignment_potentials(count, matrix_metric(), std::int64_t{256} * count, run);
  for (Index i = 0; i < count; ++i) {
    potential_[static_cast<std::size_t>(2 * i)] = found.arrive[static_cast<std::size_t>(i)];
    potential_[static_cast<std::size_t>(2 * i + 1)] = found.leave[static_cast<std::size_t>(i)];
  }
  potential_sum_ = found.sum;
  cover_ = std::move(found.cover);
}

std::vector<Index> Space::to_user(std::span<const Index> tour) const {
  std::vector<Index> result;
  result.reserve(order_.size());
  if (!doubled()) {
    for (const Index v : tour) result.push_back(order_[static_cast<std::size_t>(v)]);
    return result;
  }
  for (const Index v : tour)
    if ((v & 1) == 0) result.push_back(order_[static_cast<std::size_t>(v >> 1)]);
  // "leave" is 2i+1 and follows "arrive" 2i when the tour runs the right way round.
  const auto arrive = std::find(tour.begin(), tour.end(), 0) - tour.begin();
  const auto next = (static_cast<std::size_t>(arrive) + 1) % tour.size();
  if (tour[next] != 1) std::reverse(result.begin(), result.end());
  return result;
}

std::vector<Index> Space::from_user(std::span<const Index> tour) const {
  std::vector<Index> rank(static_cast<std::size_t>(problem_->size()), -1);
  for (std::size_t v = 0; v < order_.size(); ++v)
    rank[static_cast<std::size_t>(order_[v])] = static_cast<Index>(v);
  std::vector<Index> result;
  result.reserve(static_cast<std::size_t>(n_));
  for (const Index user : tour) {
    const Index v = rank[static_cast<std::size_t>(user)];
    if (v < 0) continue;  // collapsed into another node
    if (doubled()) {
      result.push_back(2 * v);
      result.push_back(2 * v + 1);
    } else {
      result.push_back(v);
    }
  }
  return result;
}

}  // namespace wayseer::tsp
