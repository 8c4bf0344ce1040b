// Sequential k-opt local search on an array tour, first improvement, no flips until a move is found.
//
// From each node in a work queue a depth-first search removes and adds edges in turn (Lin-Kernighan's
// positive gain rule) over the nearest neighbours, up to `depth` removed edges; whether closing up gives one
// cycle is a table look-up. It contains 2-opt, Or-opt and every pure sequential 3- to 6-opt move. A node
// costs O(product of breadths) look-ups; an applied move rewrites all but the longest piece of the tour.
// Sources: S. Lin, B. Kernighan, "An effective heuristic algorithm for the traveling-salesman problem"
// (1973); K. Helsgaun, "General k-opt submoves for the Lin-Kernighan TSP heuristic" (2009).
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <type_traits>
#include <vector>

#include "wayseer/core/random.hpp"
#include "wayseer/core/run.hpp"
#include "wayseer/tsp/array_tour.hpp"
#include "wayseer/tsp/k_opt_validity.hpp"
#include "wayseer/tsp/neighbors.hpp"

namespace wayseer::tsp {

struct KOptSettings {
  int depth = 5;  // most edges removed by a move, 2..6
  std::array<std::uint8_t, max_k_opt> breadth{8, 5, 3,
                                              2, 1, 1};   // neighbours tried after 1, 2, .. removed edges
  Index max_rewrite = std::numeric_limits<Index>::max();  // dearer moves count as not improving
};

template <class Metric>
class KOpt {
 public:
  using Lists = NeighborLists<Metric>;

  KOpt(const Metric& metric, const Lists& neighbors, KOptSettings settings)
      : metric_(metric), neighbors_(neighbors), settings_(settings), validity_(KOptValidity::instance()) {
    const auto n = static_cast<std::size_t>(neighbors.size());
    queued_.resize(n);
    std::size_t capacity = 1;
    while (capacity < n) capacity *= 2;
    ring_.resize(capacity);
    for (int k = 2; k <= max_k_opt; ++k) valid_[static_cast<std::size_t>(k)] = validity_.row(k);
  }

  [[nodiscard]] ArrayTour& tour() noexcept { return tour_; }
  [[nodiscard]] const ArrayTour& tour() const noexcept { return tour_; }
  void set_max_rewrite(Index positions) noexcept { settings_.max_rewrite = positions; }

  void assign(std::span<const Index> order) {
    tour_.assign(order);
    clear_queue();
  }
  void push(Index v) noexcept {
    if (queued_[at(v)] != 0) return;
    queued_[at(v)] = 1;
    ring_[(head_ + count_++) & (ring_.size() - 1)] = v;
  }
  // All nodes in tour order: the search then sweeps over the plane.
  void push_all() noexcept {
    for (const Index v : tour_.order()) push(v);
  }
  void clear_queue() noexcept {
    while (count_ > 0) pop();
  }

  // Works the queue off and returns the total gain (>= 0). `stop` is asked every 256 nodes, earlier if moves
  // rewrite much; when it says yes the queue is cleared, and the tour is valid but perhaps not a local
  // optimum.
  template <class Stop>
  Cost optimize(Stop&& stop) {
    Cost total = 0;
    work_ = 0;
    bool stopped = false;
    while (count_ > 0) {
      const Index base = pop();
      work_ += work_per_node;
      for (Cost gain = 1; gain > 0 && !stopped; total += gain) {
        gain = improve(base);
        if (work_ < work_per_question) continue;
        work_ = 0;
        stopped = stop();
      }
      if (stopped) clear_queue();
    }
    return total;
  }
  Cost optimize() {
    return optimize([] { return false; });
  }

  // One improving move from `base`, or 0. Pushes the endpoints of a move that was made.
  Cost improve(Index base) noexcept {
    t_[0] = base;
    for (const bool forward : {false, true}) {
      const Index t1 = forward ? tour_.next(base) : tour_.previous(base);
      t_[1] = t1;
      left_[0] = tour_.position(forward ? base : t1);
      if (const Cost gain = extend(1, 0, forward ? 1U : 0U, metric_(base, t1))) return gain;
    }
    return 0;
  }

 private:
  static std::size_t at(Index i) noexcept { return static_cast<std::size_t>(i); }

  Index pop() noexcept {
    const Index v = ring_[head_];
    head_ = (head_ + 1) & (ring_.size() - 1);
    --count_;
    queued_[at(v)] = 0;
    return v;
  }

  // `edges` tour edges are removed, all but the closing edge added; `gain` > 0 so far.
  Cost extend(int edges, std::uint32_t code, std::uint32_t right, Cost gain) noexcept {
    if (edges >= max_k_opt) return 0;  // never happens; lets the compiler bound its unrolling
    const Index a = t_[at(2 * edges - 1)];
    const Index a_next = tour_.next(a);
    const Index a_previous = tour_.previous(a);
    const bool last = edges + 1 == settings_.depth;
    const std::uint8_t* valid = valid_[at(edges + 1)];
    for (const auto& [c, distance] : neighbors_.first(a, settings_.breadth[at(edges - 1)])) {
      const Cost open = gain - distance;
      if (open <= 0) break;
      if (c == a_next || c == a_previous) continue;
      const Index at_c = tour_.position(c);
      for (const bool forward : {false, true}) {
        if constexpr (std::is_same_v<Metric, DoubledMetric>)  // the edge between a node's halves stays
          if ((forward ? tour_.next(c) : tour_.previous(c)) == (c ^ 1)) continue;
        const Index left = forward ? at_c : (at_c == 0 ? tour_.size() - 1 : at_c - 1);
        std::uint32_t rank = 0;
        bool removed = false;
        for (int i = 0; i < edges; ++i) {
          removed |= left_[at(i)] == left;
          rank += left_[at(i)] < left ? 1U : 0U;
        }
        if (removed) continue;
        const std::uint32_t next_code = code * static_cast<std::uint32_t>(edges + 1) + rank;
        const std::uint32_t next_right = right | ((forward ? 1U : 0U) << edges);
        const bool closable = valid[(next_code << (edges + 1)) | next_right] != 0;
        if (last && !closable) continue;
        const Index x = forward ? tour_.node(left + 1 == tour_.size() ? 0 : left + 1) : tour_.node(left);
        const Cost next_gain = open + metric_(c, x);
        t_[at(2 * edges)] = c;
        t_[at(2 * edges + 1)] = x;
        left_[at(edges)] = left;
        if (closable) {
          const Cost closed = next_gain - metric_(x, t_[0]);
          if (closed > 0 && apply(edges + 1, next_right)) return closed;
        }
        if (!last) {
          if (const Cost closed = extend(edges + 1, next_code, next_right, next_gain)) return closed;
        }
      }
    }
    return 0;
  }

  bool apply(int k, std::uint32_t right) noexcept {
    k = std::min(k, max_k_opt);
    std::array<int, max_k_opt> rank{};
    std::array<Index, max_k_opt> cut{};
    for (int j = 0; j < k; ++j) {
      int r = 0;
      for (int i = 0; i < k; ++i) r += left_[at(i)] < left_[at(j)] ? 1 : 0;
      rank[at(j)] = r;
      cut[at(r)] = left_[at(j)];
    }
    const KOptPieces walk = walk_pieces(k, rank, right);
    std::array<ArrayTour::Piece, max_k_opt> pieces{};
    for (int i = 0; i < k; ++i) {
      const int r = walk.piece[at(i)];
      const Index first = cut[at(r)] + 1;
      const Index length = r + 1 < k ? cut[at(r + 1)] - cut[at(r)] : cut[0] + tour_.size() - cut[at(r)];
      pieces[at(i)] = {first == tour_.size() ? 0 : first, length, walk.reversed[at(i)]};
    }
    const std::span<const ArrayTour::Piece> used{pieces.data(), at(k)};
    const Index rewritten = tour_.rewrite_cost(used);
    if (rewritten > settings_.max_rewrite) return false;
    work_ += rewritten;
    tour_.reconnect(used);
    for (int i = 0; i < 2 * k; ++i) push(t_[at(i)]);
    return true;
  }

  // In rewritten positions, which cost a nanosecond or two each.
  static constexpr std::int64_t work_per_node = 1024;
  static constexpr std::int64_t work_per_question = 256 * work_per_node;

  const Metric metric_;
  const Lists& neighbors_;
  KOptSettings settings_;
  const KOptValidity& validity_;
  std::array<const std::uint8_t*, max_k_opt + 1> valid_{};
  ArrayTour tour_;
  std::array<Index, 2 * max_k_opt> t_{};
  std::array<Index, max_k_opt> left_{};
  std::vector<Index> ring_;
  std::vector<std::uint8_t> queued_;
  std::size_t head_ = 0;
  std::size_t count_ = 0;
  std::int64_t work_ = 0;
};

}  // namespace wayseer::tsp
