#include "wayseer/tsp/k_opt.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "instances.hpp"
#include "wayseer/core/union_find.hpp"
#include "wayseer/tsp/k_opt_validity.hpp"

namespace wayseer::tsp {
namespace {

using test::at;
using test::Edge;
using test::edges_of;
using test::is_tour;
using test::length_of;
using test::ordered;
using test::without;

// --- the table --------------------------------------------------------------------------------------------

// A move on a tour of n positions: edge j removes the tour edge at left[j]; its endpoints are sides of
// positions, so that a node may lose both its edges and an added edge may join the sides of one node.
struct Move {
  Index n;
  std::vector<Index> left;
  std::uint32_t second_is_right;

  [[nodiscard]] int k() const { return static_cast<int>(left.size()); }
  struct Side {
    Index position;
    int which;  // 0: towards the predecessor, 1: towards the successor
    auto operator<=>(const Side&) const = default;
  };
  // Endpoint 2j or 2j + 1 of the move.
  [[nodiscard]] Side endpoint(int i) const {
    const Index p = left[static_cast<std::size_t>(i / 2)];
    const bool second = i % 2 == 1;
    const bool right = ((second_is_right >> (i / 2)) & 1U) != 0;
    return second == right ? Side{(p + 1) % n, 0} : Side{p, 1};
  }
  [[nodiscard]] std::uint32_t code() const {
    std::uint32_t code = 0;
    for (int j = 1; j < k(); ++j) {
      std::uint32_t rank = 0;
      for (int i = 0; i < j; ++i)
        rank += left[static_cast<std::size_t>(i)] < left[static_cast<std::size_t>(j)] ? 1U : 0U;
      code = code * static_cast<std::uint32_t>(j + 1) + rank;
    }
    return code;
  }
};

// Positions in the order of the rewired tour, from position 0 until it closes.
std::vector<Index> traverse(const Move& move) {
  std::vector<std::array<Move::Side, 2>> to(at(move.n));
  for (Index p = 0; p < move.n; ++p) {
    to[at(p)][1] = {(p + 1) % move.n, 0};
    to[at((p + 1) % move.n)][0] = {p, 1};
  }
  for (int j = 0; j < move.k(); ++j) {
    const auto a = move.endpoint(2 * j + 1), b = move.endpoint((2 * j + 2) % (2 * move.k()));
    to[at(a.position)][static_cast<std::size_t>(a.which)] = b;
    to[at(b.position)][static_cast<std::size_t>(b.which)] = a;
  }
  std::vector<Index> order;
  Move::Side leave{0, 1};
  do {
    order.push_back(leave.position);
    const auto enter = to[at(leave.position)][static_cast<std::size_t>(leave.which)];
    leave = {enter.position, 1 - enter.which};
  } while (!(leave.position == 0 && leave.which == 1) && order.size() <= at(move.n));
  return order;
}

std::vector<ArrayTour::Piece> pieces_of(const Move& move) {
  std::array<int, max_k_opt> rank{};
  std::vector<Index> cut = move.left;
  std::sort(cut.begin(), cut.end());
  for (std::size_t j = 0; j < move.left.size(); ++j)
    rank[j] = static_cast<int>(std::find(cut.begin(), cut.end(), move.left[j]) - cut.begin());
  const auto walk = walk_pieces(move.k(), rank, move.second_is_right);
  std::vector<ArrayTour::Piece> pieces;
  for (int i = 0; i < walk.count; ++i) {
    const auto r = static_cast<std::size_t>(walk.piece[static_cast<std::size_t>(i)]);
    const Index next = r + 1 < cut.size() ? cut[r + 1] : cut[0] + move.n;
    pieces.push_back({(cut[r] + 1) % move.n, next - cut[r], walk.reversed[static_cast<std::size_t>(i)]});
  }
  return pieces;
}

TEST(KOptValidity, TableEqualsTheTraversalOfTheRewiredTour) {
  core::Random random(1);
  const auto& table = KOptValidity::instance();
  for (int k = 2; k <= max_k_opt; ++k) {
    std::set<std::pair<std::uint32_t, std::uint32_t>> seen;
    int single_nodes = 0, wrapped = 0, valid_moves = 0;
    for (int trial = 0; trial < 100'000; ++trial) {
      const Index n = k + random.below(10);
      Move move{n, test::random_tour(n, random), static_cast<std::uint32_t>(random.below(1 << k))};
      move.left.resize(static_cast<std::size_t>(k));
      const auto order = traverse(move);
      const bool one_cycle = order.size() == at(n);
      ASSERT_EQ(table.valid(k, move.code(), move.second_is_right), one_cycle)
          << "k " << k << " trial " << trial;
      seen.insert({move.code(), move.second_is_right});
      for (const Index p : move.left) {
        single_nodes += std::find(move.left.begin(), move.left.end(), (p + 1) % n) != move.left.end() ? 1 : 0;
        wrapped += p == n - 1 ? 1 : 0;
      }
      if (!one_cycle) continue;
      ++valid_moves;
      // Apply it and take it back.
      ArrayTour tour(test::random_tour(n, random));
      const std::vector<Index> before(tour.order().begin(), tour.order().end());
      std::vector<Index> expected;
      for (const Index p : order) expected.push_back(before[at(p)]);
      const auto pieces = pieces_of(move);
      ASSERT_EQ(pieces.size(), move.left.size());
      tour.start_journal();
      tour.reconnect(pieces);
      ASSERT_EQ(edges_of(tour.order()), edges_of(expected));
      for (Index p = 0; p < n; ++p) ASSERT_EQ(tour.position(tour.node(p)), p);
      tour.undo();
      ASSERT_TRUE(std::equal(before.begin(), before.end(), tour.order().begin()));
      for (Index p = 0; p < n; ++p) ASSERT_EQ(tour.position(tour.node(p)), p);
    }
    EXPECT_GT(single_nodes, 1000) << k;
    EXPECT_GT(wrapped, 1000) << k;
    EXPECT_GT(valid_moves, 1000) << k;
    const std::size_t codes = k == 2 ? 2 : k == 3 ? 6 : k == 4 ? 24 : k == 5 ? 120 : 720;
    EXPECT_GT(seen.size(), codes * (1U << k) * 8 / 10) << k;  // most of the table was asked
  }
}

// All of it, each entry once, on tours whose pieces have two nodes.
TEST(KOptValidity, EveryEntryOfTheTable) {
  const auto& table = KOptValidity::instance();
  for (int k = 2; k <= max_k_opt; ++k) {
    std::vector<Index> left;
    for (Index i = 0; i < k; ++i) left.push_back(2 * i + 1);
    do {
      for (std::uint32_t bits = 0; bits < (1U << k); ++bits) {
        const Move move{2 * k, left, bits};
        ASSERT_EQ(table.valid(k, move.code(), bits), traverse(move).size() == at(2 * k)) << k;
      }
    } while (std::next_permutation(left.begin(), left.end()));
  }
}

// Pure sequential k-opt: the number of ways to reconnect k removed edges with no old edge back is known
// (1, 4, 25, 208, 2121 for k = 2..6; K. Helsgaun, 2009); without those that are not one alternating walk,
// such as the double bridge, 1, 4, 20, 148, 1348 are left.
TEST(KOptValidity, CountsOfPureSequentialMovesAreTheKnownOnes) {
  const std::array<std::size_t, 5> known{1, 4, 20, 148, 1348};
  for (int k = 2; k <= max_k_opt; ++k) {
    std::set<std::vector<std::pair<Move::Side, Move::Side>>> reconnections;
    std::vector<Index> left;
    for (Index i = 0; i < k; ++i) left.push_back(2 * i + 1);
    do {
      for (std::uint32_t bits = 0; bits < (1U << k); ++bits) {
        const Move move{2 * k, left, bits};
        if (!KOptValidity::instance().valid(k, move.code(), bits)) continue;
        std::vector<std::pair<Move::Side, Move::Side>> added;
        bool pure = true;
        for (int j = 0; j < k; ++j) {
          auto a = move.endpoint(2 * j + 1), b = move.endpoint((2 * j + 2) % (2 * k));
          if (b < a) std::swap(a, b);
          const auto next = [&](Move::Side x, Move::Side y) {
            return x.which == 1 && y.which == 0 && y.position == (x.position + 1) % (2 * k);
          };
          pure = pure && !next(a, b) && !next(b, a);
          added.emplace_back(a, b);
        }
        std::sort(added.begin(), added.end());
        if (pure) reconnections.insert(added);
      }
    } while (std::next_permutation(left.begin(), left.end()));
    EXPECT_EQ(reconnections.size(), known[static_cast<std::size_t>(k - 2)]) << k;
  }
}

// --- the search -------------------------------------------------------------------------------------------

KOptSettings wide(int depth) {
  KOptSettings settings;
  settings.depth = depth;
  settings.breadth.fill(12);
  return settings;
}

TEST(KOpt, GainOfEveryMoveIsTheRecomputedDifference) {
  core::Random random(2);
  for (int depth = 2; depth <= max_k_opt; ++depth) {
    std::array<int, max_k_opt + 1> moves_of{};
    int single_nodes = 0, wrapped = 0, moves = 0, trials = 0;
    while (trials < 20'000) {
      const Index n = 5 + random.below(16);
      // Small integers: ties and zero-length edges abound.
      const test::Plane<test::Euc2d> plane(
          test::make_points(n, 2, [&](Index, int) { return random.below(trials % 2 == 0 ? 6 : 1000); }),
          MetricKind::euc_2d);
      const auto candidates = test::complete_candidates(n);
      const NeighborLists<test::Euc2d> lists(plane.metric, candidates);
      KOpt<test::Euc2d> search(plane.metric, lists, wide(depth));
      search.assign(test::random_tour(n, random));
      for (int step = 0; step < 60; ++step, ++trials) {
        const std::vector<Index> before(search.tour().order().begin(), search.tour().order().end());
        search.tour().start_journal();
        const Cost gain = search.improve(random.below(n));
        const auto after = search.tour().order();
        ASSERT_TRUE(is_tour(after, n));
        ASSERT_EQ(gain, length_of(plane.metric, before) - length_of(plane.metric, after)) << depth;
        ASSERT_GE(gain, 0);
        const auto removed = without(edges_of(before), edges_of(after));
        ASSERT_LE(removed.size(), static_cast<std::size_t>(depth));
        if (gain == 0) {
          ASSERT_TRUE(removed.empty());
          search.assign(test::random_tour(n, random));
          continue;
        }
        ++moves;
        ++moves_of[removed.size()];
        std::vector<int> lost(at(n));
        for (const auto& [u, v] : removed)
          single_nodes += (++lost[at(u)] == 2 ? 1 : 0) + (++lost[at(v)] == 2 ? 1 : 0);
        wrapped += std::binary_search(removed.begin(), removed.end(), ordered(before.front(), before.back()))
                       ? 1
                       : 0;
        if (step % 3 == 0) {
          search.tour().undo();
          ASSERT_TRUE(std::equal(before.begin(), before.end(), search.tour().order().begin()));
          for (Index p = 0; p < n; ++p) ASSERT_EQ(search.tour().position(search.tour().node(p)), p);
        }
      }
    }
    EXPECT_GT(moves, 1000) << depth;
    EXPECT_GT(wrapped, 100) << depth;
    if (depth > 2) {
      EXPECT_GT(single_nodes, 100) << depth;
    }
    for (int k = 2; k <= std::min(depth, 5); ++k)
      EXPECT_GT(moves_of[static_cast<std::size_t>(k)], 10) << depth << ' ' << k;
  }
}

TEST(KOpt, OptimizeReturnsTheGainOnEveryKindOfInstance) {
  core::Random random(3);
  for (const Index n : {5, 6, 8, 40, 300})
    for (const auto& set : test::difficult_points(n, 2, 3)) {
      const auto check = [&](const auto& plane) {
        using Metric = std::decay_t<decltype(plane.metric)>;
        for (int depth = 2; depth <= max_k_opt; ++depth) {
          KOptSettings settings;
          settings.depth = depth;
          KOpt<Metric> search(plane.metric, plane.lists, settings);
          const auto start = test::random_tour(n, random);
          search.assign(start);
          search.push_all();
          const Cost gain = search.optimize();
          ASSERT_TRUE(is_tour(search.tour().order(), n)) << set.name;
          ASSERT_EQ(gain, length_of(plane.metric, start) - length_of(plane.metric, search.tour().order()))
              << set.name;
          ASSERT_GE(gain, 0);
        }
      };
      check(test::Plane<test::Euc2d>(set.points, MetricKind::euc_2d));
      check(test::Plane<test::Euclid2d>(set.points, MetricKind::euclid));
    }
}

// With complete lists and full breadth the gain criterion loses nothing (Lin and Kernighan): of all tours
// that differ in at most `depth` edges by one alternating walk none is shorter.
TEST(KOpt, NoSequentialMoveIsLeftWithCompleteLists) {
  core::Random random(4);
  const Index n = 8;
  for (int depth = 2; depth <= max_k_opt; ++depth)
    for (int trial = 0; trial < (depth < 5 ? 12 : 6); ++trial) {
      const test::Table<std::int32_t, MatrixMetric> table(
          test::random_matrix<std::int32_t>(n, true, trial % 2 == 0 ? 1000 : 6, random), n);
      const NeighborLists<MatrixMetric> lists(table.metric, test::complete_candidates(n));
      KOpt<MatrixMetric> search(table.metric, lists, wide(depth));
      search.assign(test::random_tour(n, random));
      do search.push_all();
      while (search.optimize() > 0);
      const auto edges = edges_of(search.tour().order());
      const Cost length = length_of(table.metric, search.tour().order());
      auto other = test::identity(n);
      do {
        if (other[1] > other[at(n - 1)]) continue;
        const auto others = edges_of(other);
        const auto removed = without(edges, others), added = without(others, edges);
        if (removed.size() > static_cast<std::size_t>(depth)) continue;
        // One alternating walk exists iff the changed edges hang together.
        core::UnionFind sets(n);
        std::set<Index> nodes;
        for (const auto* list : {&removed, &added})
          for (const auto& [u, v] : *list) {
            sets.unite(u, v);
            nodes.insert({u, v});
          }
        const bool sequential =
            std::all_of(nodes.begin(), nodes.end(), [&](Index v) { return sets.same(v, *nodes.begin()); });
        if (sequential) {
          ASSERT_GE(length_of(table.metric, other), length) << depth;
        }
      } while (std::next_permutation(other.begin() + 1, other.end()));
    }
}

TEST(KOpt, AnEmptyQueueStaysEmptyAndPushIsIdempotent) {
  const test::Plane<test::Euc2d> plane(test::uniform_points(50, 5), MetricKind::euc_2d);
  core::Random random(5);
  KOpt<test::Euc2d> search(plane.metric, plane.lists, {});
  const auto start = test::random_tour(50, random);
  search.assign(start);
  EXPECT_EQ(search.optimize(), 0);
  EXPECT_TRUE(std::equal(start.begin(), start.end(), search.tour().order().begin()));
  for (int repeat = 0; repeat < 5; ++repeat) search.push_all();
  EXPECT_GT(search.optimize(), 0);
  search.push_all();
  search.clear_queue();
  EXPECT_EQ(search.optimize(), 0);
}

TEST(KOpt, StopLeavesAValidTour) {
  const Index n = 2000;
  const test::Plane<test::Euc2d> plane(test::uniform_points(n, 6), MetricKind::euc_2d);
  core::Random random(6);
  KOpt<test::Euc2d> search(plane.metric, plane.lists, {});
  const auto start = test::random_tour(n, random);
  for (const int patience : {1, 2, 5}) {
    search.assign(start);
    search.push_all();
    int asked = 0;
    const Cost gain = search.optimize([&] { return ++asked >= patience; });
    EXPECT_EQ(asked, patience);
    ASSERT_TRUE(is_tour(search.tour().order(), n));
    EXPECT_EQ(gain, length_of(plane.metric, start) - length_of(plane.metric, search.tour().order()));
    EXPECT_EQ(search.optimize(), 0);  // the queue was cleared
  }
}

TEST(KOpt, MovesAboveTheRewriteCapAreNotMade) {
  const Index n = 300;
  const test::Plane<test::Euc2d> plane(test::uniform_points(n, 7), MetricKind::euc_2d);
  core::Random random(7);
  KOptSettings settings;
  settings.depth = 3;
  settings.max_rewrite = 20;
  KOpt<test::Euc2d> search(plane.metric, plane.lists, settings);
  search.assign(test::random_tour(n, random));
  int moves = 0;
  for (int trial = 0; trial < 3000; ++trial) {
    const std::vector<Index> before(search.tour().order().begin(), search.tour().order().end());
    if (search.improve(random.below(n)) == 0) continue;
    ++moves;
    Index changed = 0;
    for (Index p = 0; p < n; ++p) changed += before[at(p)] != search.tour().node(p) ? 1 : 0;
    ASSERT_LE(changed, 20);
  }
  EXPECT_GT(moves, 50);
  search.set_max_rewrite(n);
  search.push_all();
  EXPECT_GT(search.optimize(), 0);
}

TEST(KOpt, TheHalvesOfANodeAreNeverParted) {
  core::Random random(8);
  for (const Index n : {4, 5, 9, 40})
    for (const Index limit : {2, 1000})
      for (int depth = 2; depth <= max_k_opt; ++depth) {
        auto costs = test::random_matrix<std::int64_t>(n, false, limit, random);
        costs[1] = limit + 1;  // asymmetric for certain
        const test::Table<std::int64_t, DoubledMetric> table(std::move(costs), n);
        KOptSettings settings;
        settings.depth = depth;
        KOpt<DoubledMetric> search(table.metric, table.lists, settings);
        const auto start = test::random_doubled_tour(2 * n, random);
        search.assign(start);
        search.push_all();
        const Cost gain = search.optimize();
        const auto order = search.tour().order();
        ASSERT_TRUE(is_tour(order, 2 * n));
        ASSERT_TRUE(test::keeps_ties(order)) << n << ' ' << depth;
        const auto user = table.space.to_user(order);
        ASSERT_EQ(table.problem.integer_length(user), length_of(table.metric, order) - table.space.offset());
        ASSERT_EQ(gain, length_of(table.metric, start) - length_of(table.metric, order));
      }
}

}  // namespace
}  // namespace wayseer::tsp
