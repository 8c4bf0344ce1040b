// The parts of mcts.cpp that come in two versions, "as the reference" and fast: edge weights and tours.
// Private to the library; its tests include it to compare the versions step by step.
#pragma once

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "wayseer/core/checkpoint.hpp"
#include "wayseer/tsp/array_tour.hpp"
#include "wayseer/tsp/neighbors.hpp"

namespace wayseer::tsp::mcts_detail {

inline constexpr std::size_t at(Index i) noexcept { return static_cast<std::size_t>(i); }

// The symmetrised heatmap as initial weights: rows ascending by column, no zeros, no diagonal.
struct WeightMatrix {
  std::vector<std::int64_t> offset{0};
  std::vector<Index> column;
  std::vector<double> value;

  [[nodiscard]] Index size() const noexcept { return static_cast<Index>(offset.size()) - 1; }
  [[nodiscard]] std::size_t begin(Index i) const noexcept { return static_cast<std::size_t>(offset[at(i)]); }
  [[nodiscard]] std::size_t end(Index i) const noexcept {
    return static_cast<std::size_t>(offset[at(i) + 1]);
  }
};

// The engine's node numbers and the user's. The fast engine numbers nodes along a curve, so that neighbours
// in space are neighbours in memory; where the order of nodes matters for a decision it goes by the user's
// numbers.
struct Numbering {
  std::vector<Index> to_user, to_engine;

  explicit Numbering(std::vector<Index> order) : to_user(std::move(order)), to_engine(to_user.size()) {
    for (std::size_t v = 0; v < to_user.size(); ++v) to_engine[at(to_user[v])] = static_cast<Index>(v);
  }
  [[nodiscard]] Index user(Index v) const noexcept { return to_user[at(v)]; }
  [[nodiscard]] Index engine(Index u) const noexcept { return to_engine[at(u)]; }

  [[nodiscard]] WeightMatrix renumber(const WeightMatrix& matrix,
                                      const core::Checkpoint& checkpoint = {}) const {
    WeightMatrix result;
    result.column.reserve(matrix.column.size());
    result.value.reserve(matrix.value.size());
    std::vector<std::pair<Index, double>> row;
    for (const Index u : to_user) {
      checkpoint(result.size());
      row.clear();
      for (std::size_t k = matrix.begin(u); k < matrix.end(u); ++k)
        row.emplace_back(engine(matrix.column[k]), matrix.value[k]);
      std::sort(row.begin(), row.end());
      for (const auto& [column, value] : row) {
        result.column.push_back(column);
        result.value.push_back(value);
      }
      result.offset.push_back(static_cast<std::int64_t>(result.column.size()));
    }
    return result;
  }
  // Rows keep their order.
  [[nodiscard]] CandidateLists renumber(const CandidateLists& lists,
                                        const core::Checkpoint& checkpoint = {}) const {
    CandidateLists result;
    result.ids.reserve(lists.ids.size());
    for (const Index u : to_user) {
      checkpoint(result.size());
      for (const Index c : lists.row(u)) result.ids.push_back(engine(c));
      result.end_row();
    }
    return result;
  }
};

// All weights and rewards are multiples of one power of two, chosen so that a row may grow to 2^11 times the
// largest initial sum (or beta) before a sum of doubles has to round: sums then do not depend on the order of
// their terms, and a running row sum equals the recomputed one bit for bit. The grain is 2^-42 of that
// largest sum.
class Grain {
 public:
  explicit Grain(double largest) {
    int exponent = 0;
    if (largest > 0) std::frexp(largest, &exponent);
    shift_ = 42 - exponent;
  }
  [[nodiscard]] double operator()(double x) const noexcept {
    return std::ldexp(std::nearbyint(std::ldexp(x, shift_)), -shift_);
  }

 private:
  int shift_ = 0;
};

// Candidate edges are addressed by handles, which each weight class defines as suits it.

// Reference: all n^2 weights and visits, row sums recomputed on every call. A handle is the column.
class DenseWeights {
 public:
  using Handle = Index;
  static constexpr std::size_t bytes_per_pair = sizeof(double) + sizeof(std::uint32_t);

  DenseWeights(const WeightMatrix& initial, std::span<const CandidateLists> candidates)
      : n_(initial.size()),
        weight_(at(n_) * at(n_)),
        visits_(at(n_) * at(n_)),
        lists_(candidates.begin(), candidates.end()) {
    for (Index i = 0; i < n_; ++i)
      for (std::size_t k = initial.begin(i); k < initial.end(i); ++k)
        weight_[pair(i, initial.column[k])] = initial.value[k];
  }

  void use_candidates(std::size_t list) noexcept { active_ = list; }
  [[nodiscard]] std::span<const Handle> candidates(Index i) const noexcept { return lists_[active_].row(i); }
  [[nodiscard]] Index node(Handle h) const noexcept { return h; }
  [[nodiscard]] double weight(Index i, Handle h) const noexcept { return weight_[pair(i, h)]; }
  [[nodiscard]] std::uint32_t visits(Index i, Handle h) const noexcept { return visits_[pair(i, h)]; }
  [[nodiscard]] double row_sum(Index i) const noexcept {
    const double* row = weight_.data() + pair(i, 0);
    double sum = 0;
    for (Index j = 0; j < n_; ++j)
      if (j != i) sum += row[j];
    return sum;
  }

  void visit(Index i, Handle h) noexcept { visit_pair(i, h); }
  void visit_pair(Index i, Index j) noexcept {
    ++visits_[pair(i, j)];
    ++visits_[pair(j, i)];
  }
  void reward(Index i, Index j, double amount) noexcept {
    weight_[pair(i, j)] += amount;
    weight_[pair(j, i)] += amount;
  }
  // Calls f(j, W(i,j)) for all non-zero weights of the row with accept(j), ascending by key(j). Here: by j.
  template <class Accept, class Key, class F>
  void for_each_weight(Index i, Accept&& accept, Key&&, F&& f) {
    const double* row = weight_.data() + pair(i, 0);
    for (Index j = 0; j < n_; ++j)
      if (row[j] != 0 && accept(j)) f(j, row[j]);
  }

 private:
  [[nodiscard]] std::size_t pair(Index i, Index j) const noexcept { return at(i) * at(n_) + at(j); }

  Index n_;
  std::vector<double> weight_;
  std::vector<std::uint32_t> visits_;
  std::vector<CandidateLists> lists_;
  std::size_t active_ = 0;
};

// Fast: a slot for each candidate edge, both ways round, with the position of its twin. Q is read for
// candidate edges only, so visits of other pairs are not kept; their weights, which the start tour and the
// row sums need, are.
class SparseWeights {
 public:
  using Handle = std::int32_t;

  SparseWeights(WeightMatrix initial, std::span<const CandidateLists> candidates,
                const core::Checkpoint& checkpoint = {})
      : n_(initial.size()), initial_(std::move(initial)), row_sum_(at(n_)), touched_(at(n_)) {
    build_slots(candidates, checkpoint);
    for (Index i = 0; i < n_; ++i) {
      checkpoint(i);
      std::size_t h = first_slot(i);
      for (std::size_t k = initial_.begin(i); k < initial_.end(i); ++k) {
        row_sum_[at(i)] += initial_.value[k];
        while (h < first_slot(i + 1) && slots_[h].column < initial_.column[k]) ++h;
        if (h == first_slot(i + 1) || slots_[h].column != initial_.column[k]) continue;
        slots_[h].weight = initial_.value[k];
        initial_.value[k] = 0;  // from here on the slot holds it
      }
    }
    for (const CandidateLists& list : candidates) {
      auto& handles = handles_.emplace_back();
      handles.offset = list.offset;
      handles.ids.reserve(list.ids.size());
      for (Index i = 0; i < n_; ++i) {
        checkpoint(i);
        for (const Index j : list.row(i)) handles.ids.push_back(find_slot(i, j));
      }
    }
  }

  void use_candidates(std::size_t list) noexcept { active_ = list; }
  [[nodiscard]] std::span<const Handle> candidates(Index i) const noexcept {
    return handles_[active_].row(i);
  }
  [[nodiscard]] Index node(Handle h) const noexcept { return slots_[at(h)].column; }
  [[nodiscard]] double weight(Index, Handle h) const noexcept { return slots_[at(h)].weight; }
  [[nodiscard]] std::uint32_t visits(Index, Handle h) const noexcept { return slots_[at(h)].visits; }
  [[nodiscard]] double row_sum(Index i) const noexcept { return row_sum_[at(i)]; }

  void visit(Index, Handle h) noexcept {
    ++slots_[at(h)].visits;
    ++slots_[at(slots_[at(h)].twin)].visits;
  }
  void visit_pair(Index i, Index j) noexcept {
    if (const Handle h = find_slot(i, j); h >= 0) visit(i, h);
  }
  void reward(Index i, Index j, double amount) {
    if (const Handle h = find_slot(i, j); h >= 0) {
      slots_[at(h)].weight += amount;
      slots_[at(slots_[at(h)].twin)].weight += amount;
    } else {
      add(i, j, amount);
      add(j, i, amount);
    }
    row_sum_[at(i)] += amount;
    row_sum_[at(j)] += amount;
  }
  template <class Accept, class Key, class F>
  void for_each_weight(Index i, Accept&& accept, Key&& key, F&& f) {
    row_.clear();
    for (std::size_t h = first_slot(i); h < first_slot(i + 1); ++h)
      if (slots_[h].weight != 0 && accept(slots_[h].column))
        row_.push_back({slots_[h].column, slots_[h].weight});
    for (std::size_t k = initial_.begin(i); k < initial_.end(i); ++k)
      if (initial_.value[k] != 0 && accept(initial_.column[k]))
        row_.push_back({initial_.column[k], initial_.value[k]});
    for (const Entry& entry : touched_[at(i)])
      if (accept(entry.column)) row_.push_back(entry);
    std::sort(row_.begin(), row_.end(),
              [&](const Entry& a, const Entry& b) { return key(a.column) < key(b.column); });
    for (const Entry& entry : row_) f(entry.column, entry.weight);
  }

 private:
  struct Slot {
    double weight;
    Index column;
    std::uint32_t visits;
    Handle twin;  // the slot of the same edge in the other node's row
  };
  struct Entry {
    Index column;
    double weight;
  };

  [[nodiscard]] std::size_t first_slot(Index i) const noexcept {
    return static_cast<std::size_t>(slot_offset_[at(i)]);
  }
  [[nodiscard]] Handle find_slot(Index i, Index j) const noexcept {
    const auto end = slots_.begin() + slot_offset_[at(i) + 1];
    auto from = slots_.begin() + slot_offset_[at(i)];
    if (end - from > 16)
      from =
          std::lower_bound(from, end, j, [](const Slot& slot, Index column) { return slot.column < column; });
    for (; from != end && from->column <= j; ++from)
      if (from->column == j) return static_cast<Handle>(from - slots_.begin());
    return -1;
  }
  void build_slots(std::span<const CandidateLists> candidates, const core::Checkpoint& checkpoint) {
    // Both directions of every candidate edge, row by row; then each row sorted, without repeats.
    std::vector<std::int64_t> begin(at(n_) + 1, 0);
    const auto each = [&](auto&& f) {
      for (const CandidateLists& list : candidates)
        for (Index i = 0; i < n_; ++i) {
          checkpoint(i);
          for (const Index j : list.row(i)) {
            f(i, j);
            f(j, i);
          }
        }
    };
    each([&](Index i, Index) { ++begin[at(i) + 1]; });
    for (Index i = 0; i < n_; ++i) begin[at(i) + 1] += begin[at(i)];
    std::vector<Index> columns(static_cast<std::size_t>(begin.back()));
    std::vector<std::int64_t> cursor(begin.begin(), begin.end() - 1);
    each([&](Index i, Index j) { columns[static_cast<std::size_t>(cursor[at(i)]++)] = j; });
    slots_.reserve(columns.size());
    slot_offset_.assign(at(n_) + 1, 0);
    for (Index i = 0; i < n_; ++i) {
      checkpoint(i);
      const auto from = columns.begin() + begin[at(i)], to = columns.begin() + begin[at(i) + 1];
      std::sort(from, to);
      for (auto it = from; it != to; ++it)
        if (it == from || *it != *std::prev(it)) slots_.push_back({0.0, *it, 0, -1});
      slot_offset_[at(i) + 1] = static_cast<std::int64_t>(slots_.size());
    }
    // Rows ascend and edges are there both ways, so row j meets its neighbours i in the order of its slots.
    cursor.assign(slot_offset_.begin(), slot_offset_.end() - 1);
    for (Index i = 0; i < n_; ++i)
      for (std::size_t h = first_slot(i); h < first_slot(i + 1); ++h)
        slots_[h].twin = static_cast<Handle>(cursor[at(slots_[h].column)]++);
  }
  void add(Index i, Index j, double amount) {
    const auto begin = initial_.column.begin();
    const auto end = begin + initial_.offset[at(i) + 1];
    if (const auto it = std::lower_bound(begin + initial_.offset[at(i)], end, j); it != end && *it == j) {
      initial_.value[static_cast<std::size_t>(it - begin)] += amount;
      return;
    }
    auto& row = touched_[at(i)];
    for (Entry& entry : row)
      if (entry.column == j) {
        entry.weight += amount;
        return;
      }
    if (amount != 0) row.push_back({j, amount});
  }

  Index n_;
  WeightMatrix initial_;  // entries outside the slots, and zeros for those inside
  std::vector<double> row_sum_;
  std::vector<std::int64_t> slot_offset_;
  std::vector<Slot> slots_;
  std::vector<CandidateLists> handles_;
  std::size_t active_ = 0;
  std::vector<std::vector<Entry>> touched_;
  std::vector<Entry> row_;
};

// A tour that can be opened after a node a: the path next(a) .. a. `cut(c)` then joins the head b to c, takes
// the edge (b', c) with b' = the node before c away and makes b' the new head: a prefix of the path is
// reversed. close() makes the path the tour, cancel() forgets it.

// Reference: linked both ways, reversals node by node, the old links copied back by cancel().
class ListTour {
 public:
  void assign(std::span<const Index> order) {
    const std::size_t n = order.size();
    next_.resize(n);
    previous_.resize(n);
    for (std::size_t k = 0; k < n; ++k) {
      next_[at(order[k])] = order[k + 1 == n ? 0 : k + 1];
      previous_[at(order[k])] = order[k == 0 ? n - 1 : k - 1];
    }
  }
  [[nodiscard]] std::vector<Index> order() const {
    std::vector<Index> result;
    result.reserve(next_.size());
    Index v = 0;
    do {
      result.push_back(v);
      v = next(v);
    } while (v != 0);
    return result;
  }

  [[nodiscard]] Index next(Index v) const noexcept { return next_[at(v)]; }
  [[nodiscard]] bool adjacent(Index i, Index j) const noexcept { return next(i) == j || next(j) == i; }
  // Edges (i, next i), (j, next j) become (i, j), (next i, next j).
  void two_opt(Index i, Index j) noexcept {
    const Index i_next = next(i), j_next = next(j);
    reverse(i_next, j);
    link(i, j);
    link(i_next, j_next);
  }

  void open(Index a) {
    saved_next_ = next_;
    saved_previous_ = previous_;
    tail_ = a;
    head_ = next(a);
    next_[at(a)] = previous_[at(head_)] = -1;
  }
  [[nodiscard]] Index after_head() const noexcept { return next(head_); }
  Index cut(Index c) noexcept {
    const Index head = previous_[at(c)];
    reverse(head_, head);
    link(head_, c);
    previous_[at(head)] = -1;
    return head_ = head;
  }
  void close() noexcept { link(tail_, head_); }
  void cancel() noexcept {
    next_.swap(saved_next_);
    previous_.swap(saved_previous_);
  }

 private:
  void link(Index a, Index b) noexcept {
    next_[at(a)] = b;
    previous_[at(b)] = a;
  }
  void reverse(Index first, Index last) noexcept {
    for (Index v = first;;) {
      std::swap(next_[at(v)], previous_[at(v)]);
      if (v == last) break;
      v = previous_[at(v)];
    }
  }

  std::vector<Index> next_, previous_, saved_next_, saved_previous_;
  Index head_ = -1, tail_ = -1;
};

// Fast: the open path is a short list of pieces of an array tour, so a cut costs O(pieces) and cancel()
// nothing. When there are more than about sqrt(n) pieces the path is written out once and becomes the array
// the pieces refer to.
class PathTour {
 public:
  void assign(std::span<const Index> order) {
    tour_.assign(order);
    reversed_ = false;
    largest_ = 24 + 2 * static_cast<std::size_t>(std::sqrt(static_cast<double>(order.size())));
    path_.resize(order.size());
    spare_.resize(order.size());
    position_.resize(order.size());
  }
  [[nodiscard]] std::vector<Index> order() const {
    const auto array = tour_.order();
    std::vector<Index> result(array.begin(), array.end());
    if (reversed_) std::reverse(result.begin(), result.end());
    std::rotate(result.begin(), std::find(result.begin(), result.end(), 0), result.end());
    return result;
  }

  [[nodiscard]] Index next(Index v) const noexcept { return reversed_ ? tour_.previous(v) : tour_.next(v); }
  [[nodiscard]] bool adjacent(Index i, Index j) const noexcept {
    const Index gap = std::abs(tour_.position(i) - tour_.position(j));
    return gap == 1 || gap == tour_.size() - 1;
  }
  void two_opt(Index i, Index j) {
    const Index n = tour_.size();
    // The path next(i) .. j as ascending positions; in a reversed tour it runs down from next(i).
    const Index first = reversed_ ? tour_.position(j) : tour_.position(next(i));
    const Index last = reversed_ ? tour_.position(next(i)) : tour_.position(j);
    const Index length = (last >= first ? last - first : last - first + n) + 1;
    const Index after = last + 1 == n ? 0 : last + 1;
    reconnect({{after, n - length, false}, {first, length, true}});
  }

  void open(Index a) noexcept {
    const Index n = tour_.size();
    const Index head = tour_.position(next(a));
    ends_.clear();
    written_out_ = false;
    if (!reversed_) {
      if (head > 0) push(head - 1, 0);
      push(n - 1, head);
    } else {
      if (head < n - 1) push(head + 1, n - 1);
      push(0, head);
    }
  }
  [[nodiscard]] Index after_head() const noexcept {
    const std::size_t top = ends_.size();
    const Index to = ends_[top - 2], from = ends_[top - 1];
    if (from != to) return node(from < to ? from + 1 : from - 1);
    return top > 2 ? node(ends_[top - 3]) : -1;
  }
  Index cut(Index c) {
    const Index p = position(c);
    std::size_t s = ends_.size() - 2;
    while ((p < ends_[s] || p > ends_[s + 1]) && (p > ends_[s] || p < ends_[s + 1])) s -= 2;
    const Index from = ends_[s + 1];
    // A reversed run of pieces is the same run of ends read backwards.
    std::reverse(ends_.begin() + static_cast<std::ptrdiff_t>(s) + 2, ends_.end());
    if (p != from) {
      const Index before = ends_[s] > from ? p - 1 : p + 1;
      ends_[s + 1] = p;
      push(from, before);
    }
    const Index head = node(ends_.back());
    if (ends_.size() > 2 * largest_) write_out();
    return head;
  }
  void close() {
    if (written_out_) {
      write_out();
      tour_.assign(path_);
      reversed_ = false;
      return;
    }
    pieces_.clear();
    for (std::size_t s = ends_.size(); s > 0; s -= 2) {
      const Index from = ends_[s - 1], to = ends_[s - 2];
      pieces_.push_back({std::min(from, to), std::abs(from - to) + 1, from > to});
    }
    reversed_ = false;  // pieces are in the order of the tour
    reconnect(pieces_);
  }
  void cancel() noexcept {}

 private:
  using Piece = ArrayTour::Piece;

  [[nodiscard]] Index position(Index v) const noexcept {
    return written_out_ ? position_[at(v)] : tour_.position(v);
  }
  [[nodiscard]] Index node(Index p) const noexcept { return written_out_ ? path_[at(p)] : tour_.node(p); }
  void push(Index to, Index from) {
    ends_.push_back(to);
    ends_.push_back(from);
  }
  void reconnect(std::initializer_list<Piece> pieces) { reconnect(std::span{pieces.begin(), pieces.size()}); }
  void reconnect(std::span<const Piece> pieces) {
    // reconnect() turns the array so that its first longest piece stays as it is.
    const auto longest = std::max_element(pieces.begin(), pieces.end(),
                                          [](const Piece& a, const Piece& b) { return a.length < b.length; });
    const bool turned = longest->reversed;
    tour_.reconnect(pieces);
    reversed_ = reversed_ != turned;
  }
  void write_out() {
    Index* out = spare_.data();
    for (std::size_t s = ends_.size(); s > 0; s -= 2) {
      const Index from = ends_[s - 1], to = ends_[s - 2];
      if (from <= to)
        for (Index p = from; p <= to; ++p) *out++ = node(p);
      else
        for (Index p = from; p >= to; --p) *out++ = node(p);
    }
    path_.swap(spare_);
    written_out_ = true;
    const Index n = tour_.size();
    for (Index p = 0; p < n; ++p) position_[at(path_[at(p)])] = p;
    ends_.clear();
    push(n - 1, 0);
  }

  ArrayTour tour_;
  bool reversed_ = false;  // the tour runs down the array
  // The pieces of the open path from tail to head, two positions each: the end towards the tail, then the
  // other.
  std::vector<Index> ends_;
  std::vector<Piece> pieces_;
  std::size_t largest_ = 0;
  bool written_out_ = false;
  std::vector<Index> path_, spare_, position_;  // the array the pieces refer to once written out
};

}  // namespace wayseer::tsp::mcts_detail
