// Edge assembly crossover on a population of local optima, with many commits per pair.
//
// Each pair (A, B) is split into AB-cycles. Every cycle is tried on A alone: it swaps A's edges for B's,
// which may leave several subtours; the smallest is joined to a neighbour by the best 2-edge exchange until
// one tour is left. Cycles that shorten A are scored by gain per loss of edge entropy in the population, and
// the best share of them is applied to A one after the other: edge-disjoint and mostly far apart, nearly all
// survive. One generation does this for all pairs (r(i), r(i+1)) of a random permutation r, in place.
//
// Sources: Y. Nagata, S. Kobayashi, "A powerful genetic algorithm using edge assembly crossover for the
// traveling salesman problem" (2013) for AB-cycles, joining and the entropy rule; applying many cycles per
// pair is ours: it needs tens of generations where the one-commit rule needs a number proportional to n.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <queue>
#include <span>
#include <utility>
#include <vector>

#include "wayseer/core/random.hpp"
#include "wayseer/core/run.hpp"
#include "wayseer/tsp/ab_cycles.hpp"
#include "wayseer/tsp/array_tour.hpp"
#include "wayseer/tsp/edge_frequency.hpp"
#include "wayseer/tsp/links.hpp"
#include "wayseer/tsp/neighbors.hpp"

namespace wayseer::tsp {

template <class Metric>
class Eax {
 public:
  Eax(const Metric& metric, const NeighborLists<Metric>& neighbors)
      : metric_(metric),
        neighbors_(neighbors),
        cycles_(neighbors.size()),
        frequency_(neighbors.size()),
        inside_(static_cast<std::size_t>(neighbors.size())) {}

  struct Member {
    Links links;
    Cost length;
  };

  // Takes the population over; counts its edges.
  void start(std::vector<Member> population) {
    population_ = std::move(population);
    const auto size = static_cast<double>(population_.size());
    entropy_.assign(population_.size() + 2, 0.0);
    for (std::size_t f = 1; f < entropy_.size(); ++f) {
      const double share = static_cast<double>(f) / size;
      entropy_[f] = -share * std::log(share);
    }
    frequency_.clear();
    for (const Member& member : population_) frequency_.add_tour(member.links);
  }
  [[nodiscard]] std::vector<Member>& population() noexcept { return population_; }
  [[nodiscard]] const Member& best() const {
    return *std::min_element(population_.begin(), population_.end(),
                             [](const Member& a, const Member& b) { return a.length < b.length; });
  }

  // One generation; returns the number of commits. `stop` is asked after each pair.
  template <class Stop>
  std::int64_t generation(double commit_fraction, core::Random& random, Stop&& stop) {
    const auto size = static_cast<Index>(population_.size());
    std::vector<Index> turn(population_.size());
    std::iota(turn.begin(), turn.end(), 0);
    core::shuffle(std::span{turn}, random);
    std::int64_t commits = 0;
    for (Index i = 0; i < size; ++i) {
      Member& a = population_[at(turn[at(i)])];
      const Member& b = population_[at(turn[at(i + 1 == size ? 0 : i + 1)])];
      commits += improve(a, b, commit_fraction, random, stop);
      if (stop()) break;
    }
    return commits;
  }

  // Improves A with the edges of B; returns the number of AB-cycles applied.
  template <class Stop>
  std::int64_t improve(Member& a, const Member& b, double commit_fraction, core::Random& random,
                       Stop&& stop) {
    cycles_.build(a.links, b.links, random);
    if (cycles_.size() == 0) return 0;
    order_of(a.links, order_);
    index_.assign(order_);
    links_ = &a.links;
    scored_.clear();
    for (Index c = 0; c < cycles_.size(); ++c) {
      Cost gain = 0;
      if (apply(cycles_[c], gain) && gain > 0) scored_.push_back({static_cast<double>(gain) / loss(), c});
      undo();
      if ((c & 255) == 255 && stop()) return 0;
    }
    if (scored_.empty()) return 0;
    const auto wanted = std::max<std::size_t>(
        1, static_cast<std::size_t>(std::ceil(commit_fraction * static_cast<double>(scored_.size()))));
    std::sort(scored_.begin(), scored_.end(), [](const Scored& x, const Scored& y) {
      return x.score != y.score ? x.score > y.score : x.cycle < y.cycle;
    });
    scored_.resize(std::min(wanted, scored_.size()));
    std::int64_t commits = 0;
    for (const Scored& scored : scored_) {
      Cost gain = 0;
      if (apply(cycles_[scored.cycle], gain) && gain > 0) {
        commit();
        a.length -= gain;
        ++commits;
      } else {
        undo();
      }
    }
    return commits;
  }

 private:
  struct Cut {  // between positions left and left + 1; endpoint 2j or 2j+1 of the cycle is on its right
    Index left;
    Index edge;
  };
  struct Change {
    Index node;
    Index slot;
    Index old;
  };
  struct Scored {
    double score;
    Index cycle;
  };
  using Edge = std::pair<Index, Index>;

  static std::size_t at(Index i) noexcept { return static_cast<std::size_t>(i); }
  static Edge ordered(Index u, Index v) noexcept { return u < v ? Edge{u, v} : Edge{v, u}; }

  void replace(Index node, Index old, Index now) {
    auto& pair = (*links_)[at(node)];
    const Index slot = pair[0] == old ? 0 : 1;
    pair[at(slot)] = now;
    log_.push_back({node, slot, old});
  }
  void undo() noexcept {
    while (!log_.empty()) {
      const Change& change = log_.back();
      (*links_)[at(change.node)][at(change.slot)] = change.old;
      log_.pop_back();
    }
  }

  // Writes the child of A and one AB-cycle into A's links. False, with the links as they were or to be
  // undone, if an edge of the cycle is gone or a subtour cannot be joined.
  bool apply(std::span<const Index> cycle, Cost& gain) {
    log_.clear();
    removed_.clear();
    added_.clear();
    gain = 0;
    const auto k = static_cast<Index>(cycle.size() / 2);
    const Index n = index_.size();
    const auto node = [&](Index i) { return cycle[at(i == 2 * k ? 0 : i)]; };
    cuts_.resize(at(k));
    rank_.resize(at(k));
    right_.resize(at(k));
    for (Index j = 0; j < k; ++j) {
      const Index u = node(2 * j), w = node(2 * j + 1);
      const Index pu = index_.position(u), pw = index_.position(w);
      const bool forward = pw == (pu + 1 == n ? 0 : pu + 1);
      if (!forward && pu != (pw + 1 == n ? 0 : pw + 1)) return false;
      if (linked(*links_, w, node(2 * j + 2))) return false;
      cuts_[at(j)] = {forward ? pu : pw, j};
      right_[at(j)] = forward ? 1 : 0;
    }
    std::sort(cuts_.begin(), cuts_.end(), [](const Cut& x, const Cut& y) { return x.left < y.left; });
    for (Index r = 0; r < k; ++r) rank_[at(cuts_[at(r)].edge)] = r;
    for (Index j = 0; j < k; ++j) {
      const Index u = node(2 * j), w = node(2 * j + 1), x = node(2 * j + 2),
                  y = node(2 * j + 3 == 2 * k + 1 ? 1 : 2 * j + 3);
      gain += metric_(u, w) - metric_(w, x);
      removed_.push_back(ordered(u, w));
      added_.push_back(ordered(w, x));
      replace(w, u, x);
      replace(x, y, w);
    }
    const Index subtours = label_subtours(k);
    return subtours == 1 || join_subtours(subtours, gain);
  }

  // Segment r runs from the position after cut r to cut r + 1, cyclic. Walks them as the new edges lead.
  Index label_subtours(Index k) {
    const Index n = index_.size();
    label_.assign(at(k), -1);
    next_segment_.assign(at(k), -1);
    subtours_.clear();
    for (Index start = 0; start < k; ++start) {
      if (label_[at(start)] >= 0) continue;
      const auto label = static_cast<Index>(subtours_.size());
      Subtour subtour{start, start, 0};
      Index segment = start;
      bool reversed = false;
      do {
        label_[at(segment)] = label;
        if (segment != start) {
          next_segment_[at(subtour.last)] = segment;
          subtour.last = segment;
        }
        subtour.nodes += segment_length(segment, k, n);
        const Index edge = cuts_[at(reversed ? segment : (segment + 1 == k ? 0 : segment + 1))].edge;
        const bool leaves_by_second = reversed == (right_[at(edge)] != 0);
        const Index mate = leaves_by_second ? (edge + 1 == k ? 0 : edge + 1) : (edge == 0 ? k - 1 : edge - 1);
        const bool enters_right = (right_[at(mate)] != 0) == !leaves_by_second;
        const Index cut = rank_[at(mate)];
        segment = enters_right ? cut : (cut == 0 ? k - 1 : cut - 1);
        reversed = !enters_right;
      } while (segment != start || reversed);
      subtours_.push_back(subtour);
    }
    return static_cast<Index>(subtours_.size());
  }
  [[nodiscard]] Index segment_length(Index r, Index k, Index n) const noexcept {
    return r + 1 < k ? cuts_[at(r + 1)].left - cuts_[at(r)].left : cuts_[0].left + n - cuts_[at(r)].left;
  }
  [[nodiscard]] Index segment_at(Index position, Index k) const noexcept {
    const auto after = std::lower_bound(cuts_.begin(), cuts_.end(), position,
                                        [](const Cut& cut, Index p) { return cut.left < p; });
    return after == cuts_.begin() ? k - 1 : static_cast<Index>(after - cuts_.begin()) - 1;
  }
  [[nodiscard]] Index find(Index label) noexcept {
    while (merged_[at(label)] != label) label = merged_[at(label)] = merged_[at(merged_[at(label)])];
    return label;
  }

  bool join_subtours(Index count, Cost& gain) {
    merged_.resize(at(count));
    std::iota(merged_.begin(), merged_.end(), 0);
    using Sized = std::pair<Index, Index>;
    std::priority_queue<Sized, std::vector<Sized>, std::greater<>> smallest;
    for (Index label = 0; label < count; ++label) smallest.push({subtours_[at(label)].nodes, label});
    for (Index left = count; left > 1;) {
      const auto [nodes, label] = smallest.top();
      smallest.pop();
      if (merged_[at(label)] != label || subtours_[at(label)].nodes != nodes) continue;
      const Join join = best_join(label);
      if (join.a < 0) return false;
      replace(join.a, join.b, join.c);
      replace(join.b, join.a, join.d);
      replace(join.c, join.d, join.a);
      replace(join.d, join.c, join.b);
      removed_.push_back(ordered(join.a, join.b));
      removed_.push_back(ordered(join.c, join.d));
      added_.push_back(ordered(join.a, join.c));
      added_.push_back(ordered(join.b, join.d));
      gain += join.value;
      const Index other =
          find(label_[at(segment_at(index_.position(join.c), static_cast<Index>(cuts_.size())))]);
      merged_[at(label)] = other;
      next_segment_[at(subtours_[at(other)].last)] = subtours_[at(label)].first;
      subtours_[at(other)].last = subtours_[at(label)].last;
      subtours_[at(other)].nodes += nodes;
      smallest.push({subtours_[at(other)].nodes, other});
      --left;
    }
    return true;
  }

  struct Join {
    Index a = -1, b = -1, c = -1, d = -1;
    Cost value = std::numeric_limits<Cost>::min();
  };

  // The best exchange of an edge (a, b) of the subtour and an edge (c, d) outside for (a, c) and (b, d), with
  // a near the cuts: long segments have many equally good places, and looking at all of them costs more than
  // it finds.
  Join best_join(Index label) {
    const auto k = static_cast<Index>(cuts_.size());
    const Index nodes = subtours_[at(label)].nodes;
    const std::size_t breadth = nodes > 200 ? 6 : 10;
    // Small subtours are marked node by node, large ones looked up by segment.
    const bool marked = nodes <= 1000;
    const std::int32_t here = marked ? ++epoch_ : 0;
    if (marked) for_each_node(label, k, nodes, [&](Index v) { inside_[at(v)] = here; });
    const auto inside = [&](Index v) {
      return marked ? inside_[at(v)] == here : find(label_[at(segment_at(index_.position(v), k))]) == label;
    };
    Join best;
    constexpr Index reach = 100;
    for_each_node(label, k, reach, [&](Index a) {
      Cost to_b[2] = {-1, -1};
      const auto& links_a = (*links_)[at(a)];
      for (const auto& [c, distance] : neighbors_.first(a, breadth)) {
        if (inside(c)) continue;
        if (to_b[0] < 0) {
          to_b[0] = metric_(a, links_a[0]);
          to_b[1] = metric_(a, links_a[1]);
        }
        // A heuristic cut, not a bound: farther neighbours hardly ever win.
        if (best.a >= 0 && distance > 5 * std::max(to_b[0], to_b[1]) - best.value) break;
        const auto& links_c = (*links_)[at(c)];
        for (std::size_t y = 0; y < 2; ++y) {
          const Cost with_d = metric_(c, links_c[y]) - distance;
          for (std::size_t x = 0; x < 2; ++x) {
            if (to_b[x] + with_d <= best.value) continue;
            const Cost value = to_b[x] + with_d - metric_(links_a[x], links_c[y]);
            if (value > best.value) best = {a, links_a[x], c, links_c[y], value};
          }
        }
      }
    });
    return best;
  }
  // The nodes of a subtour, of each segment only those within `reach` of its ends.
  template <class Visit>
  void for_each_node(Index label, Index k, Index reach, Visit&& visit) {
    const Index n = index_.size();
    for (Index segment = subtours_[at(label)].first; segment >= 0; segment = next_segment_[at(segment)]) {
      const Index first = cuts_[at(segment)].left + 1;
      const Index length = segment_length(segment, k, n);
      for (Index i = 0; i < length; ++i) {
        if (i == reach && length - i > reach) i = length - reach;
        const Index p = first + i;
        visit(index_.node(p >= n ? p - n : p));
      }
    }
  }

  // Removes from both lists what is in both.
  void net_changes() {
    std::sort(removed_.begin(), removed_.end());
    std::sort(added_.begin(), added_.end());
    std::size_t kept_removed = 0, kept_added = 0, i = 0, j = 0;
    while (i < removed_.size() || j < added_.size()) {
      if (j == added_.size() || (i < removed_.size() && removed_[i] < added_[j])) {
        removed_[kept_removed++] = removed_[i++];
      } else if (i == removed_.size() || added_[j] < removed_[i]) {
        added_[kept_added++] = added_[j++];
      } else {
        ++i;
        ++j;
      }
    }
    removed_.resize(kept_removed);
    added_.resize(kept_added);
  }

  // The fall of the population's edge entropy if the change just applied is kept; a floor where it rises, so
  // that such children come first, by gain.
  double loss() {
    net_changes();
    double loss = 0;
    for (const auto& [u, v] : removed_) {
      const auto f = at(frequency_.count(u, v));
      loss += entropy_[f] - entropy_[f - 1];
    }
    for (const auto& [u, v] : added_) {
      const auto f = at(frequency_.count(u, v));
      loss += entropy_[f] - entropy_[f + 1];
    }
    return std::max(loss, 1e-8);
  }

  void commit() {
    cut_positions_.clear();
    const Index n = index_.size();
    for (const auto& [u, v] : removed_) {
      const Index pu = index_.position(u), pv = index_.position(v);
      if (pv == (pu + 1 == n ? 0 : pu + 1))
        cut_positions_.push_back(pu);
      else if (pu == (pv + 1 == n ? 0 : pv + 1))
        cut_positions_.push_back(pv);
    }
    net_changes();
    for (const auto& [u, v] : removed_) frequency_.remove(u, v);
    for (const auto& [u, v] : added_) frequency_.add(u, v);
    log_.clear();
    std::sort(cut_positions_.begin(), cut_positions_.end());
    cut_positions_.erase(std::unique(cut_positions_.begin(), cut_positions_.end()), cut_positions_.end());
    reindex();
  }

  // Walks the pieces between the cuts as the links lead and tells the index their new order.
  void reindex() {
    const auto k = static_cast<Index>(cut_positions_.size());
    const Index n = index_.size();
    pieces_.clear();
    Index piece = 0;
    bool reversed = false;
    Index from = -1;
    do {
      const Index first = cut_positions_[at(piece)] + 1 == n ? 0 : cut_positions_[at(piece)] + 1;
      const Index last = cut_positions_[at(piece + 1 == k ? 0 : piece + 1)];
      const Index length = last - first + 1 + (last < first ? n : 0);
      pieces_.push_back({first, length, reversed});
      const Index exit = index_.node(reversed ? first : last);
      // The neighbour inside the piece, or for a single node the one it was entered from.
      Index inner = from;
      if (length > 1)
        inner = index_.node(reversed ? (first + 1 == n ? 0 : first + 1) : (last == 0 ? n - 1 : last - 1));
      const auto& pair = (*links_)[at(exit)];
      const Index entry = pair[0] == inner ? pair[1] : pair[0];
      from = exit;
      const Index position = index_.position(entry);
      const auto after = std::lower_bound(cut_positions_.begin(), cut_positions_.end(), position);
      const auto r = static_cast<Index>(after - cut_positions_.begin());
      piece = r == 0 ? k - 1 : r - 1;
      const Index start = cut_positions_[at(piece)] + 1 == n ? 0 : cut_positions_[at(piece)] + 1;
      reversed = position != start;
    } while (piece != 0);
    index_.reconnect(pieces_);
  }

  struct Subtour {
    Index first;  // segments, chained by next_segment_
    Index last;
    Index nodes;
  };

  const Metric metric_;
  const NeighborLists<Metric>& neighbors_;
  std::vector<Member> population_;
  AbCycles cycles_;
  EdgeFrequency frequency_;
  std::vector<double> entropy_;
  ArrayTour index_;  // order and positions of the current A
  Links* links_ = nullptr;
  std::vector<Index> order_;
  std::vector<Scored> scored_;
  // The child being tried.
  std::vector<Cut> cuts_;
  std::vector<Index> rank_;
  std::vector<std::uint8_t> right_;
  std::vector<Index> label_, next_segment_, merged_;
  std::vector<Subtour> subtours_;
  std::vector<std::int32_t> inside_;  // inside_[v] == epoch_: v is in the subtour being joined
  std::int32_t epoch_ = 0;
  std::vector<Change> log_;
  std::vector<Edge> removed_, added_;
  std::vector<Index> cut_positions_;
  std::vector<ArrayTour::Piece> pieces_;
};

}  // namespace wayseer::tsp
