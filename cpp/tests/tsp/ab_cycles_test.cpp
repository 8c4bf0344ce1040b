#include "wayseer/tsp/ab_cycles.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "instances.hpp"

namespace wayseer::tsp {
namespace {

using test::at;
using test::Edge;
using test::edges_of;
using test::ordered;
using test::without;

// Alternating, edge-disjoint, and together exactly the edges of one tour but not the other.
void expect_decomposition(const AbCycles& cycles, const std::vector<Edge>& a, const std::vector<Edge>& b) {
  std::vector<Edge> of_a, of_b;
  for (Index c = 0; c < cycles.size(); ++c) {
    const auto cycle = cycles[c];
    ASSERT_GE(cycle.size(), 4U);
    ASSERT_EQ(cycle.size() % 2, 0U);
    for (std::size_t i = 0; i < cycle.size(); ++i)
      (i % 2 == 0 ? of_a : of_b).push_back(ordered(cycle[i], cycle[(i + 1) % cycle.size()]));
    // A node is passed at most twice, once leaving by an edge of A and once by one of B.
    for (const std::size_t parity : {std::size_t{0}, std::size_t{1}}) {
      std::vector<Index> nodes;
      for (std::size_t i = parity; i < cycle.size(); i += 2) nodes.push_back(cycle[i]);
      std::sort(nodes.begin(), nodes.end());
      ASSERT_EQ(std::adjacent_find(nodes.begin(), nodes.end()), nodes.end());
    }
  }
  std::sort(of_a.begin(), of_a.end());
  std::sort(of_b.begin(), of_b.end());
  ASSERT_EQ(of_a, without(a, b));
  ASSERT_EQ(of_b, without(b, a));
}

TEST(AbCycles, AlternateAreDisjointAndCoverTheDifference) {
  core::Random random(1);
  for (const Index n : {5, 6, 7, 8, 12, 30, 100}) {
    AbCycles cycles(n);  // one object for all pairs: nothing may be left over from the last
    for (int trial = 0; trial < (n < 20 ? 3000 : 500); ++trial) {
      const auto a = test::random_tour(n, random);
      auto b = a;
      switch (trial % 4) {
        case 0:
          b = test::random_tour(n, random);
          break;
        case 1:
          std::reverse(b.begin(), b.begin() + 1 + random.below(n));
          break;
        case 2:
          std::swap(b[at(random.below(n))], b[at(random.below(n))]);
          break;
        default:
          for (int turns = 0; turns < 4; ++turns) {
            const auto from = random.below(n), to = from + random.below(n - from);
            std::reverse(b.begin() + from, b.begin() + to + 1);
          }
      }
      if (random.below(2) == 0) std::reverse(b.begin(), b.end());
      cycles.build(links_of(a), links_of(b), random);
      expect_decomposition(cycles, edges_of(a), edges_of(b));
    }
  }
}

TEST(AbCycles, EqualToursHaveNone) {
  core::Random random(2);
  const auto a = test::random_tour(20, random);
  auto b = a;
  std::reverse(b.begin(), b.end());
  std::rotate(b.begin(), b.begin() + 7, b.end());
  AbCycles cycles(20);
  EXPECT_EQ(cycles.size(), 0);
  cycles.build(links_of(a), links_of(b), random);
  EXPECT_EQ(cycles.size(), 0);
}

TEST(AbCycles, ATwoOptMoveIsOneCycleOfFour) {
  core::Random random(3);
  const auto a = test::identity(12);
  auto b = a;
  std::reverse(b.begin() + 3, b.begin() + 8);
  AbCycles cycles(12);
  cycles.build(links_of(a), links_of(b), random);
  ASSERT_EQ(cycles.size(), 1);
  EXPECT_EQ(cycles[0].size(), 4U);
}

TEST(AbCycles, TheSameGeneratorGivesTheSameCycles) {
  core::Random random(4);
  const auto a = test::random_tour(50, random), b = test::random_tour(50, random);
  AbCycles first(50), second(50);
  core::Random one(9), other(9);
  first.build(links_of(b), links_of(a), random);  // something else before
  first.build(links_of(a), links_of(b), one);
  second.build(links_of(a), links_of(b), other);
  ASSERT_EQ(first.size(), second.size());
  for (Index c = 0; c < first.size(); ++c)
    EXPECT_TRUE(std::equal(first[c].begin(), first[c].end(), second[c].begin(), second[c].end()));
}

TEST(Links, OrderAndLinksAreInverse) {
  core::Random random(5);
  for (const Index n : {3, 4, 10, 57}) {
    const auto order = test::random_tour(n, random);
    const auto links = links_of(order);
    std::vector<Index> back;
    order_of(links, back);
    ASSERT_TRUE(test::is_tour(back, n));
    EXPECT_EQ(back.front(), 0);
    EXPECT_EQ(edges_of(back), edges_of(order));
    for (Index u = 0; u < n; ++u)
      for (Index v = 0; v < n; ++v) {
        const auto edges = edges_of(order);
        EXPECT_EQ(linked(links, u, v), std::binary_search(edges.begin(), edges.end(), ordered(u, v)));
      }
  }
}

}  // namespace
}  // namespace wayseer::tsp
