#include "prepare.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "wayseer/core/hilbert.hpp"
#include "wayseer/tsp/greedy.hpp"
#include "wayseer/tsp/k_opt.hpp"
#include "wayseer/tsp/or_opt.hpp"

namespace wayseer::tsp {

namespace {

std::size_t at(Index i) noexcept { return static_cast<std::size_t>(i); }

// A greedy tour on the preliminary numbering: neighbours on it become neighbours in memory.
std::vector<Index> greedy_order(const Space& space) {
  const auto candidates = default_candidates(space);
  return space.visit([&](const auto& metric) {
    using Metric = std::decay_t<decltype(metric)>;
    const NeighborLists<Metric> lists(metric, candidates);
    return space.to_user(Greedy<Metric>(space, metric, lists).tour());
  });
}

}  // namespace

std::vector<Index> representatives(const Problem& problem) {
  std::vector<Index> result(at(problem.size()));
  std::iota(result.begin(), result.end(), 0);
  if (problem.metric() == MetricKind::matrix || problem.metric() == MetricKind::geo) return result;
  const auto dim = static_cast<std::size_t>(problem.dimension());
  const auto points = problem.points();
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
    if (last - first > 3)
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
    auto order = greedy_order(preliminary);
    const double bound = problem.integer() ? std::numeric_limits<double>::infinity() : problem.length(order);
    return Space(problem, std::move(order), bound);
  }
  const auto dim = static_cast<std::size_t>(problem.dimension());
  if (nodes.size() == at(problem.size())) return Space(problem, core::hilbert_order(problem.points(), problem.dimension()));
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

void descend_or_opt(const Space& space, const CandidateLists& candidates, std::vector<Index>& order, core::Run& run) {
  space.visit([&](const auto& metric) {
    using Metric = std::decay_t<decltype(metric)>;
    const NeighborLists<Metric> lists(metric, candidates);
    OrOpt<Metric> search(metric, lists);
    search.optimize(order, [&] { return run.should_stop(); });
    order.assign(search.tour().order().begin(), search.tour().order().end());
  });
}

}  // namespace wayseer::tsp
