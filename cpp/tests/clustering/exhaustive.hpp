// Random graphs small enough that all their partitions can be tried.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include "wayseer/clustering/graph.hpp"
#include "wayseer/core/csr_graph.hpp"
#include "wayseer/core/random.hpp"

namespace wayseer::clustering::test {

using EdgeGraph = core::CsrGraph<double>;

inline EdgeGraph random_graph(std::int32_t n, double density, core::Random& random) {
  std::vector<std::int32_t> u, v;
  for (std::int32_t a = 0; a < n; ++a) {
    for (std::int32_t b = a + 1; b < n; ++b) {
      if (random.uniform() >= density) continue;
      u.push_back(a);
      v.push_back(b);
    }
  }
  return EdgeGraph::from_edges(n, u, v, {}, core::Direction::undirected, {});
}

// Weights are integers from -most to most, 0 included.
inline EdgeGraph random_signed_graph(std::int32_t n, double density, std::int32_t most,
                                     core::Random& random) {
  std::vector<std::int32_t> u, v;
  std::vector<double> w;
  for (std::int32_t a = 0; a < n; ++a) {
    for (std::int32_t b = a + 1; b < n; ++b) {
      if (random.uniform() >= density) continue;
      u.push_back(a);
      v.push_back(b);
      w.push_back(random.below(2 * most + 1) - most);
    }
  }
  return EdgeGraph::from_edges(n, u, v, w, core::Direction::undirected, {});
}

// visit(labels) for every partition of 0..n-1, numbered in order of first appearance.
template <class Visit>
void for_each_partition(std::int32_t n, Visit&& visit) {
  std::vector<std::int32_t> labels(at(n), 0);
  const auto extend = [&](auto&& self, std::int32_t v, std::int32_t used) -> void {
    if (v == n) {
      visit(labels);
      return;
    }
    for (std::int32_t label = 0; label <= used; ++label) {
      labels[at(v)] = label;
      self(self, v + 1, std::max(used, label + 1));
    }
  };
  extend(extend, 0, 0);
}

// The smallest value(labels) over all partitions.
template <class Value>
double optimum(std::int32_t n, Value&& value) {
  double best = std::numeric_limits<double>::infinity();
  for_each_partition(n,
                     [&](const auto& labels) { best = std::min(best, static_cast<double>(value(labels))); });
  return best;
}

}  // namespace wayseer::clustering::test
