// Grid and KdTree give exactly the neighbours a full sort gives, ties included.
#include <gtest/gtest.h>

#include <limits>
#include <stdexcept>

#include "point_sets.hpp"
#include "wayseer/core/grid.hpp"
#include "wayseer/core/kd_tree.hpp"

namespace wayseer::core::test {
namespace {

using Ids = std::vector<std::int32_t>;

Ids first(int k, const Ids& ids) {
  return {ids.begin(), ids.begin() + std::min<std::ptrdiff_t>(k, std::ssize(ids))};
}

template <class Index>
void expect_exact_neighbours(const PointSet& set, const Index& index, const std::string& trace) {
  SCOPED_TRACE(set.name + ", " + trace);
  ASSERT_EQ(index.size(), set.size());
  // Every seventh point: enough to meet each kind, and quick under sanitizers.
  for (std::int32_t i = 0; i < set.size(); i += 7) {
    const auto centre = place_of(set, i);
    for (const Norm norm : all_norms) {
      const Ids others = brute_nearest(set, centre, 100, norm, [&](std::int32_t j) { return j != i; });
      const Ids apart =
          brute_nearest(set, centre, 100, norm, [&](std::int32_t j) { return !same_place(set, i, j); });
      for (const int k : {0, 1, 5, 8, 100}) {
        Ids out(static_cast<std::size_t>(k), -7);
        out.resize(static_cast<std::size_t>(index.nearest(i, k, norm, out)));
        ASSERT_EQ(out, first(k, others)) << "point " << i << " k " << k;
        out.assign(static_cast<std::size_t>(k), -7);
        out.resize(static_cast<std::size_t>(index.nearest(i, k, norm, out, true)));
        ASSERT_EQ(out, first(k, apart)) << "apart from point " << i << " k " << k;
      }
    }
  }
}

template <class Query>
void expect_exact_at_locations(const PointSet& set, Query query) {
  SCOPED_TRACE(set.name);
  Random random(5);
  const auto third = [](std::int32_t j) { return j % 3 == 1; };
  for (int trial = 0; trial < 60; ++trial) {
    std::vector<double> centre;
    const std::int32_t a = set.size() > 0 ? random.below(set.size()) : -1;
    for (int d = 0; d < set.dim; ++d) {
      // At a point, near one, far outside.
      const double base = a >= 0 ? set.at(a, d) : 0.0;
      centre.push_back(trial % 3 == 0 ? base
                                      : base + (trial % 3 == 1 ? 1.0 : 1e5) * (random.uniform() - 0.5));
    }
    for (const Norm norm : all_norms) {
      for (const int k : {1, 6, 80}) {
        Ids out(static_cast<std::size_t>(k), -7);
        out.resize(static_cast<std::size_t>(query(centre, k, norm, third, out)));
        ASSERT_EQ(out, brute_nearest(set, centre, k, norm, third));
      }
    }
  }
}

TEST(Grid, NeighboursAreThoseOfAFullSort) {
  for (const PointSet& set : difficult_point_sets(2)) {
    for (const double per_cell : {0.25, 2.0})
      expect_exact_neighbours(set, Grid(set.points, per_cell), "per cell " + std::to_string(per_cell));
  }
}

TEST(KdTree, NeighboursAreThoseOfAFullSort) {
  for (const int dim : {2, 3}) {
    for (const PointSet& set : difficult_point_sets(dim))
      expect_exact_neighbours(set, KdTree(set.points, dim), "dim " + std::to_string(dim));
  }
}

TEST(Grid, NearestIfIsExactAnywhere) {
  for (const PointSet& set : difficult_point_sets(2)) {
    const Grid grid(set.points);
    expect_exact_at_locations(set, [&](const auto& centre, int k, Norm norm, auto accept, Ids& out) {
      return grid.nearest_if(centre[0], centre[1], k, norm, accept, out);
    });
  }
}

TEST(KdTree, NearestIfIsExactAnywhere) {
  for (const int dim : {2, 3}) {
    for (const PointSet& set : difficult_point_sets(dim)) {
      const KdTree tree(set.points, dim);
      expect_exact_at_locations(set, [&](const auto& centre, int k, Norm norm, auto accept, Ids& out) {
        return tree.nearest_if(centre, k, norm, accept, out);
      });
    }
  }
}

TEST(Grid, QuadrantsAreThoseOfAFullSort) {
  for (const PointSet& set : difficult_point_sets(2)) {
    SCOPED_TRACE(set.name);
    const Grid grid(set.points), fine(set.points, 0.25);
    for (std::int32_t i = 0; i < set.size(); i += 7) {
      for (const Norm norm : all_norms) {
        for (const int m : {1, 3, 70}) {
          const Ids expected = brute_per_orthant(set, i, m, norm);
          Ids out(expected.size(), -7);
          grid.nearest_per_quadrant(i, m, norm, out);
          ASSERT_EQ(out, expected) << "point " << i;
          out.assign(expected.size(), -7);
          fine.nearest_per_quadrant(i, m, norm, out);
          ASSERT_EQ(out, expected) << "point " << i;
        }
      }
    }
  }
}

TEST(KdTree, OrthantsAreThoseOfAFullSort) {
  for (const int dim : {2, 3}) {
    for (const PointSet& set : difficult_point_sets(dim)) {
      SCOPED_TRACE(set.name);
      const KdTree tree(set.points, dim);
      for (std::int32_t i = 0; i < set.size(); i += 7) {
        for (const Norm norm : all_norms) {
          for (const int m : {1, 3}) {
            const Ids expected = brute_per_orthant(set, i, m, norm);
            Ids out(expected.size(), -7);
            tree.nearest_per_orthant(i, m, norm, out);
            ASSERT_EQ(out, expected) << "point " << i;
          }
        }
      }
    }
  }
}

TEST(Grid, ReportsItsFullestCell) {
  EXPECT_EQ(Grid(std::vector<double>{}).max_cell(), 0);
  EXPECT_EQ(Grid(std::vector<double>(200, 1.5)).max_cell(), 100);
  const auto lattice =
      make_points("lattice", 2, 10000, [](std::int32_t i, int d) { return d == 0 ? i % 100 : i / 100; });
  EXPECT_LE(Grid(lattice.points).max_cell(), 4);
  const auto thin = make_points("line", 2, 10000, [](std::int32_t i, int d) { return d == 0 ? i : 0; });
  EXPECT_LE(Grid(thin.points).max_cell(), 3);
}

// Thousands of points whose quadrant is empty: a scan of the quadrant's cells for each would take seconds.
TEST(Grid, EmptyQuadrantsOfALongHullAreCheap) {
  const std::int32_t n = 20000;
  Random random(3);
  const auto wedge = make_points("wedge", 2, n, [&](auto, auto) { return 0.0; });
  std::vector<double> xy = wedge.points;
  for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i) {
    const double x = random.uniform();
    xy[2 * i] = x;
    xy[2 * i + 1] = i % 2 == 0 ? 1 - x : (1 - x) * random.uniform();  // half of them on the hypotenuse
  }
  const Grid grid(xy);
  Ids out(4);
  int empty = 0;
  for (std::int32_t i = 0; i < n; ++i) {
    grid.nearest_per_quadrant(i, 1, Norm::euclidean, out);
    empty += out[0] == -1;
  }
  EXPECT_GE(empty, n / 2 - 200);
}

TEST(KdTree, CrowdsAtOnePlaceAreCheap) {
  const std::int32_t n = 50000;
  const auto crowd = make_points("crowd", 3, n, [](std::int32_t i, auto) {
    return i % 2 == 0 ? 1.0 : i % 10 == 1 ? -i : 2.0;
  });
  const KdTree tree(crowd.points, 3);
  Ids out(8), orthants(8);
  for (std::int32_t i = 0; i < n; ++i) {
    ASSERT_EQ(tree.nearest(i, 8, Norm::euclidean, out), 8);
    if (i % 2 == 0 && i > 20) {
      ASSERT_EQ(out, (Ids{0, 2, 4, 6, 8, 10, 12, 14}));
    }
    ASSERT_EQ(tree.nearest(i, 8, Norm::manhattan, out, true), 8);
    tree.nearest_per_orthant(i, 1, Norm::euclidean, orthants);
  }
}

TEST(Grid, RejectsWrongInput) {
  const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  EXPECT_THROW(Grid(std::vector<double>{1, 2, 3}), std::invalid_argument);
  for (const double bad : {nan, inf, -inf, 1e151})
    EXPECT_THROW(Grid(std::vector<double>{1, bad}), std::invalid_argument);
  for (const double bad : {nan, 0.0, -1.0})
    EXPECT_THROW(Grid(std::vector<double>{1, 2}, bad), std::invalid_argument);
  EXPECT_EQ(Grid(std::vector<double>{1, 2}, inf).columns(), 1);
}

TEST(KdTree, RejectsWrongInput) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(KdTree(std::vector<double>{1, 2, 3}, 2), std::invalid_argument);
  EXPECT_THROW(KdTree(std::vector<double>{1, 2, 3, 4}, 4), std::invalid_argument);
  EXPECT_THROW(KdTree(std::vector<double>{1, 2, 3, 4}, 1), std::invalid_argument);
  EXPECT_THROW(KdTree(std::vector<double>{1, nan}, 2), std::invalid_argument);
  EXPECT_THROW(KdTree(std::vector<double>{1, 2, -1e151}, 3), std::invalid_argument);
}

}  // namespace
}  // namespace wayseer::core::test
