#include "wayseer/clustering/triangle_cuts.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <queue>
#include <utility>

#if defined(__x86_64__) && defined(__gnu_linux__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define WAYSEER_WIDE __attribute__((target_clones("arch=icelake-server", "avx2", "default")))
#else
#define WAYSEER_WIDE
#endif

namespace wayseer::clustering {
namespace {

// The number of v with a[v] + b[v] < limit.
WAYSEER_WIDE std::int32_t count_below(const double* a, const double* b, std::int32_t n, double limit) {
  std::int32_t count = 0;
  for (std::int32_t v = 0; v < n; ++v) count += a[v] + b[v] < limit ? 1 : 0;
  return count;
}

struct Found {
  double violation;
  std::int64_t begin, end;  // of its items
};

Cuts most_violated(std::vector<Found>& found, std::span<const std::int32_t> items, std::int64_t limit) {
  std::ranges::stable_sort(found, std::greater{}, &Found::violation);
  if (static_cast<std::int64_t>(found.size()) > limit) found.resize(static_cast<std::size_t>(limit));
  Cuts cuts;
  for (const Found& row : found) {
    const auto part =
        items.subspan(static_cast<std::size_t>(row.begin), static_cast<std::size_t>(row.end - row.begin));
    cuts.items.insert(cuts.items.end(), part.begin(), part.end());
    cuts.offsets.push_back(static_cast<std::int64_t>(cuts.items.size()));
    cuts.violations.push_back(row.violation);
  }
  return cuts;
}

}  // namespace

Cuts violated_triangles(std::span<const double> x, std::int32_t n, double tolerance, std::int32_t per_pair,
                        std::int64_t limit, core::Run& run) {
  std::vector<Found> found;
  std::vector<std::int32_t> items;
  std::vector<std::pair<double, std::int32_t>> here;
  for (std::int32_t u = 0; u < n && !run.should_stop(); ++u) {
    const double* row_u = x.data() + at(u) * at(n);
    for (std::int32_t w = u + 1; w < n; ++w) {
      const double limit_here = row_u[w] - tolerance;
      if (limit_here <= 0) continue;
      const double* row_w = x.data() + at(w) * at(n);
      if (count_below(row_u, row_w, n, limit_here) == 0) continue;
      here.clear();
      for (std::int32_t v = 0; v < n; ++v) {
        const double around = row_u[v] + row_w[v];
        if (around < limit_here && v != u && v != w) here.emplace_back(around, v);
      }
      std::ranges::sort(here);
      if (static_cast<std::int64_t>(here.size()) > per_pair) here.resize(at(per_pair));
      for (const auto& [around, v] : here) {
        const auto begin = static_cast<std::int64_t>(items.size());
        items.insert(items.end(), {u, w, v});
        found.push_back({row_u[w] - around, begin, begin + 3});
      }
    }
  }
  return most_violated(found, items, limit);
}

Cuts violated_stars(std::span<const double> x, std::int32_t n, double tolerance, std::int64_t limit,
                    core::Run& run) {
  std::vector<Found> found;
  std::vector<std::int32_t> items;
  std::vector<std::int32_t> candidates, star;
  std::vector<double> gain;
  const auto together = [&](std::int32_t a, std::int32_t b) { return 1 - x[at(a) * at(n) + at(b)]; };
  for (std::int32_t s = 0; s < n && !run.should_stop(); ++s) {
    candidates.clear();
    for (std::int32_t t = 0; t < n; ++t) {
      if (t != s && together(s, t) > tolerance && together(s, t) < 1 - tolerance) candidates.push_back(t);
    }
    std::ranges::stable_sort(candidates, std::greater{}, [&](std::int32_t t) { return together(s, t); });
    for (const std::int32_t first : candidates) {
      star = {s, first};
      double value = together(s, first);
      gain.clear();
      for (const std::int32_t t : candidates) gain.push_back(together(s, t) - together(first, t));
      for (;;) {
        // Of equal gains the largest y_st, that is, the first.
        const auto best = std::ranges::max_element(gain);
        if (best == gain.end() || *best <= 1e-9) break;
        value += *best;
        const std::int32_t t = candidates[static_cast<std::size_t>(best - gain.begin())];
        star.push_back(t);
        for (std::size_t i = 0; i < candidates.size(); ++i) gain[i] -= together(t, candidates[i]);
        *best = -1;
      }
      if (star.size() < 4 || value - 1 <= tolerance) continue;
      std::sort(star.begin() + 1, star.end());
      const auto begin = static_cast<std::int64_t>(items.size());
      const auto known = std::ranges::any_of(found, [&](const Found& other) {
        return other.end - other.begin == static_cast<std::int64_t>(star.size()) &&
               std::equal(star.begin(), star.end(), items.begin() + other.begin);
      });
      if (known) continue;
      items.insert(items.end(), star.begin(), star.end());
      found.push_back({value - 1, begin, static_cast<std::int64_t>(items.size())});
    }
  }
  return most_violated(found, items, limit);
}

Cuts violated_cycles(const Graph& graph, std::span<const double> x, double tolerance, std::int64_t limit,
                     core::Run& run) {
  const std::int32_t n = graph.size();
  std::vector<std::int32_t> edge_of(static_cast<std::size_t>(graph.arcs()));
  std::vector<std::int64_t> next(graph.indptr.begin(), graph.indptr.end() - 1);
  std::int32_t edges = 0;
  for (std::int32_t u = 0; u < n; ++u) {
    for (std::int64_t arc = graph.begin(u); arc < graph.end(u); ++arc) {
      const std::int32_t v = graph.indices[static_cast<std::size_t>(arc)];
      if (v > u)
        edge_of[static_cast<std::size_t>(arc)] = edge_of[static_cast<std::size_t>(next[at(v)]++)] = edges++;
    }
  }
  std::vector<Found> found;
  std::vector<std::int32_t> items;
  std::vector<double> distance(at(n), 2);
  std::vector<std::int32_t> came_by(at(n)), came_from(at(n)), touched;
  using Entry = std::pair<double, std::int32_t>;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue;
  for (std::int32_t u = 0; u < n; ++u) {
    for (std::int64_t closing = graph.begin(u); closing < graph.end(u); ++closing) {
      const std::int32_t target = graph.indices[static_cast<std::size_t>(closing)];
      const std::int32_t f = edge_of[static_cast<std::size_t>(closing)];
      if (target < u || !graph.weighted() || graph.weights[static_cast<std::size_t>(closing)] >= 0 ||
          x[at(f)] <= tolerance)
        continue;
      if (run.should_stop()) return most_violated(found, items, limit);
      const double most = x[at(f)] - tolerance;
      for (const std::int32_t v : touched) distance[at(v)] = 2;
      touched = {u};
      distance[at(u)] = 0;
      queue = {};
      queue.emplace(0.0, u);
      while (!queue.empty() && queue.top().second != target) {
        const auto [so_far, v] = queue.top();
        queue.pop();
        if (so_far > distance[at(v)]) continue;
        for (std::int64_t arc = graph.begin(v); arc < graph.end(v); ++arc) {
          const std::int32_t e = edge_of[static_cast<std::size_t>(arc)];
          const std::int32_t w = graph.indices[static_cast<std::size_t>(arc)];
          const double length = so_far + std::max(0.0, x[at(e)]);
          if (e == f || length >= most || length >= distance[at(w)]) continue;
          if (distance[at(w)] == 2) touched.push_back(w);
          distance[at(w)] = length;
          came_by[at(w)] = e;
          came_from[at(w)] = v;
          queue.emplace(length, w);
        }
      }
      if (distance[at(target)] >= most) continue;
      const auto begin = static_cast<std::int64_t>(items.size());
      items.push_back(f);
      for (std::int32_t v = target; v != u; v = came_from[at(v)]) items.push_back(came_by[at(v)]);
      found.push_back({x[at(f)] - distance[at(target)], begin, static_cast<std::int64_t>(items.size())});
    }
  }
  return most_violated(found, items, limit);
}

}  // namespace wayseer::clustering
