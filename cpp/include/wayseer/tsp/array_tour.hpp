// A tour as an array of nodes and its inverse, changed by cutting it into pieces and putting them together in
// another order. The longest piece stays where it is, so a change costs (n - longest) writes. An optional
// journal keeps what was overwritten; undo() puts it back exactly.
#pragma once

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <span>
#include <vector>

#include "wayseer/tsp/metric.hpp"

namespace wayseer::tsp {

class ArrayTour {
 public:
  // Positions first .. first + length - 1, cyclic, read backwards if `reversed`.
  struct Piece {
    Index first;
    Index length;
    bool reversed;
  };

  ArrayTour() = default;
  explicit ArrayTour(std::span<const Index> order) { assign(order); }

  void assign(std::span<const Index> order) {
    order_.assign(order.begin(), order.end());
    position_.resize(order_.size());
    for (Index p = 0; p < size(); ++p) position_[at(order_[at(p)])] = p;
    forget();
  }

  [[nodiscard]] Index size() const noexcept { return static_cast<Index>(order_.size()); }
  [[nodiscard]] std::span<const Index> order() const noexcept { return order_; }
  [[nodiscard]] Index position(Index v) const noexcept { return position_[at(v)]; }
  [[nodiscard]] Index node(Index p) const noexcept { return order_[at(p)]; }
  [[nodiscard]] Index next(Index v) const noexcept {
    const Index p = position_[at(v)] + 1;
    return order_[at(p == size() ? 0 : p)];
  }
  [[nodiscard]] Index previous(Index v) const noexcept {
    const Index p = position_[at(v)];
    return order_[at(p == 0 ? size() - 1 : p - 1)];
  }

  // The number of positions that reconnect(pieces) would write.
  [[nodiscard]] Index rewrite_cost(std::span<const Piece> pieces) const noexcept {
    Index longest = 0;
    for (const Piece& piece : pieces) longest = std::max(longest, piece.length);
    return size() - longest;
  }

  // `pieces` partition the tour and are given in their new cyclic order.
  void reconnect(std::span<const Piece> pieces) {
    std::size_t anchor = 0;
    for (std::size_t i = 1; i < pieces.size(); ++i)
      if (pieces[i].length > pieces[anchor].length) anchor = i;
    // A reversed anchor is kept forward by reading the whole new cycle the other way round.
    const bool flip = pieces[anchor].reversed;
    const Index n = size();
    const Index start = wrap(pieces[anchor].first + pieces[anchor].length);
    const Index count = n - pieces[anchor].length;
    const std::size_t saved = saved_.size();
    save(start, count);
    Index write = start;
    const Index* old = saved_.data() + saved;
    for (std::size_t step = 1; step < pieces.size(); ++step) {
      const std::size_t i =
          flip ? (anchor + pieces.size() - step) % pieces.size() : (anchor + step) % pieces.size();
      const Piece& piece = pieces[i];
      Index offset = piece.first - start;
      if (offset < 0) offset += n;
      if (piece.reversed != flip) {
        for (Index j = piece.length; j-- > 0;) place(write, old[offset + j]);
      } else {
        for (Index j = 0; j < piece.length; ++j) place(write, old[offset + j]);
      }
    }
    if (journaling_)
      records_.push_back({start, count});
    else
      saved_.resize(saved);
  }

  // From here on changes are kept so that undo() can take them back; forget() ends that.
  void start_journal() noexcept {
    forget();
    journaling_ = true;
  }
  void forget() noexcept {
    saved_.clear();
    records_.clear();
    journaling_ = false;
  }
  void undo() {
    while (!records_.empty()) {
      const auto [start, count] = records_.back();
      records_.pop_back();
      const Index* old = saved_.data() + (saved_.size() - static_cast<std::size_t>(count));
      Index write = start;
      for (Index j = 0; j < count; ++j) place(write, old[j]);
      saved_.resize(saved_.size() - static_cast<std::size_t>(count));
    }
  }

 private:
  struct Record {
    Index start;
    Index count;
  };
  static std::size_t at(Index i) noexcept { return static_cast<std::size_t>(i); }
  [[nodiscard]] Index wrap(Index p) const noexcept { return p >= size() ? p - size() : p; }

  void place(Index& write, Index v) noexcept {
    order_[at(write)] = v;
    position_[at(v)] = write;
    if (++write == size()) write = 0;
  }
  void save(Index start, Index count) {
    const Index head = std::min(count, size() - start);
    saved_.insert(saved_.end(), order_.begin() + start, order_.begin() + start + head);
    saved_.insert(saved_.end(), order_.begin(), order_.begin() + (count - head));
  }

  std::vector<Index> order_;
  std::vector<Index> position_;
  std::vector<Index> saved_;
  std::vector<Record> records_;
  bool journaling_ = false;
};

}  // namespace wayseer::tsp
