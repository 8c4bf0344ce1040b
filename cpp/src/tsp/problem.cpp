#include "wayseer/tsp/problem.hpp"

#include <array>
#include <stdexcept>
#include <string>
#include <vector>

namespace wayseer::tsp {

namespace {

constexpr std::array<std::string_view, 11> metric_names{"EUC_2D", "EUC_3D", "CEIL_2D", "ATT",
                                                        "GEO",    "MAX_2D", "MAX_3D",  "MAN_2D",
                                                        "MAN_3D", "euclid", "explicit"};

// Engines add and subtract a few tour lengths; 2^61 leaves them room.
constexpr double largest_sum = 0x1.0p61;

int required_dimension(MetricKind metric) {
  switch (metric) {
    case MetricKind::euc_3d:
    case MetricKind::max_3d:
    case MetricKind::man_3d:
      return 3;
    case MetricKind::euclid:
      return 0;  // either
    default:
      return 2;
  }
}

double diagonal(std::span<const double> points, int dimension, MetricKind metric) {
  if (metric == MetricKind::geo) return 6378.388 * 3.2 + 1;
  std::array<double, 3> low{}, high{};
  const auto d = static_cast<std::size_t>(dimension);
  for (std::size_t i = 0; i < points.size(); ++i) {
    const std::size_t axis = i % d;
    if (i < d) low[axis] = high[axis] = points[i];
    low[axis] = std::min(low[axis], points[i]);
    high[axis] = std::max(high[axis], points[i]);
  }
  std::array<double, 3> side{};
  for (std::size_t axis = 0; axis < 3; ++axis) side[axis] = high[axis] - low[axis];
  switch (metric) {
    case MetricKind::max_2d:
    case MetricKind::max_3d:
      return MaximumNorm::of(side[0], side[1], side[2]) + 1;
    case MetricKind::man_2d:
    case MetricKind::man_3d:
      return ManhattanNorm::of(side[0], side[1], side[2]) + 1;
    case MetricKind::euclid:
      return EuclideanNorm::of(side[0], side[1], side[2]);
    default:
      return EuclideanNorm::of(side[0], side[1], side[2]) + 1;
  }
}

template <class T>
double checked_largest_entry(const T* data, Index n) {
  double largest = 0;
  for (Index i = 0; i < n; ++i) {
    const T* row = data + static_cast<std::ptrdiff_t>(i) * n;
    for (Index j = 0; j < n; ++j) {
      if (i == j) continue;
      const auto value = static_cast<double>(row[j]);
      const auto where = [&] { return "matrix[" + std::to_string(i) + ", " + std::to_string(j) + "]"; };
      if (!std::isfinite(value)) throw std::invalid_argument(where() + " is not a finite number");
      if (value < 0)
        throw std::invalid_argument(where() + " is negative (" + std::to_string(row[j]) +
                                    "); add a constant to all entries, the optimal tour stays the same");
      largest = std::max(largest, value);
    }
  }
  return largest;
}

template <class T>
bool is_symmetric(const T* data, Index n) {
  constexpr Index block = 64;  // both triangles in cache
  for (Index bi = 0; bi < n; bi += block)
    for (Index bj = bi; bj < n; bj += block)
      for (Index i = bi; i < std::min(n, bi + block); ++i)
        for (Index j = std::max(bj, i + 1); j < std::min(n, bj + block); ++j) {
          const T a = data[static_cast<std::ptrdiff_t>(i) * n + j];
          const T b = data[static_cast<std::ptrdiff_t>(j) * n + i];
          if constexpr (std::is_integral_v<T>) {
            if (a != b) return false;
          } else if (std::abs(static_cast<double>(a) - static_cast<double>(b)) >
                     1e-12 * std::max(std::abs(static_cast<double>(a)), std::abs(static_cast<double>(b)))) {
            return false;
          }
        }
  return true;
}

template <class F>
auto visit_matrix(const MatrixView& matrix, F&& f) {
  switch (matrix.type) {
    case MatrixType::int32:
      return f(static_cast<const std::int32_t*>(matrix.data));
    case MatrixType::int64:
      return f(static_cast<const std::int64_t*>(matrix.data));
    case MatrixType::float32:
      return f(static_cast<const float*>(matrix.data));
    case MatrixType::float64:
      break;
  }
  return f(static_cast<const double*>(matrix.data));
}

// Calls f(cost) with a callable that gives the cost of an edge in its own type, Cost or double.
template <class F>
auto visit_cost(const Problem& problem, F&& f) {
  const double* p = problem.points().data();
  switch (problem.metric()) {
    case MetricKind::euclid:
      if (problem.dimension() == 2)
        return f([p](Index i, Index j) {
          const double* a = p + std::ptrdiff_t{i} * 2;
          const double* b = p + std::ptrdiff_t{j} * 2;
          return EuclideanNorm::of(a[0] - b[0], a[1] - b[1]);
        });
      return f([p](Index i, Index j) {
        const double* a = p + std::ptrdiff_t{i} * 3;
        const double* b = p + std::ptrdiff_t{j} * 3;
        return EuclideanNorm::of(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
      });
    case MetricKind::geo:
      return f([p](Index i, Index j) {
        if (i == j) return Cost{0};
        const double pair[4] = {
            geo_radians(p[std::ptrdiff_t{i} * 2]), geo_radians(p[std::ptrdiff_t{i} * 2 + 1]),
            geo_radians(p[std::ptrdiff_t{j} * 2]), geo_radians(p[std::ptrdiff_t{j} * 2 + 1])};
        return GeoMetric{pair}(0, 1);
      });
    case MetricKind::matrix: {
      const std::ptrdiff_t n = problem.size();
      switch (problem.matrix().type) {
        case MatrixType::int32:
          return f([data = static_cast<const std::int32_t*>(problem.matrix().data), n](Index i, Index j) {
            return Cost{data[i * n + j]};
          });
        case MatrixType::int64:
          return f([data = static_cast<const std::int64_t*>(problem.matrix().data), n](Index i, Index j) {
            return data[i * n + j];
          });
        case MatrixType::float32:
          return f([data = static_cast<const float*>(problem.matrix().data), n](Index i, Index j) {
            return static_cast<double>(data[i * n + j]);
          });
        case MatrixType::float64:
          break;
      }
      return f([data = static_cast<const double*>(problem.matrix().data), n](Index i, Index j) {
        return data[i * n + j];
      });
    }
    default:
      break;
  }
  return f(WideMetric{p, problem.metric()});
}

}  // namespace

std::string_view to_string(MetricKind kind) noexcept { return metric_names[static_cast<std::size_t>(kind)]; }

Problem Problem::from_points(std::span<const double> points, int dimension, MetricKind metric) {
  const std::string name{to_string(metric)};
  if (metric == MetricKind::matrix)
    throw std::invalid_argument("metric 'explicit' needs a matrix, not points");
  if (dimension != 2 && dimension != 3)
    throw std::invalid_argument("points must have 2 or 3 coordinates, got " + std::to_string(dimension));
  const int required = required_dimension(metric);
  if (required != 0 && required != dimension)
    throw std::invalid_argument("metric " + name + " needs " + std::to_string(required) +
                                " coordinates per point, got " + std::to_string(dimension));
  const std::size_t count = points.size() / static_cast<std::size_t>(dimension);
  if (points.size() % static_cast<std::size_t>(dimension) != 0)
    throw std::invalid_argument("points: size is not a multiple of the dimension");
  if (count > static_cast<std::size_t>(std::numeric_limits<Index>::max()))
    throw std::invalid_argument("points: more than 2^31 - 1 nodes");
  for (std::size_t i = 0; i < points.size(); ++i)
    if (!std::isfinite(points[i]))
      throw std::invalid_argument("points[" + std::to_string(i / static_cast<std::size_t>(dimension)) +
                                  "] is not finite");
  Problem problem;
  problem.n_ = static_cast<Index>(count);
  problem.metric_ = metric;
  problem.dimension_ = dimension;
  problem.integer_ = metric != MetricKind::euclid;
  problem.points_ = points;
  problem.largest_cost_ = diagonal(points, dimension, metric);
  if (!std::isfinite(problem.largest_cost_ * problem.largest_cost_))
    throw std::invalid_argument("points: coordinates span so far that squared distances overflow");
  if (problem.integer_ && problem.largest_cost_ * problem.n_ > largest_sum)
    throw std::invalid_argument(
        "points: a tour's length could exceed the int64 range; scale the coordinates down");
  return problem;
}

Problem Problem::from_matrix(MatrixView matrix) {
  Problem problem;
  problem.n_ = matrix.n;
  problem.metric_ = MetricKind::matrix;
  problem.integer_ = matrix.type == MatrixType::int32 || matrix.type == MatrixType::int64;
  problem.matrix_ = matrix;
  problem.largest_cost_ =
      visit_matrix(matrix, [&](auto* data) { return checked_largest_entry(data, matrix.n); });
  problem.symmetric_ = visit_matrix(matrix, [&](auto* data) { return is_symmetric(data, matrix.n); });
  if (!std::isfinite(problem.largest_cost_ * (matrix.n + 1.0)))
    throw std::invalid_argument(
        "matrix: a tour's length could exceed the range of a double; scale the entries down");
  if (problem.integer_ && problem.largest_cost_ * matrix.n > largest_sum)
    throw std::invalid_argument(
        "matrix: a tour's length could exceed the int64 range; scale the entries down");
  return problem;
}

double Problem::cost(Index i, Index j) const noexcept {
  return visit_cost(*this, [&](auto&& cost) { return static_cast<double>(cost(i, j)); });
}

Cost Problem::integer_length(std::span<const Index> tour) const noexcept {
  if (tour.size() < 2) return 0;  // the diagonal has no meaning
  return visit_cost(*this, [&](auto&& cost) {
    Cost sum = 0;
    for (std::size_t i = 0; i < tour.size(); ++i)
      sum += static_cast<Cost>(cost(tour[i], tour[i + 1 == tour.size() ? 0 : i + 1]));
    return sum;
  });
}

double Problem::length(std::span<const Index> tour) const noexcept {
  if (integer_) return static_cast<double>(integer_length(tour));
  if (tour.size() < 2) return 0;
  return visit_cost(*this, [&](auto&& cost) {
    double sum = 0, lost = 0;  // Neumaier
    for (std::size_t i = 0; i < tour.size(); ++i) {
      const auto d = static_cast<double>(cost(tour[i], tour[i + 1 == tour.size() ? 0 : i + 1]));
      const double next = sum + d;
      lost += std::abs(sum) >= d ? (sum - next) + d : (d - next) + sum;
      sum = next;
    }
    return sum + lost;
  });
}

void check_permutation(std::span<const Index> tour, Index n, const char* argument) {
  const std::string name{argument};
  if (tour.size() != static_cast<std::size_t>(n))
    throw std::invalid_argument(name + " has " + std::to_string(tour.size()) + " nodes, the problem has " +
                                std::to_string(n));
  std::vector<bool> seen(tour.size());
  for (std::size_t i = 0; i < tour.size(); ++i) {
    const Index v = tour[i];
    const auto where = [&] { return name + "[" + std::to_string(i) + "] = " + std::to_string(v); };
    if (v < 0 || v >= n) throw std::invalid_argument(where() + " is not in 0.." + std::to_string(n - 1));
    if (seen[static_cast<std::size_t>(v)]) throw std::invalid_argument(where() + " occurs twice");
    seen[static_cast<std::size_t>(v)] = true;
  }
}

}  // namespace wayseer::tsp
