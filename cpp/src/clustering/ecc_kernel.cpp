#include "wayseer/clustering/ecc_kernel.hpp"

#include <algorithm>

namespace wayseer::clustering {

EccKernel::EccKernel(const EccProblem& problem, std::span<const std::int32_t> given,
                     const core::Checkpoint& checkpoint)
    : labels(at(problem.n()), -1) {
  const auto edges = problem.edges();
  std::vector<double> alone(at(problem.slot_count()), 0), live(at(problem.slot_count()), 0);
  std::vector<std::int32_t> left(at(edges));
  core_edge_.assign(at(edges), 0);
  owner_.assign(at(edges), -1);
  for (std::int32_t e = 0; e < edges; ++e) {
    left[at(e)] = static_cast<std::int32_t>(problem.members(e).size());
    for (const auto s : problem.slots(e)) live[at(s)] += problem.weight(e);
    if (left[at(e)] == 1) alone[at(problem.slots(e)[0])] += problem.weight(e);
  }

  // The slot that v may take for good, -1 for none; -2 for a vertex without edges.
  const auto decided = [&](std::int32_t v) {
    if (!given.empty() && given[at(v)] >= 0 && problem.first_slot(v) < problem.last_slot(v)) {
      const auto slot = problem.find_slot(v, given[at(v)]);
      if (slot >= 0) return slot;
    }
    std::int32_t best = -2;
    for (auto s = problem.first_slot(v); s < problem.last_slot(v); ++s)
      if (best < 0 || alone[at(s)] > alone[at(best)] ||
          (alone[at(s)] == alone[at(best)] && live[at(s)] > live[at(best)]))
        best = s;
    for (auto s = problem.first_slot(v); s < problem.last_slot(v); ++s)
      if (s != best && live[at(s)] > alone[at(best)]) return -1;
    return best;
  };

  std::vector<std::int32_t> queue(at(problem.n()));
  std::vector<std::uint8_t> queued(at(problem.n()), 1);
  for (std::int32_t v = 0; v < problem.n(); ++v) queue[at(v)] = v;
  const auto push = [&](std::int32_t v) {
    if (queued[at(v)] || labels[at(v)] >= 0) return;
    queued[at(v)] = 1;
    queue.push_back(v);
  };
  for (std::size_t head = 0; head < queue.size(); ++head) {
    checkpoint(static_cast<std::int64_t>(head));
    const auto v = queue[head];
    queued[at(v)] = 0;
    const auto chosen = decided(v);
    if (chosen == -1) continue;
    labels[at(v)] = chosen < 0 ? 0 : problem.slot_color(chosen);
    for (auto s = problem.first_slot(v); s < problem.last_slot(v); ++s)
      for (const auto e : problem.slot_edges(s)) {
        if (core_edge_[at(e)] < 0) continue;
        const auto members = problem.members(e);
        const auto slots = problem.slots(e);
        if (s != chosen) {
          core_edge_[at(e)] = mistake;
          owner_[at(e)] = v;
          fixed_cost += problem.weight(e);
          for (std::size_t i = 0; i < members.size(); ++i) {
            live[at(slots[i])] -= problem.weight(e);
            if (left[at(e)] == 1) alone[at(slots[i])] -= problem.weight(e);
            push(members[i]);
          }
          continue;
        }
        if (--left[at(e)] == 0) {
          core_edge_[at(e)] = satisfied;
          owner_[at(e)] = v;
        } else if (left[at(e)] == 1) {
          for (std::size_t i = 0; i < members.size(); ++i)
            if (labels[at(members[i])] < 0) {
              alone[at(slots[i])] += problem.weight(e);
              push(members[i]);
            }
        }
      }
  }

  std::vector<std::int32_t> number(at(problem.n()), -1);
  for (std::int32_t v = 0; v < problem.n(); ++v)
    if (labels[at(v)] < 0) {
      number[at(v)] = static_cast<std::int32_t>(vertices.size());
      vertices.push_back(v);
    }
  std::vector<std::int64_t> offsets{0};
  std::vector<std::int32_t> members, colors;
  std::vector<double> weights;
  for (std::int32_t e = 0; e < edges; ++e) {
    if (core_edge_[at(e)] < 0) continue;
    core_edge_[at(e)] = static_cast<std::int32_t>(colors.size());
    for (const auto v : problem.members(e))
      if (number[at(v)] >= 0) members.push_back(number[at(v)]);
    offsets.push_back(static_cast<std::int64_t>(members.size()));
    colors.push_back(problem.color(e));
    weights.push_back(problem.weight(e));
  }
  core = EccProblem(
      {static_cast<std::int32_t>(vertices.size()), problem.n_colors(), offsets, members, colors, weights},
      checkpoint);
  for (auto& e : core_edge_)
    if (e >= 0) e = core.merged()[at(e)];
}

std::vector<std::int32_t> EccKernel::lift(std::span<const std::int32_t> core_labels) const {
  auto lifted = labels;
  for (std::size_t i = 0; i < vertices.size(); ++i) lifted[at(vertices[i])] = core_labels[i];
  return lifted;
}

std::vector<std::int32_t> EccKernel::restrict(std::span<const std::int32_t> problem_labels) const {
  std::vector<std::int32_t> restricted;
  restricted.reserve(vertices.size());
  for (const auto v : vertices) restricted.push_back(problem_labels[at(v)]);
  return restricted;
}

std::vector<double> EccKernel::lift_shares(const EccProblem& problem,
                                           std::span<const double> core_shares) const {
  std::vector<double> shares(problem.view().members.size(), 0);
  for (std::int32_t e = 0; e < problem.edges(); ++e) {
    const auto begin = static_cast<std::size_t>(problem.offsets()[at(e)]);
    const auto members = problem.members(e);
    const auto f = core_edge_[at(e)];
    if (f < 0) {
      for (std::size_t i = 0; i < members.size(); ++i)
        if (members[i] == owner_[at(e)]) shares[begin + i] = problem.weight(e);
      continue;
    }
    auto from = static_cast<std::size_t>(core.offsets()[at(f)]);
    const double part = problem.weight(e) / core.weight(f);
    for (std::size_t i = 0; i < members.size(); ++i)
      if (labels[at(members[i])] < 0) shares[begin + i] = core_shares[from++] * part;
  }
  return shares;
}

}  // namespace wayseer::clustering
