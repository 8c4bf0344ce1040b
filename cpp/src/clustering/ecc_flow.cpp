#include "wayseer/clustering/ecc_flow.hpp"

#include <algorithm>

#include "wayseer/clustering/max_flow.hpp"

namespace wayseer::clustering {
namespace {

template <class Capacity>
struct Network {
  std::int32_t nodes = 2;  // 0 is the source, 1 the sink
  std::vector<FlowArc<Capacity>> arcs = {};
  Capacity endless;

  explicit Network(const EccProblem& problem)
      : endless(static_cast<Capacity>(2 * problem.total_weight()) + 1) {}
  void arc(std::int32_t from, std::int32_t to, double capacity) {
    arcs.push_back({from, to, static_cast<Capacity>(capacity), 0});
  }
  void relay(std::int32_t from, std::int32_t to) { arcs.push_back({from, to, endless, 0}); }
};

template <class Capacity>
std::vector<std::int32_t> two_colors(const EccProblem& problem, std::int32_t low, std::int32_t high,
                                     const core::Checkpoint& checkpoint) {
  Network<Capacity> network(problem);
  const std::int32_t vertex = 2, edge = vertex + problem.n();
  network.nodes = edge + problem.edges();
  for (std::int32_t e = 0; e < problem.edges(); ++e) {
    const bool first = problem.color(e) == low;
    if (first)
      network.arc(0, edge + e, problem.weight(e));
    else
      network.arc(edge + e, 1, problem.weight(e));
    for (const auto v : problem.members(e))
      first ? network.relay(edge + e, vertex + v) : network.relay(vertex + v, edge + e);
  }
  MaxFlow<Capacity> flow(network.nodes, network.arcs, checkpoint);
  flow.solve(0, 1, MaxFlow<Capacity>::unlimited, checkpoint);
  std::vector<std::int32_t> labels(at(problem.n()), 0);
  for (std::int32_t v = 0; v < problem.n(); ++v)
    if (!problem.incident(v).empty()) labels[at(v)] = flow.on_source_side(vertex + v) ? low : high;
  return labels;
}

// Left copies of the edges, right copies, and per slot: a collector of the left, a distributor to the right,
// and one chain up and one down over the slots of a vertex, which lead from a slot to all others but itself.
template <class Capacity>
EccPersistency persistency(const EccProblem& problem, const core::Checkpoint& checkpoint) {
  Network<Capacity> network(problem);
  const auto m = problem.edges(), slots = problem.slot_count();
  const std::int32_t left = 2, right = left + m, in = right + m, out = in + slots, up = out + slots,
                     down = up + slots;
  network.nodes = down + slots;
  for (std::int32_t e = 0; e < m; ++e) {
    network.arc(0, left + e, problem.weight(e));
    network.arc(right + e, 1, problem.weight(e));
    for (const auto s : problem.slots(e)) {
      network.relay(left + e, in + s);
      network.relay(out + s, right + e);
    }
  }
  for (std::int32_t v = 0; v < problem.n(); ++v)
    for (auto s = problem.first_slot(v); s < problem.last_slot(v); ++s) {
      network.relay(in + s, up + s);
      network.relay(in + s, down + s);
      if (s + 1 == problem.last_slot(v)) continue;
      network.relay(up + s, up + s + 1);
      network.relay(up + s, out + s + 1);
      network.relay(down + s + 1, down + s);
      network.relay(down + s + 1, out + s);
    }
  MaxFlow<Capacity> flow(network.nodes, network.arcs, checkpoint);
  EccPersistency result{std::vector<std::int32_t>(at(problem.n()), -1), 0};
  result.bound = static_cast<double>(flow.solve(0, 1, MaxFlow<Capacity>::unlimited, checkpoint)) / 2;
  for (std::int32_t e = 0; e < m; ++e)
    if (flow.on_source_side(left + e) && !flow.on_source_side(right + e))
      for (const auto v : problem.members(e)) result.labels[at(v)] = problem.color(e);
  return result;
}

}  // namespace

std::optional<std::vector<std::int32_t>> ecc_two_colors(const EccProblem& problem,
                                                        const core::Checkpoint& checkpoint) {
  const auto colors = problem.view().colors;
  if (colors.empty()) return std::vector<std::int32_t>(at(problem.n()), 0);
  const auto [low, high] = std::ranges::minmax(colors);
  if (std::ranges::any_of(colors, [&](std::int32_t c) { return c != low && c != high; })) return std::nullopt;
  return problem.integral() ? two_colors<std::int64_t>(problem, low, high, checkpoint)
                            : two_colors<double>(problem, low, high, checkpoint);
}

EccPersistency ecc_persistency(const EccProblem& problem, const core::Checkpoint& checkpoint) {
  if (problem.edges() == 0) return {std::vector<std::int32_t>(at(problem.n()), -1), 0};
  return problem.integral() ? persistency<std::int64_t>(problem, checkpoint)
                            : persistency<double>(problem, checkpoint);
}

}  // namespace wayseer::clustering
