#include "wayseer/tsp/ils.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

#include "instances.hpp"

namespace wayseer::tsp {
namespace {

using test::at;
using test::edges_of;
using test::is_tour;
using test::length_of;
using test::without;

constexpr auto never = [] { return false; };

std::vector<Index> order_of(const ArrayTour& tour) { return {tour.order().begin(), tour.order().end()}; }

void expect_positions(const ArrayTour& tour) {
  for (Index p = 0; p < tour.size(); ++p) ASSERT_EQ(tour.position(tour.node(p)), p);
}

// All costs equal and no candidates for the repair: every kick is kept as it is.
TEST(Ils, AKickIsADoubleBridge) {
  core::Random random(1);
  int four = 0, fewer = 0;
  for (int trial = 0; trial < 2'000; ++trial) {
    const Index n = 8 + random.below(20);
    std::vector<std::int32_t> costs(at(n) * at(n), 7);
    const test::Table<std::int32_t, MatrixMetric> table(std::move(costs), n);
    const NeighborLists<MatrixMetric> walks(table.metric, test::complete_candidates(n));
    const NeighborLists<MatrixMetric> none(table.metric, test::no_candidates(n));
    KOpt<MatrixMetric> search(table.metric, none, {});
    KickSettings settings;
    settings.walk_breadth = n;
    Ils<MatrixMetric> ils(table.metric, walks, search, settings, false);
    search.assign(test::random_tour(n, random));
    for (int kick = 0; kick < 50; ++kick) {
      const auto before = order_of(search.tour());
      ASSERT_EQ(ils.kick(random, never), 0);
      const auto after = order_of(search.tour());
      ASSERT_TRUE(is_tour(after, n));
      expect_positions(search.tour());
      const auto removed = without(edges_of(before), edges_of(after));
      ASSERT_LE(removed.size(), 4U);
      // Fewer only where two single nodes lie side by side: their common edge comes back the other way round.
      ++(removed.size() == 4 ? four : fewer);
    }
  }
  EXPECT_GT(four, 3 * fewer);
}

// Exactly 4 edges change unless two cyclically adjacent pieces are single nodes; all cuts of small tours.
TEST(Ils, TheOrderOfThePiecesChangesFourEdges) {
  for (Index n = 8; n <= 12; ++n)
    for (Index a = 0; a < n; ++a)
      for (Index b = a + 1; b < n; ++b)
        for (Index c = b + 1; c < n; ++c)
          for (Index d = c + 1; d < n; ++d) {
            const std::array<ArrayTour::Piece, 4> pieces{{{(d + 1) % n, a + n - d, false},
                                                          {(c + 1) % n, d - c, false},
                                                          {(b + 1) % n, c - b, false},
                                                          {(a + 1) % n, b - a, false}}};
            ArrayTour tour(test::identity(n));
            tour.reconnect(pieces);
            const auto removed = without(edges_of(test::identity(n)), edges_of(tour.order()));
            bool singles = false;
            for (std::size_t i = 0; i < 4; ++i)
              singles |= pieces[i].length == 1 && pieces[(i + 1) % 4].length == 1;
            ASSERT_EQ(removed.size() == 4, !singles) << n << ": " << a << ' ' << b << ' ' << c << ' ' << d;
          }
}

// Costs at random and no repair: a kick is kept iff it is not longer, and else taken back to the last
// position.
TEST(Ils, AWorseTourIsTakenBackExactly) {
  core::Random random(2);
  int kept = 0, undone = 0;
  for (int trial = 0; trial < 1'000; ++trial) {
    const Index n = 8 + random.below(20);
    const test::Table<std::int32_t, MatrixMetric> table(
        test::random_matrix<std::int32_t>(n, true, 20, random), n);
    const NeighborLists<MatrixMetric> none(table.metric, test::no_candidates(n));
    const bool repairs = trial % 2 == 1;
    KOpt<MatrixMetric> search(table.metric, repairs ? table.lists : none, {});
    Ils<MatrixMetric> ils(table.metric, table.lists, search, {}, false);
    search.assign(test::random_tour(n, random));
    search.push_all();
    (void)search.optimize();
    for (int kick = 0; kick < 100; ++kick) {
      const auto before = order_of(search.tour());
      const Cost length = length_of(table.metric, before);
      const Cost gain = ils.kick(random, never);
      const auto after = order_of(search.tour());
      ASSERT_TRUE(is_tour(after, n));
      expect_positions(search.tour());
      ASSERT_GE(gain, 0);
      ASSERT_EQ(gain, length - length_of(table.metric, after));
      ASSERT_EQ(search.optimize(), 0);  // the queue is empty after a kick
      ++(before == after ? undone : kept);
    }
  }
  EXPECT_GT(kept, 1000);
  EXPECT_GT(undone, 1000);
}

TEST(Ils, RunningLengthEqualsTheRecomputedOne) {
  for (const auto& set : test::difficult_points(400, 2, 12)) {
    const auto check = [&](const auto& plane) {
      using Metric = std::decay_t<decltype(plane.metric)>;
      KOptSettings three;
      three.depth = 3;
      KOpt<Metric> search(plane.metric, plane.lists, three);
      core::Random random(3);
      search.assign(test::random_tour(400, random));
      search.push_all();
      (void)search.optimize();
      Ils<Metric> ils(plane.metric, plane.lists, search, {}, false);
      Cost length = length_of(plane.metric, search.tour().order());
      for (int kick = 1; kick <= 2000; ++kick) {
        length -= ils.kick(random, never);
        if (kick % 200 == 0) {
          ASSERT_EQ(length, length_of(plane.metric, search.tour().order())) << set.name;
        }
      }
      ASSERT_TRUE(is_tour(search.tour().order(), 400)) << set.name;
    };
    check(test::Plane<test::Euc2d>(set.points, MetricKind::euc_2d));
    check(test::Plane<test::Euclid2d>(set.points, MetricKind::euclid));
  }
}

TEST(Ils, KicksAboveTheRewriteCapAreRefused) {
  const Index n = 600;
  const test::Plane<test::Euc2d> plane(test::uniform_points(n, 6), MetricKind::euc_2d);
  KOpt<test::Euc2d> search(plane.metric, plane.lists, {});
  core::Random random(6);
  search.assign(test::random_tour(n, random));
  search.push_all();
  (void)search.optimize();
  const auto before = order_of(search.tour());
  KickSettings settings;
  settings.max_rewrite = 2;  // a double bridge rewrites at least three positions
  Ils<test::Euc2d> ils(plane.metric, plane.lists, search, settings, false);
  for (int kick = 0; kick < 200; ++kick) ASSERT_EQ(ils.kick(random, never), 0);
  EXPECT_EQ(order_of(search.tour()), before);
}

TEST(Ils, ToursTooSmallForADoubleBridgeAreLeftAlone) {
  core::Random random(7);
  for (const Index n : {5, 7}) {
    const test::Plane<test::Euc2d> plane(test::uniform_points(n, 7), MetricKind::euc_2d);
    KOpt<test::Euc2d> search(plane.metric, plane.lists, {});
    search.assign(test::identity(n));
    Ils<test::Euc2d> ils(plane.metric, plane.lists, search, {}, false);
    for (int kick = 0; kick < 20; ++kick) EXPECT_EQ(ils.kick(random, never), 0);
    EXPECT_EQ(order_of(search.tour()), test::identity(n));
  }
}

// Starts that sweep over the nodes: any mean step, also one beyond the number of nodes.
TEST(Ils, SweepsStayAmongTheNodes) {
  const Index n = 20;
  const test::Plane<test::Euc2d> plane(test::uniform_points(n, 8), MetricKind::euc_2d);
  for (const Index stride : {1, 2, 3, 10, 19, 20, 21, 100}) {
    KOpt<test::Euc2d> search(plane.metric, plane.lists, {});
    search.assign(test::identity(n));
    KickSettings settings;
    settings.stride = stride;
    Ils<test::Euc2d> ils(plane.metric, plane.lists, search, settings, false);
    core::Random random(8);
    Cost length = length_of(plane.metric, search.tour().order());
    for (int kick = 0; kick < 300; ++kick) length -= ils.kick(random, never);
    ASSERT_TRUE(is_tour(search.tour().order(), n));
    ASSERT_EQ(length, length_of(plane.metric, search.tour().order()));
  }
}

TEST(Ils, TheHalvesOfANodeAreNeverParted) {
  core::Random random(9);
  for (const Index n : {4, 5, 9, 40}) {
    auto costs = test::random_matrix<std::int64_t>(n, false, 50, random);
    costs[1] = 51;
    const test::Table<std::int64_t, DoubledMetric> table(std::move(costs), n);
    const NeighborLists<DoubledMetric> none(table.metric, test::no_candidates(2 * n));
    for (const bool repairs : {false, true}) {
      KOpt<DoubledMetric> search(table.metric, repairs ? table.lists : none, {});
      Ils<DoubledMetric> ils(table.metric, table.lists, search, {}, true);
      search.assign(test::random_doubled_tour(2 * n, random));
      Cost length = length_of(table.metric, search.tour().order());
      for (int kick = 0; kick < 2000; ++kick) {
        length -= ils.kick(random, never);
        ASSERT_TRUE(test::keeps_ties(search.tour().order())) << n;
      }
      ASSERT_EQ(length, length_of(table.metric, search.tour().order()));
    }
  }
}

// The best of many kicks on a small instance is the optimum.
TEST(Ils, FindsTheOptimumOfSmallInstances) {
  core::Random random(10);
  for (int trial = 0; trial < 10; ++trial) {
    const Index n = 9;
    const test::Plane<test::Euc2d> plane(test::uniform_points(n, static_cast<std::uint64_t>(trial)),
                                         MetricKind::euc_2d);
    KOpt<test::Euc2d> search(plane.metric, plane.lists, {});
    search.assign(test::random_tour(n, random));
    search.push_all();
    (void)search.optimize();
    Ils<test::Euc2d> ils(plane.metric, plane.lists, search, {}, false);
    for (int kick = 0; kick < 500; ++kick) (void)ils.kick(random, never);
    auto tour = test::identity(n);
    Cost best = length_of(plane.metric, tour);
    while (std::next_permutation(tour.begin() + 1, tour.end()))
      best = std::min(best, length_of(plane.metric, tour));
    EXPECT_EQ(length_of(plane.metric, search.tour().order()), best);
  }
}

}  // namespace
}  // namespace wayseer::tsp
