// 2-opt and Or-opt with neighbour lists and a work queue: the baseline local search, about 5 % above the
// optimum on uniform points. First improvement; a move costs what it rewrites. Needs n >= 5.
// Sources: G. Croes, "A method for solving traveling-salesman problems" (1958); I. Or, "Traveling
// salesman-type combinatorial problems and their relation to the logistics of regional blood banking" (1976);
// J. Bentley (1992) for neighbour lists and don't-look bits.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "wayseer/tsp/array_tour.hpp"
#include "wayseer/tsp/neighbors.hpp"

namespace wayseer::tsp {

template <class Metric>
class OrOpt {
 public:
  OrOpt(const Metric& metric, const NeighborLists<Metric>& neighbors)
      : metric_(metric), neighbors_(neighbors), queued_(static_cast<std::size_t>(neighbors.size())) {}

  // Descends from `order`, all nodes queued; returns the gain. `stop` is asked every 256 nodes, earlier if
  // moves rewrite much.
  template <class Stop>
  Cost optimize(std::span<const Index> order, Stop&& stop) {
    tour_.assign(order);
    queue_.assign(order.begin(), order.end());
    std::fill(queued_.begin(), queued_.end(), std::uint8_t{1});
    Cost total = 0;
    work_ = 0;
    bool stopped = false;
    for (std::size_t head = 0; head < queue_.size() && !stopped; ++head) {
      const Index c = queue_[head];
      queued_[at(c)] = 0;
      work_ += work_per_node;
      for (Cost gain = 1; gain > 0 && !stopped; total += gain) {
        gain = improve(c);
        if (work_ < work_per_question) continue;
        work_ = 0;
        stopped = stop();
      }
      if (head > queue_.size() / 2 && head > forget_from) {  // forget what was worked off
        queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(head) + 1);
        head = static_cast<std::size_t>(-1);
      }
    }
    return total;
  }
  [[nodiscard]] const ArrayTour& tour() const noexcept { return tour_; }

 private:
  static std::size_t at(Index i) noexcept { return static_cast<std::size_t>(i); }
  [[nodiscard]] Index step(Index v, bool forward) const noexcept {
    return forward ? tour_.next(v) : tour_.previous(v);
  }
  void push(Index v) {
    if (queued_[at(v)] != 0) return;
    queued_[at(v)] = 1;
    queue_.push_back(v);
  }

  Cost improve(Index c) {
    for (const bool forward : {true, false}) {
      if (const Cost gain = two_opt(c, forward)) return gain;
      if (const Cost gain = move_run(c, forward)) return gain;
    }
    return 0;
  }

  // (a, b) and (x, y), both in the direction of travel, become (a, x) and (b, y).
  Cost two_opt(Index a, bool forward) {
    const Index b = step(a, forward);
    const Cost ab = metric_(a, b);
    for (const auto& [x, distance] : neighbors_[a]) {
      if (distance >= ab) break;
      const Index y = step(x, forward);
      if (x == b || y == a) continue;
      const Cost gain = ab + metric_(x, y) - distance - metric_(b, y);
      if (gain <= 0) continue;
      // Forward the path b .. x is turned round, backward the path x .. b.
      const Index first = tour_.position(forward ? b : x);
      const Index last = tour_.position(forward ? x : b);
      reverse_path(first, last);
      for (const Index v : {a, b, x, y}) push(v);
      return gain;
    }
    return 0;
  }

  // The run s1 .. s2 of one to three nodes that begins at s1 and leads away from its predecessor a is put
  // between x and one of its neighbours y, s1 beside x.
  Cost move_run(Index s1, bool forward) {
    const Index a = step(s1, !forward);
    std::array<Index, 3> run{s1, -1, -1};
    Index s2 = s1;
    for (std::size_t length = 1; length <= 3 && static_cast<Index>(length) + 2 <= tour_.size(); ++length) {
      if (length > 1) s2 = run[length - 1] = step(s2, forward);
      const Index b = step(s2, forward);
      const auto in_run = [&](Index v) { return v == run[0] || v == run[1] || v == run[2]; };
      const Cost removed = metric_(a, s1) + metric_(s2, b) - metric_(a, b);
      for (const auto& [x, distance] : neighbors_[s1]) {
        if (distance >= removed) break;
        if (in_run(x)) continue;
        for (const bool ahead : {true, false}) {
          Index y = step(x, ahead == forward);
          // Beside the run the edge that counts is (a, b) of the closed-up tour.
          if (in_run(y)) y = x == a ? b : a;
          const Cost gain = removed - distance - metric_(s2, y) + metric_(x, y);
          if (gain <= 0) continue;
          relocate(s1, s2, static_cast<Index>(length), forward, x, y);
          for (const Index v : {a, b, s1, s2, x, y}) push(v);
          return gain;
        }
      }
    }
    return 0;
  }

  void reverse_path(Index first, Index last) {
    const Index n = tour_.size();
    const Index length = (last >= first ? last - first : last - first + n) + 1;
    const Index rest = last + 1 == n ? 0 : last + 1;
    const std::array<ArrayTour::Piece, 2> pieces{{{rest, n - length, false}, {first, length, true}}};
    reconnect(pieces);
  }
  void reconnect(std::span<const ArrayTour::Piece> pieces) {
    work_ += tour_.rewrite_cost(pieces);
    tour_.reconnect(pieces);
  }

  // Lifts the run out and puts it between x and y, which are neighbours once the gap is closed.
  void relocate(Index s1, Index s2, Index length, bool forward, Index x, Index y) {
    const Index n = tour_.size();
    const Index first = tour_.position(forward ? s1 : s2);  // the run's positions, ascending
    const Index after = first + length >= n ? first + length - n : first + length;
    // The rest of the tour is a path from `after` round to the node before the run; x and y are neighbours on
    // it or its two ends.
    const auto along = [&](Index v) {
      const Index p = tour_.position(v) - after;
      return p < 0 ? p + n : p;
    };
    const Index px = along(x), py = along(y), rest = n - length;
    const bool ends = (px == 0 && py == rest - 1) || (py == 0 && px == rest - 1);
    // Reading the rest forward, which of the two comes first where the run goes in?
    const bool x_first = ends ? px == rest - 1 : px < py;
    const Index head = ends ? rest : std::min(px, py) + 1;
    const bool s1_first = x_first;  // s1 stands beside x
    const bool reversed = s1_first != forward;
    const Index middle = after + head >= n ? after + head - n : after + head;
    std::array<ArrayTour::Piece, 3> pieces{
        {{after, head, false}, {first, length, reversed}, {middle, rest - head, false}}};
    reconnect(std::span{pieces.data(), head == rest ? std::size_t{2} : std::size_t{3}});
  }

  static constexpr std::size_t forget_from = 1 << 10;
  // In rewritten positions, which cost a nanosecond or two each.
  static constexpr std::int64_t work_per_node = 1024;
  static constexpr std::int64_t work_per_question = 256 * work_per_node;

  const Metric metric_;
  const NeighborLists<Metric>& neighbors_;
  ArrayTour tour_;
  std::vector<Index> queue_;
  std::vector<std::uint8_t> queued_;
  std::int64_t work_ = 0;
};

}  // namespace wayseer::tsp
