#include "wayseer/clustering/sparse_relations.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace wayseer::clustering {

SparseRelations::SparseRelations(const Graph& graph, NearPairs& pairs, std::int32_t d)
    : graph_(graph),
      pairs_(&pairs),
      d_(d),
      cut_(static_cast<std::size_t>(graph.arcs()), 0),
      strange_(at(graph.size())),
      free_(at(graph.size())),
      class_(at(graph.size())),
      spent_(at(graph.size()), 0),
      members_(at(graph.size())),
      apart_of_(at(graph.size())),
      queued_(at(graph.size()), 0),
      counts_(at(graph.size())) {
  std::iota(class_.begin(), class_.end(), 0);
  for (std::int32_t u = 0; u < graph.size(); ++u) {
    members_[at(u)] = {u};
    free_[at(u)] = static_cast<std::int32_t>(graph.degree(u)) + 1;
  }
}

bool SparseRelations::spend(std::int32_t u) {
  if (queued_[at(u)] == 0) {
    queued_[at(u)] = 1;
    queue_.push_back(u);
  }
  return ++spent_[at(u)] <= d_;
}

// All edges between two classes become known disagreements.
bool SparseRelations::cut_between(std::int32_t a, std::int32_t b) {
  if (members_[at(a)].size() > members_[at(b)].size()) std::swap(a, b);
  bool possible = true;
  for (const std::int32_t u : members_[at(a)]) {
    for (std::int64_t arc = graph_.begin(u); arc < graph_.end(u); ++arc) {
      const std::int32_t w = graph_.indices[static_cast<std::size_t>(arc)];
      if (class_[at(w)] != b || cut_[static_cast<std::size_t>(arc)] != 0) continue;
      const auto row = graph_.neighbors(w);
      const auto back = graph_.begin(w) + (std::ranges::lower_bound(row, u) - row.begin());
      cut_[static_cast<std::size_t>(arc)] = cut_[static_cast<std::size_t>(back)] = 1;
      --free_[at(u)];
      --free_[at(w)];
      possible = spend(u) && possible;
      possible = spend(w) && possible;
    }
  }
  return possible;
}

bool SparseRelations::separate(std::int32_t u, std::int32_t v) {
  const std::int32_t a = class_[at(u)], b = class_[at(v)];
  if (a == b) return false;
  if (!apart_.insert(key(a, b)).second) return true;
  apart_of_[at(a)].push_back(b);
  apart_of_[at(b)].push_back(a);
  return cut_between(a, b);
}

bool SparseRelations::join(std::int32_t u, std::int32_t v) {
  std::int32_t a = class_[at(u)], b = class_[at(v)];
  if (a == b) return true;
  if (apart(a, b)) return false;
  if (members_[at(a)].size() < members_[at(b)].size()) std::swap(a, b);
  bool possible = true;
  for (const std::int32_t x : members_[at(a)]) {
    for (const std::int32_t y : members_[at(b)]) {
      if (std::ranges::binary_search(graph_.neighbors(x), y)) continue;
      strange_[at(x)].push_back(y);
      strange_[at(y)].push_back(x);
      possible = spend(x) && possible;
      possible = spend(y) && possible;
    }
    if (!possible) return false;  // so that a class never outgrows its members' budgets
  }
  for (const std::int32_t y : members_[at(b)]) {
    class_[at(y)] = a;
    members_[at(a)].push_back(y);
  }
  members_[at(b)].clear();
  const auto theirs = std::exchange(apart_of_[at(b)], {});
  for (const std::int32_t c : theirs) {
    if (members_[at(c)].empty()) continue;  // joined to another class, which has inherited this relation
    if (apart_.insert(key(a, c)).second) {
      apart_of_[at(a)].push_back(c);
      apart_of_[at(c)].push_back(a);
    }
  }
  const auto all = apart_of_[at(a)];
  for (const std::int32_t c : all) {
    if (!members_[at(c)].empty()) possible = cut_between(a, c) && possible;
  }
  return possible;
}

bool SparseRelations::decide(std::int32_t u, std::int32_t v, std::int64_t common, std::int64_t differing) {
  if (common > budget(u, v) && !join(u, v)) return false;
  return differing <= budget(u, v) || separate(u, v);
}

// Nothing is known yet: the counts are those of the near pairs.
bool SparseRelations::first_round(const core::Checkpoint& checkpoint) {
  for (std::int32_t u = 0; u < graph_.size(); ++u) {
    if ((u & 127) == 0) checkpoint();
    for (const auto& [v, common] : pairs_->row(u)) {
      if (v > u) continue;
      // Against the full budget: what was spent since on pairs counted here must not count twice.
      const std::int64_t differing = graph_.degree(u) + graph_.degree(v) + 2 - 2 * std::int64_t{common};
      if (common > 2 * std::int64_t{d_} && !join(u, v)) return false;
      if (differing > 2 * std::int64_t{d_} && !separate(u, v)) return false;
    }
  }
  return true;
}

bool SparseRelations::scan(std::int32_t u) {
  touched_.clear();
  const auto counts_of = [&](std::int32_t v) -> Counts& {
    Counts& counts = counts_[at(v)];
    if (counts.common == 0 && counts.mine == 0 && counts.theirs == 0 && counts.lost == 0)
      touched_.push_back(v);
    return counts;
  };
  const auto meet = [&](std::int32_t v, bool in_mine, bool in_theirs) {
    if (!in_mine && !in_theirs) return;
    Counts& counts = counts_of(v);
    counts.common += static_cast<std::int32_t>(in_mine && in_theirs);
    counts.mine += static_cast<std::int32_t>(in_mine);
    counts.theirs += static_cast<std::int32_t>(in_theirs);
  };
  // A vertex w of N[u]: in P_u or not; all v with w in N[v] or in P_v.
  const auto meet_all = [&](std::int32_t w, bool free) {
    meet(w, free, true);
    for (std::int64_t arc = graph_.begin(w); arc < graph_.end(w); ++arc)
      meet(graph_.indices[static_cast<std::size_t>(arc)], free, cut_[static_cast<std::size_t>(arc)] == 0);
    if (!free) return;
    for (const std::int32_t v : strange_[at(w)]) ++counts_of(v).lost;
  };
  meet_all(u, true);
  for (std::int64_t arc = graph_.begin(u); arc < graph_.end(u); ++arc)
    meet_all(graph_.indices[static_cast<std::size_t>(arc)], cut_[static_cast<std::size_t>(arc)] == 0);
  for (const std::int32_t w : strange_[at(u)]) {
    ++counts_of(w).lost;
    for (std::int64_t arc = graph_.begin(w); arc < graph_.end(w); ++arc) {
      if (cut_[static_cast<std::size_t>(arc)] == 0)
        ++counts_of(graph_.indices[static_cast<std::size_t>(arc)]).lost;
    }
  }
  // What is spent while the pairs are decided must not be set against counts that include it.
  const std::int64_t mine_free = free_[at(u)];
  std::vector<std::pair<std::int32_t, bool>> decided;
  for (const std::int32_t v : touched_) {
    const Counts counts = std::exchange(counts_[at(v)], {});
    if (v == u) continue;
    const std::int64_t differing = mine_free + free_[at(v)] - counts.mine - counts.theirs - counts.lost;
    if (counts.common > budget(u, v)) decided.emplace_back(v, true);
    if (differing > budget(u, v)) decided.emplace_back(v, false);
  }
  for (const auto& [v, together] : decided) {
    if (!(together ? join(u, v) : separate(u, v))) return false;
  }
  return true;
}

bool SparseRelations::refutes(const core::Checkpoint& checkpoint) {
  if (!first_round(checkpoint)) return true;
  while (!queue_.empty()) {
    checkpoint();
    const std::int32_t u = queue_.back();
    queue_.pop_back();
    queued_[at(u)] = 0;
    if (!scan(u)) return true;
  }
  return false;
}

}  // namespace wayseer::clustering
