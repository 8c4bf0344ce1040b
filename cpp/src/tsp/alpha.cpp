#include "wayseer/tsp/alpha.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <numeric>
#include <span>
#include <stdexcept>
#include <tuple>

namespace wayseer::tsp {

namespace {

constexpr Index all_pairs_limit = 4000;

std::size_t at(Index i) noexcept { return static_cast<std::size_t>(i); }

struct Ranked {
  Cost alpha;
  Cost cost;  // c_pi
  Index node;
  friend bool operator<(const Ranked& a, const Ranked& b) noexcept {
    if (a.alpha != b.alpha) return a.alpha < b.alpha;
    return a.cost != b.cost ? a.cost < b.cost : a.node < b.node;
  }
};

// The k smallest of the offered.
class Smallest {
 public:
  explicit Smallest(int k) : capacity_(static_cast<std::size_t>(k)) {}

  void offer(const Ranked& entry) {
    if (heap_.size() == capacity_) {
      if (!(entry < heap_.front())) return;
      std::pop_heap(heap_.begin(), heap_.end());
      heap_.pop_back();
    }
    heap_.push_back(entry);
    std::push_heap(heap_.begin(), heap_.end());
  }
  // Ascending; empties the list.
  template <class F>
  void drain(F&& f) {
    std::sort_heap(heap_.begin(), heap_.end());
    for (const Ranked& entry : heap_) f(entry);
    heap_.clear();
  }

 private:
  std::size_t capacity_;
  std::vector<Ranked> heap_;
};

// The pairs that touch the special leaf: the edge would replace the added one.
class SpecialLeaf {
 public:
  explicit SpecialLeaf(const OneTree& tree) : leaf_(tree.leaf), added_(tree.added) {
    for (const auto& [a, b] : tree.edges)
      if (a == leaf_ || b == leaf_) neighbor_ = a == leaf_ ? b : a;
  }
  [[nodiscard]] bool touches(Index i, Index j) const noexcept { return i == leaf_ || j == leaf_; }
  [[nodiscard]] Cost alpha(Index i, Index j, Cost cost) const noexcept {
    const Index other = i == leaf_ ? j : i;
    return other == neighbor_ ? 0 : std::max(Cost{0}, cost - added_);
  }

 private:
  Index leaf_;
  Index neighbor_ = -1;
  Cost added_;
};

// The spanning tree from node 0 down: parents stand before their children.
struct Rooted {
  std::vector<Index> node;    // at each place
  std::vector<Index> place;   // of each node
  std::vector<Index> parent;  // place of the parent, -1 for the first
  std::vector<Cost> cost;     // of the edge to it

  template <class CostOf>
  Rooted(const OneTree& tree, CostOf&& cost_of) {
    const std::size_t n = tree.edges.size() + 1;
    std::vector<Index> start(n + 1, 0);
    for (const auto& edge : tree.edges)
      for (const Index v : edge) ++start[at(v) + 1];
    std::partial_sum(start.begin(), start.end(), start.begin());
    std::vector<Index> adjacent(2 * tree.edges.size());
    std::vector<Index> end(start.begin(), start.end() - 1);
    for (const auto& [a, b] : tree.edges) {
      adjacent[at(end[at(a)]++)] = b;
      adjacent[at(end[at(b)]++)] = a;
    }
    place.assign(n, -1);
    node.push_back(0);
    parent.push_back(-1);
    cost.push_back(0);
    place[0] = 0;
    for (std::size_t p = 0; p < node.size(); ++p) {
      const Index v = node[p];
      for (Index i = start[at(v)]; i < start[at(v) + 1]; ++i) {
        const Index u = adjacent[at(i)];
        if (place[at(u)] >= 0) continue;
        place[at(u)] = static_cast<Index>(node.size());
        node.push_back(u);
        parent.push_back(static_cast<Index>(p));
        cost.push_back(cost_of(v, u));
      }
    }
  }
};

// Calls row(i, smallest) for every i with all its pairs offered: Helsgaun's two passes per node, first up to
// the root, then down the tree.
template <class CostOf, class Row>
void rank_all_pairs(const OneTree& tree, int k, CostOf&& cost_of, Row&& row) {
  const Rooted rooted(tree, cost_of);
  const SpecialLeaf special(tree);
  const auto n = static_cast<Index>(rooted.node.size());
  std::vector<Cost> beta(at(n));       // the longest edge between i and the node at this place
  std::vector<Index> seen(at(n), -1);  // i where the first pass came by
  Smallest smallest(k);
  for (Index i = 0; i < n; ++i) {
    Index p = rooted.place[at(i)];
    beta[at(p)] = std::numeric_limits<Cost>::min();
    seen[at(p)] = i;
    for (; rooted.parent[at(p)] >= 0; p = rooted.parent[at(p)]) {
      const Index up = rooted.parent[at(p)];
      beta[at(up)] = std::max(beta[at(p)], rooted.cost[at(p)]);
      seen[at(up)] = i;
    }
    for (Index q = 0; q < n; ++q) {
      if (seen[at(q)] != i) beta[at(q)] = std::max(beta[at(rooted.parent[at(q)])], rooted.cost[at(q)]);
      const Index j = rooted.node[at(q)];
      if (j == i) continue;
      const Cost cost = cost_of(i, j);
      smallest.offer({special.touches(i, j) ? special.alpha(i, j, cost) : cost - beta[at(q)], cost, j});
    }
    row(i, smallest);
  }
}

// The longest edge on the path between two nodes of a spanning tree in O(log n): the edges are united in
// ascending order, by size and without path compression; going up, the merges only get later.
class PathMaximum {
 public:
  template <class CostOf>
  PathMaximum(const OneTree& tree, CostOf&& cost_of) : up_(tree.edges.size() + 1), link_(up_.size()) {
    struct Edge {
      Cost cost;
      Index a, b;
    };
    std::vector<Edge> edges;
    edges.reserve(tree.edges.size());
    for (const auto& [a, b] : tree.edges) edges.push_back({cost_of(a, b), a, b});
    std::sort(edges.begin(), edges.end(), [](const Edge& x, const Edge& y) {
      return std::tie(x.cost, x.a, x.b) < std::tie(y.cost, y.a, y.b);
    });
    std::iota(up_.begin(), up_.end(), 0);
    std::fill(link_.begin(), link_.end(), Link{std::numeric_limits<Index>::max(), 0});
    std::vector<Index> size(up_.size(), 1);
    const auto root = [&](Index v) {
      while (up_[at(v)] != v) v = up_[at(v)];
      return v;
    };
    Index time = 0;
    for (const Edge& edge : edges) {
      Index a = root(edge.a), b = root(edge.b);
      if (size[at(a)] < size[at(b)]) std::swap(a, b);
      up_[at(b)] = a;
      size[at(a)] += size[at(b)];
      link_[at(b)] = {time++, edge.cost};
    }
  }

  [[nodiscard]] Cost operator()(Index a, Index b) const noexcept {
    Cost longest = std::numeric_limits<Cost>::min();
    while (a != b) {
      if (link_[at(a)].time > link_[at(b)].time) std::swap(a, b);
      longest = link_[at(a)].cost;
      a = up_[at(a)];
    }
    return longest;
  }

 private:
  struct Link {
    Index time;
    Cost cost;
  };
  std::vector<Index> up_;
  std::vector<Link> link_;
};

template <class CostOf, class Row>
void rank_graph(const OneTree& tree, const CandidateLists& graph, int k, CostOf&& cost_of, Row&& row) {
  const PathMaximum beta(tree, cost_of);
  const SpecialLeaf special(tree);
  Smallest smallest(k);
  for (Index i = 0; i < graph.size(); ++i) {
    for (const Index j : graph.row(i)) {
      const Cost cost = cost_of(i, j);
      smallest.offer({special.touches(i, j) ? special.alpha(i, j, cost) : cost - beta(i, j), cost, j});
    }
    row(i, smallest);
  }
}

}  // namespace

CandidateLists AlphaResult::lists() const {
  CandidateLists result;
  for (std::size_t i = 0; i < at(n); ++i) {
    for (std::size_t r = i * at(k); r < (i + 1) * at(k) && neighbors[r] >= 0; ++r)
      result.ids.push_back(neighbors[r]);
    result.end_row();
  }
  return result;
}

AlphaResult alpha_nearness(const Space& space, const AlphaOptions& options, core::Run& run) {
  if (options.k < 1) throw std::invalid_argument("alpha_nearness: k must be at least 1");
  if (options.ascent_steps < 0) throw std::invalid_argument("alpha_nearness: ascent_steps is negative");
  const Index n = space.size();
  AlphaResult result;
  result.n = n;
  result.k = options.k;
  result.neighbors.assign(at(n) * at(options.k), -1);
  result.alpha.assign(result.neighbors.size(), std::numeric_limits<double>::infinity());

  const bool all_pairs = options.method == RelaxationMethod::automatic
                             ? n <= all_pairs_limit
                             : options.method == RelaxationMethod::dense;
  const Relaxation relaxed = relax(space,
                                   {.steps = options.ascent_steps,
                                    .method = options.method,
                                    .certify = options.exact_bound || all_pairs,
                                    .wanted = options.k},
                                   run);
  if (n >= 2 && relaxed.tree.edges.empty()) return result;
  result.lower_bound = relaxed.lower_bound;
  result.pi.reserve(at(n));
  for (const Cost pi : relaxed.pi) result.pi.push_back(relaxed.quanta.to_user(pi));
  if (n < 2) return result;
  const Cost both_ends = 2 * std::accumulate(relaxed.pi.begin(), relaxed.pi.end(), Cost{0});
  result.mean_edge = relaxed.quanta.to_user(relaxed.tree.weight + both_ends) / n;

  space.visit([&](const auto& metric) {
    const auto cost_of = [&](Index i, Index j) {
      return relaxed.quanta(metric(i, j)) + relaxed.pi[at(i)] + relaxed.pi[at(j)];
    };
    const auto store = [&](Index i, Smallest& smallest) {
      std::size_t slot = at(i) * at(options.k);
      smallest.drain([&](const Ranked& entry) {
        result.neighbors[slot] = entry.node;
        result.alpha[slot++] = relaxed.quanta.to_user(entry.alpha);
      });
    };
    // The tree of a run that stopped early may be minimal in the graph only, and there is no time for O(n^2).
    const bool graph_only = relaxed.graph.size() > 0 && (!all_pairs || !relaxed.exact || run.stopped());
    if (!graph_only) {
      rank_all_pairs(relaxed.tree, options.k, cost_of, store);
    } else {
      rank_graph(relaxed.tree, relaxed.graph, options.k, cost_of, store);
    }
  });
  return result;
}

}  // namespace wayseer::tsp
