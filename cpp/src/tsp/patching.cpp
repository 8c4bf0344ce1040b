#include "patching.hpp"

#include <functional>
#include <queue>
#include <utility>

namespace wayseer::tsp {

namespace {

std::size_t at(Index i) noexcept { return static_cast<std::size_t>(i); }
Index leave(Index i) noexcept { return 2 * i + 1; }
Index arrive(Index i) noexcept { return 2 * i; }

}  // namespace

Patching::Patching(const Space& space, const DoubledMetric& metric,
                   const NeighborLists<DoubledMetric>& neighbors)
    : space_(space), metric_(metric), neighbors_(neighbors) {}

std::vector<Index> Patching::tour(double noise, core::Random& random) {
  const auto n = static_cast<Index>(space_.cover().size());
  next_.assign(space_.cover().begin(), space_.cover().end());
  previous_.resize(next_.size());
  for (Index i = 0; i < n; ++i) previous_[at(next_[at(i)])] = i;
  cycle_.assign(next_.size(), -1);
  using Sized = std::pair<Index, Index>;  // nodes, the first of them
  std::priority_queue<Sized, std::vector<Sized>, std::greater<>> smallest;
  std::vector<Index> size(next_.size(), 0);  // of the cycle labelled so; 0 once it is joined to another
  const auto label = [&](Index first, Index as) {
    Index nodes = 0;
    Index v = first;
    do {
      cycle_[at(v)] = as;
      ++nodes;
      v = next_[at(v)];
    } while (v != first);
    return nodes;
  };
  for (Index i = 0; i < n; ++i) {
    if (cycle_[at(i)] >= 0) continue;
    size[at(i)] = label(i, i);
    smallest.push({size[at(i)], i});
  }
  while (smallest.size() > 1) {
    const auto [nodes, first] = smallest.top();
    smallest.pop();
    if (size[at(first)] != nodes) continue;  // grown or gone
    if (nodes == n) break;
    Exchange best = cheapest(first, noise, random);
    if (best.a < 0) {  // no candidate leads out
      best.a = first;
      best.c = 0;
      while (cycle_[at(best.c)] == first) ++best.c;
    }
    const Index b = next_[at(best.a)], d = next_[at(best.c)];
    const Index other = cycle_[at(d)];
    label(first, other);
    next_[at(best.a)] = d;
    previous_[at(d)] = best.a;
    next_[at(best.c)] = b;
    previous_[at(b)] = best.c;
    size[at(first)] = 0;
    size[at(other)] += nodes;
    smallest.push({size[at(other)], other});
  }
  std::vector<Index> order;
  order.reserve(2 * next_.size());
  for (Index i = 0, v = 0; i < n; ++i, v = next_[at(v)]) {
    order.push_back(arrive(v));
    order.push_back(leave(v));
  }
  return order;
}

Patching::Exchange Patching::cheapest(Index first, double noise, core::Random& random) const {
  Exchange best;
  const auto offer = [&](Index a, Index c) {
    const Index b = next_[at(a)], d = next_[at(c)];
    const Cost change = metric_(leave(a), arrive(d)) + metric_(leave(c), arrive(b)) -
                        metric_(leave(a), arrive(b)) - metric_(leave(c), arrive(d));
    const double value = static_cast<double>(change) + noise * random.uniform();
    if (best.a < 0 || value < best.value) best = {a, c, value};
  };
  Index v = first;
  do {
    for (const auto& [w, distance] : neighbors_[leave(v)])
      if (cycle_[at(w >> 1)] != first) offer(v, previous_[at(w >> 1)]);
    for (const auto& [w, distance] : neighbors_[arrive(v)])
      if (cycle_[at(w >> 1)] != first) offer(previous_[at(v)], w >> 1);
    v = next_[at(v)];
  } while (v != first);
  return best;
}

}  // namespace wayseer::tsp
