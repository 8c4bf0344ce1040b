#include "wayseer/tsp/ab_cycles.hpp"

namespace wayseer::tsp {

namespace {
std::size_t at(Index i) noexcept { return static_cast<std::size_t>(i); }
}  // namespace

void AbCycles::collect_difference(const Links& a, const Links& b) {
  differing_.clear();
  const auto n = static_cast<Index>(a.size());
  for (Index v = 0; v < n; ++v) {
    const auto& in_a = a[at(v)];
    const auto& in_b = b[at(v)];
    const bool a0 = in_a[0] == in_b[0] || in_a[0] == in_b[1];
    const bool a1 = in_a[1] == in_b[0] || in_a[1] == in_b[1];
    if (a0 && a1) continue;
    Rest& rest = rest_[at(v)];
    rest.count = {0, 0};
    if (!a0) rest.edge[0][at(rest.count[0]++)] = in_a[0];
    if (!a1) rest.edge[0][at(rest.count[0]++)] = in_a[1];
    for (const Index w : in_b)
      if (w != in_a[0] && w != in_a[1]) rest.edge[1][at(rest.count[1]++)] = w;
    differing_.push_back(v);
  }
}

Index AbCycles::take_edge(Index v, std::size_t parent, core::Random& random) noexcept {
  Rest& from = rest_[at(v)];
  auto& edges = from.edge[parent];
  const std::size_t pick = from.count[parent] == 2 ? random() >> 63 : 0;
  const Index w = edges[pick];
  edges[pick] = edges[at(--from.count[parent])];
  Rest& to = rest_[at(w)];
  auto& back = to.edge[parent];
  back[back[0] == v ? 0 : 1] = back[at(to.count[parent] - 1)];
  --to.count[parent];
  return w;
}

// Cuts path_[start..] out as a cycle; path_[start] stays on the path.
void AbCycles::emit(std::size_t start) {
  const auto begin = path_.begin() + static_cast<std::ptrdiff_t>(start);
  if ((start & 1U) == 0) {
    nodes_.insert(nodes_.end(), begin, path_.end());
  } else {  // begin with an edge of A
    nodes_.insert(nodes_.end(), begin + 1, path_.end());
    nodes_.push_back(*begin);
  }
  offset_.push_back(nodes_.size());
  for (std::size_t i = start + 1; i < path_.size(); ++i) mark_[at(path_[i])][i & 1U] = -1;
  path_.resize(start + 1);
}

void AbCycles::build(const Links& a, const Links& b, core::Random& random) {
  nodes_.clear();
  offset_.assign(1, 0);
  collect_difference(a, b);
  core::shuffle(std::span{differing_}, random);
  for (const Index start : differing_) {
    if (rest_[at(start)].count[0] == 0) continue;
    path_.assign(1, start);
    mark_[at(start)][0] = 0;
    while (path_.size() > 1 || rest_[at(start)].count[0] > 0) {
      const std::size_t parity = (path_.size() - 1) & 1U;  // even: leave by an edge of A
      const Index w = take_edge(path_.back(), parity, random);
      const Index seen = mark_[at(w)][1 - parity];
      if (seen >= 0) {
        emit(at(seen));
      } else {
        mark_[at(w)][1 - parity] = static_cast<Index>(path_.size());
        path_.push_back(w);
      }
    }
    mark_[at(start)][0] = -1;
  }
}

}  // namespace wayseer::tsp
