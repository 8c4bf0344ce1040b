// A static uniform grid over points in the plane, for nearest neighbours in O(k) on evenly spread points.
//
// Neighbours come in ascending order of (distance in the norm, id), exactly, whatever the shape of the
// bounding box and however points sit on cell borders. The grid copies the points; queries are const, do not
// allocate (k <= 64) and may run in parallel. Building is O(n). On unevenly spread points a query costs up
// to O(max_cell()): switch to the KdTree when a cell holds more than about 64.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "wayseer/core/checkpoint.hpp"
#include "wayseer/core/nearest_k.hpp"

namespace wayseer::core {

class Grid {
 public:
  // xy = x0 y0 x1 y1 ... Throws std::invalid_argument for an odd length, a coordinate that is not finite or
  // larger than max_coordinate, more than 2^31 - 2 points, or points_per_cell < 0.25.
  explicit Grid(std::span<const double> xy, double points_per_cell = 2.0, const Checkpoint& checkpoint = {});

  [[nodiscard]] std::int32_t size() const noexcept { return static_cast<std::int32_t>(points_.size()); }
  [[nodiscard]] std::int32_t columns() const noexcept { return columns_; }
  [[nodiscard]] std::int32_t rows() const noexcept { return rows_; }
  // Points in the fullest cell.
  [[nodiscard]] std::int32_t max_cell() const noexcept { return max_cell_; }

  // The k nearest other points of point i (0 <= i < n). Returns how many were written to out: min(k, n - 1),
  // or fewer if points at the very place of i are skipped. k is cut to out.size().
  int nearest(std::int32_t i, int k, Norm norm, std::span<std::int32_t> out,
              bool skip_coincident = false) const;

  // The m nearest of point i in each quadrant around it: out[q*m ..] for q = 0 (dx >= 0, dy >= 0),
  // 1 (dx < 0, dy >= 0), 2 (dx < 0, dy < 0), 3 (dx >= 0, dy < 0), -1 where there are fewer. Coincident points
  // are in no quadrant. out must hold 4*m ids. An empty quadrant is recognised without a scan of the grid:
  // only cells are looked at that lie before the last occupied column and row of the quadrant.
  void nearest_per_quadrant(std::int32_t i, int m, Norm norm, std::span<std::int32_t> out) const;

  // The k nearest points to (x, y) for which accept(id) holds; returns how many. Points at (x, y) count.
  // (x, y) may lie outside the bounding box, within max_coordinate.
  template <class Accept>
  int nearest_if(double x, double y, int k, Norm norm, Accept&& accept, std::span<std::int32_t> out) const {
    NearestK best(std::min(k, static_cast<int>(std::min(out.size(), points_.size()))));
    with_norm(norm, [&](auto chosen) {
      search<chosen()>(x, y, best, [&](const Point& point) { return accept(point.id); });
    });
    return best.write(out);
  }

 private:
  struct Point {
    double x, y;
    std::int32_t id;
  };
  // Of the rows from this one up and of the rows down to the first: the outermost occupied columns. (And
  // the same for columns.)
  struct Reach {
    std::int32_t first_up, last_up, first_down, last_down;
  };

  static constexpr double infinity = std::numeric_limits<double>::infinity();
  static std::size_t at(std::int32_t i) noexcept { return static_cast<std::size_t>(i); }

  // Monotone in the coordinate, rounding included: a point in a column to the right of another's is never
  // to the left of it. All bounds rest on this.
  static std::int32_t cell_along(double offset, double cells_per_unit, std::int32_t cells) noexcept {
    const double cell = offset * cells_per_unit;
    if (!(cell > 0)) return 0;
    return cell < cells - 1 ? static_cast<std::int32_t>(cell) : cells - 1;
  }
  [[nodiscard]] std::int32_t column(double x) const noexcept {
    return cell_along(x - x0_, columns_per_unit_, columns_);
  }
  [[nodiscard]] std::int32_t row(double y) const noexcept {
    return cell_along(y - y0_, rows_per_unit_, rows_);
  }

  // The cells first..last of a row lie side by side in memory.
  [[nodiscard]] std::span<const Point> cells(std::int32_t row, std::int32_t first,
                                             std::int32_t last) const noexcept {
    const std::size_t base = at(row) * at(columns_);
    const std::size_t begin = at(start_[base + at(first)]);
    return {points_.data() + begin, at(start_[base + at(last) + 1]) - begin};
  }

  // Grows a block of cells, always towards the side that is nearest to (x, y), until no side can improve.
  template <Norm norm, class Accept>
  void search(double x, double y, NearestK& best, Accept&& accept) const {
    const auto scan = [&](std::span<const Point> points) {
      for (const Point& point : points) {
        const double distance = measure<norm>(point.x - x, point.y - y);
        if (best.improves(distance, point.id) && accept(point)) best.offer(distance, point.id);
      }
    };
    std::int32_t left = std::max(column(x) - 1, 0), right = std::min(column(x) + 1, columns_ - 1);
    std::int32_t bottom = std::max(row(y) - 1, 0), top = std::min(row(y) + 1, rows_ - 1);
    for (std::int32_t r = bottom; r <= top; ++r) scan(cells(r, left, right));

    const auto gap_left = [&] { return left > 0 ? measure<norm>(x - x_up_to_[at(left - 1)]) : infinity; };
    const auto gap_right = [&] {
      return right + 1 < columns_ ? measure<norm>(x_from_[at(right + 1)] - x) : infinity;
    };
    const auto gap_bottom = [&] {
      return bottom > 0 ? measure<norm>(y - y_up_to_[at(bottom - 1)]) : infinity;
    };
    const auto gap_top = [&] { return top + 1 < rows_ ? measure<norm>(y_from_[at(top + 1)] - y) : infinity; };
    double to_left = gap_left(), to_right = gap_right(), to_bottom = gap_bottom(), to_top = gap_top();
    for (;;) {
      const double bound = std::min(std::min(to_left, to_right), std::min(to_bottom, to_top));
      // Not >=: at equal distance a smaller id may still come.
      if (bound > best.worst() || bound == infinity) return;
      if (bound == to_left) {
        --left;
        for (std::int32_t r = bottom; r <= top; ++r) scan(cells(r, left, left));
        to_left = gap_left();
      } else if (bound == to_right) {
        ++right;
        for (std::int32_t r = bottom; r <= top; ++r) scan(cells(r, right, right));
        to_right = gap_right();
      } else if (bound == to_bottom) {
        scan(cells(--bottom, left, right));
        to_bottom = gap_bottom();
      } else {
        scan(cells(++top, left, right));
        to_top = gap_top();
      }
    }
  }

  template <Norm norm, bool right, bool up>
  void search_quadrant(double x, double y, NearestK& best) const;

  double x0_ = 0, y0_ = 0;
  double columns_per_unit_ = 0, rows_per_unit_ = 0;
  std::int32_t columns_ = 1, rows_ = 1;
  std::int32_t max_cell_ = 0;
  std::vector<std::int32_t> start_;  // cell (row, column) holds points_[start_[row*columns_ + column] ..]
  std::vector<Point> points_;
  std::vector<std::int32_t> slot_;  // point id -> place in points_
  // Largest x of the columns up to c, smallest of those from c on; the same for rows. Not the cell borders
  // but the points themselves: exact, and empty columns cost no distance.
  std::vector<double> x_up_to_, x_from_, y_up_to_, y_from_;
  std::vector<Reach> column_reach_, row_reach_;
};

}  // namespace wayseer::core
