#include "prepare.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <numeric>
#include <utility>

#include "wayseer/core/hilbert.hpp"
#include "wayseer/core/random.hpp"
#include "wayseer/tsp/greedy.hpp"
#include "wayseer/tsp/k_opt.hpp"
#include "wayseer/tsp/or_opt.hpp"

namespace wayseer::tsp {

namespace {

std::size_t at(Index i) noexcept { return static_cast<std::size_t>(i); }

// A tour on the preliminary numbering: neighbours on it become neighbours in memory.
std::vector<Index> quick_tour(const Space& space, bool descend, core::Run& run) {
  const auto checkpoint = run.checkpoint();
  const auto candidates = default_candidates(space, checkpoint);
  auto order = space.visit([&](const auto& metric) {
    using Metric = std::decay_t<decltype(metric)>;
    const NeighborLists<Metric> lists(metric, candidates, checkpoint);
    return Greedy<Metric>(space, metric, lists, checkpoint).tour();
  });
  if (descend) descend_k_opt(space, candidates, {}, order, run);
  return space.to_user(order);
}

// What a tour costs at least, by a spanning tree and by each node's nearest, not counting edges that are as
// long as the longest: those may be forbidden ones. O(n^2).
double unavoidable_length(const Problem& problem, const std::vector<Index>& nodes,
                          const core::Checkpoint& checkpoint) {
  const double largest = problem.largest_cost();
  const auto n = nodes.size();
  std::vector<double> to_tree(n, largest);
  std::vector<char> in_tree(n, 0);
  double tree = 0, nearest_sum = 0;
  for (std::size_t step = 0, latest = 0; step < n; ++step) {
    checkpoint();
    in_tree[latest] = 1;
    std::size_t next = latest;
    double nearest = largest;
    for (std::size_t j = 0; j < n; ++j) {
      if (j == latest) continue;
      const double there = problem.cost(nodes[latest], nodes[j]),
                   back = problem.cost(nodes[j], nodes[latest]);
      nearest = std::min(nearest, there);
      if (in_tree[j]) continue;
      to_tree[j] = std::min({to_tree[j], there, back});
      if (in_tree[next] || to_tree[j] < to_tree[next]) next = j;
    }
    if (nearest < largest) nearest_sum += nearest;
    if (next != latest && to_tree[next] < largest) tree += to_tree[next];
    latest = next;
  }
  return std::max(tree, nearest_sum);
}

// A few huge entries ("forbidden") must not cost the others their precision. No better tour holds an edge
// longer than a known tour: if a quick one avoids the huge entries, its length caps them all. If it cannot,
// they are capped far above the rest of it, so that fewest of them come first and the rest still counts.
Space float_matrix_space(const Problem& problem, const std::vector<Index>& nodes, core::Run& run) {
  const double largest = problem.largest_cost();
  const double plausible = 4 * unavoidable_length(problem, nodes, run.checkpoint());
  if (!(plausible > 0 && plausible < largest)) {
    auto order = quick_tour(Space(problem, nodes), /*descend=*/false, run);
    const double length = problem.length(order);
    return Space(problem, std::move(order), length);
  }
  constexpr double headroom = 0x1.0p10;
  auto order = quick_tour(Space(problem, nodes, plausible), /*descend=*/true, run);
  double rest = 0;
  bool forbidden = false;
  const auto measure = [&] {
    rest = 0;
    forbidden = false;
    for (std::size_t i = 0; i < order.size(); ++i) {
      const double cost = problem.cost(order[i], order[i + 1 < order.size() ? i + 1 : 0]);
      if (cost < largest)
        rest += cost;
      else
        forbidden = true;
    }
  };
  measure();
  if (rest > headroom * plausible) {  // edges in between: all the same to the first descent
    order = quick_tour(Space(problem, order, rest), /*descend=*/true, run);
    measure();
  }
  const double cap = forbidden ? std::max(headroom * plausible, 4 * rest) : rest;
  return Space(problem, std::move(order), std::min(cap, largest));
}

}  // namespace

std::vector<Index> representatives(const Problem& problem, const core::Checkpoint& checkpoint) {
  const Index n = problem.size();
  std::vector<Index> result(at(n));
  std::iota(result.begin(), result.end(), 0);
  if (problem.metric() == MetricKind::matrix || problem.metric() == MetricKind::geo) return result;
  const auto dim = static_cast<std::size_t>(problem.dimension());
  const auto place = [&, points = problem.points()](Index v) { return points.subspan(at(v) * dim, dim); };
  // An open hash table of places, at most half full: the first node at each.
  std::vector<Index> first(2 * std::bit_ceil(at(n)), -1);
  std::vector<Index> crowd(at(n), 0);
  for (Index v = 0; v < n; ++v) {
    checkpoint(v);
    std::uint64_t hash = 0;
    for (const double x : place(v))
      hash = core::Random(hash, std::bit_cast<std::uint64_t>(x + 0.0))();  // -0 is 0
    auto slot = static_cast<std::size_t>(hash) & (first.size() - 1);
    while (first[slot] >= 0 && !std::ranges::equal(place(first[slot]), place(v)))
      slot = (slot + 1) & (first.size() - 1);
    if (first[slot] < 0) first[slot] = v;
    result[at(v)] = first[slot];
    ++crowd[at(first[slot])];
  }
  // Under a true norm parting twins never gains; rounded ones break the triangle inequality by a unit.
  const Index collapsed_from = problem.integer() ? 3 : 2;
  for (Index v = 0; v < n; ++v)
    if (crowd[at(result[at(v)])] < collapsed_from) result[at(v)] = v;
  return result;
}

Space make_space(const Problem& problem, std::span<const Index> representative, core::Run& run) {
  std::vector<Index> nodes;
  for (Index v = 0; v < problem.size(); ++v)
    if (representative[at(v)] == v) nodes.push_back(v);
  if (problem.metric() == MetricKind::matrix) {
    const Space preliminary(problem, nodes);
    if (nodes.size() < 8) return preliminary;
    if (!problem.integer()) return float_matrix_space(problem, nodes, run);
    return Space(problem, quick_tour(preliminary, /*descend=*/false, run));
  }
  const auto dim = static_cast<std::size_t>(problem.dimension());
  if (nodes.size() == at(problem.size()))
    return Space(problem, core::hilbert_order(problem.points(), problem.dimension(), run.checkpoint()));
  std::vector<double> kept;
  kept.reserve(nodes.size() * dim);
  for (const Index v : nodes) {
    const auto point = problem.points().subspan(at(v) * dim, dim);
    kept.insert(kept.end(), point.begin(), point.end());
  }
  std::vector<Index> order = core::hilbert_order(kept, problem.dimension(), run.checkpoint());
  for (Index& v : order) v = nodes[at(v)];
  return Space(problem, std::move(order));
}

void descend_k_opt(const Space& space, const CandidateLists& candidates, const KOptSettings& settings,
                   std::vector<Index>& order, core::Run& run) {
  space.visit([&](const auto& metric) {
    using Metric = std::decay_t<decltype(metric)>;
    const NeighborLists<Metric> lists(metric, candidates, run.checkpoint());
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
    const NeighborLists<Metric> lists(metric, candidates, run.checkpoint());
    OrOpt<Metric> search(metric, lists);
    search.optimize(order, [&] { return run.should_stop(); });
    order.assign(search.tour().order().begin(), search.tour().order().end());
  });
}

}  // namespace wayseer::tsp
