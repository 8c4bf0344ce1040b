#include "prepare.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "wayseer/core/hilbert.hpp"
#include "wayseer/tsp/greedy.hpp"
#include "wayseer/tsp/k_opt.hpp"
#include "wayseer/tsp/or_opt.hpp"

namespace wayseer::tsp {

namespace {

std::size_t at(Index i) noexcept { return static_cast<std::size_t>(i); }

// A tour on the preliminary numbering: neighbours on it become neighbours in memory.
std::vector<Index> quick_tour(const Space& space, bool descend, core::Run& run) {
  const auto candidates = default_candidates(space);
  auto order = space.visit([&](const auto& metric) {
    using Metric = std::decay_t<decltype(metric)>;
    const NeighborLists<Metric> lists(metric, candidates);
    return Greedy<Metric>(space, metric, lists).tour();
  });
  if (descend) descend_k_opt(space, candidates, {}, order, run);
  return space.to_user(order);
}

// A few huge entries ("forbidden") must not cost the others their precision. No better tour holds an edge
// longer than a known tour: if a quick one avoids the huge entries, its length caps them all. Else they are
// capped far above what a tour without them costs, and count as equal to each other.
Space float_matrix_space(const Problem& problem, const std::vector<Index>& nodes, core::Run& run) {
  double nearest_sum = 0, smallest = problem.largest_cost();
  for (const Index i : nodes) {
    double nearest = problem.largest_cost();
    for (const Index j : nodes) {
      if (i == j) continue;
      const double cost = problem.cost(i, j);
      nearest = std::min(nearest, cost);
      if (cost > 0) smallest = std::min(smallest, cost);
    }
    nearest_sum += nearest;
  }
  const double largest = problem.largest_cost();
  const double cap = std::max(4 * nearest_sum, smallest);
  if (cap >= largest) {
    auto order = quick_tour(Space(problem, nodes), /*descend=*/false, run);
    const double length = problem.length(order);
    return Space(problem, std::move(order), length);
  }
  auto order = quick_tour(Space(problem, nodes, cap), /*descend=*/true, run);
  const double length = problem.length(order);
  return Space(problem, std::move(order), length <= cap ? length : std::min(largest, 0x1.0p20 * cap));
}

}  // namespace

std::vector<Index> representatives(const Problem& problem) {
  std::vector<Index> result(at(problem.size()));
  std::iota(result.begin(), result.end(), 0);
  if (problem.metric() == MetricKind::matrix || problem.metric() == MetricKind::geo) return result;
  const auto dim = static_cast<std::size_t>(problem.dimension());
  const auto points = problem.points();
  // Under a true norm parting twins never gains; rounded ones break the triangle inequality by a unit.
  const std::size_t collapsed_from = problem.integer() ? 3 : 2;
  std::vector<Index> sorted = result;
  const auto compare = [&](Index a, Index b) {
    const auto pa = points.subspan(at(a) * dim, dim), pb = points.subspan(at(b) * dim, dim);
    return std::lexicographical_compare_three_way(pa.begin(), pa.end(), pb.begin(), pb.end());
  };
  std::sort(sorted.begin(), sorted.end(), [&](Index a, Index b) {
    const auto order = compare(a, b);
    return order != 0 ? order < 0 : a < b;
  });
  for (std::size_t first = 0; first < sorted.size();) {
    std::size_t last = first + 1;
    while (last < sorted.size() && compare(sorted[first], sorted[last]) == 0) ++last;
    if (last - first >= collapsed_from)
      for (std::size_t i = first; i < last; ++i) result[at(sorted[i])] = sorted[first];
    first = last;
  }
  return result;
}

Space make_space(const Problem& problem, std::span<const Index> representative, core::Run& run) {
  std::vector<Index> nodes;
  for (Index v = 0; v < problem.size(); ++v)
    if (representative[at(v)] == v) nodes.push_back(v);
  if (problem.metric() == MetricKind::matrix) {
    const Space preliminary(problem, nodes);
    if (run.should_stop() || nodes.size() < 8) return preliminary;
    if (!problem.integer()) return float_matrix_space(problem, nodes, run);
    return Space(problem, quick_tour(preliminary, /*descend=*/false, run));
  }
  const auto dim = static_cast<std::size_t>(problem.dimension());
  if (nodes.size() == at(problem.size()))
    return Space(problem, core::hilbert_order(problem.points(), problem.dimension()));
  std::vector<double> kept;
  kept.reserve(nodes.size() * dim);
  for (const Index v : nodes) {
    const auto point = problem.points().subspan(at(v) * dim, dim);
    kept.insert(kept.end(), point.begin(), point.end());
  }
  std::vector<Index> order = core::hilbert_order(kept, problem.dimension());
  for (Index& v : order) v = nodes[at(v)];
  return Space(problem, std::move(order));
}

void descend_k_opt(const Space& space, const CandidateLists& candidates, const KOptSettings& settings,
                   std::vector<Index>& order, core::Run& run) {
  space.visit([&](const auto& metric) {
    using Metric = std::decay_t<decltype(metric)>;
    const NeighborLists<Metric> lists(metric, candidates);
    KOpt<Metric> search(metric, lists, settings);
    search.assign(order);
    search.push_all();
    search.optimize([&] { return run.should_stop(); });
    order.assign(search.tour().order().begin(), search.tour().order().end());
  });
}

void descend_or_opt(const Space& space, const CandidateLists& candidates, std::vector<Index>& order,
                    core::Run& run) {
  space.visit([&](const auto& metric) {
    using Metric = std::decay_t<decltype(metric)>;
    const NeighborLists<Metric> lists(metric, candidates);
    OrOpt<Metric> search(metric, lists);
    search.optimize(order, [&] { return run.should_stop(); });
    order.assign(search.tour().order().begin(), search.tour().order().end());
  });
}

}  // namespace wayseer::tsp
