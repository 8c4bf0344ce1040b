// Graphs, exhaustive search and pair-by-pair evaluation for the tests of the sum objectives.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "wayseer/clustering/sum_problem.hpp"
#include "wayseer/core/csr_graph.hpp"
#include "wayseer/core/random.hpp"

namespace wayseer::clustering::test {

using Labels = std::vector<std::int32_t>;

// A random graph; weights in low..high without 0, or none if both are 0.
inline core::CsrGraph<double> random_graph(std::int32_t n, double density, core::Random& random, int low = 0,
                                           int high = 0) {
  Labels u, v;
  std::vector<double> w;
  for (std::int32_t a = 0; a < n; ++a) {
    for (std::int32_t b = a + 1; b < n; ++b) {
      if (random.uniform() >= density) continue;
      u.push_back(a);
      v.push_back(b);
      const int weight = low + random.below(high - low + 1);
      w.push_back(weight == 0 ? 1 : weight);
    }
  }
  if (low == 0 && high == 0) w.clear();
  return core::CsrGraph<double>::from_edges(n, u, v, w, core::Direction::undirected);
}

// `count` cliques of `size` vertices, and `noise` random edges between any two vertices.
inline core::CsrGraph<double> planted_graph(std::int32_t count, std::int32_t size, std::int64_t noise,
                                            core::Random& random) {
  Labels u, v;
  for (std::int32_t c = 0; c < count; ++c) {
    for (std::int32_t a = c * size; a < (c + 1) * size; ++a) {
      for (std::int32_t b = a + 1; b < (c + 1) * size; ++b) {
        u.push_back(a);
        v.push_back(b);
      }
    }
  }
  for (std::int64_t i = 0; i < noise; ++i) {
    const auto a = random.below(count * size), b = random.below(count * size);
    if (a == b) continue;
    u.push_back(a);
    v.push_back(b);
  }
  return core::CsrGraph<double>::from_edges(
      count * size, u, v, {}, core::Direction::undirected,
      {.self_loops = core::SelfLoops::reject, .duplicates = core::Duplicates::first});
}

// Q by its definition, pair by pair.
inline double quality_of_pairs(const SumProblem& problem, std::span<const std::int32_t> labels) {
  double sum = 0;
  for (std::int32_t u = 0; u < problem.graph.size(); ++u) {
    for (std::int32_t v = u + 1; v < problem.graph.size(); ++v) {
      if (labels[at(u)] != labels[at(v)]) continue;
      const auto row = problem.graph.neighbors(u);
      const auto place = std::ranges::find(row, v);
      if (place != row.end())
        sum += problem.graph.weighted()
                   ? problem.graph.neighbor_weights(u)[static_cast<std::size_t>(place - row.begin())]
                   : 1.0;
      if (problem.opposite_weights.empty()) {
        sum -= problem.gamma * problem.node_weight(u) * problem.node_weight(v);
      } else {
        sum -= problem.gamma * (problem.node_weights[at(u)] * problem.opposite_weights[at(v)] +
                                problem.node_weights[at(v)] * problem.opposite_weights[at(u)]);
      }
    }
  }
  return sum;
}

// The largest Q of all partitions.
inline double best_quality(const SumProblem& problem) {
  const auto n = problem.graph.size();
  Labels labels(at(n), 0);
  double best = -std::numeric_limits<double>::infinity();
  const auto extend = [&](const auto& self, std::int32_t v, std::int32_t used) -> void {
    if (v == n) {
      best = std::max(best, quality_of_pairs(problem, labels));
      return;
    }
    for (std::int32_t label = 0; label <= used; ++label) {
      labels[at(v)] = label;
      self(self, v + 1, std::max(used, label + 1));
    }
  };
  extend(extend, 0, 0);
  return best;
}

}  // namespace wayseer::clustering::test
