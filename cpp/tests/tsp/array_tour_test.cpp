#include "wayseer/tsp/array_tour.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "instances.hpp"

namespace wayseer::tsp {
namespace {

using test::at;

void expect_consistent(const ArrayTour& tour) {
  const Index n = tour.size();
  ASSERT_TRUE(test::is_tour(tour.order(), n));
  for (Index p = 0; p < n; ++p) {
    const Index v = tour.node(p);
    ASSERT_EQ(tour.position(v), p);
    ASSERT_EQ(tour.next(v), tour.node((p + 1) % n));
    ASSERT_EQ(tour.previous(v), tour.node((p + n - 1) % n));
  }
}

std::vector<Index> positions(const ArrayTour& tour) {
  std::vector<Index> all;
  for (Index v = 0; v < tour.size(); ++v) all.push_back(tour.position(v));
  return all;
}

// A partition of the tour into `count` pieces at random cuts, in random order and directions.
std::vector<ArrayTour::Piece> random_pieces(Index n, Index count, core::Random& random) {
  auto cuts = test::random_tour(n, random);
  cuts.resize(at(count));
  std::sort(cuts.begin(), cuts.end());
  std::vector<ArrayTour::Piece> pieces;
  for (Index r = 0; r < count; ++r) {
    const Index next = r + 1 < count ? cuts[at(r + 1)] : cuts[0] + n;
    pieces.push_back({(cuts[at(r)] + 1) % n, next - cuts[at(r)], random.below(2) == 1});
  }
  core::shuffle(std::span{pieces}, random);
  return pieces;
}

// What the pieces say, read one after the other.
std::vector<Index> joined(const ArrayTour& tour, const std::vector<ArrayTour::Piece>& pieces) {
  std::vector<Index> order;
  for (const auto& piece : pieces) {
    std::vector<Index> nodes;
    for (Index j = 0; j < piece.length; ++j) nodes.push_back(tour.node((piece.first + j) % tour.size()));
    if (piece.reversed) std::reverse(nodes.begin(), nodes.end());
    order.insert(order.end(), nodes.begin(), nodes.end());
  }
  return order;
}

// Is b the cycle a, from another start or the other way round?
bool same_cycle(std::vector<Index> a, std::span<const Index> b) {
  std::rotate(a.begin(), std::find(a.begin(), a.end(), b[0]), a.end());
  if (std::equal(a.begin(), a.end(), b.begin())) return true;
  std::reverse(a.begin() + 1, a.end());
  return std::equal(a.begin(), a.end(), b.begin());
}

TEST(ArrayTour, AssignGivesOrderAndPositions) {
  core::Random random(1);
  for (const Index n : {1, 2, 3, 50}) {
    const auto order = test::random_tour(n, random);
    const ArrayTour tour(order);
    EXPECT_TRUE(std::equal(order.begin(), order.end(), tour.order().begin(), tour.order().end()));
    expect_consistent(tour);
  }
}

TEST(ArrayTour, ReconnectJoinsThePiecesAndLeavesTheLongestInPlace) {
  core::Random random(2);
  for (int trial = 0; trial < 20'000; ++trial) {
    const Index n = 5 + random.below(20);
    ArrayTour tour(test::random_tour(n, random));
    const auto pieces = random_pieces(n, 1 + random.below(std::min(n, 8)), random);
    const auto expected = joined(tour, pieces);
    const std::vector<Index> before(tour.order().begin(), tour.order().end());
    tour.reconnect(pieces);
    expect_consistent(tour);
    ASSERT_TRUE(same_cycle(expected, tour.order()));
    Index moved = 0, longest = 0;
    for (Index p = 0; p < n; ++p) moved += tour.node(p) != before[at(p)] ? 1 : 0;
    for (const auto& piece : pieces) longest = std::max(longest, piece.length);
    ASSERT_EQ(tour.rewrite_cost(pieces), n - longest);
    ASSERT_LE(moved, n - longest);
  }
}

TEST(ArrayTour, UndoRestoresOrderAndPositionsExactly) {
  core::Random random(3);
  ArrayTour tour;
  for (int trial = 0; trial < 100'000; ++trial) {
    const Index n = 5 + random.below(16);
    if (trial % 50 == 0) tour.assign(test::random_tour(n, random));
    const std::vector<Index> order(tour.order().begin(), tour.order().end()), position = positions(tour);
    tour.start_journal();
    for (Index moves = 1 + random.below(20); moves > 0; --moves)
      tour.reconnect(random_pieces(tour.size(), 2 + random.below(4), random));
    tour.undo();
    ASSERT_TRUE(std::equal(order.begin(), order.end(), tour.order().begin(), tour.order().end()));
    ASSERT_EQ(positions(tour), position);
    if (trial % 2 == 0) {  // a second journal after an undo, with and without forget()
      tour.forget();
      tour.reconnect(random_pieces(tour.size(), 3, random));
    }
  }
}

TEST(ArrayTour, ForgetMakesChangesFinal) {
  core::Random random(4);
  ArrayTour tour(test::random_tour(12, random));
  tour.start_journal();
  tour.reconnect(random_pieces(12, 4, random));
  tour.forget();
  const std::vector<Index> kept(tour.order().begin(), tour.order().end());
  tour.undo();
  EXPECT_TRUE(std::equal(kept.begin(), kept.end(), tour.order().begin()));
  // Without a journal nothing is recorded either.
  tour.reconnect(random_pieces(12, 4, random));
  const std::vector<Index> changed(tour.order().begin(), tour.order().end());
  tour.undo();
  EXPECT_TRUE(std::equal(changed.begin(), changed.end(), tour.order().begin()));
  // start_journal() begins anew: what came before it stays.
  tour.start_journal();
  tour.reconnect(random_pieces(12, 4, random));
  const std::vector<Index> before(tour.order().begin(), tour.order().end());
  tour.start_journal();
  tour.reconnect(random_pieces(12, 4, random));
  tour.undo();
  EXPECT_TRUE(std::equal(before.begin(), before.end(), tour.order().begin()));
}

}  // namespace
}  // namespace wayseer::tsp
