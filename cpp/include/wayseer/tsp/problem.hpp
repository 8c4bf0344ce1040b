// A travelling salesman problem: points under a metric, or an explicit cost matrix (symmetric or not).
// A Problem borrows the caller's arrays, which must outlive it; it is validated once, on construction.
#pragma once

#include <cstdint>
#include <span>

#include "wayseer/tsp/metric.hpp"

namespace wayseer::tsp {

struct MatrixView {
  const void* data = nullptr;  // n * n entries, row-major, row = from
  MatrixType type = MatrixType::int64;
  Index n = 0;
};

class Problem {
 public:
  // `points` holds dimension (2 or 3) coordinates per node. Throws std::invalid_argument on a wrong size, a
  // NaN or infinite coordinate, a metric of another dimension, or sums that could pass int64.
  [[nodiscard]] static Problem from_points(std::span<const double> points, int dimension, MetricKind metric);
  // Throws std::invalid_argument on negative, NaN or infinite entries and on sums that could pass int64.
  // The diagonal is ignored. Symmetry is tested: exactly for integers, to a relative 1e-12 for floats.
  [[nodiscard]] static Problem from_matrix(MatrixView matrix);

  [[nodiscard]] Index size() const noexcept { return n_; }
  [[nodiscard]] MetricKind metric() const noexcept { return metric_; }
  [[nodiscard]] int dimension() const noexcept { return dimension_; }  // 0 for a matrix
  [[nodiscard]] bool symmetric() const noexcept { return symmetric_; }
  [[nodiscard]] bool integer() const noexcept { return integer_; }
  [[nodiscard]] std::span<const double> points() const noexcept { return points_; }
  [[nodiscard]] const MatrixView& matrix() const noexcept { return matrix_; }
  // No cost exceeds it (for points: the bounding box's diagonal under the metric, rounded up).
  [[nodiscard]] double largest_cost() const noexcept { return largest_cost_; }

  // The cost from i to j in the user's unit.
  [[nodiscard]] double cost(Index i, Index j) const noexcept;
  // Exact for integer costs; compensated summation for floats. `tour` must be a permutation.
  [[nodiscard]] Cost integer_length(std::span<const Index> tour) const noexcept;
  [[nodiscard]] double length(std::span<const Index> tour) const noexcept;

 private:
  Problem() = default;
  Index n_ = 0;
  MetricKind metric_ = MetricKind::euclid;
  int dimension_ = 0;
  bool symmetric_ = true;
  bool integer_ = false;
  double largest_cost_ = 0;
  std::span<const double> points_;
  MatrixView matrix_;
};

// Throws std::invalid_argument, naming the first offence, unless `tour` is a permutation of 0..n-1.
void check_permutation(std::span<const Index> tour, Index n, const char* argument);

}  // namespace wayseer::tsp
