#include "wayseer/clustering/multicut_reductions.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "wayseer/clustering/objective.hpp"
#include "wayseer/core/union_find.hpp"

namespace wayseer::clustering {
namespace {

double weight(const Graph& graph, std::int64_t arc) {
  return graph.weighted() ? graph.weights[static_cast<std::size_t>(arc)] : 1.0;
}
std::int32_t head(const Graph& graph, std::int64_t arc) {
  return graph.indices[static_cast<std::size_t>(arc)];
}

// A depth-first search of the positive graph.
struct Forest {
  std::vector<std::int32_t> parent, preorder, low, order, postorder;
  std::vector<std::int64_t> parent_arc;

  explicit Forest(const Graph& graph)
      : parent(at(graph.size()), -1),
        preorder(at(graph.size()), -1),
        low(at(graph.size())),
        parent_arc(at(graph.size()), -1) {
    std::vector<std::int64_t> next(graph.indptr.begin(), graph.indptr.end() - 1);
    for (std::int32_t root = 0; root < graph.size(); ++root) {
      if (preorder[at(root)] >= 0) continue;
      const auto enter = [&](std::int32_t v) {
        low[at(v)] = preorder[at(v)] = static_cast<std::int32_t>(order.size());
        order.push_back(v);
      };
      enter(root);
      for (std::int32_t v = root; v >= 0;) {
        if (next[at(v)] == graph.end(v)) {
          postorder.push_back(v);
          const std::int32_t up = parent[at(v)];
          if (up >= 0) low[at(up)] = std::min(low[at(up)], low[at(v)]);
          v = up;
          continue;
        }
        const std::int64_t arc = next[at(v)]++;
        const std::int32_t w = head(graph, arc);
        if (weight(graph, arc) <= 0 || w == parent[at(v)]) continue;
        if (preorder[at(w)] >= 0) {
          low[at(v)] = std::min(low[at(v)], preorder[at(w)]);
          continue;
        }
        parent[at(w)] = v;
        parent_arc[at(w)] = arc;
        enter(w);
        v = w;
      }
    }
  }
};

// Joins bridges; true if there was one.
bool join_bridges(const Graph& graph, core::UnionFind& joined) {
  const Forest forest(graph);
  // Negative weight between the subtree of v and the rest of its component: what its vertices have, less
  // twice what has its lowest common ancestor in it. The ancestors come from R. E. Tarjan's off-line method
  // (1979).
  std::vector<double> crossing(at(graph.size()), 0);
  core::UnionFind done(graph.size());
  std::vector<std::int32_t> top(at(graph.size()));
  std::iota(top.begin(), top.end(), 0);
  std::vector<char> finished(at(graph.size()), 0);
  std::vector<std::int32_t> component(at(graph.size()));
  for (const std::int32_t v : forest.order)
    component[at(v)] = forest.parent[at(v)] < 0 ? v : component[at(forest.parent[at(v)])];
  bool found = false;
  for (const std::int32_t v : forest.postorder) {
    finished[at(v)] = 1;
    for (std::int64_t arc = graph.begin(v); arc < graph.end(v); ++arc) {
      const std::int32_t w = head(graph, arc);
      if (weight(graph, arc) >= 0 || component[at(w)] != component[at(v)]) continue;
      crossing[at(v)] -= weight(graph, arc);
      if (finished[at(w)] != 0) crossing[at(top[at(done.find(w))])] += 2 * weight(graph, arc);
    }
    const std::int32_t up = forest.parent[at(v)];
    if (up < 0) continue;
    done.unite(v, up);
    top[at(done.find(v))] = up;
  }
  for (const std::int32_t v : forest.postorder) {
    const std::int32_t up = forest.parent[at(v)];
    if (up < 0) continue;
    const bool bridge = forest.low[at(v)] > forest.preorder[at(up)];
    if (bridge && weight(graph, forest.parent_arc[at(v)]) >= crossing[at(v)])
      found = joined.unite(v, up) || found;
    crossing[at(up)] += crossing[at(v)];
  }
  return found;
}

bool join_dominated(const Graph& graph, core::UnionFind& joined) {
  bool found = false;
  for (std::int32_t u = 0; u < graph.size(); ++u) {
    double total = 0, largest = 0;
    std::int32_t v = -1;
    for (std::int64_t arc = graph.begin(u); arc < graph.end(u); ++arc) {
      total += std::abs(weight(graph, arc));
      if (weight(graph, arc) > largest) {
        largest = weight(graph, arc);
        v = head(graph, arc);
      }
    }
    if (v >= 0 && largest >= total - largest) found = joined.unite(u, v) || found;
  }
  return found;
}

std::vector<std::int32_t> numbered_sets(core::UnionFind& sets, std::int32_t n) {
  std::vector<std::int32_t> labels(at(n));
  for (std::int32_t v = 0; v < n; ++v) labels[at(v)] = sets.find(v);
  renumber(labels);
  return labels;
}

// Vertices with the same label become one; edges between different groups are dropped, what they cost
// returned.
core::CsrGraph<double> contracted(const Graph& graph, std::span<const std::int32_t> labels,
                                  std::span<const std::int32_t> groups, double& dropped) {
  std::int32_t n = 0;
  for (const std::int32_t label : labels) n = std::max(n, label + 1);
  std::vector<std::int32_t> u, v;
  std::vector<double> w;
  for (std::int32_t a = 0; a < graph.size(); ++a) {
    for (std::int64_t arc = graph.begin(a); arc < graph.end(a); ++arc) {
      const std::int32_t b = head(graph, arc);
      if (b < a || labels[at(a)] == labels[at(b)]) continue;
      if (groups[at(a)] != groups[at(b)]) {
        dropped += weight(graph, arc);
        continue;
      }
      u.push_back(labels[at(a)]);
      v.push_back(labels[at(b)]);
      w.push_back(weight(graph, arc));
    }
  }
  return core::CsrGraph<double>::from_edges(n, u, v, w, core::Direction::undirected,
                                            {core::SelfLoops::reject, core::Duplicates::sum});
}

}  // namespace

Reduction reduce(const Graph& graph) {
  std::vector<std::int32_t> all(at(graph.size()));
  std::iota(all.begin(), all.end(), 0);
  double constant = 0;
  const std::vector<std::int32_t> one_group(at(graph.size()), 0);
  auto current = contracted(graph, all, one_group, constant);
  Reduction reduction{.graph = std::move(current), .vertex_of = std::move(all), .constant = 0};
  for (bool found = true; found;) {
    const Graph view = reduction.graph.view();
    const std::int32_t n = view.size();
    core::UnionFind groups(n), joined(n);
    for (std::int32_t a = 0; a < n; ++a) {
      for (std::int64_t arc = view.begin(a); arc < view.end(a); ++arc) {
        if (weight(view, arc) > 0) groups.unite(a, head(view, arc));
      }
    }
    found = join_bridges(view, joined);
    // Together they may not be right: each is valid on the graph that the other leaves.
    if (!found) found = join_dominated(view, joined);
    const auto labels = numbered_sets(joined, n);
    double dropped = 0;
    auto next = contracted(view, labels, numbered_sets(groups, n), dropped);
    found = found || next.view().arcs() < view.arcs();
    reduction.constant += dropped;
    for (std::int32_t& v : reduction.vertex_of) v = labels[at(v)];
    reduction.graph = std::move(next);
  }
  return reduction;
}

}  // namespace wayseer::clustering
