#include "wayseer/core/csr_graph.hpp"

#include <algorithm>
#include <cmath>
#include <concepts>
#include <limits>
#include <numeric>
#include <string>

#include "wayseer/core/error.hpp"

namespace wayseer::core {
namespace {

std::string arc_text(std::int64_t u, std::int64_t v) {
  return std::to_string(u) + " -> " + std::to_string(v);
}

template <class Weight>
Weight checked_sum(Weight a, Weight b) {
  if constexpr (std::integral<Weight>) {
    using Limits = std::numeric_limits<Weight>;
    if (b > 0 ? a > Limits::max() - b : a < Limits::min() - b)
      throw invalid_argument("weights", std::to_string(a) + " + " + std::to_string(b) + " of parallel edges",
                             "sums without overflow");
  }
  return a + b;
}

// Edges as they come in; `edge` is counted for the messages.
template <class Weight>
void check_edge(std::int32_t n, std::int64_t edge, std::int32_t u, std::int32_t v, const Weight* weight,
                SelfLoops self_loops) {
  const auto where = [&] { return arc_text(u, v) + " at edge " + std::to_string(edge); };
  if (u < 0 || v < 0 || u >= n || v >= n)
    throw invalid_argument("edges", where(),
                           n > 0 ? "node ids 0.." + std::to_string(n - 1) : "nothing: there are no nodes");
  if (u == v && self_loops == SelfLoops::reject) throw invalid_argument("edges", where(), "no self-loops");
  if constexpr (std::floating_point<Weight>) {
    if (weight != nullptr && std::isnan(*weight))
      throw invalid_argument("weights", "nan at edge " + std::to_string(edge), "numbers");
  }
}

void check_counts(std::int32_t n, std::size_t edges, std::size_t ends, std::size_t weights) {
  if (n < 0) throw invalid_argument("n", n, "0 or more");
  if (n == std::numeric_limits<std::int32_t>::max()) throw invalid_argument("n", n, "less than 2^31 - 1");
  if (ends != edges)
    throw invalid_argument("to", std::to_string(ends) + " ids", std::to_string(edges) + ": one per edge");
  if (weights != 0 && weights != edges)
    throw invalid_argument("weights", std::to_string(weights) + " values",
                           std::to_string(edges) + ": one per edge");
}

// True if edges ascend by (from, to) and all have from < to, or all from > to, as in most files. Their arcs,
// both ways, then meet every row from left to right, and no edge is there twice.
bool in_order(std::span<const std::int32_t> from, std::span<const std::int32_t> to) {
  if (from.empty()) return true;
  const bool up = from[0] < to[0];
  for (std::size_t e = 0; e < from.size(); ++e) {
    if (from[e] == to[e] || (from[e] < to[e]) != up) return false;
    if (e > 0 && (from[e] < from[e - 1] || (from[e] == from[e - 1] && to[e] <= to[e - 1]))) return false;
  }
  return true;
}

// Rows of arcs that meet each of them from left to right: one pass, where fill() needs two sorts.
template <class Weight, class ForEachArc>
void append_arcs(std::int32_t n, bool weighted, const ForEachArc& for_each_arc,
                 std::vector<std::int64_t>& indptr, std::vector<std::int32_t>& indices,
                 std::vector<Weight>& weights) {
  indptr.assign(static_cast<std::size_t>(n) + 1, 0);
  for_each_arc(
      [&](std::int32_t tail, std::int32_t, Weight) { ++indptr[static_cast<std::size_t>(tail) + 1]; });
  std::partial_sum(indptr.begin(), indptr.end(), indptr.begin());
  indices.resize(static_cast<std::size_t>(indptr.back()));
  weights.resize(weighted ? indices.size() : 0);
  std::vector<std::int64_t> next(indptr.begin(), indptr.end() - 1);
  for_each_arc([&](std::int32_t tail, std::int32_t head, Weight weight) {
    const auto place = static_cast<std::size_t>(next[static_cast<std::size_t>(tail)]++);
    indices[place] = head;
    if (weighted) weights[place] = weight;
  });
}

}  // namespace

// Two stable counting sorts, by head and then by tail: rows come out sorted, parallel arcs in their order.
// for_each_arc calls its argument with (tail, head, weight), the same sequence every time. The arcs by head
// need no heads of their own: besides the graph there are 4 bytes an arc, and its weight.
template <class Weight>
template <class ForEachArc>
void CsrGraph<Weight>::fill(std::int32_t n, bool weighted, const ForEachArc& for_each_arc) {
  std::vector<std::int64_t> head_end(at(n) + 1, 0);
  indptr_.assign(at(n) + 1, 0);
  for_each_arc([&](std::int32_t tail, std::int32_t head, Weight) {
    ++head_end[at(head) + 1];
    ++indptr_[at(tail) + 1];
  });
  std::partial_sum(head_end.begin(), head_end.end(), head_end.begin());
  std::partial_sum(indptr_.begin(), indptr_.end(), indptr_.begin());

  const auto total = static_cast<std::size_t>(indptr_.back());
  std::vector<std::int32_t> tails(total);
  std::vector<Weight> by_head(weighted ? total : 0);
  for_each_arc([&](std::int32_t tail, std::int32_t head, Weight weight) {
    const auto place = static_cast<std::size_t>(head_end[at(head)]++);
    tails[place] = tail;
    if (weighted) by_head[place] = weight;
  });
  indices_.resize(total);
  weights_.resize(by_head.size());
  std::vector<std::int64_t> next(indptr_.begin(), indptr_.end() - 1);
  std::size_t arc = 0;
  for (std::int32_t head = 0; head < n; ++head) {
    for (const auto end = static_cast<std::size_t>(head_end[at(head)]); arc < end; ++arc) {
      const auto place = static_cast<std::size_t>(next[at(tails[arc])]++);
      indices_[place] = head;
      if (weighted) weights_[place] = by_head[arc];
    }
  }
}

template <class Weight>
void CsrGraph<Weight>::merge_duplicates(Duplicates policy) {
  if (policy == Duplicates::keep) return;
  const bool with_weights = weighted();
  std::size_t kept = 0, read = 0;
  for (std::int32_t u = 0; u < size(); ++u) {
    const std::size_t row = kept;
    for (const auto end = static_cast<std::size_t>(indptr_[at(u) + 1]); read < end; ++read) {
      if (kept > row && indices_[kept - 1] == indices_[read]) {
        if (policy == Duplicates::reject)
          throw invalid_argument("edges", arc_text(u, indices_[read]) + " more than once", "each edge once");
        if (!with_weights) continue;
        Weight& weight = weights_[kept - 1];
        switch (policy) {
          case Duplicates::sum:
            weight = checked_sum(weight, weights_[read]);
            break;
          case Duplicates::minimum:
            weight = std::min(weight, weights_[read]);
            break;
          case Duplicates::maximum:
            weight = std::max(weight, weights_[read]);
            break;
          case Duplicates::reject:
          case Duplicates::keep:
          case Duplicates::first:
            break;
        }
        continue;
      }
      indices_[kept] = indices_[read];
      if (with_weights) weights_[kept] = weights_[read];
      ++kept;
    }
    indptr_[at(u) + 1] = static_cast<std::int64_t>(kept);
  }
  indices_.resize(kept);
  if (with_weights) weights_.resize(kept);
}

template <class Weight>
CsrGraph<Weight> CsrGraph<Weight>::from_edges(std::int32_t n, std::span<const std::int32_t> from,
                                              std::span<const std::int32_t> to,
                                              std::span<const Weight> weights, Direction direction,
                                              EdgePolicy policy) {
  check_counts(n, from.size(), to.size(), weights.size());
  for (std::size_t e = 0; e < from.size(); ++e)
    check_edge(n, static_cast<std::int64_t>(e), from[e], to[e], weights.empty() ? nullptr : &weights[e],
               policy.self_loops);
  const auto for_each_arc = [&](const auto& arc) {
    for (std::size_t e = 0; e < from.size(); ++e) {
      if (from[e] == to[e] && policy.self_loops == SelfLoops::drop) continue;
      const Weight weight = weights.empty() ? Weight{} : weights[e];
      arc(from[e], to[e], weight);
      if (direction == Direction::undirected && from[e] != to[e]) arc(to[e], from[e], weight);
    }
  };
  CsrGraph graph;
  if (direction == Direction::undirected && in_order(from, to)) {
    append_arcs(n, !weights.empty(), for_each_arc, graph.indptr_, graph.indices_, graph.weights_);
    return graph;
  }
  graph.fill(n, !weights.empty(), for_each_arc);
  graph.merge_duplicates(policy.duplicates);
  return graph;
}

template <class Weight>
CsrGraph<Weight> CsrGraph<Weight>::from_csr(std::int32_t n, std::span<const std::int64_t> indptr,
                                            std::span<const std::int32_t> indices,
                                            std::span<const Weight> weights, EdgePolicy policy) {
  check_counts(n, indices.size(), indices.size(), weights.size());
  if (indptr.size() != at(n) + 1)
    throw invalid_argument("indptr", std::to_string(indptr.size()) + " values",
                           std::to_string(at(n) + 1) + ": n + 1");
  if (indptr.front() != 0) throw invalid_argument("indptr", indptr.front(), "0 at the start");
  if (indptr.back() != static_cast<std::int64_t>(indices.size()))
    throw invalid_argument("indptr", std::to_string(indptr.back()) + " at the end",
                           std::to_string(indices.size()) + ": the number of indices");
  if (const auto drop = std::ranges::adjacent_find(indptr, std::ranges::greater{}); drop != indptr.end())
    throw invalid_argument("indptr", arc_text(drop[0], drop[1]), "ascending values");

  const auto for_each_entry = [&](const auto& entry) {
    for (std::int32_t u = 0; u < n; ++u) {
      const auto end = static_cast<std::size_t>(indptr[at(u) + 1]);
      for (auto e = static_cast<std::size_t>(indptr[at(u)]); e < end; ++e) entry(u, e);
    }
  };
  for_each_entry([&](std::int32_t u, std::size_t e) {
    check_edge(n, static_cast<std::int64_t>(e), u, indices[e], weights.empty() ? nullptr : &weights[e],
               policy.self_loops);
  });
  CsrGraph graph;
  graph.fill(n, !weights.empty(), [&](const auto& arc) {
    for_each_entry([&](std::int32_t u, std::size_t e) {
      if (indices[e] == u && policy.self_loops == SelfLoops::drop) return;
      arc(u, indices[e], weights.empty() ? Weight{} : weights[e]);
    });
  });
  graph.merge_duplicates(policy.duplicates);
  return graph;
}

template <class Weight>
std::int64_t CsrGraph<Weight>::find_arc(std::int32_t u, std::int32_t v) const noexcept {
  const auto row = neighbors(u);
  const auto found = std::ranges::lower_bound(row, v);
  return found != row.end() && *found == v ? indptr_[at(u)] + (found - row.begin()) : -1;
}

template <class Weight>
CsrGraph<Weight> CsrGraph<Weight>::reversed() const {
  CsrGraph graph;
  graph.fill(size(), weighted(), [&](const auto& arc) {
    for (std::int32_t u = 0; u < size(); ++u) {
      for (auto e = static_cast<std::size_t>(indptr_[at(u)]);
           e < static_cast<std::size_t>(indptr_[at(u) + 1]); ++e)
        arc(indices_[e], u, weighted() ? weights_[e] : Weight{});
    }
  });
  return graph;
}

template class CsrGraph<double>;
template class CsrGraph<float>;
template class CsrGraph<std::int64_t>;
template class CsrGraph<std::int32_t>;

}  // namespace wayseer::core
