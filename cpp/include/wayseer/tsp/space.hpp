// The problem as the engines see it: nodes renumbered so that neighbours in space are neighbours in memory,
// costs in int64 (fixed point for unrounded ones), the metric a compile-time type.
#pragma once

#include <span>
#include <stdexcept>
#include <vector>

#include "wayseer/core/run.hpp"
#include "wayseer/tsp/metric.hpp"
#include "wayseer/tsp/problem.hpp"

namespace wayseer::tsp {

class Space {
 public:
  // `order[v]` is the problem's node that becomes node v here: all of them, or a selection (duplicates
  // collapsed). An asymmetric problem gets two nodes per entry (see DoubledMetric).
  // `clip` bounds the entries of a float matrix: the length of any known tour.
  Space(const Problem& problem, std::vector<Index> order,
        double clip = std::numeric_limits<double>::infinity());

  [[nodiscard]] Index size() const noexcept { return n_; }
  [[nodiscard]] const Problem& problem() const noexcept { return *problem_; }
  [[nodiscard]] std::span<const Index> order() const noexcept { return order_; }
  [[nodiscard]] int dimension() const noexcept { return problem_->dimension(); }
  // Renumbered coordinates, empty for a matrix; for GEO in radians.
  [[nodiscard]] std::span<const double> points() const noexcept { return points_; }
  // User cost = engine cost / scale() (1 for integer costs).
  [[nodiscard]] double scale() const noexcept { return scale_; }
  [[nodiscard]] bool doubled() const noexcept { return !problem_->symmetric(); }
  // Added to every tour's engine length by the doubling; 0 otherwise.
  [[nodiscard]] Cost offset() const noexcept { return doubled() ? -big_ * (n_ / 2) - potential_sum_ : 0; }
  // Asymmetric problems: from here on the engine's arcs cost what is left of them after the potentials of the
  // assignment problem. Tours keep their order by length.
  void reduce_arcs(core::Run& run);
  // The assignment's cover by cycles, the node after each (not doubled); empty if there is none.
  [[nodiscard]] std::span<const Index> cover() const noexcept { return cover_; }

  // Calls f with the metric; the engines are instantiated once for each type named here.
  template <class F>
  decltype(auto) visit(F&& f) const {
    const double* p = points_.data();
    if (problem_->metric() == MetricKind::matrix) {
      if (doubled()) return f(DoubledMetric{matrix_metric(), big_, potential_.data()});
      return f(matrix_metric());
    }
    if (problem_->metric() == MetricKind::geo) return f(GeoMetric{p});
    if (problem_->metric() == MetricKind::euc_2d && !wide_)
      return f(PointMetric<EuclideanNorm, RoundNearest, 2>{p});
    const WideMetric wide{p, problem_->metric(), dimension(), scale_};
#ifdef WAYSEER_FEW_METRICS
    return f(wide);
#else
    if (wide_) return f(wide);
    switch (problem_->metric()) {
      case MetricKind::euc_3d:
        return f(PointMetric<EuclideanNorm, RoundNearest, 3>{p});
      case MetricKind::ceil_2d:
        return f(PointMetric<EuclideanNorm, RoundUp, 2>{p});
      case MetricKind::max_2d:
        return f(PointMetric<MaximumNorm, RoundNearest, 2>{p});
      case MetricKind::max_3d:
        return f(PointMetric<MaximumNorm, RoundNearest, 3>{p});
      case MetricKind::man_2d:
        return f(PointMetric<ManhattanNorm, RoundNearest, 2>{p});
      case MetricKind::man_3d:
        return f(PointMetric<ManhattanNorm, RoundNearest, 3>{p});
      case MetricKind::att:
        return f(AttMetric{p});
      default:
        break;
    }
    if (dimension() == 2) return f(PointMetric<EuclideanNorm, RoundFixed, 2>{p, {scale_}});
    return f(PointMetric<EuclideanNorm, RoundFixed, 3>{p, {scale_}});
#endif
  }

  // Tours between the two numberings. For a doubled space `to_user` reads the orientation off leave ->
  // arrive.
  [[nodiscard]] std::vector<Index> to_user(std::span<const Index> tour) const;
  [[nodiscard]] std::vector<Index> from_user(std::span<const Index> tour) const;

 private:
  [[nodiscard]] MatrixMetric matrix_metric() const noexcept {
    const bool nearly_symmetric = problem_->symmetric() && !problem_->integer();
    return {problem_->matrix().data, order_.data(), problem_->size(), problem_->matrix().type, scale_, clip_,
            nearly_symmetric};
  }

  const Problem* problem_;
  Index n_ = 0;
  std::vector<Index> order_;
  std::vector<double> points_;
  double scale_ = 1.0;
  double clip_;
  Cost big_ = 0;
  std::vector<Cost> potential_;  // of each doubled node; empty unless doubled
  Cost potential_sum_ = 0;
  std::vector<Index> cover_;
  bool wide_ = false;
};

// X-macro over the metric types of Space::visit, for explicit instantiation.
#ifdef WAYSEER_FEW_METRICS
#define WAYSEER_TSP_FOR_EACH_METRIC(APPLY)                                                           \
  APPLY(::wayseer::tsp::PointMetric<::wayseer::tsp::EuclideanNorm, ::wayseer::tsp::RoundNearest, 2>) \
  APPLY(::wayseer::tsp::GeoMetric)                                                                   \
  APPLY(::wayseer::tsp::MatrixMetric)                                                                \
  APPLY(::wayseer::tsp::DoubledMetric)                                                               \
  APPLY(::wayseer::tsp::WideMetric)
#else
#define WAYSEER_TSP_FOR_EACH_METRIC(APPLY)                                                           \
  APPLY(::wayseer::tsp::PointMetric<::wayseer::tsp::EuclideanNorm, ::wayseer::tsp::RoundNearest, 2>) \
  APPLY(::wayseer::tsp::PointMetric<::wayseer::tsp::EuclideanNorm, ::wayseer::tsp::RoundNearest, 3>) \
  APPLY(::wayseer::tsp::PointMetric<::wayseer::tsp::EuclideanNorm, ::wayseer::tsp::RoundUp, 2>)      \
  APPLY(::wayseer::tsp::PointMetric<::wayseer::tsp::MaximumNorm, ::wayseer::tsp::RoundNearest, 2>)   \
  APPLY(::wayseer::tsp::PointMetric<::wayseer::tsp::MaximumNorm, ::wayseer::tsp::RoundNearest, 3>)   \
  APPLY(::wayseer::tsp::PointMetric<::wayseer::tsp::ManhattanNorm, ::wayseer::tsp::RoundNearest, 2>) \
  APPLY(::wayseer::tsp::PointMetric<::wayseer::tsp::ManhattanNorm, ::wayseer::tsp::RoundNearest, 3>) \
  APPLY(::wayseer::tsp::PointMetric<::wayseer::tsp::EuclideanNorm, ::wayseer::tsp::RoundFixed, 2>)   \
  APPLY(::wayseer::tsp::PointMetric<::wayseer::tsp::EuclideanNorm, ::wayseer::tsp::RoundFixed, 3>)   \
  APPLY(::wayseer::tsp::AttMetric)                                                                   \
  APPLY(::wayseer::tsp::GeoMetric)                                                                   \
  APPLY(::wayseer::tsp::MatrixMetric)                                                                \
  APPLY(::wayseer::tsp::DoubledMetric)                                                               \
  APPLY(::wayseer::tsp::WideMetric)
#endif

}  // namespace wayseer::tsp
