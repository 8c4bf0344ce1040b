#include "wayseer/core/hilbert.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <numeric>
#include <stdexcept>

#include "point_sets.hpp"

namespace wayseer::core::test {
namespace {

TEST(Hilbert, IsAPermutationOfAnyPoints) {
  for (const int dim : {2, 3}) {
    for (const PointSet& set : difficult_point_sets(dim)) {
      auto order = hilbert_order(set.points, dim);
      std::ranges::sort(order);
      std::vector<std::int32_t> all(static_cast<std::size_t>(set.size()));
      std::iota(all.begin(), all.end(), 0);
      EXPECT_EQ(order, all) << set.name;
    }
  }
}

// What makes it a Hilbert curve: on a full lattice each step goes to a lattice neighbour.
TEST(Hilbert, VisitsALatticeInUnitSteps) {
  for (const int dim : {2, 3}) {
    for (const int bits : {1, 2, 4}) {
      const int side = 1 << bits;
      const auto lattice = make_points("lattice", dim, dim == 2 ? side * side : side * side * side,
                                       [&](std::int32_t i, int d) { return (i >> (d * bits)) % side - 40; });
      const auto order = hilbert_order(lattice.points, dim);
      for (std::size_t j = 1; j < order.size(); ++j)
        ASSERT_EQ(brute_distance(lattice, order[j], place_of(lattice, order[j - 1]), Norm::manhattan), 1.0);
    }
  }
}

TEST(Hilbert, CoincidentPointsComeInIdOrder) {
  const std::vector<double> same(60, 0.3);
  const auto order = hilbert_order(same, 2);
  EXPECT_TRUE(std::ranges::is_sorted(order));
}

// The best tour is about .7124 sqrt(n A); an independent implementation of the curve measures 1.38 times
// that.
TEST(Hilbert, IsAFairTourOfUniformPoints) {
  Random random(1);
  const std::int32_t n = 20000;
  const auto set = make_points("uniform", 2, n, [&](auto, auto) { return random.uniform(); });
  const auto order = hilbert_order(set.points, 2);
  double length = 0;
  for (std::size_t j = 0; j < order.size(); ++j)
    length += std::sqrt(
        brute_distance(set, order[j], place_of(set, order[(j + 1) % order.size()]), Norm::euclidean));
  EXPECT_LT(length, 1.42 * 0.7124 * std::sqrt(n));
}

TEST(Hilbert, RejectsWrongInput) {
  EXPECT_THROW((void)hilbert_order(std::vector<double>{1, 2, 3}, 2), std::invalid_argument);
  EXPECT_THROW((void)hilbert_order(std::vector<double>{1, 2, 3, 4}, 4), std::invalid_argument);
  EXPECT_THROW((void)hilbert_order(std::vector<double>{1, std::numeric_limits<double>::quiet_NaN()}, 2),
               std::invalid_argument);
}

}  // namespace
}  // namespace wayseer::core::test
