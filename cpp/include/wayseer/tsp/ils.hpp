// Iterated local search with plane-local double bridges: a random node and three found by short random walks
// on the neighbour graph are cut behind, the four pieces A B C D become A D C B, k-opt repairs the eight
// ends, and the result is kept unless it is longer. A kick costs what it rewrites, not O(n). Source: D.
// Applegate, W. Cook, A. Rohe, "Chained Lin-Kernighan for large traveling salesman problems" (2003).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "wayseer/core/random.hpp"
#include "wayseer/tsp/k_opt.hpp"

namespace wayseer::tsp {

struct KickSettings {
  int walk = 50;                                          // longest random walk, in steps
  int walk_breadth = 6;                                   // neighbours a step chooses from
  Index max_rewrite = std::numeric_limits<Index>::max();  // refuse dearer kicks
  Index patches = 10;                                     // doubled: places tried for putting a path back
  Index stride = 0;  // > 0: starts sweep over the nodes in steps of this mean; 0: uniformly random
};

template <class Metric>
class Ils {
 public:
  // `search` holds the tour, a local optimum with an empty queue. In a doubled space the edges that tie the
  // halves of a node together (2i, 2i+1) are never cut, and every second kick follows the arcs instead.
  Ils(const Metric& metric, const NeighborLists<Metric>& neighbors, KOpt<Metric>& search,
      KickSettings settings, bool doubled)
      : metric_(metric), neighbors_(neighbors), search_(search), settings_(settings), doubled_(doubled) {}

  // One kick and its repair; returns the gain (>= 0), 0 if the tour was put back.
  template <class Stop>
  Cost kick(core::Random& random, Stop&& stop) {
    ArrayTour& tour = search_.tour();
    if (tour.size() < 8) return 0;
    constexpr int tries = 20;
    for (int attempt = 0; attempt < tries; ++attempt) {
      std::array<Index, 4> cut{};
      if (!(doubled_ && random.below(2) == 0 ? choose_arcs(random, cut) : choose_cuts(random, cut))) continue;
      const Index n = tour.size();
      const auto after = [n](Index p) { return p + 1 == n ? 0 : p + 1; };
      const std::array<ArrayTour::Piece, 4> pieces{{{after(cut[3]), cut[0] + n - cut[3], false},
                                                    {after(cut[2]), cut[3] - cut[2], false},
                                                    {after(cut[1]), cut[2] - cut[1], false},
                                                    {after(cut[0]), cut[1] - cut[0], false}}};
      if (tour.rewrite_cost(pieces) > settings_.max_rewrite) continue;
      std::array<Index, 8> end{};
      for (std::size_t i = 0; i < 4; ++i) {
        end[2 * i] = tour.node(cut[i]);
        end[2 * i + 1] = tour.node(after(cut[i]));
      }
      Cost change = metric_(end[0], end[5]) + metric_(end[6], end[3]) + metric_(end[4], end[1]) +
                    metric_(end[2], end[7]);
      for (std::size_t i = 0; i < 4; ++i) change -= metric_(end[2 * i], end[2 * i + 1]);
      tour.start_journal();
      tour.reconnect(pieces);
      for (const Index v : end) search_.push(v);
      const Cost gain = search_.optimize(stop) - change;
      if (gain < 0) tour.undo();
      tour.forget();
      return std::max<Cost>(gain, 0);
    }
    return 0;
  }

 private:
  bool choose_cuts(core::Random& random, std::array<Index, 4>& cut) {
    const Index start = next_start(random);
    std::size_t found = 0;
    cut[found++] = cut_after(start);
    constexpr int walks = 12;
    for (int walk = 0; walk < walks && found < 4; ++walk) {
      Index v = start;
      for (Index steps = 1 + random.below(settings_.walk); steps > 0; --steps) {
        const auto row = neighbors_.first(v, static_cast<std::size_t>(settings_.walk_breadth));
        if (row.empty()) break;
        v = row[static_cast<std::size_t>(random.below(static_cast<Index>(row.size())))].node;
      }
      const Index p = cut_after(v);
      if (std::find(cut.begin(), cut.begin() + static_cast<std::ptrdiff_t>(found), p) ==
          cut.begin() + static_cast<std::ptrdiff_t>(found))
        cut[found++] = p;
    }
    std::sort(cut.begin(), cut.end());
    return found == 4;
  }
  // Arcs have no plane to be local in. A random node u gets a random candidate w as its new neighbour, which
  // splits off the path between them; of the exchanges that put it back elsewhere the best is taken.
  bool choose_arcs(core::Random& random, std::array<Index, 4>& cut) {
    const ArrayTour& tour = search_.tour();
    const Index n = tour.size();
    const auto wrap = [n](Index p) { return p >= n ? p - n : p < 0 ? p + n : p; };
    const Index p = cut_after(next_start(random));
    const Index u = tour.node(p);
    const auto row = neighbors_.first(u, static_cast<std::size_t>(settings_.walk_breadth));
    if (row.empty()) return false;
    const Index w = row[static_cast<std::size_t>(random.below(static_cast<Index>(row.size())))].node;
    const Index q = wrap(tour.position(w) - 1);  // halves alternate: w is behind a cut where u is before one
    if (w == (u ^ 1) || q == p) return false;
    // The path split off, the shorter of the two: positions first + 1 .. first + nodes.
    const bool ahead = wrap(q - p) <= n / 2;
    const Index first = ahead ? p : q;
    const Index nodes = wrap(ahead ? q - p : p - q);
    const Index arcs = nodes / 2 - 1;
    if (arcs < 1) return false;
    const Index tried = std::min<Index>(arcs, settings_.patches);
    Index arc = random.below(arcs);
    Cost best = std::numeric_limits<Cost>::min();
    Index r = -1, s = -1;
    for (Index i = 0; i < tried; ++i, arc = arc + 1 == arcs ? 0 : arc + 1) {
      const Index here = wrap(first + 2 * (arc + 1));
      const Index a = tour.node(here), b = tour.node(wrap(here + 1));
      const Cost ab = metric_(a, b);
      const auto offer = [&](Index cut_at, Cost value) {
        if (value > best) {
          best = value;
          r = here;
          s = cut_at;
        }
      };
      for (const auto& [d, distance] :
           neighbors_.first(a, static_cast<std::size_t>(settings_.walk_breadth))) {
        const Index at_d = tour.position(d);
        if (wrap(at_d - first - 1) < nodes) continue;
        const Index c = tour.node(wrap(at_d - 1));
        if (wrap(at_d - 1) == first || wrap(at_d - 1) == wrap(first + nodes)) continue;
        offer(wrap(at_d - 1), ab + metric_(c, d) - distance - metric_(c, b));
      }
      for (const auto& [c, distance] :
           neighbors_.first(b, static_cast<std::size_t>(settings_.walk_breadth))) {
        const Index at_c = tour.position(c);
        if (wrap(at_c - first - 1) < nodes) continue;
        const Index d = tour.node(wrap(at_c + 1));
        if (at_c == first || at_c == wrap(first + nodes)) continue;
        offer(at_c, ab + metric_(c, d) - distance - metric_(a, d));
      }
    }
    if (r < 0) return false;
    cut = {p, q, r, s};
    std::sort(cut.begin(), cut.end());
    return true;
  }
  // Nodes near in number are near in space and memory: a sweep finds its data in the cache.
  Index next_start(core::Random& random) {
    const Index n = search_.tour().size();
    if (settings_.stride == 0) return random.below(n);
    sweep_ += 1 + random.below(2 * settings_.stride - 1);
    sweep_ %= n;
    return sweep_;
  }
  [[nodiscard]] Index cut_after(Index v) const noexcept {
    const ArrayTour& tour = search_.tour();
    const Index p = tour.position(v);
    const Index next = p + 1 == tour.size() ? 0 : p + 1;
    return doubled_ && (v ^ 1) == tour.node(next) ? next : p;
  }

  const Metric metric_;
  const NeighborLists<Metric>& neighbors_;
  KOpt<Metric>& search_;
  KickSettings settings_;
  bool doubled_;
  Index sweep_ = 0;
};

}  // namespace wayseer::tsp
