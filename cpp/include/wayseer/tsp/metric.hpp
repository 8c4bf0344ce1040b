// Distances as int64, one small value type per metric, so that the engines' inner loops are compiled for
// each.
//
// Every metric is a callable (Index i, Index j) -> Cost and names `Near`, the type in which neighbour lists
// keep distances. Formulas: G. Reinelt, "TSPLIB95" (1995). Unrounded costs are kept in fixed point,
// round(d * 2^e): sums and differences are then exact, so every descent ends and undo restores exactly.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>
#include <utility>

namespace wayseer::tsp {

using Index = std::int32_t;
using Cost = std::int64_t;

enum class MetricKind : std::uint8_t {
  euc_2d,
  euc_3d,
  ceil_2d,
  att,
  geo,
  max_2d,
  max_3d,
  man_2d,
  man_3d,  // TSPLIB, integer
  euclid,  // unrounded, 2-D or 3-D
  matrix   // explicit costs
};

[[nodiscard]] std::string_view to_string(MetricKind kind) noexcept;

// --- norms ------------------------------------------------------------------------------------------------

struct EuclideanNorm {
  static double of(double dx, double dy) noexcept { return std::sqrt(dx * dx + dy * dy); }
  static double of(double dx, double dy, double dz) noexcept {
    return std::sqrt(dx * dx + dy * dy + dz * dz);
  }
};
struct MaximumNorm {
  static double of(double dx, double dy) noexcept { return std::max(std::abs(dx), std::abs(dy)); }
  static double of(double dx, double dy, double dz) noexcept { return std::max(of(dx, dy), std::abs(dz)); }
};
struct ManhattanNorm {
  static double of(double dx, double dy) noexcept { return std::abs(dx) + std::abs(dy); }
  static double of(double dx, double dy, double dz) noexcept { return of(dx, dy) + std::abs(dz); }
};

// --- rounding of a distance >= 0; the cast truncates, which is floor here ----------------------------------

struct RoundNearest {
  using Near = std::int32_t;
  Cost operator()(double d) const noexcept { return static_cast<Cost>(d + 0.5); }
};
struct RoundUp {
  using Near = std::int32_t;
  Cost operator()(double d) const noexcept {
    const auto t = static_cast<Cost>(d);
    return static_cast<double>(t) < d ? t + 1 : t;
  }
};
struct RoundAtt {  // pseudo-Euclidean: sqrt(d^2 / 10), never rounded below the true value
  using Near = std::int32_t;
  Cost operator()(double d2) const noexcept {
    const double r = std::sqrt(d2 / 10.0);
    const auto t = static_cast<Cost>(r + 0.5);
    return static_cast<double>(t) < r ? t + 1 : t;
  }
};
struct RoundFixed {
  using Near = std::int64_t;
  double scale = 1.0;
  Cost operator()(double d) const noexcept { return static_cast<Cost>(d * scale + 0.5); }
};

// --- metrics ----------------------------------------------------------------------------------------------

template <class Norm, class Round, int Dim>
struct PointMetric {
  using Near = typename Round::Near;
  const double* points = nullptr;  // Dim coordinates per node
  Round round{};

  Cost operator()(Index i, Index j) const noexcept {
    const double* a = points + static_cast<std::ptrdiff_t>(i) * Dim;
    const double* b = points + static_cast<std::ptrdiff_t>(j) * Dim;
    if constexpr (Dim == 2)
      return round(Norm::of(a[0] - b[0], a[1] - b[1]));
    else
      return round(Norm::of(a[0] - b[0], a[1] - b[1], a[2] - b[2]));
  }
};

struct AttMetric {
  using Near = std::int32_t;
  const double* points = nullptr;
  Cost operator()(Index i, Index j) const noexcept {
    const double* a = points + static_cast<std::ptrdiff_t>(i) * 2;
    const double* b = points + static_cast<std::ptrdiff_t>(j) * 2;
    const double dx = a[0] - b[0];
    const double dy = a[1] - b[1];
    return RoundAtt{}(dx * dx + dy * dy);
  }
};

// Coordinates are (latitude, longitude) in radians as `geo_radians` makes them.
struct GeoMetric {
  using Near = std::int32_t;
  const double* radians = nullptr;
  Cost operator()(Index i, Index j) const noexcept {
    if (i == j) return 0;
    const double* a = radians + static_cast<std::ptrdiff_t>(i) * 2;
    const double* b = radians + static_cast<std::ptrdiff_t>(j) * 2;
    const double q1 = std::cos(a[1] - b[1]);
    const double q2 = std::cos(a[0] - b[0]);
    const double q3 = std::cos(a[0] + b[0]);
    // Rounding can push the argument past 1 for coincident points; acos would give NaN.
    const double cosine = std::min(1.0, 0.5 * ((1.0 + q1) * q2 - (1.0 - q1) * q3));
    return static_cast<Cost>(6378.388 * std::acos(std::max(-1.0, cosine)) + 1.0);
  }
};

// TSPLIB's DDD.MM (degrees, minutes) to radians, with its pi of 3.141592 and truncation towards zero.
[[nodiscard]] inline double geo_radians(double ddd_mm) noexcept {
  const double degrees = std::trunc(ddd_mm);
  return 3.141592 * (degrees + 5.0 * (ddd_mm - degrees) / 3.0) / 180.0;
}

enum class MatrixType : std::uint8_t { int32, int64, float32, float64 };

// The caller's own row-major matrix, read in place. `order` maps the engines' node numbers to its rows.
struct MatrixMetric {
  using Near = std::int64_t;
  const void* data = nullptr;
  const Index* order = nullptr;
  std::int64_t stride = 0;
  MatrixType type = MatrixType::int64;
  double scale = 1.0;                                     // floats only: fixed point
  double clip = std::numeric_limits<double>::infinity();  // floats only: no better tour holds a longer edge
  bool symmetric = false;  // floats only: (i, j) and (j, i) may differ in the last digits; one of them counts

  Cost operator()(Index i, Index j) const noexcept {
    if (symmetric && i > j) std::swap(i, j);
    const std::int64_t at = static_cast<std::int64_t>(order[i]) * stride + order[j];
    switch (type) {  // the same branch every time: predicted, and small beside the matrix access
      case MatrixType::int32:
        return static_cast<const std::int32_t*>(data)[at];
      case MatrixType::int64:
        return static_cast<const std::int64_t*>(data)[at];
      case MatrixType::float32:
        return fixed(static_cast<double>(static_cast<const float*>(data)[at]));
      case MatrixType::float64:
        return fixed(static_cast<const double*>(data)[at]);
    }
    return 0;
  }

 private:
  [[nodiscard]] Cost fixed(double d) const noexcept {
    return static_cast<Cost>(std::min(d, clip) * scale + 0.5);
  }
};

// An asymmetric matrix as a symmetric problem of twice the size: node 2i is "arrive at i", 2i+1 "leave i"
// (R. Jonker, T. Volgenant, "Transforming asymmetric into symmetric traveling salesman problems", 1983).
// d(2i, 2i+1) = -big ties the two together; d(2i+1, 2j) = c(i, j) less the potentials of both nodes (0, or
// from the assignment problem: assignment.hpp); all else is +big.
struct DoubledMetric {
  using Near = std::int64_t;
  MatrixMetric directed{};
  Cost big = 0;
  const Cost* potential = nullptr;

  Cost operator()(Index a, Index b) const noexcept {
    if (((a ^ b) & 1) == 0) return a == b ? 0 : big;
    const Index leave = ((a & 1) != 0 ? a : b) >> 1;
    const Index arrive = ((a & 1) != 0 ? b : a) >> 1;
    return leave == arrive ? -big : directed(leave, arrive) - potential[a] - potential[b];
  }
};

// All kinds but GEO in one type, with the branch inside: for integer metrics on coordinates so large that a
// distance may not fit the int32 of the others' lists, and in builds with WAYSEER_FEW_METRICS.
struct WideMetric {
  using Near = std::int64_t;
  const double* points = nullptr;
  MetricKind kind = MetricKind::euc_2d;
  int dimension = 2;   // euclid only
  double scale = 1.0;  // euclid only: fixed point

  Cost operator()(Index i, Index j) const noexcept {
    switch (kind) {
      case MetricKind::euc_2d:
        return PointMetric<EuclideanNorm, RoundNearest, 2>{points}(i, j);
      case MetricKind::euc_3d:
        return PointMetric<EuclideanNorm, RoundNearest, 3>{points}(i, j);
      case MetricKind::ceil_2d:
        return PointMetric<EuclideanNorm, RoundUp, 2>{points}(i, j);
      case MetricKind::max_2d:
        return PointMetric<MaximumNorm, RoundNearest, 2>{points}(i, j);
      case MetricKind::max_3d:
        return PointMetric<MaximumNorm, RoundNearest, 3>{points}(i, j);
      case MetricKind::man_2d:
        return PointMetric<ManhattanNorm, RoundNearest, 2>{points}(i, j);
      case MetricKind::man_3d:
        return PointMetric<ManhattanNorm, RoundNearest, 3>{points}(i, j);
      case MetricKind::att:
        return AttMetric{points}(i, j);
      case MetricKind::euclid:
        if (dimension == 2) return PointMetric<EuclideanNorm, RoundFixed, 2>{points, {scale}}(i, j);
        return PointMetric<EuclideanNorm, RoundFixed, 3>{points, {scale}}(i, j);
      default:
        return 0;
    }
  }
};

}  // namespace wayseer::tsp
