#include "wayseer/clustering/graph_rows.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace wayseer::clustering {
namespace {

std::size_t place(std::int64_t e) { return static_cast<std::size_t>(e); }

double weight(const Graph& graph, std::int64_t arc) {
  return graph.weighted() ? graph.weights[place(arc)] : 1.0;
}

bool is_symmetric(const Graph& graph) {
  // Vertices ascend, and so do the entries of each row: the mirror image of the next arc u -> v with u < v is
  // the first entry of row v that has not been met.
  std::vector<std::int64_t> next(graph.indptr.begin(), graph.indptr.end() - 1);
  for (std::int32_t u = 0; u < graph.size(); ++u) {
    const auto end = graph.end(u);
    auto e = next[at(u)];
    if (e < end && graph.indices[place(e)] < u) return false;
    for (; e < end; ++e) {
      const auto v = graph.indices[place(e)];
      const auto mirror = next[at(v)]++;
      if (mirror >= graph.end(v) || graph.indices[place(mirror)] != u ||
          weight(graph, mirror) != weight(graph, e))
        return false;
    }
  }
  return true;
}

}  // namespace

std::optional<std::string> row_fault(const Graph& graph) {
  const auto& offsets = graph.indptr;
  using std::to_string;
  if (offsets.empty()) return "offsets is empty; allowed are n + 1 values";
  if (offsets.size() > place(std::numeric_limits<std::int32_t>::max()))
    return to_string(offsets.size() - 1) + " vertices; allowed are less than 2^31 - 1";
  if (offsets.front() != 0) return "offsets[0] is " + to_string(offsets.front()) + "; allowed is 0";
  for (std::size_t v = 1; v < offsets.size(); ++v) {
    if (offsets[v] < offsets[v - 1])
      return "offsets[" + to_string(v) + "] = " + to_string(offsets[v]) + " is less than the one before, " +
             to_string(offsets[v - 1]);
  }
  if (offsets.back() != graph.arcs())
    return "offsets ends with " + to_string(offsets.back()) + "; there are " + to_string(graph.arcs()) +
           " targets";
  if (graph.weighted() && graph.weights.size() != graph.indices.size())
    return to_string(graph.weights.size()) + " weights; there are " + to_string(graph.arcs()) + " targets";
  const auto n = graph.size();
  for (std::int32_t u = 0; u < n; ++u) {
    std::int32_t previous = -1;
    for (const auto v : graph.neighbors(u)) {
      if (v <= previous || v >= n || v == u) [[unlikely]] {
        const std::string text = "row " + to_string(u) + " has the target " + to_string(v);
        if (v < 0 || v >= n) return text + "; allowed are 0.." + to_string(n - 1);
        if (v == u) return text + ", a self-loop";
        return text + " after " + to_string(previous) + "; allowed are ascending targets, none twice";
      }
      previous = v;
    }
  }
  for (std::size_t e = 0; e < graph.weights.size(); ++e) {
    if (!std::isfinite(graph.weights[e]))
      return "weights[" + to_string(e) + "] is " + to_string(graph.weights[e]) + "; all must be finite";
  }
  return std::nullopt;
}

std::int64_t asymmetric_arcs(const Graph& graph) {
  if (is_symmetric(graph)) return 0;
  std::int64_t count = 0;
  for (std::int32_t u = 0; u < graph.size(); ++u) {
    for (auto e = graph.begin(u); e < graph.end(u); ++e) {
      const auto v = graph.indices[place(e)];
      const auto row = graph.neighbors(v);
      const auto found = std::ranges::lower_bound(row, u);
      if (found == row.end() || *found != u ||
          weight(graph, graph.begin(v) + (found - row.begin())) != weight(graph, e))
        ++count;
    }
  }
  return count;
}

}  // namespace wayseer::clustering
