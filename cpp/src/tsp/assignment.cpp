#include "wayseer/tsp/assignment.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <numeric>
#include <utility>

namespace wayseer::tsp {

namespace {

constexpr Cost infinite = std::numeric_limits<Cost>::max();

std::size_t at(Index i) noexcept { return static_cast<std::size_t>(i); }

class Assignment {
 public:
  Assignment(Index n, const MatrixMetric& cost, std::int64_t max_scans, core::Run& run)
      : n_(n), cost_(cost), scans_(max_scans), run_(run) {
    found_.leave.assign(at(n), 0);
    found_.arrive.assign(at(n), 0);
    column_of_.assign(at(n), -1);
    row_of_.assign(at(n), -1);
  }

  ArcPotentials solve() {
    reduce();
    // Rows give way to each other where that is cheap; what is left pays for a search.
    std::vector<Index> free;
    for (Index i = 0; i < n_; ++i)
      if (column_of_[at(i)] < 0) free.push_back(i);
    for (int pass = 0; pass < 2 && spare(); ++pass) give_way(free);
    for (const Index i : free) {
      if (!spare()) break;
      augment(i);
    }
    for (Index i = 0; i < n_; ++i) {
      // Exact also for the rows that were left out.
      if (column_of_[at(i)] < 0) found_.leave[at(i)] = two_least(i).least;
      found_.sum += found_.leave[at(i)] + found_.arrive[at(i)];
    }
    if (std::find(column_of_.begin(), column_of_.end(), -1) == column_of_.end()) found_.cover = column_of_;
    return std::move(found_);
  }

 private:
  [[nodiscard]] Cost reduced(Index i, Index j) const noexcept { return cost_(i, j) - found_.arrive[at(j)]; }
  [[nodiscard]] bool spare() { return scans_ > 0 && !run_.should_stop(); }

  // Every column down by its least entry, every row by what is left.
  void reduce() {
    auto& arrive = found_.arrive;
    std::fill(arrive.begin(), arrive.end(), infinite);
    for (Index i = 0; i < n_; ++i)
      for (Index j = 0; j < n_; ++j)
        if (i != j) arrive[at(j)] = std::min(arrive[at(j)], cost_(i, j));
    for (Index i = 0; i < n_; ++i) {
      const TwoLeast row = two_least(i);
      found_.leave[at(i)] = row.least;
      if (row_of_[at(row.column)] < 0) match(i, row.column);
    }
  }

  struct TwoLeast {
    Cost least = infinite, second = infinite;
    Index column = -1, other = -1;
  };
  TwoLeast two_least(Index i) {
    --scans_;
    TwoLeast row;
    for (Index j = 0; j < n_; ++j) {
      if (j == i) continue;
      const Cost c = reduced(i, j);
      if (c >= row.second) continue;
      if (c < row.least) {
        row.second = std::exchange(row.least, c);
        row.other = std::exchange(row.column, j);
      } else {
        row.second = c;
        row.other = j;
      }
    }
    return row;
  }
  void match(Index i, Index j) {
    column_of_[at(i)] = j;
    row_of_[at(j)] = i;
  }

  // Jonker and Volgenant's augmenting row reduction: a free row takes its best column, whose potential falls
  // until the second best is as good; the row that had it goes on at once if that was worth something, else
  // in the next pass.
  void give_way(std::vector<Index>& free) {
    std::vector<Index> left;
    for (std::size_t k = 0; k < free.size(); ++k) {
      if (!spare()) {
        left.insert(left.end(), free.begin() + static_cast<std::ptrdiff_t>(k), free.end());
        break;
      }
      Index i = free[k];
      // A row may be passed on more often than there are rows; the searches end what this drags out.
      for (Index passed = 0; i >= 0; ++passed) {
        const TwoLeast row = two_least(i);
        Index j = row.column;
        const bool gains = row.second != infinite && row.least < row.second;
        if (gains)
          found_.arrive[at(j)] -= row.second - row.least;
        else if (row_of_[at(j)] >= 0 && row.other >= 0)
          j = row.other;
        found_.leave[at(i)] = gains ? row.second : row.least;
        const Index before = row_of_[at(j)];
        match(i, j);
        i = before;
        if (before < 0) break;
        column_of_[at(before)] = -1;
        if (!gains || passed >= n_) {
          left.push_back(before);
          break;
        }
      }
    }
    free = std::move(left);
  }

  // Dijkstra from row `start` over the reduced costs to the nearest column without a row.
  void augment(Index start) {
    distance_.assign(at(n_), infinite);
    from_.assign(at(n_), start);
    columns_.resize(at(n_));
    std::iota(columns_.begin(), columns_.end(), 0);
    // columns_: [0, done) settled, [done, ready) at the current distance, the rest open.
    std::size_t done = 0, ready = 0;
    Cost now = 0;
    Index row = start, end = -1;
    Cost base = 0;  // distance of `row` less its potential's share
    found_.leave[at(start)] = 0;
    for (;;) {
      --scans_;
      for (std::size_t k = ready; k < columns_.size();) {
        const Index j = columns_[k];
        if (j != row) {
          const Cost through = base + reduced(row, j);
          if (through < distance_[at(j)]) {
            distance_[at(j)] = through;
            from_[at(j)] = row;
            if (through == now && row != start) {
              if (row_of_[at(j)] < 0) {
                end = j;
                break;
              }
              std::swap(columns_[k], columns_[ready++]);
            }
          }
        }
        ++k;
      }
      if (end >= 0) break;
      if (done == ready) {
        now = infinite;
        for (std::size_t k = ready; k < columns_.size(); ++k) {
          const Cost d = distance_[at(columns_[k])];
          if (d > now) continue;
          if (d < now) {
            now = d;
            ready = done;
          }
          std::swap(columns_[k], columns_[ready++]);
        }
        for (std::size_t k = done; k < ready && end < 0; ++k)
          if (row_of_[at(columns_[k])] < 0) end = columns_[k];
        if (end >= 0) break;
      }
      const Index j = columns_[done++];
      row = row_of_[at(j)];
      base = now - (cost_(row, j) - found_.arrive[at(j)]);
    }
    for (std::size_t k = 0; k < done; ++k) found_.arrive[at(columns_[k])] += distance_[at(columns_[k])] - now;
    for (Index j = end;;) {
      const Index i = from_[at(j)];
      const Index next = column_of_[at(i)];
      match(i, j);
      if (i == start) break;
      j = next;
    }
    // The potentials of rows follow from their columns'.
    found_.leave[at(start)] = reduced(start, column_of_[at(start)]);
    for (std::size_t k = 0; k < done; ++k) {
      const Index i = row_of_[at(columns_[k])];
      found_.leave[at(i)] = reduced(i, columns_[k]);
    }
    found_.leave[at(row_of_[at(end)])] = reduced(row_of_[at(end)], end);
  }

  const Index n_;
  const MatrixMetric cost_;
  std::int64_t scans_;
  core::Run& run_;
  ArcPotentials found_;
  std::vector<Index> column_of_, row_of_;
  std::vector<Cost> distance_;
  std::vector<Index> from_, columns_;
};

}  // namespace

ArcPotentials assignment_potentials(Index n, const MatrixMetric& cost, std::int64_t max_scans,
                                    core::Run& run) {
  return Assignment(n, cost, max_scans, run).solve();
}

}  // namespace wayseer::tsp
