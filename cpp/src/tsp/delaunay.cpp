#include "wayseer/tsp/delaunay.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

namespace wayseer::tsp {

namespace {

struct Point {
  double x = 0;
  double y = 0;
  Index id = 0;
};

// --- exact signs ------------------------------------------------------------------------------------------
// An expansion is a sum of doubles, small to large, whose bits do not overlap; its sign is that of the last.
// Zero components are dropped, so integers and other short coordinates stay fast. The identities below need
// IEEE rounding of every single operation: no fast-math, no contraction.

struct Pair {
  double high, low;
};

Pair two_sum(double a, double b) noexcept {
  const double s = a + b;
  const double t = s - a;
  return {s, (a - (s - t)) + (b - t)};
}

// Dekker's product; std::fma would be a library call on machines without the instruction.
Pair two_product(double a, double b) noexcept {
  constexpr double splitter = 0x1.0p27 + 1.0;
  const double p = a * b;
  const double ca = splitter * a;
  const double cb = splitter * b;
  const double ah = ca - (ca - a), al = a - ah;
  const double bh = cb - (cb - b), bl = b - bh;
  return {p, al * bl - (((p - ah * bh) - al * bh) - ah * bl)};
}

template <int Capacity>
struct Expansion {
  std::array<double, Capacity> part;  // the first `size` are set
  int size = 0;

  void push(double x) noexcept {
    if (x != 0.0) part[static_cast<std::size_t>(size++)] = x;
  }
  [[nodiscard]] double operator[](int i) const noexcept { return part[static_cast<std::size_t>(i)]; }
  [[nodiscard]] double sign() const noexcept {
    return size == 0 ? 0.0 : part[static_cast<std::size_t>(size - 1)];
  }
};

Expansion<2> difference(double a, double b) noexcept {
  Expansion<2> e;
  const Pair d = two_sum(a, -b);
  e.push(d.low);
  e.push(d.high);
  return e;
}

// Shewchuk's fast expansion sum with zero elimination; `direction` is 1 or -1.
template <int N, int M>
Expansion<N + M> sum(const Expansion<N>& a, const Expansion<M>& b, double direction = 1.0) noexcept {
  Expansion<N + M> result;
  int i = 0, j = 0;
  const auto next = [&] {  // the smaller of the two heads
    if (j == b.size || (i < a.size && std::abs(a[i]) <= std::abs(b[j]))) return a[i++];
    return direction * b[j++];
  };
  if (a.size + b.size == 0) return result;
  double carry = next();
  while (i < a.size || j < b.size) {
    const Pair s = two_sum(carry, next());
    result.push(s.low);
    carry = s.high;
  }
  result.push(carry);
  return result;
}

template <int N>
Expansion<2 * N> scaled(const Expansion<N>& a, double b) noexcept {
  Expansion<2 * N> result;
  if (a.size == 0) return result;
  Pair p = two_product(a[0], b);
  result.push(p.low);
  double carry = p.high;
  for (int i = 1; i < a.size; ++i) {
    p = two_product(a[i], b);
    const Pair s = two_sum(carry, p.low);
    result.push(s.low);
    const Pair t = two_sum(p.high, s.high);
    result.push(t.low);
    carry = t.high;
  }
  result.push(carry);
  return result;
}

template <int N, int M>
Expansion<2 * N * M> product(const Expansion<N>& a, const Expansion<M>& b) noexcept {
  Expansion<2 * N * M> result;
  for (int j = 0; j < b.size; ++j) {
    const auto grown = sum(result, scaled(a, b[j]));
    std::copy_n(grown.part.begin(), grown.size, result.part.begin());
    result.size = grown.size;  // at most 2N (j + 1) components
  }
  return result;
}

template <int N>
auto minor(const Expansion<N>& ax, const Expansion<N>& ay, const Expansion<N>& bx,
           const Expansion<N>& by) noexcept {
  return sum(product(ax, by), product(ay, bx), -1.0);
}

[[gnu::noinline]] double exact_orientation(const Point& a, const Point& b, const Point& c) noexcept {
  return minor(difference(a.x, c.x), difference(a.y, c.y), difference(b.x, c.x), difference(b.y, c.y)).sign();
}

[[gnu::noinline]] double exact_in_circle(const Point& a, const Point& b, const Point& c,
                                         const Point& d) noexcept {
  const auto ax = difference(a.x, d.x), ay = difference(a.y, d.y);
  const auto bx = difference(b.x, d.x), by = difference(b.y, d.y);
  const auto cx = difference(c.x, d.x), cy = difference(c.y, d.y);
  const auto lift = [](const auto& x, const auto& y) { return sum(product(x, x), product(y, y)); };
  const auto first = product(minor(bx, by, cx, cy), lift(ax, ay));
  const auto second = product(minor(cx, cy, ax, ay), lift(bx, by));
  const auto third = product(minor(ax, ay, bx, by), lift(cx, cy));
  return sum(sum(first, second), third).sign();
}

constexpr double half_ulp = 0x1.0p-53;

// > 0 if a, b, c turn left, < 0 if they turn right, 0 if they are collinear.
double orientation(const Point& a, const Point& b, const Point& c) noexcept {
  const double left = (a.x - c.x) * (b.y - c.y);
  const double right = (a.y - c.y) * (b.x - c.x);
  const double det = left - right;
  constexpr double factor = (3.0 + 16.0 * half_ulp) * half_ulp;
  if (std::abs(det) > factor * (std::abs(left) + std::abs(right))) return det;
  return exact_orientation(a, b, c);
}

// Whether d lies inside the circle through a, b, c, which turn left.
bool in_circle(const Point& a, const Point& b, const Point& c, const Point& d) noexcept {
  const double ax = a.x - d.x, ay = a.y - d.y;
  const double bx = b.x - d.x, by = b.y - d.y;
  const double cx = c.x - d.x, cy = c.y - d.y;
  const double bxcy = bx * cy, cxby = cx * by, cxay = cx * ay, axcy = ax * cy, axby = ax * by, bxay = bx * ay;
  const double al = ax * ax + ay * ay, bl = bx * bx + by * by, cl = cx * cx + cy * cy;
  const double det = al * (bxcy - cxby) + bl * (cxay - axcy) + cl * (axby - bxay);
  const double permanent = al * (std::abs(bxcy) + std::abs(cxby)) + bl * (std::abs(cxay) + std::abs(axcy)) +
                           cl * (std::abs(axby) + std::abs(bxay));
  constexpr double factor = (10.0 + 96.0 * half_ulp) * half_ulp;
  if (std::abs(det) > factor * permanent) return det > 0;
  return exact_in_circle(a, b, c, d) > 0;
}

// --- the triangulation ------------------------------------------------------------------------------------
// Directed edges 2e and 2e+1 are each other's reverse. `next` and `previous` link the edges with the same
// origin counter-clockwise and clockwise: Guibas and Stolfi's quad-edges without the dual ones, which here
// follow from the others.

using EdgeId = std::int32_t;

class Triangulation {
 public:
  Triangulation(std::span<const Point> points, const core::Checkpoint& checkpoint)
      : points_(points), checkpoint_(checkpoint) {
    edges_.reserve(points.size() * 6);
    if (points.size() >= 2) build(0, static_cast<Index>(points.size()));
  }

  // Calls f(i, j) once for every edge, positions in `points`.
  template <class F>
  void for_each_edge(F&& f) const {
    for (EdgeId e = 0; e < static_cast<EdgeId>(edges_.size()); e += 2)
      if (edges_[at(e)].origin >= 0) f(edges_[at(e)].origin, edges_[at(e) + 1].origin);
  }

 private:
  struct Edge {
    Index origin;
    EdgeId next;
    EdgeId previous;
  };
  struct Hull {
    EdgeId left;   // counter-clockwise hull edge out of the leftmost point
    EdgeId right;  // clockwise hull edge out of the rightmost point
  };

  static std::size_t at(EdgeId e) noexcept { return static_cast<std::size_t>(e); }
  static EdgeId reverse(EdgeId e) noexcept { return e ^ 1; }
  [[nodiscard]] Index origin(EdgeId e) const noexcept { return edges_[at(e)].origin; }
  [[nodiscard]] Index target(EdgeId e) const noexcept { return edges_[at(reverse(e))].origin; }
  [[nodiscard]] EdgeId next(EdgeId e) const noexcept { return edges_[at(e)].next; }
  [[nodiscard]] EdgeId previous(EdgeId e) const noexcept { return edges_[at(e)].previous; }
  [[nodiscard]] const Point& point(Index i) const noexcept { return points_[static_cast<std::size_t>(i)]; }

  [[nodiscard]] bool right_of(Index p, EdgeId e) const noexcept {
    return orientation(point(p), point(target(e)), point(origin(e))) > 0;
  }
  [[nodiscard]] bool left_of(Index p, EdgeId e) const noexcept {
    return orientation(point(p), point(origin(e)), point(target(e))) > 0;
  }
  [[nodiscard]] bool inside(Index a, Index b, Index c, Index d) const noexcept {
    return in_circle(point(a), point(b), point(c), point(d));
  }

  EdgeId make_edge(Index from, Index to) {
    EdgeId e = free_;
    if (e >= 0) {
      free_ = edges_[at(e)].next;
    } else {
      e = static_cast<EdgeId>(edges_.size());
      edges_.resize(edges_.size() + 2);
    }
    edges_[at(e)] = {from, e, e};
    edges_[at(e) + 1] = {to, e + 1, e + 1};
    return e;
  }

  // Joins two origin rings, or parts one.
  void splice(EdgeId a, EdgeId b) noexcept {
    const EdgeId after_a = next(a);
    const EdgeId after_b = next(b);
    edges_[at(a)].next = after_b;
    edges_[at(after_b)].previous = a;
    edges_[at(b)].next = after_a;
    edges_[at(after_a)].previous = b;
  }

  void remove(EdgeId e) noexcept {
    splice(e, previous(e));
    splice(reverse(e), previous(reverse(e)));
    e &= ~1;
    edges_[at(e)] = {-1, free_, -1};
    free_ = e;
  }

  // An edge from a's target to b's origin, with the same left face as both.
  EdgeId connect(EdgeId a, EdgeId b) {
    const EdgeId e = make_edge(target(a), origin(b));
    splice(e, previous(reverse(a)));
    splice(reverse(e), b);
    return e;
  }

  // Triangulates points[begin, end), at least two, sorted by (x, y).
  Hull build(Index begin, Index end) {
    if (end - begin == 2) {
      const EdgeId a = make_edge(begin, begin + 1);
      return {a, reverse(a)};
    }
    if (end - begin == 3) {
      const EdgeId a = make_edge(begin, begin + 1);
      const EdgeId b = make_edge(begin + 1, begin + 2);
      splice(reverse(a), b);
      const double turn = orientation(point(begin), point(begin + 1), point(begin + 2));
      if (turn == 0) return {a, reverse(b)};
      const EdgeId c = connect(b, a);
      return turn > 0 ? Hull{a, reverse(b)} : Hull{reverse(c), c};
    }
    const Index middle = begin + (end - begin) / 2;
    if (end - begin > 1000) checkpoint_();
    const Hull left = build(begin, middle);
    const Hull right = build(middle, end);
    return merge(left, right);
  }

  Hull merge(Hull left, Hull right) {
    EdgeId l = left.right;
    EdgeId r = right.left;
    while (true) {  // down to the lower common tangent
      if (left_of(origin(r), l)) {
        l = previous(reverse(l));
      } else if (right_of(origin(l), r)) {
        r = next(reverse(r));
      } else {
        break;
      }
    }
    EdgeId base = connect(reverse(r), l);
    if (origin(l) == origin(left.left)) left.left = reverse(base);
    if (origin(r) == origin(right.right)) right.right = base;

    while (true) {  // the bubble rises from `base`, an edge from right to left
      const auto above = [&](EdgeId e) { return right_of(target(e), base); };
      EdgeId lc = next(reverse(base));
      const bool left_ok = above(lc);
      if (left_ok) {
        while (inside(target(base), origin(base), target(lc), target(next(lc)))) {
          const EdgeId t = next(lc);
          remove(lc);
          lc = t;
        }
      }
      EdgeId rc = previous(base);
      const bool right_ok = above(rc);
      if (right_ok) {
        while (inside(target(base), origin(base), target(rc), target(previous(rc)))) {
          const EdgeId t = previous(rc);
          remove(rc);
          rc = t;
        }
      }
      if (!left_ok && !right_ok) break;
      if (!left_ok || (right_ok && inside(target(lc), origin(lc), origin(rc), target(rc)))) {
        base = connect(rc, reverse(base));
      } else {
        base = connect(reverse(base), reverse(lc));
      }
    }
    return {left.left, right.right};
  }

  std::span<const Point> points_;
  const core::Checkpoint& checkpoint_;
  std::vector<Edge> edges_;
  EdgeId free_ = -1;  // list through `next`
};

// Scales by a power of two to a largest coordinate in [1/2, 1) and rounds to multiples of 2^-250, so that no
// product of four coordinate differences overflows or loses a bit to underflow.
std::vector<Point> normalised(std::span<const double> points) {
  double largest = 0;
  for (const double x : points) largest = std::max(largest, std::abs(x));
  int exponent = 0;
  std::frexp(largest, &exponent);
  const auto fit = [&](double x) {
    x = std::ldexp(x, -exponent);
    if (std::abs(x) < 0x1.0p-190) x = std::ldexp(std::nearbyint(std::ldexp(x, 250)), -250);
    return x;
  };
  std::vector<Point> result(points.size() / 2);
  for (std::size_t i = 0; i < result.size(); ++i)
    result[i] = {fit(points[2 * i]), fit(points[2 * i + 1]), static_cast<Index>(i)};
  return result;
}

CandidateLists to_rows(Index n, std::span<const std::array<Index, 2>> edges) {
  CandidateLists graph;
  graph.offset.assign(static_cast<std::size_t>(n) + 1, 0);
  for (const auto& edge : edges)
    for (const Index v : edge) ++graph.offset[static_cast<std::size_t>(v) + 1];
  for (std::size_t v = 0; v < static_cast<std::size_t>(n); ++v) graph.offset[v + 1] += graph.offset[v];
  graph.ids.resize(edges.size() * 2);
  std::vector<std::int64_t> end(graph.offset.begin(), graph.offset.end() - 1);
  for (const auto& [a, b] : edges) {
    graph.ids[static_cast<std::size_t>(end[static_cast<std::size_t>(a)]++)] = b;
    graph.ids[static_cast<std::size_t>(end[static_cast<std::size_t>(b)]++)] = a;
  }
  for (std::size_t v = 0; v < static_cast<std::size_t>(n); ++v)
    std::sort(graph.ids.begin() + graph.offset[v], graph.ids.begin() + graph.offset[v + 1]);
  return graph;
}

}  // namespace

CandidateLists delaunay(std::span<const double> points, const core::Checkpoint& checkpoint) {
  if (points.size() % 2 != 0) throw std::invalid_argument("points: odd number of coordinates");
  // Six directed edges per point, numbered in 32 bits.
  if (points.size() / 2 > static_cast<std::size_t>(std::numeric_limits<EdgeId>::max() / 8))
    throw std::invalid_argument("points: too many for a triangulation (" + std::to_string(points.size() / 2) +
                                ")");
  for (const double x : points)
    if (!std::isfinite(x)) throw std::invalid_argument("points: a coordinate is not finite");

  std::vector<Point> sorted = normalised(points);
  const auto n = static_cast<Index>(sorted.size());
  std::sort(sorted.begin(), sorted.end(), [](const Point& a, const Point& b) {
    return a.x != b.x ? a.x < b.x : a.y != b.y ? a.y < b.y : a.id < b.id;
  });
  std::vector<std::array<Index, 2>> edges;
  std::size_t kept = 0;
  Index copy = -1;  // the latest copy of sorted[kept - 1]
  for (const Point& p : sorted) {
    if (kept > 0 && p.x == sorted[kept - 1].x && p.y == sorted[kept - 1].y) {
      edges.push_back({copy, p.id});
    } else {
      sorted[kept++] = p;
    }
    copy = p.id;
  }
  sorted.resize(kept);

  const Triangulation triangulation(sorted, checkpoint);
  edges.reserve(edges.size() + 3 * kept);
  triangulation.for_each_edge([&](Index i, Index j) {
    edges.push_back({sorted[static_cast<std::size_t>(i)].id, sorted[static_cast<std::size_t>(j)].id});
  });
  return to_rows(n, edges);
}

}  // namespace wayseer::tsp
