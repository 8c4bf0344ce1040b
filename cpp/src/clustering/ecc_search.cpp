#include "wayseer/clustering/ecc_search.hpp"

#include <algorithm>

namespace wayseer::clustering {

EccSearch::EccSearch(const EccProblem& problem, std::span<const std::int32_t> labels, std::uint64_t seed)
    : problem_(&problem),
      random_(seed),
      epsilon_(problem.integral() ? 0.5 : 1e-12 * problem.total_weight()),
      slot_(at(problem.n()), -1),
      slot_vertex_(at(problem.slot_count())),
      value_(at(problem.slot_count()), 0),
      wrong_(at(problem.edges()), 0),
      wrong_slots_(at(problem.edges()), 0),
      queued_(at(problem.n()), 0),
      held_(at(problem.n()), 0) {
  for (std::int32_t v = 0; v < problem.n(); ++v) {
    const auto first = problem.first_slot(v), last = problem.last_slot(v);
    for (auto s = first; s < last; ++s) slot_vertex_[at(s)] = v;
    if (first == last) continue;
    slot_[at(v)] = std::max(problem.find_slot(v, labels[at(v)]), -1);
    if (slot_[at(v)] < 0) slot_[at(v)] = first;
  }
  for (std::int32_t e = 0; e < problem.edges(); ++e) {
    const auto slots = problem.slots(e);
    const double w = problem.weight(e);
    for (const auto s : slots)
      if (slot_[at(slot_vertex_[at(s)])] != s) {
        ++wrong_[at(e)];
        wrong_slots_[at(e)] ^= s;
      }
    if (wrong_[at(e)] > 0) cost_ += w;
    if (wrong_[at(e)] == 0)
      for (const auto s : slots) value_[at(s)] += w;
    else if (wrong_[at(e)] == 1)
      value_[at(wrong_slots_[at(e)])] += w;
  }
  for (std::int32_t v = 0; v < problem.n(); ++v) enqueue(v);
}

std::vector<std::int32_t> EccSearch::labels() const {
  std::vector<std::int32_t> labels(slot_.size(), 0);
  for (std::size_t v = 0; v < slot_.size(); ++v)
    if (slot_[v] >= 0) labels[v] = problem_->slot_color(slot_[v]);
  return labels;
}

void EccSearch::enqueue(std::int32_t v) {
  if (queued_[at(v)]) return;
  queued_[at(v)] = 1;
  queue_.push_back(v);
}

void EccSearch::recolor(std::int32_t v, std::int32_t to) {
  const auto from = slot_[at(v)];
  log_.push_back({v, from});
  work_ += static_cast<std::int64_t>(problem_->slot_edges(from).size() + problem_->slot_edges(to).size());
  slot_[at(v)] = to;
  for (const auto e : problem_->slot_edges(from)) {
    const double w = problem_->weight(e);
    if (wrong_[at(e)] == 0) {
      cost_ += w;
      for (const auto s : problem_->slots(e))
        if (s != from) {
          value_[at(s)] -= w;
          enqueue(slot_vertex_[at(s)]);
        }
    } else if (wrong_[at(e)] == 1) {
      value_[at(wrong_slots_[at(e)])] -= w;
    }
    ++wrong_[at(e)];
    wrong_slots_[at(e)] ^= from;
  }
  for (const auto e : problem_->slot_edges(to)) {
    const double w = problem_->weight(e);
    --wrong_[at(e)];
    wrong_slots_[at(e)] ^= to;
    if (wrong_[at(e)] == 0) {
      cost_ -= w;
      for (const auto s : problem_->slots(e))
        if (s != to) value_[at(s)] += w;
    } else if (wrong_[at(e)] == 1) {
      value_[at(wrong_slots_[at(e)])] += w;
      enqueue(slot_vertex_[at(wrong_slots_[at(e)])]);
    }
  }
}

bool EccSearch::repair(std::int64_t until) {
  for (; head_ < queue_.size(); ++head_) {
    if (++work_ > until) return false;
    const auto v = queue_[head_];
    queued_[at(v)] = 0;
    if (held_[at(v)] || slot_[at(v)] < 0) continue;
    auto best = slot_[at(v)];
    for (auto s = problem_->first_slot(v); s < problem_->last_slot(v); ++s)
      if (value_[at(s)] > value_[at(best)] + (best == slot_[at(v)] ? epsilon_ : 0)) best = s;
    if (best != slot_[at(v)]) recolor(v, best);
  }
  queue_.clear();
  head_ = 0;
  return true;
}

void EccSearch::flip(std::int32_t e) {
  const auto members = problem_->members(e);
  const auto slots = problem_->slots(e);
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (slot_[at(members[i])] != slots[i]) recolor(members[i], slots[i]);
    held_[at(members[i])] = 1;
  }
  repair();
  for (const auto v : members) {
    held_[at(v)] = 0;
    enqueue(v);
  }
  repair();
}

void EccSearch::undo() {
  while (!log_.empty()) {
    const auto [v, slot] = log_.back();
    recolor(v, slot);
    log_.resize(log_.size() - 2);
  }
  for (const auto v : queue_) queued_[at(v)] = 0;
  queue_.clear();
  head_ = 0;
}

bool EccSearch::accept(double before) {
  if (cost_ > before + epsilon_ * 0.5) {
    undo();
    cost_ = before;
    return false;
  }
  log_.clear();
  return cost_ < before - epsilon_;
}

bool EccSearch::descend(std::int64_t work) {
  const auto end = work_ + work;
  if (!repair(end)) return true;
  log_.clear();
  const auto edges = problem_->edges();
  for (; work_ < end; ++work_) {
    if (since_gain_ >= edges) return false;
    const auto e = next_;
    next_ = next_ + 1 == edges ? 0 : next_ + 1;
    ++since_gain_;
    if (wrong_[at(e)] == 0) continue;
    const double before = cost_;
    flip(e);
    if (accept(before)) since_gain_ = 0;
  }
  return true;
}

bool EccSearch::perturb() {
  const auto edges = problem_->edges();
  if (edges == 0 || !(cost_ > epsilon_)) return false;
  const double before = cost_;
  auto e = random_.below(edges);
  while (wrong_[at(e)] == 0) e = e + 1 == edges ? 0 : e + 1;
  for (auto left = 1 + random_.below(3);; --left) {
    flip(e);
    if (left == 1) break;
    // The next one is a mistake near by: at a vertex of this one, or of an edge at it.
    for (int tries = 0; tries < 8; ++tries) {
      const auto members = problem_->members(e);
      const auto v = members[at(random_.below(static_cast<std::int32_t>(members.size())))];
      const auto around = problem_->incident(v);
      e = around[at(random_.below(static_cast<std::int32_t>(around.size())))];
      if (wrong_[at(e)] > 0) break;
    }
    if (wrong_[at(e)] == 0) break;
  }
  return accept(before);
}

}  // namespace wayseer::clustering
