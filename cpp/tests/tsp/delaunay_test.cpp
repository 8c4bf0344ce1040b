#include "wayseer/tsp/delaunay.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <set>
#include <utility>
#include <vector>

#include "wayseer/core/random.hpp"
#include "wayseer/core/union_find.hpp"

namespace wayseer::tsp {
namespace {

__extension__ using Wide = __int128;

struct Point {
  std::int64_t x, y;
  friend bool operator<(const Point& a, const Point& b) { return a.x != b.x ? a.x < b.x : a.y < b.y; }
  friend bool operator==(const Point& a, const Point& b) { return a.x == b.x && a.y == b.y; }
};

std::int64_t cross(const Point& o, const Point& a, const Point& b) {
  return (a.x - o.x) * (b.y - o.y) - (a.y - o.y) * (b.x - o.x);
}
std::int64_t dot(const Point& o, const Point& a, const Point& b) {
  return (a.x - o.x) * (b.x - o.x) + (a.y - o.y) * (b.y - o.y);
}

enum class Kind { no, degenerate, yes };

// A circle through i and j is empty iff it lies between the points to the left, seen under angles A, and
// those to the right, seen under B: cot A + cot B >= 0 for all pairs. Exact for coordinates below 2^29.
Kind delaunay_edge(const std::vector<Point>& points, std::size_t i, std::size_t j) {
  std::int64_t top[2] = {1, 1}, bottom[2] = {0, 0};  // the least cotangents, infinite at first
  for (std::size_t k = 0; k < points.size(); ++k) {
    if (k == i || k == j) continue;
    const std::int64_t turn = cross(points[i], points[j], points[k]);
    const std::int64_t along = dot(points[k], points[i], points[j]);
    if (turn == 0) {
      if (along < 0) return Kind::no;
      continue;
    }
    const std::size_t side = turn > 0 ? 0 : 1;
    const std::int64_t width = turn > 0 ? turn : -turn;
    if (bottom[side] == 0 || Wide{along} * bottom[side] < Wide{top[side]} * width) {
      top[side] = along;
      bottom[side] = width;
    }
  }
  if (bottom[0] == 0 || bottom[1] == 0) return Kind::yes;
  const Wide sum = Wide{top[0]} * bottom[1] + Wide{top[1]} * bottom[0];
  return sum > 0 ? Kind::yes : sum == 0 ? Kind::degenerate : Kind::no;
}

// Points on the boundary of the hull; 0 if all are collinear.
std::size_t hull_points(std::vector<Point> points) {
  std::sort(points.begin(), points.end());
  std::set<Point> boundary;
  bool flat = true;
  for (const int side : {1, -1}) {
    std::vector<Point> chain;
    for (const Point& p : points) {
      while (chain.size() >= 2 && side * cross(chain[chain.size() - 2], chain.back(), p) < 0) {
        chain.pop_back();
        flat = false;
      }
      if (chain.size() >= 2 && cross(chain[chain.size() - 2], chain.back(), p) != 0) flat = false;
      chain.push_back(p);
    }
    boundary.insert(chain.begin(), chain.end());
  }
  return flat ? 0 : boundary.size();
}

std::vector<double> coordinates(const std::vector<Point>& points, double scale = 1.0) {
  std::vector<double> xy;
  for (const Point& p : points)
    xy.insert(xy.end(), {static_cast<double>(p.x) * scale, static_cast<double>(p.y) * scale});
  return xy;
}

// Checks every pair of distinct points, the number of edges, and the copies.
// `scale` must be a power of two.
void check(const std::vector<Point>& points, double scale = 1.0) {
  const auto graph = delaunay(coordinates(points, scale));
  const auto n = static_cast<Index>(points.size());
  ASSERT_EQ(graph.size(), n);
  core::UnionFind sets(n);
  std::set<std::pair<Index, Index>> edges;
  for (Index i = 0; i < n; ++i) {
    const auto row = graph.row(i);
    EXPECT_TRUE(std::adjacent_find(row.begin(), row.end(), std::greater_equal<>{}) == row.end());
    for (const Index j : row) {
      ASSERT_NE(i, j);
      edges.insert({i, j});
      sets.unite(i, j);
    }
  }
  for (const auto& [i, j] : edges) EXPECT_TRUE(edges.contains({j, i}));
  EXPECT_LE(sets.sets(), 1);

  std::vector<Point> distinct;
  std::vector<Index> first;
  for (Index i = 0; i < n; ++i) {
    const Point& p = points[static_cast<std::size_t>(i)];
    const auto earlier = std::find(points.begin(), points.begin() + i, p) - points.begin();
    if (earlier == i) {
      distinct.push_back(p);
      first.push_back(i);
    } else {  // the copies form a path
      Index before = i - 1;
      while (!(points[static_cast<std::size_t>(before)] == p)) --before;
      EXPECT_EQ(edges.erase({before, i}), 1U);
      EXPECT_EQ(edges.erase({i, before}), 1U);
    }
  }
  for (std::size_t i = 0; i < distinct.size(); ++i)
    for (std::size_t j = i + 1; j < distinct.size(); ++j) {
      const bool present = edges.erase({first[i], first[j]}) + edges.erase({first[j], first[i]}) == 2;
      const Kind kind = delaunay_edge(distinct, i, j);
      EXPECT_TRUE(kind == Kind::degenerate || present == (kind == Kind::yes)) << first[i] << ' ' << first[j];
      if (present) edges.insert({first[i], first[j]});
    }
  const std::size_t boundary = hull_points(distinct);
  const std::size_t expected = boundary == 0 ? distinct.size() - 1 : 3 * distinct.size() - 3 - boundary;
  EXPECT_EQ(edges.size(), expected);
}

TEST(Delaunay, RandomPointsFromCoarseToFine) {
  core::Random random(1);
  for (const Index range : {2, 4, 10, 100, 1 << 28})
    for (int repeat = 0; repeat < 40; ++repeat) {
      std::vector<Point> points(static_cast<std::size_t>(1 + random.below(40)));
      for (auto& p : points) p = {random.below(range), random.below(range)};
      check(points);
    }
}

TEST(Delaunay, Lattices) {
  for (const Index side : {2, 3, 8})
    for (const std::int64_t offset : {0, 1 << 28}) {
      std::vector<Point> points;
      for (Index x = 0; x < side; ++x)
        for (Index y = 0; y < side + 1; ++y) points.push_back({offset + x, offset + y});
      check(points);
      check(points, 0x1.0p-60);
      check(points, 0x1.0p900);
      check(points, 0x1.0p-900);
    }
}

TEST(Delaunay, CollinearPointsFormAPath) {
  core::Random random(2);
  for (const Point direction : {Point{1, 0}, Point{0, 1}, Point{3, 7}, Point{-1, 1}}) {
    std::vector<Point> points;
    for (Index i = 0; i < 30; ++i) {
      const std::int64_t t = random.below(1000);
      points.push_back({direction.x * t, direction.y * t});
    }
    check(points);
    points.push_back({500, 20000});
    check(points);
  }
}

TEST(Delaunay, CocircularPoints) {
  std::vector<Point> points;  // all integer points on x^2 + y^2 = 5^2 * 13^2 * 17^2
  constexpr std::int64_t radius = 5 * 13 * 17;
  for (std::int64_t x = -radius; x <= radius; ++x)
    for (std::int64_t y = -radius; y <= radius; ++y)
      if (x * x + y * y == radius * radius) points.push_back({x, y});
  ASSERT_EQ(points.size(), 108U);
  check(points);
  points.push_back({0, 0});
  check(points);
  points.push_back({1, 0});
  check(points);
}

TEST(Delaunay, NearlyCocircularPointsNeedTheExactPredicate) {
  core::Random random(3);
  constexpr double radius = 0x1.0p28;
  for (int repeat = 0; repeat < 20; ++repeat) {
    std::vector<Point> points;
    for (int i = 0; i < 40; ++i) {
      const double angle = 1e-3 * random.uniform();  // a short arc: determinants far below their terms
      points.push_back({std::llround(radius * std::cos(angle)), std::llround(radius * std::sin(angle))});
    }
    check(points);
  }
}

TEST(Delaunay, CopiesAndTinyInputs) {
  check({{5, 5}});
  check({{5, 5}, {5, 5}, {5, 5}});
  check({{0, 0}, {1, 0}, {0, 0}, {1, 1}, {0, 0}, {1, 1}});
  EXPECT_EQ(delaunay({}).size(), 0);
}

TEST(Delaunay, DenormalsAndHugeCoordinatesDoNotHang) {
  const double tiny = std::numeric_limits<double>::denorm_min(), huge = 1e300;
  EXPECT_EQ(delaunay(std::vector<double>{0, 0, tiny, 0, 0, tiny, huge, huge, -huge, 1, 0, -0.0}).size(), 6);
  const auto alone = delaunay(std::vector<double>{0, 0, tiny, 0, 0, tiny, tiny, tiny});  // a square
  EXPECT_EQ(alone.ids.size(), 10U);
}

TEST(Delaunay, BadInputIsRefused) {
  EXPECT_THROW((void)delaunay(std::vector<double>{1.0}), std::invalid_argument);
  EXPECT_THROW((void)delaunay(std::vector<double>{1.0, std::nan("")}), std::invalid_argument);
}

}  // namespace
}  // namespace wayseer::tsp
