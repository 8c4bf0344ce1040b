// Small graphs and exhaustive search for the tests of the min-max methods.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "wayseer/clustering/graph.hpp"
#include "wayseer/clustering/minmax_search.hpp"
#include "wayseer/clustering/objective.hpp"
#include "wayseer/core/csr_graph.hpp"
#include "wayseer/core/random.hpp"

namespace wayseer::clustering::testing {

using Owned = core::CsrGraph<double>;
using Labels = std::vector<std::int32_t>;

inline Owned graph_of(std::int32_t n, const std::vector<std::pair<std::int32_t, std::int32_t>>& edges) {
  Labels u, v;
  for (const auto& [a, b] : edges) {
    u.push_back(a);
    v.push_back(b);
  }
  return Owned::from_edges(n, u, v, {}, core::Direction::undirected);
}

inline Owned random_graph(std::int32_t n, double density, core::Random& random) {
  std::vector<std::pair<std::int32_t, std::int32_t>> edges;
  for (std::int32_t u = 0; u < n; ++u) {
    for (std::int32_t v = u + 1; v < n; ++v) {
      if (random.uniform() < density) edges.emplace_back(u, v);
    }
  }
  return graph_of(n, edges);
}

// Hubs with many leaves and a few edges among the leaves.
inline Owned hub_graph(std::int32_t n, core::Random& random) {
  std::vector<std::pair<std::int32_t, std::int32_t>> edges;
  const std::int32_t hubs = std::max(1, n / 20);
  for (std::int32_t v = hubs; v < n; ++v) {
    const std::int32_t first = random.below(hubs);
    edges.emplace_back(first, v);
    if (hubs > 1 && random.uniform() < 0.5) edges.emplace_back((first + 1) % hubs, v);
    if (v > hubs && random.uniform() < 0.5) edges.emplace_back(v - 1, v);
  }
  return graph_of(n, edges);
}

// Disjoint cliques of the given sizes, vertices numbered in turn.
inline Owned cliques(const std::vector<std::int32_t>& sizes) {
  std::vector<std::pair<std::int32_t, std::int32_t>> edges;
  std::int32_t first = 0;
  for (const std::int32_t size : sizes) {
    for (std::int32_t u = first; u < first + size; ++u) {
      for (std::int32_t v = u + 1; v < first + size; ++v) edges.emplace_back(u, v);
    }
    first += size;
  }
  return graph_of(first, edges);
}

inline double value_of(const Graph& graph, std::span<const std::int32_t> labels, double p) {
  return lp_norm(disagreement_vector(graph, labels), p);
}

inline constexpr double infinite = std::numeric_limits<double>::infinity();

// Calls visit(labels) for every partition of n elements.
template <class Visit>
void each_partition(std::int32_t n, Visit&& visit) {
  Labels labels(at(n), 0);
  const auto extend = [&](const auto& self, std::int32_t v, std::int32_t used) -> void {
    if (v == n) {
      visit(std::span<const std::int32_t>(labels));
      return;
    }
    for (std::int32_t c = 0; c <= used; ++c) {
      labels[at(v)] = c;
      self(self, v + 1, std::max(used, c + 1));
    }
  };
  extend(extend, 0, 0);
}

inline double optimum(const Graph& graph, double p) {
  double best = infinite;
  each_partition(graph.size(), [&](std::span<const std::int32_t> labels) {
    best = std::min(best, value_of(graph, labels, p));
  });
  return best;
}

}  // namespace wayseer::clustering::testing
