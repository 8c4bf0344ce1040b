#include "wayseer/tsp/one_tree.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <span>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "wayseer/tsp/candidates.hpp"
#include "wayseer/tsp/delaunay.hpp"

namespace wayseer::tsp {

namespace {

constexpr Index dense_limit = 256;
constexpr Index dense_limit_matrix = 1000;  // neighbour lists cost O(n^2) there as well
// On uniform points the ascent on 16 neighbours takes the very steps of the one on the complete graph; with
// 10 (a quarter faster) it strays by 0.01 to 0.03 % in w.
constexpr int graph_neighbors = 16;
constexpr int wider_graph_neighbors = 24;
constexpr Cost infinite = std::numeric_limits<Cost>::max();

std::size_t at(Index i) noexcept { return static_cast<std::size_t>(i); }

using TreeEdges = std::vector<std::array<Index, 2>>;

// The degrees of a spanning tree, and for each node one of its tree neighbours: for a leaf, the only one.
struct Leaves {
  std::vector<Index> degree;
  std::vector<Index> neighbor;

  void read(const TreeEdges& edges) {
    degree.assign(edges.size() + 1, 0);
    neighbor.assign(edges.size() + 1, -1);
    for (const auto& [a, b] : edges) {
      ++degree[at(a)];
      ++degree[at(b)];
      neighbor[at(a)] = b;
      neighbor[at(b)] = a;
    }
  }
};

// Picks the leaf whose second-nearest neighbour is farthest (ties: the smallest), and sets the tree's weight.
// second_nearest(leaf, tree neighbour, floor) gives {cost, node}; it may give up with any cost <= floor.
template <class SecondNearest>
void complete(OneTree& tree, Cost spanning, std::span<const Cost> pi, Leaves& leaves,
              SecondNearest&& second_nearest) {
  leaves.read(tree.edges);
  tree.added = std::numeric_limits<Cost>::min();
  for (Index v = 0; v < static_cast<Index>(pi.size()); ++v) {
    if (leaves.degree[at(v)] != 1) continue;
    const auto [cost, node] = second_nearest(v, leaves.neighbor[at(v)], tree.added);
    if (node >= 0 && cost > tree.added) {
      tree.added = cost;
      tree.leaf = v;
      tree.mate = node;
    }
  }
  tree.weight = spanning + tree.added - 2 * std::accumulate(pi.begin(), pi.end(), Cost{0});
}

// --- complete graph, O(n^2) -------------------------------------------------------------------------------

// R. Prim, "Shortest connection networks and some generalizations" (1957), with ties to the smaller node.
template <class Metric>
class DenseTrees {
 public:
  DenseTrees(const Metric& metric, const Quanta& quanta, Index n) : metric_(metric), quanta_(quanta), n_(n) {}

  // False if the run stopped; `tree` is then unfinished.
  bool operator()(std::span<const Cost> pi, OneTree& tree, core::Run& run) {
    if (run.should_stop()) return false;
    outside_.clear();
    for (Index v = 1; v < n_; ++v) outside_.push_back({infinite, pi[at(v)], v, -1});
    tree.edges.clear();
    Cost spanning = 0;
    Index newest = 0;
    while (!outside_.empty()) {
      if ((outside_.size() & 63) == 0 && run.should_stop()) return false;
      std::size_t nearest = 0;
      Cost least = infinite;
      const Cost pi_newest = pi[at(newest)];
      for (std::size_t i = 0; i < outside_.size(); ++i) {
        Outside& u = outside_[i];
        const Cost cost = quanta_(metric_(newest, u.node)) + pi_newest + u.pi;
        if (cost < u.key) {
          u.key = cost;
          u.parent = newest;
        }
        if (u.key < least || (u.key == least && u.node < outside_[nearest].node)) {
          least = u.key;
          nearest = i;
        }
      }
      newest = outside_[nearest].node;
      tree.edges.push_back({outside_[nearest].parent, newest});
      spanning += least;
      outside_[nearest] = outside_.back();
      outside_.pop_back();
    }
    complete(tree, spanning, pi, leaves_, [&](Index leaf, Index neighbor, Cost floor) {
      std::pair<Cost, Index> best{infinite, -1};
      const auto look = [&](Index j) {
        if (j == neighbor) return;
        const Cost cost = quanta_(metric_(leaf, j)) + pi[at(leaf)] + pi[at(j)];
        if (cost < best.first || (cost == best.first && j < best.second)) best = {cost, j};
      };
      // Outwards from the leaf: numbers near in space come first, so most leaves give up after a few.
      for (Index away = 1; away < n_ && best.first > floor; ++away) {
        if (leaf - away >= 0) look(leaf - away);
        if (leaf + away < n_) look(leaf + away);
      }
      return best;
    });
    return true;
  }

 private:
  struct Outside {
    Cost key;
    Cost pi;
    Index node;
    Index parent;
  };

  Metric metric_;
  Quanta quanta_;
  Index n_;
  std::vector<Outside> outside_;
  Leaves leaves_;
};

// --- sparse graph -----------------------------------------------------------------------------------------

CandidateLists symmetric(const CandidateLists& lists) {
  const Index n = lists.size();
  std::vector<std::int64_t> start(at(n) + 1, 0);
  for (Index v = 0; v < n; ++v)
    for (const Index u : lists.row(v)) {
      ++start[at(v) + 1];
      ++start[at(u) + 1];
    }
  for (std::size_t v = 0; v < at(n); ++v) start[v + 1] += start[v];
  std::vector<Index> ids(static_cast<std::size_t>(start.back()));
  std::vector<std::int64_t> end(start.begin(), start.end() - 1);
  for (Index v = 0; v < n; ++v)
    for (const Index u : lists.row(v)) {
      ids[static_cast<std::size_t>(end[at(v)]++)] = u;
      ids[static_cast<std::size_t>(end[at(u)]++)] = v;
    }
  CandidateLists result;
  for (std::size_t v = 0; v < at(n); ++v) {
    const auto begin = ids.begin() + start[v];
    const auto finish = ids.begin() + start[v + 1];
    std::sort(begin, finish);
    result.ids.insert(result.ids.end(), begin, std::unique(begin, finish));
    result.end_row();
  }
  return result;
}

CandidateLists with_edges(const CandidateLists& graph, const OneTree& tree) {
  CandidateLists extra;
  std::vector<std::vector<Index>> rows(at(graph.size()));
  for (const auto& [a, b] : tree.edges) rows[at(a)].push_back(b);
  rows[at(tree.leaf)].push_back(tree.mate);
  for (const auto& row : rows) {
    extra.ids.insert(extra.ids.end(), row.begin(), row.end());
    extra.end_row();
  }
  return symmetric(unite(graph, extra));
}

// O. Boruvka, "O jistem problemu minimalnim" (1926), with contraction: each round at least halves the
// components and drops the edges within them. Ties by edge number.
class SparseTrees {
 public:
  SparseTrees(const Space& space, const Quanta& quanta, const CandidateLists& graph) : graph_(&graph) {
    space.visit([&](const auto& metric) {
      for (Index v = 0; v < graph.size(); ++v)
        for (const Index u : graph.row(v))
          if (v < u) edges_.push_back({quanta(metric(v, u)), v, u});
    });
    edge_at_.resize(graph.ids.size());
    std::vector<std::int64_t> end(graph.offset.begin(), graph.offset.end() - 1);
    for (std::size_t e = 0; e < edges_.size(); ++e)  // ascending (a, b): each row fills in its own order
      for (const Index v : {edges_[e].a, edges_[e].b})
        edge_at_[static_cast<std::size_t>(end[at(v)]++)] = static_cast<Index>(e);
  }

  struct Edge {
    Cost cost;
    Index a, b;
  };
  [[nodiscard]] std::span<const Edge> edges() const noexcept { return edges_; }
  [[nodiscard]] const CandidateLists& graph() const noexcept { return *graph_; }

  // Whether the graph is connected; only then may trees be asked for. False also if the run stopped.
  [[nodiscard]] bool connected(core::Run& run) {
    OneTree tree;
    const std::vector<Cost> zero(at(graph_->size()), 0);
    return span(zero, tree, run) && tree.edges.size() + 1 == zero.size();
  }

  bool operator()(std::span<const Cost> pi, OneTree& tree, core::Run& run) {
    const auto spanning = span(pi, tree, run);
    if (!spanning) return false;
    complete(tree, *spanning, pi, leaves_, [&](Index leaf, Index neighbor, Cost floor) {
      return second_nearest(pi, leaf, neighbor, floor);
    });
    return true;
  }

  [[nodiscard]] std::pair<Cost, Index> second_nearest(std::span<const Cost> pi, Index leaf, Index neighbor,
                                                      Cost floor) const {
    std::pair<Cost, Index> best{infinite, -1};
    const auto row = graph_->row(leaf);
    const auto begin = static_cast<std::size_t>(graph_->offset[at(leaf)]);
    for (std::size_t i = 0; i < row.size(); ++i) {
      const Index j = row[i];
      if (j == neighbor) continue;
      const Cost cost = edges_[at(edge_at_[begin + i])].cost + pi[at(leaf)] + pi[at(j)];
      if (cost < best.first) best = {cost, j};
      if (cost <= floor) break;
    }
    return best;
  }

 private:
  struct Active {
    Cost key;
    Index edge;
    Index a, b;  // components
  };
  struct Choice {
    Cost key;
    Index edge;
    Index other;
  };

  // The spanning tree's weight; nothing if the run stopped.
  std::optional<Cost> span(std::span<const Cost> pi, OneTree& tree, core::Run& run) {
    constexpr std::size_t often = 0xffff;  // a stop is noticed within a millisecond or so
    tree.edges.clear();
    auto components = static_cast<Index>(pi.size());
    choice_.assign(at(components), {infinite, -1, -1});
    for (std::size_t e = 0; e < edges_.size(); ++e) {
      if ((e & often) == 0 && run.should_stop()) return std::nullopt;
      const auto& [cost, a, b] = edges_[e];
      offer({cost + pi[at(a)] + pi[at(b)], static_cast<Index>(e), a, b});
    }
    Cost total = 0;
    components = contract(components, tree, total);
    active_.clear();
    for (std::size_t e = 0; e < edges_.size(); ++e) {
      if ((e & often) == 0 && run.should_stop()) return std::nullopt;
      const auto& [cost, a, b] = edges_[e];
      const Index ca = component_[at(a)];
      const Index cb = component_[at(b)];
      if (ca != cb) active_.push_back({cost + pi[at(a)] + pi[at(b)], static_cast<Index>(e), ca, cb});
    }
    while (!active_.empty()) {
      if (run.should_stop()) return std::nullopt;
      choice_.assign(at(components), {infinite, -1, -1});
      for (const Active& edge : active_) offer(edge);
      components = contract(components, tree, total);
      std::size_t kept = 0;
      for (Active edge : active_) {
        edge.a = component_[at(edge.a)];
        edge.b = component_[at(edge.b)];
        if (edge.a != edge.b) active_[kept++] = edge;
      }
      active_.resize(kept);
    }
    return total;
  }

  // Edges come in ascending number, so < alone breaks ties by it.
  void offer(const Active& edge) noexcept {
    if (edge.key < choice_[at(edge.a)].key) choice_[at(edge.a)] = {edge.key, edge.edge, edge.b};
    if (edge.key < choice_[at(edge.b)].key) choice_[at(edge.b)] = {edge.key, edge.edge, edge.a};
  }

  // Takes every component's choice; component_ maps the old components to the new ones, whose number is
  // returned.
  Index contract(Index components, OneTree& tree, Cost& total) {
    component_.resize(at(components));
    for (Index c = 0; c < components; ++c) {
      const Choice& mine = choice_[at(c)];
      // Two components may choose the same edge: the smaller is then the root. Longer cycles cannot be.
      const bool root = mine.other < 0 || (choice_[at(mine.other)].edge == mine.edge && c < mine.other);
      component_[at(c)] = root ? c : mine.other;
      if (root) continue;
      tree.edges.push_back({edges_[at(mine.edge)].a, edges_[at(mine.edge)].b});
      total += mine.key;
    }
    for (Index c = 0; c < components; ++c) {  // path halving
      Index root = c;
      while (component_[at(root)] != root) {
        component_[at(root)] = component_[at(component_[at(root)])];
        root = component_[at(root)];
      }
      component_[at(c)] = root;
    }
    Index count = 0;
    number_.resize(at(components));
    for (Index c = 0; c < components; ++c)
      if (component_[at(c)] == c) number_[at(c)] = count++;
    for (Index c = 0; c < components; ++c) component_[at(c)] = number_[at(component_[at(c)])];
    return count;
  }

  const CandidateLists* graph_;
  std::vector<Edge> edges_;
  std::vector<Index> edge_at_;  // the edge of each entry of graph_->ids
  std::vector<Active> active_;
  std::vector<Choice> choice_;
  std::vector<Index> component_, number_;
  Leaves leaves_;
};

// --- complete graph over points, about O(n log n) ----------------------------------------------------------

// A lower bound for the cost from a point to every point of a box. For coordinates: the cost to the box's
// nearest point; rounding is monotone all the way, so this is never above the computed cost of a real point.
template <class Metric, int dim>
struct BoxBound {
  Metric metric;

  static std::vector<double> coordinates(const Space& space) {
    return {space.points().begin(), space.points().end()};
  }

  Cost operator()(const double* p, const double* low, const double* high) const noexcept {
    double pair[6]{};  // WideMetric's branches for the other dimension must not look outside
    for (int d = 0; d < dim; ++d) {
      pair[d] = p[d];
      pair[dim + d] = std::min(std::max(p[d], low[d]), high[d]);
    }
    Metric of_pair = metric;
    of_pair.points = pair;
    return of_pair(0, 1);
  }
};
// On the sphere: the chord through space.
template <>
struct BoxBound<GeoMetric, 3> {
  GeoMetric metric;

  static std::vector<double> coordinates(const Space& space) {
    std::vector<double> xyz;
    xyz.reserve(at(space.size()) * 3);
    for (std::size_t v = 0; v < at(space.size()); ++v) {
      const double latitude = space.points()[2 * v], longitude = space.points()[2 * v + 1];
      xyz.insert(xyz.end(), {std::cos(latitude) * std::cos(longitude),
                             std::cos(latitude) * std::sin(longitude), std::sin(latitude)});
    }
    return xyz;
  }

  Cost operator()(const double* p, const double* low, const double* high) const noexcept {
    double squared = 0;
    for (int d = 0; d < 3; ++d) {
      const double gap = std::max({low[d] - p[d], p[d] - high[d], 0.0});
      squared += gap * gap;
    }
    const double angle = 2.0 * std::asin(std::min(1.0, 0.5 * std::sqrt(squared)));
    // The metric's acos errs by up to 1e-4 km near zero, everything else by far less.
    return static_cast<Cost>(std::max(0.0, 6378.388 * angle - 1e-3) + 1.0);
  }
};

// Boruvka's rounds; the nearest node of another component is found in a k-d tree that skips the boxes farther
// than the best edge known so far (one of the sparse graph, mostly the right one) and those inside the
// component. With potentials: cost to the box + the least potential in it.
template <class Metric, int dim>
class SpatialTrees {
 public:
  SpatialTrees(const Space& space, const Metric& metric, const Quanta& quanta)
      : metric_(metric),
        bound_{metric},
        quanta_(quanta),
        coordinates_(BoxBound<Metric, dim>::coordinates(space)) {
    ids_.resize(at(space.size()));
    std::iota(ids_.begin(), ids_.end(), 0);
    build(0, space.size());
  }

  bool operator()(std::span<const Cost> pi, const SparseTrees& sparse, OneTree& tree, core::Run& run) {
    const auto n = static_cast<Index>(pi.size());
    pi_ = pi;
    set_least_potentials();
    component_.resize(at(n));
    std::iota(component_.begin(), component_.end(), 0);
    tree.edges.clear();
    Cost spanning = 0;
    std::vector<SparseTrees::Edge> across(sparse.edges().begin(), sparse.edges().end());
    std::vector<Choice> choice;
    std::vector<Index> parent, number;
    for (Index components = n; components > 1;) {
      choice.assign(at(components), {});
      std::erase_if(across, [&](const auto& e) { return component_[at(e.a)] == component_[at(e.b)]; });
      for (const auto& [cost, a, b] : across) {
        const Cost key = cost + pi[at(a)] + pi[at(b)];
        for (const Index v : {a, b}) {
          Choice& mine = choice[at(component_[at(v)])];
          if (key < mine.key) mine = {key, a, b};
        }
      }
      set_components();
      for (Index v = 0; v < n; ++v) {
        if ((v & 255) == 0 && run.should_stop()) return false;
        Choice& mine = choice[at(component_[at(v)])];
        from_ = v;
        excluded_ = component_[at(v)];
        nearest_ = {mine.key, -1};
        search(0, quanta_(bound_(at_node(v), nodes_[0].low.data(), nodes_[0].high.data())),
               [&](Index u) { return component_[at(u)] != excluded_; });
        if (nearest_.second >= 0) mine = {nearest_.first, v, nearest_.second};
      }
      // Equal keys could close a cycle: union-find takes each edge only if it still joins two components.
      parent.resize(at(components));
      std::iota(parent.begin(), parent.end(), 0);
      const auto root_of = [&](Index c) {
        while (parent[at(c)] != c) c = parent[at(c)] = parent[at(parent[at(c)])];
        return c;
      };
      for (const Choice& chosen : choice) {
        const Index a = root_of(component_[at(chosen.a)]);
        const Index b = root_of(component_[at(chosen.b)]);
        if (a == b) continue;
        parent[at(std::max(a, b))] = std::min(a, b);
        tree.edges.push_back({chosen.a, chosen.b});
        spanning += chosen.key;
      }
      Index count = 0;
      number.resize(at(components));
      for (Index c = 0; c < components; ++c)
        number[at(c)] = parent[at(c)] == c ? count++ : number[at(root_of(c))];  // roots are the smallest
      for (Index& c : component_) c = number[at(c)];
      components = count;
    }
    complete(tree, spanning, pi, leaves_, [&](Index leaf, Index neighbor, Cost floor) {
      nearest_ = sparse.second_nearest(pi, leaf, neighbor, floor);
      if (nearest_.first <= floor) return nearest_;
      from_ = leaf;
      excluded_ = -2;  // no component
      search(0, quanta_(bound_(at_node(leaf), nodes_[0].low.data(), nodes_[0].high.data())),
             [&](Index u) { return u != leaf && u != neighbor; });
      return nearest_;
    });
    return true;
  }

 private:
  struct Node {
    std::array<double, dim> low, high;
    Index begin, end;  // of its points in ids_
    Index right;       // the left child follows its parent; 0 marks a leaf
    Index component;   // of all its points, or -1
    Cost least_potential;
  };
  struct Choice {
    Cost key = infinite;
    Index a = -1, b = -1;
  };

  [[nodiscard]] const double* at_node(Index v) const noexcept {
    return coordinates_.data() + static_cast<std::ptrdiff_t>(v) * dim;
  }

  Index build(Index begin, Index end) {
    const auto self = static_cast<Index>(nodes_.size());
    Node node{{}, {}, begin, end, 0, -1, 0};
    int widest = 0;
    for (int d = 0; d < dim; ++d) {
      const auto axis = static_cast<std::size_t>(d);
      node.low[axis] = std::numeric_limits<double>::infinity();
      node.high[axis] = -node.low[axis];
      for (Index i = begin; i < end; ++i) {
        const double x = at_node(ids_[at(i)])[d];
        node.low[axis] = std::min(node.low[axis], x);
        node.high[axis] = std::max(node.high[axis], x);
      }
      const auto best = static_cast<std::size_t>(widest);
      if (node.high[axis] - node.low[axis] > node.high[best] - node.low[best]) widest = d;
    }
    nodes_.push_back(node);
    if (end - begin <= 8) return self;
    const Index middle = begin + (end - begin) / 2;
    std::nth_element(ids_.begin() + begin, ids_.begin() + middle, ids_.begin() + end, [&](Index a, Index b) {
      const double xa = at_node(a)[widest], xb = at_node(b)[widest];
      return xa != xb ? xa < xb : a < b;
    });
    build(begin, middle);
    const Index right = build(middle, end);
    nodes_[at(self)].right = right;
    return self;
  }

  // Children stand behind their parents, so backwards is bottom-up.
  void set_least_potentials() {
    for (std::size_t i = nodes_.size(); i-- > 0;) {
      Node& node = nodes_[i];
      if (node.right != 0) {
        node.least_potential =
            std::min(nodes_[i + 1].least_potential, nodes_[at(node.right)].least_potential);
        continue;
      }
      node.least_potential = infinite;
      for (Index j = node.begin; j < node.end; ++j)
        node.least_potential = std::min(node.least_potential, pi_[at(ids_[at(j)])]);
    }
  }
  void set_components() {
    for (std::size_t i = nodes_.size(); i-- > 0;) {
      Node& node = nodes_[i];
      if (node.right != 0) {
        const Index right = nodes_[at(node.right)].component;
        node.component = nodes_[i + 1].component == right ? right : -1;
        continue;
      }
      node.component = component_[at(ids_[at(node.begin)])];
      for (Index j = node.begin + 1; j < node.end; ++j)
        if (component_[at(ids_[at(j)])] != node.component) node.component = -1;
    }
  }

  // Improves nearest_ over the node's points that `accept`; `box` bounds their cost without potentials.
  template <class Accept>
  void search(Index self, Cost box, const Accept& accept) {
    const Node& node = nodes_[at(self)];
    const Cost pi_from = pi_[at(from_)];
    if (node.component == excluded_ || box + pi_from + node.least_potential >= nearest_.first) return;
    if (node.right == 0) {
      for (Index j = node.begin; j < node.end; ++j) {
        const Index u = ids_[at(j)];
        if (!accept(u)) continue;
        const Cost key = quanta_(metric_(from_, u)) + pi_from + pi_[at(u)];
        if (key < nearest_.first) nearest_ = {key, u};
      }
      return;
    }
    const auto bound = [&](Index child) {
      return quanta_(bound_(at_node(from_), nodes_[at(child)].low.data(), nodes_[at(child)].high.data()));
    };
    const Cost left = bound(self + 1);
    const Cost right = bound(node.right);
    if (left <= right) {
      search(self + 1, left, accept);
      search(node.right, right, accept);
    } else {
      search(node.right, right, accept);
      search(self + 1, left, accept);
    }
  }

  Metric metric_;
  BoxBound<Metric, dim> bound_;
  Quanta quanta_;
  std::vector<double> coordinates_;
  std::vector<Index> ids_;
  std::vector<Node> nodes_;
  std::vector<Index> component_;
  Leaves leaves_;
  std::span<const Cost> pi_;
  // Of the search under way.
  Index from_ = 0;
  Index excluded_ = -1;
  std::pair<Cost, Index> nearest_;
};

template <class Metric>
struct DimensionOf : std::integral_constant<int, 2> {};
template <class Norm, class Round, int dim>
struct DimensionOf<PointMetric<Norm, Round, dim>> : std::integral_constant<int, dim> {};
template <>
struct DimensionOf<GeoMetric> : std::integral_constant<int, 3> {};  // on the sphere

// Calls f with the function that finds exact trees from (pi, sparse, tree, run).
template <class F>
auto with_exact_trees(const Space& space, const Quanta& quanta, F&& f) {
  return space.visit([&](const auto& metric) {
    using Metric = std::decay_t<decltype(metric)>;
    if constexpr (std::is_same_v<Metric, MatrixMetric> || std::is_same_v<Metric, DoubledMetric>) {
      DenseTrees<Metric> trees(metric, quanta, space.size());
      return f([&](std::span<const Cost> pi, const SparseTrees&, OneTree& tree, core::Run& run) {
        return trees(pi, tree, run);
      });
    } else {
      if constexpr (std::is_same_v<Metric, WideMetric>) {
        if (space.dimension() == 3) {
          SpatialTrees<Metric, 3> trees(space, metric, quanta);
          return f(trees);
        }
      }
      SpatialTrees<Metric, DimensionOf<Metric>::value> trees(space, metric, quanta);
      return f(trees);
    }
  });
}

// --- the ascent -------------------------------------------------------------------------------------------

class Ascent {
 public:
  Ascent(const Space& space, const Quanta& quanta)
      : limit_(quanta.limit), ties_(space.doubled() ? quanta(space.offset()) : 0), pi_(at(space.size()), 0) {}

  // The step is half the mean edge of the first tree, halved eight times on the way, in short ascents less
  // often: 0.9 % below the optimum after 50 steps on uniform points, 2 % after 10. trees(pi, tree, run) is
  // false when the run stopped; the best so far stays. A timed run plans as many steps as will fit before
  // `until`, a time of its clock.
  template <class Trees>
  void climb(int steps, Trees&& trees, core::Run& run, double until) {
    const double start = run.elapsed();
    if (!trees(pi_, tree_, run)) return;
    if (run.timed()) {
      const double now = run.elapsed();
      const double fit = std::max(0.0, until - now) / std::max(1e-7, now - start);
      if (fit < steps) steps = static_cast<int>(fit);
    }
    best_ = tree_;
    best_pi_ = pi_;
    first_weight_ = tree_.weight;
    step_ = 0.5 * std::abs(static_cast<double>(tree_.weight - ties_)) / static_cast<double>(pi_.size());
    const int halvings = steps < 30 ? 5 : steps < 80 ? 6 : 8;
    advance(steps, std::max(1, steps / halvings), trees, run, until);
  }
  // Goes on from the best potentials with the last step size, on trees that may have changed.
  template <class Trees>
  void resume(int steps, Trees&& trees, core::Run& run, double until) {
    pi_ = best_pi_;
    if (!trees(pi_, tree_, run)) return;
    best_ = tree_;
    step_ = last_step_;
    advance(steps, steps, trees, run, until);
  }

  [[nodiscard]] bool known() const noexcept { return !best_.edges.empty(); }
  [[nodiscard]] const OneTree& best() const noexcept { return best_; }
  [[nodiscard]] const std::vector<Cost>& best_pi() const noexcept { return best_pi_; }
  [[nodiscard]] Cost first_weight() const noexcept { return first_weight_; }

 private:
  template <class Trees>
  void advance(int steps, int period, Trees&& trees, core::Run& run, double until) {
    tree_.degrees(degree_);
    previous_ = degree_;
    for (int s = 1; s <= steps; ++s) {
      last_step_ = step_;
      bool tour = true;
      for (std::size_t v = 0; v < pi_.size(); ++v) {
        const double direction = 0.7 * (degree_[v] - 2) + 0.3 * (previous_[v] - 2);
        tour = tour && degree_[v] == 2;
        // The sum of all potentials stays near 0; the limit only matters for nodes of enormous degree.
        const double moved = std::floor(step_ * direction + 0.5);
        const auto change = static_cast<Cost>(std::clamp(moved, -0x1.0p60, 0x1.0p60));
        pi_[v] = std::clamp(pi_[v] + change, -limit_, limit_);
      }
      if (tour || (run.timed() && run.elapsed() >= until) || !trees(pi_, tree_, run)) return;
      if (tree_.weight > best_.weight) {
        best_ = tree_;
        best_pi_ = pi_;
      }
      std::swap(degree_, previous_);
      tree_.degrees(degree_);
      if (s % period == 0) step_ *= 0.5;
    }
  }

  Cost limit_;
  Cost ties_;  // what the doubling adds to every tour
  double step_ = 0, last_step_ = 0;
  std::vector<Cost> pi_, best_pi_;
  OneTree tree_, best_;
  Cost first_weight_ = 0;
  std::vector<Index> degree_, previous_;
};

// --- certificates -----------------------------------------------------------------------------------------

bool bounds_tours_of_all_nodes(const Space& space) {
  if (space.doubled()) return false;
  if (space.order().size() == static_cast<std::size_t>(space.problem().size())) return true;
  switch (space.problem().metric()) {  // leaving out nodes shortens a tour: the triangle inequality holds
    case MetricKind::euclid:
    case MetricKind::ceil_2d:
    case MetricKind::att:
      return true;
    default:
      return false;
  }
}

// The bound in the user's unit, never above what w proves.
double certificate(const Space& space, const Quanta& quanta, Cost w) {
  if (space.problem().integer()) {
    const Cost value = quanta.down > 0 ? w << quanta.down : -((-w) >> quanta.up);  // the latter: rounded up
    const auto result = static_cast<double>(value);
    // Past 2^53 the conversion itself may round up.
    const bool above = result >= 0x1.0p63 || static_cast<Cost>(result) > value;
    return above ? std::nextafter(result, 0.0) : result;
  }
  // Each engine cost is within 0.5 of the true one, and the user adds in double.
  const double engine = static_cast<double>(w) / std::exp2(quanta.up - quanta.down) - 0.5 * space.size();
  return std::max(0.0, engine / space.scale() * (1.0 - 1e-14));
}

void certify(const Space& space, Relaxation& result, Cost w) {
  if (!bounds_tours_of_all_nodes(space)) return;
  const double bound = certificate(space, result.quanta, w);
  if (!result.lower_bound || bound > *result.lower_bound) result.lower_bound = bound;
}

// --- the two ways -----------------------------------------------------------------------------------------

// GEO costs some 100 ns a pair: the steps read them from a table instead.
struct Table {
  const std::int32_t* costs;
  Index n;
  Cost operator()(Index i, Index j) const noexcept { return costs[static_cast<std::ptrdiff_t>(i) * n + j]; }
};

template <class Metric>
std::optional<std::vector<std::int32_t>> tabulated(const Metric& metric, Index n, core::Run& run) {
  std::vector<std::int32_t> costs(at(n) * at(n));
  for (Index i = 0; i < n; ++i) {
    if (run.should_stop()) return std::nullopt;
    for (Index j = 0; j < i; ++j)
      costs[at(i) * at(n) + at(j)] = costs[at(j) * at(n) + at(i)] = static_cast<std::int32_t>(metric(i, j));
  }
  return costs;
}

Relaxation relax_dense(const Space& space, const RelaxationOptions& options, core::Run& run) {
  Relaxation result;
  result.quanta = Quanta(space);
  Ascent ascent(space, result.quanta);
  const auto climb = [&](const auto& metric) {
    DenseTrees<std::decay_t<decltype(metric)>> trees(metric, result.quanta, space.size());
    ascent.climb(options.steps, trees, run, run.rule().time_limit);
  };
  space.visit([&](const auto& metric) {
    if constexpr (std::is_same_v<std::decay_t<decltype(metric)>, GeoMetric>) {
      const auto table = tabulated(metric, space.size(), run);
      if (table) climb(Table{table->data(), space.size()});
    } else {
      climb(metric);
    }
  });
  if (!ascent.known()) return result;
  result.pi = ascent.best_pi();
  result.tree = ascent.best();
  result.exact = true;
  certify(space, result, result.tree.weight);
  return result;
}

CandidateLists sparse_graph(const Space& space, int nearest, const core::Checkpoint& checkpoint) {
  nearest = std::min(nearest, static_cast<int>(space.size()) - 1);
  CandidateLists lists = nearest_candidates(space, nearest, checkpoint);
  if (space.dimension() != 0) {
    lists = unite(lists, quadrant_candidates(space, 2, checkpoint), checkpoint);
    if (space.dimension() == 2 && space.problem().metric() != MetricKind::geo)
      lists = unite(lists, delaunay(space.points(), checkpoint), checkpoint);
  }
  return symmetric(lists);
}

bool holds_edge(const CandidateLists& graph, Index a, Index b) {
  const auto row = graph.row(a);
  return std::binary_search(row.begin(), row.end(), b);
}
bool holds_tree(const CandidateLists& graph, const OneTree& tree) {
  return holds_edge(graph, tree.leaf, tree.mate) &&
         std::all_of(tree.edges.begin(), tree.edges.end(),
                     [&](const auto& edge) { return holds_edge(graph, edge[0], edge[1]); });
}

// One attempt; false if the graph proved too small for the potentials and a wider one should be tried.
template <class ExactTrees>
bool attempt_sparse(const Space& space, const RelaxationOptions& options, int nearest, bool last,
                    ExactTrees& exact_trees, Relaxation& result, core::Run& run) {
  const double until = run.elapsed() + (options.certify ? 0.5 : 1.0) * std::max(0.0, run.remaining());
  try {
    result.graph = sparse_graph(space, nearest, run.checkpoint());
  } catch (const core::Stopped&) {
    return true;
  }
  SparseTrees trees(space, result.quanta, result.graph);
  if (!trees.connected(
          run)) {  // join the components by their nearest pairs: a minimum spanning tree holds them
    OneTree joining;
    const std::vector<Cost> zero(at(space.size()), 0);
    if (!exact_trees(zero, trees, joining, run)) return true;
    result.graph = with_edges(result.graph, joining);
    trees = SparseTrees(space, result.quanta, result.graph);
  }
  Ascent ascent(space, result.quanta);
  ascent.climb(options.steps, trees, run, until);
  if (!ascent.known()) return true;
  const auto keep = [&](const std::vector<Cost>& pi, const OneTree& tree, bool exact) {
    result.pi = pi;
    result.tree = tree;
    result.exact = exact;
  };
  keep(ascent.best_pi(), ascent.best(), false);
  const Cost first = ascent.first_weight();
  if (!last && first > 0 && ascent.best().weight / 2 > first) return false;
  if (!options.certify) return true;

  OneTree exact;
  if (!exact_trees(ascent.best_pi(), trees, exact, run)) return true;
  certify(space, result, exact.weight);
  const double loss = static_cast<double>(ascent.best().weight - exact.weight) /
                      std::max(1.0, std::abs(static_cast<double>(ascent.best().weight)));
  if (!last && loss > 0.005) return false;
  keep(ascent.best_pi(), exact, true);
  if (holds_tree(result.graph, exact)) return true;

  result.graph = with_edges(result.graph, exact);
  if (options.steps == 0 || loss < 1e-4) return true;  // too little for other potentials to win back
  SparseTrees wider(space, result.quanta, result.graph);
  ascent.resume(std::min(10, options.steps), wider, run, until);
  OneTree again;
  if (!exact_trees(ascent.best_pi(), wider, again, run)) return true;
  if (again.weight <= exact.weight) return true;
  certify(space, result, again.weight);
  keep(ascent.best_pi(), again, true);
  if (!holds_tree(result.graph, again)) result.graph = with_edges(result.graph, again);
  return true;
}

Relaxation relax_sparse(const Space& space, const RelaxationOptions& options, core::Run& run) {
  Relaxation result;
  result.quanta = Quanta(space);
  const int nearest = std::max(graph_neighbors, options.wanted);
  with_exact_trees(space, result.quanta, [&](auto&& exact_trees) {
    if (!attempt_sparse(space, options, nearest, false, exact_trees, result, run))
      (void)attempt_sparse(space, options, std::max(wider_graph_neighbors, nearest), true, exact_trees,
                           result, run);
  });
  return result;
}

}  // namespace

Quanta::Quanta(const Space& space) {
  const Index n = space.size();
  // Bounds every |engine cost|; in a doubled space the ties and bans are the largest.
  double largest = std::max(1.0, space.problem().largest_cost() * space.scale());
  if (space.doubled())
    largest = std::max(largest, std::abs(static_cast<double>(space.offset())) / (n / 2) + 1);
  // Reduced costs are at most 5 times the largest cost (limit below), n of them stay under 2^61.
  const int exponent = std::ilogb(largest) + 1;
  const int room = std::min(48, 58 - (std::ilogb(static_cast<double>(std::max(1, n))) + 1)) - exponent;
  up = std::max(0, room);
  down = std::max(0, -room);
  limit = Cost{1} << std::min(60, exponent + room + 1);
  per_user_unit = std::exp2(room) * space.scale();
}

void OneTree::degrees(std::vector<Index>& degree) const {
  degree.assign(edges.size() + 1, 0);
  for (const auto& [a, b] : edges) {
    ++degree[at(a)];
    ++degree[at(b)];
  }
  if (leaf >= 0) {
    ++degree[at(leaf)];
    ++degree[at(mate)];
  }
}

Relaxation relax(const Space& space, const RelaxationOptions& options, core::Run& run) {
  const Index n = space.size();
  if (n < 1) throw std::invalid_argument("relax: the space has no nodes");
  if (options.steps < 0) throw std::invalid_argument("relax: the number of ascent steps is negative");
  if (n <= 2) {  // one node, or an edge taken twice
    Relaxation result;
    result.quanta = Quanta(space);
    result.pi.assign(at(n), 0);
    result.exact = true;
    if (n == 2) {
      const Cost cost = result.quanta(space.visit([](const auto& metric) { return metric(0, 1); }));
      result.tree = {{{0, 1}}, 1, 0, cost, 2 * cost};
    }
    certify(space, result, result.tree.weight);
    return result;
  }
  const Index limit = space.dimension() == 0 ? dense_limit_matrix : dense_limit;
  const bool dense =
      options.method == RelaxationMethod::automatic ? n <= limit : options.method == RelaxationMethod::dense;
  return dense ? relax_dense(space, options, run) : relax_sparse(space, options, run);
}

std::optional<double> held_karp_bound(const Space& space, int steps, core::Run& run) {
  if (space.doubled()) return std::nullopt;
  RelaxationOptions options;
  options.steps = steps;
  return relax(space, options, run).lower_bound;
}

}  // namespace wayseer::tsp
