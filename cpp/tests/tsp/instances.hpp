// Instances on which tour searches go wrong, and the checks that no one can get wrong.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "wayseer/core/random.hpp"
#include "wayseer/tsp/candidates.hpp"
#include "wayseer/tsp/neighbors.hpp"
#include "wayseer/tsp/problem.hpp"
#include "wayseer/tsp/space.hpp"

namespace wayseer::tsp::test {

using Edge = std::pair<Index, Index>;
using Euc2d = PointMetric<EuclideanNorm, RoundNearest, 2>;
using Euclid2d = PointMetric<EuclideanNorm, RoundFixed, 2>;

inline std::size_t at(Index i) noexcept { return static_cast<std::size_t>(i); }

// --- points -----------------------------------------------------------------------------------------------

// n points from place(i, axis), row-major.
template <class Place>
std::vector<double> make_points(Index n, int dimension, Place&& place) {
  std::vector<double> points;
  for (Index i = 0; i < n; ++i)
    for (int axis = 0; axis < dimension; ++axis) points.push_back(static_cast<double>(place(i, axis)));
  return points;
}

inline std::vector<double> uniform_points(Index n, std::uint64_t seed, int dimension = 2, double side = 1e6) {
  core::Random random(seed, 77);
  return make_points(n, dimension, [&](Index, int) { return side * random.uniform(); });
}

struct PointSet {
  std::string name;
  std::vector<double> points;
};

inline std::vector<PointSet> difficult_points(Index n, int dimension, std::uint64_t seed) {
  core::Random random(seed, 78);
  const Index side = std::max<Index>(2, static_cast<Index>(std::sqrt(static_cast<double>(n))));
  std::vector<PointSet> sets;
  const auto add = [&](const char* name, auto&& place) {
    sets.push_back({name, make_points(n, dimension, place)});
  };
  add("uniform", [&](Index, int) { return 1e5 * random.uniform(); });
  add("clusters", [&](Index i, int axis) { return 1e4 * ((i * 7 + axis * 3) % 5) + 50 * random.uniform(); });
  add("horizontal line", [&](Index, int axis) { return axis == 0 ? 1e4 * random.uniform() : 5.0; });
  add("diagonal with twins", [&](Index i, int) { return 100.0 * (i / 2); });
  add("all equal", [](Index, int) { return 17.0; });
  add("lattice", [&](Index i, int axis) { return 10.0 * (axis == 0 ? i % side : axis == 1 ? i / side : 0); });
  add("few places", [&](Index, int) { return 100.0 * random.below(3); });
  add("small integers", [&](Index, int) { return random.below(4); });
  add("far off", [&](Index i, int) { return i == 0 ? 1e6 : random.uniform() * 100; });
  return sets;
}

// --- matrices ---------------------------------------------------------------------------------------------

// Off-diagonal entries from draw(random); the diagonal is -1, which no one may read.
template <class T, class Draw>
std::vector<T> make_matrix(Index n, bool symmetric, core::Random& random, Draw&& draw) {
  std::vector<T> entries(at(n) * at(n), static_cast<T>(-1));
  for (std::size_t i = 0; i < at(n); ++i)
    for (std::size_t j = 0; j < at(n); ++j)
      if (i != j)
        entries[i * at(n) + j] = symmetric && j < i ? entries[j * at(n) + i] : static_cast<T>(draw(random));
  return entries;
}
template <class T>
std::vector<T> random_matrix(Index n, bool symmetric, Index limit, core::Random& random) {
  return make_matrix<T>(n, symmetric, random, [limit](core::Random& r) { return r.below(limit); });
}

template <class T>
Problem matrix_problem(const std::vector<T>& entries, Index n) {
  constexpr MatrixType type = std::is_same_v<T, std::int32_t>   ? MatrixType::int32
                              : std::is_same_v<T, std::int64_t> ? MatrixType::int64
                              : std::is_same_v<T, float>        ? MatrixType::float32
                                                                : MatrixType::float64;
  return Problem::from_matrix({entries.data(), type, n});
}

// --- tours ------------------------------------------------------------------------------------------------

inline std::vector<Index> identity(Index n) {
  std::vector<Index> order(at(n));
  std::iota(order.begin(), order.end(), 0);
  return order;
}
inline std::vector<Index> random_tour(Index n, core::Random& random) {
  auto order = identity(n);
  core::shuffle(std::span{order}, random);
  return order;
}
// A random tour of a doubled space that keeps the halves of every node together, one way round or the other.
inline std::vector<Index> random_doubled_tour(Index n, core::Random& random) {
  std::vector<Index> order;
  for (const Index v : random_tour(n / 2, random)) {
    order.push_back(2 * v);
    order.push_back(2 * v + 1);
  }
  if (random.below(2) == 0) std::reverse(order.begin(), order.end());
  return order;
}

inline ::testing::AssertionResult is_tour(std::span<const Index> order, Index n) {
  if (order.size() != at(n))
    return ::testing::AssertionFailure() << order.size() << " nodes instead of " << n;
  std::vector<bool> seen(at(n));
  for (const Index v : order) {
    if (v < 0 || v >= n) return ::testing::AssertionFailure() << "node " << v;
    if (seen[at(v)]) return ::testing::AssertionFailure() << "node " << v << " twice";
    seen[at(v)] = true;
  }
  return ::testing::AssertionSuccess();
}

inline Edge ordered(Index u, Index v) { return u < v ? Edge{u, v} : Edge{v, u}; }

// Ascending, each edge (smaller id first) once per use.
inline std::vector<Edge> edges_of(std::span<const Index> order) {
  std::vector<Edge> edges;
  for (std::size_t i = 0; i < order.size(); ++i)
    edges.push_back(ordered(order[i], order[(i + 1) % order.size()]));
  std::sort(edges.begin(), edges.end());
  return edges;
}
inline std::vector<Edge> without(const std::vector<Edge>& from, const std::vector<Edge>& what) {
  std::vector<Edge> rest;
  std::set_difference(from.begin(), from.end(), what.begin(), what.end(), std::back_inserter(rest));
  return rest;
}
// In a doubled space: are the halves of each node neighbours?
inline bool keeps_ties(std::span<const Index> order) {
  const auto edges = edges_of(order);
  for (Index v = 0; v < static_cast<Index>(order.size()); v += 2)
    if (!std::binary_search(edges.begin(), edges.end(), Edge{v, v + 1})) return false;
  return true;
}

template <class Metric>
Cost length_of(const Metric& metric, std::span<const Index> order) {
  Cost sum = 0;
  for (std::size_t i = 0; i < order.size(); ++i) sum += metric(order[i], order[(i + 1) % order.size()]);
  return sum;
}

// --- what the engines work on -----------------------------------------------------------------------------

// The metric of the space, known to be of this type.
template <class Metric>
Metric metric_of(const Space& space) {
  std::optional<Metric> found;
  space.visit([&](const auto& metric) {
    if constexpr (std::is_same_v<std::decay_t<decltype(metric)>, Metric>) found.emplace(metric);
  });
#ifdef WAYSEER_FEW_METRICS
  if constexpr (requires(Metric metric) { metric.points; }) {
    if (!found) {
      found.emplace().points = space.points().data();
      if constexpr (requires { found->round.scale; }) found->round.scale = space.scale();
    }
  }
#endif
  return found.value();
}

// A problem in the plane with its lists, nodes numbered as given.
template <class Metric>
struct Plane {
  Plane(std::vector<double> coordinates, MetricKind kind)
      : points(std::move(coordinates)),
        problem(Problem::from_points(points, 2, kind)),
        space(problem, identity(problem.size())),
        candidates(default_candidates(space)),
        metric(metric_of<Metric>(space)),
        lists(metric, candidates) {}
  Plane(const Plane&) = delete;
  Plane& operator=(const Plane&) = delete;

  std::vector<double> points;
  Problem problem;
  Space space;
  CandidateLists candidates;
  Metric metric;
  NeighborLists<Metric> lists;
};

// The same for a matrix; Metric is MatrixMetric or, for an asymmetric one, DoubledMetric.
template <class T, class Metric>
struct Table {
  Table(std::vector<T> costs, Index n)
      : entries(std::move(costs)),
        problem(matrix_problem(entries, n)),
        space(problem, identity(n)),
        candidates(default_candidates(space)),
        metric(metric_of<Metric>(space)),
        lists(metric, candidates) {}
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  std::vector<T> entries;
  Problem problem;
  Space space;
  CandidateLists candidates;
  Metric metric;
  NeighborLists<Metric> lists;
};

inline CandidateLists complete_candidates(Index n) {
  CandidateLists lists;
  for (Index v = 0; v < n; ++v) {
    for (Index u = 0; u < n; ++u)
      if (u != v) lists.ids.push_back(u);
    lists.end_row();
  }
  return lists;
}

// No candidates: a search that never finds a move.
inline CandidateLists no_candidates(Index n) {
  CandidateLists lists;
  for (Index v = 0; v < n; ++v) lists.end_row();
  return lists;
}

}  // namespace wayseer::tsp::test
