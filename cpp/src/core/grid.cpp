#include "wayseer/core/grid.hpp"

#include <cmath>
#include <utility>

#include "wayseer/core/error.hpp"

namespace wayseer::core {
namespace {

// Columns of a grid of about `cells` square cells over a box; 1 or `cells` for a box that is (nearly) a line.
std::int32_t count_columns(double width, double height, double cells) {
  if (!(width > 0)) return 1;
  if (!(height > 0)) return static_cast<std::int32_t>(cells);
  return static_cast<std::int32_t>(std::clamp(std::sqrt(cells) * std::sqrt(width / height), 1.0, cells));
}

}  // namespace

Grid::Grid(std::span<const double> xy, double points_per_cell, const Checkpoint& checkpoint) {
  if (xy.size() % 2 != 0) throw invalid_argument("xy", xy.size(), "an even number of values");
  if (!(points_per_cell >= 0.25)) throw invalid_argument("points_per_cell", points_per_cell, "0.25 or more");
  const std::int32_t n = checked_index(static_cast<std::int64_t>(xy.size() / 2), "number of points");
  for (const double value : xy) {
    if (!(std::abs(value) <= max_coordinate))
      throw invalid_argument("xy", value, "finite coordinates of at most 1e150");
  }

  double x1 = 0, y1 = 0;
  if (n > 0) {
    x0_ = x1 = xy[0];
    y0_ = y1 = xy[1];
  }
  for (std::size_t i = 0; i < at(n); ++i) {
    x0_ = std::min(x0_, xy[2 * i]);
    x1 = std::max(x1, xy[2 * i]);
    y0_ = std::min(y0_, xy[2 * i + 1]);
    y1 = std::max(y1, xy[2 * i + 1]);
  }
  const double width = x1 - x0_, height = y1 - y0_;
  const double cells = std::clamp(n / points_per_cell, 1.0, 1e9);
  columns_ = count_columns(width, height, cells);
  rows_ = height > 0 ? static_cast<std::int32_t>(std::max(cells / columns_, 1.0)) : 1;
  if (width > 0) columns_per_unit_ = columns_ / width;
  if (height > 0) rows_per_unit_ = rows_ / height;

  // Counting sort into cells; ascending ids within a cell.
  start_.assign(at(columns_) * at(rows_) + 1, 0);
  std::vector<std::int32_t> cell_of(at(n));
  for (std::size_t i = 0; i < at(n); ++i) {
    checkpoint(static_cast<std::int64_t>(i));
    cell_of[i] = row(xy[2 * i + 1]) * columns_ + column(xy[2 * i]);
    ++start_[at(cell_of[i])];
  }
  std::int32_t filled = 0;
  for (std::int32_t& start : start_) {
    max_cell_ = std::max(max_cell_, start);
    filled += start;
    start = filled;  // the end of the cell for now: the loop below counts it down to the start
  }
  points_.resize(at(n));
  slot_.resize(at(n));
  for (std::int32_t i = n; i-- > 0;) {
    checkpoint(i);
    const std::int32_t slot = --start_[at(cell_of[at(i)])];
    slot_[at(i)] = slot;
    points_[at(slot)] = {xy[2 * at(i)], xy[2 * at(i) + 1], i};
  }

  x_up_to_.assign(at(columns_), -infinity);
  x_from_.assign(at(columns_), infinity);
  y_up_to_.assign(at(rows_), -infinity);
  y_from_.assign(at(rows_), infinity);
  column_reach_.assign(at(columns_), {rows_, -1, rows_, -1});
  row_reach_.assign(at(rows_), {columns_, -1, columns_, -1});
  for (std::int32_t r = 0; r < rows_; ++r) {
    checkpoint();
    for (std::int32_t c = 0; c < columns_; ++c) {
      const auto points = this->cells(r, c, c);
      if (points.empty()) continue;
      Reach& of_column = column_reach_[at(c)];
      of_column.first_up = of_column.first_down = std::min(of_column.first_up, r);
      of_column.last_up = of_column.last_down = std::max(of_column.last_up, r);
      Reach& of_row = row_reach_[at(r)];
      of_row.first_up = of_row.first_down = std::min(of_row.first_up, c);
      of_row.last_up = of_row.last_down = std::max(of_row.last_up, c);
      for (const Point& point : points) {
        x_up_to_[at(c)] = std::max(x_up_to_[at(c)], point.x);
        x_from_[at(c)] = std::min(x_from_[at(c)], point.x);
        y_up_to_[at(r)] = std::max(y_up_to_[at(r)], point.y);
        y_from_[at(r)] = std::min(y_from_[at(r)], point.y);
      }
    }
  }
  const auto accumulate = [](std::vector<double>& up_to, std::vector<double>& from,
                             std::vector<Reach>& reach) {
    for (std::size_t j = 1; j < reach.size(); ++j) {
      up_to[j] = std::max(up_to[j], up_to[j - 1]);
      reach[j].first_down = std::min(reach[j].first_down, reach[j - 1].first_down);
      reach[j].last_down = std::max(reach[j].last_down, reach[j - 1].last_down);
    }
    for (std::size_t j = reach.size() - 1; j-- > 0;) {
      from[j] = std::min(from[j], from[j + 1]);
      reach[j].first_up = std::min(reach[j].first_up, reach[j + 1].first_up);
      reach[j].last_up = std::max(reach[j].last_up, reach[j + 1].last_up);
    }
  };
  accumulate(x_up_to_, x_from_, column_reach_);
  accumulate(y_up_to_, y_from_, row_reach_);
}

int Grid::nearest(std::int32_t i, int k, Norm norm, std::span<std::int32_t> out, bool skip_coincident) const {
  const auto [x, y, id] = points_[at(slot_[at(i)])];
  NearestK best(std::min(k, static_cast<int>(std::min(out.size(), points_.size()))));
  with_norm(norm, [&, x = x, y = y](auto chosen) {
    if (skip_coincident) {
      search<chosen()>(x, y, best, [=](const Point& point) { return point.x != x || point.y != y; });
    } else {
      search<chosen()>(x, y, best, [=](const Point& point) { return point.id != i; });
    }
  });
  return best.write(out);
}

template <Norm norm, bool right, bool up>
void Grid::search_quadrant(double x, double y, NearestK& best) const {
  const auto scan = [&](std::span<const Point> points) {
    for (const Point& point : points) {
      const double dx = point.x - x, dy = point.y - y;
      if ((dx >= 0) == right && (dy >= 0) == up && (dx != 0 || dy != 0))
        best.offer(measure<norm>(dx, dy), point.id);
    }
  };
  const std::int32_t first_column = column(x), first_row = row(y);
  const Reach& in_rows = row_reach_[at(first_row)];
  const Reach& in_columns = column_reach_[at(first_column)];
  const std::int32_t last_column =
      right ? (up ? in_rows.last_up : in_rows.last_down) : (up ? in_rows.first_up : in_rows.first_down);
  const std::int32_t last_row = up ? (right ? in_columns.last_up : in_columns.last_down)
                                   : (right ? in_columns.first_up : in_columns.first_down);
  std::int32_t c = first_column, r = first_row;
  scan(cells(r, c, c));
  for (;;) {
    const double across = c == last_column ? infinity
                          : right          ? measure<norm>(x_from_[at(c + 1)] - x)
                                           : measure<norm>(x - x_up_to_[at(c - 1)]);
    const double along = r == last_row ? infinity
                         : up          ? measure<norm>(y_from_[at(r + 1)] - y)
                                       : measure<norm>(y - y_up_to_[at(r - 1)]);
    const double bound = std::min(across, along);
    if (bound > best.worst() || bound == infinity) return;
    if (across <= along) {
      c += right ? 1 : -1;
      for (std::int32_t j = std::min(first_row, r); j <= std::max(first_row, r); ++j) scan(cells(j, c, c));
    } else {
      r += up ? 1 : -1;
      scan(cells(r, std::min(first_column, c), std::max(first_column, c)));
    }
  }
}

void Grid::nearest_per_quadrant(std::int32_t i, int m, Norm norm, std::span<std::int32_t> out) const {
  const Point& point = points_[at(slot_[at(i)])];
  m = std::clamp(m, 0, static_cast<int>(out.size() / 4));
  std::ranges::fill(out, -1);
  with_norm(norm, [&](auto chosen) {
    const auto quadrant = [&]<bool right, bool up>(std::size_t q) {
      // Nothing lies beyond the outermost points; on a line along an axis that is half of all quadrants.
      if ((right ? point.x > x_up_to_.back() : point.x <= x_from_.front()) ||
          (up ? point.y > y_up_to_.back() : point.y <= y_from_.front()))
        return;
      NearestK best(m);
      search_quadrant<chosen(), right, up>(point.x, point.y, best);
      best.write(out.subspan(q * at(m), at(m)));
    };
    quadrant.template operator()<true, true>(0);
    quadrant.template operator()<false, true>(1);
    quadrant.template operator()<false, false>(2);
    quadrant.template operator()<true, false>(3);
  });
}

}  // namespace wayseer::core
