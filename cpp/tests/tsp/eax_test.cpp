#include "wayseer/tsp/eax.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "instances.hpp"
#include "wayseer/tsp/greedy.hpp"
#include "wayseer/tsp/held_karp.hpp"
#include "wayseer/tsp/k_opt.hpp"

namespace wayseer::tsp {
namespace {

using test::at;
using test::edges_of;
using test::length_of;
using test::without;

constexpr auto never = [] { return false; };

template <class Metric>
typename Eax<Metric>::Member member_of(const Metric& metric, std::span<const Index> order) {
  return {links_of(order), length_of(metric, order)};
}

// `size` local optima of a light k-opt, from perturbed greedy tours; or tours entirely at random.
template <class Instance>
auto make_population(const Instance& instance, int size, bool random_tours, core::Random& random) {
  using Metric = std::decay_t<decltype(instance.metric)>;
  std::vector<typename Eax<Metric>::Member> population;
  Greedy<Metric> greedy(instance.space, instance.metric, instance.lists);
  KOptSettings light;
  light.depth = 3;
  KOpt<Metric> search(instance.metric, instance.lists, light);
  for (int i = 0; i < size; ++i) {
    const Index n = instance.space.size();
    if (random_tours) {
      population.push_back(member_of(instance.metric, instance.space.doubled()
                                                          ? test::random_doubled_tour(n, random)
                                                          : test::random_tour(n, random)));
      continue;
    }
    search.assign(greedy.perturbed_tour(random));
    search.push_all();
    (void)search.optimize();
    population.push_back(member_of(instance.metric, search.tour().order()));
  }
  return population;
}

// The member's tour, if its links are one cycle of the length it claims.
template <class Metric>
std::vector<Index> checked_order(const Metric& metric, const typename Eax<Metric>::Member& member) {
  const auto n = static_cast<Index>(member.links.size());
  std::vector<Index> order;
  order_of(member.links, order);
  EXPECT_TRUE(test::is_tour(order, n));
  for (Index u = 0; u < n; ++u)
    for (const Index v : member.links[at(u)]) EXPECT_TRUE(linked(member.links, v, u)) << u << ' ' << v;
  EXPECT_EQ(length_of(metric, order), member.length);
  return order;
}

TEST(Eax, MembersStayToursOfTheLengthTheyClaim) {
  core::Random random(1);
  std::int64_t commits = 0, of_many = 0;
  const auto check = [&](const auto& instance, const std::string& name) {
    using Metric = std::decay_t<decltype(instance.metric)>;
    for (const bool random_tours : {false, true})
      for (const double fraction : {0.01, 0.5, 1.0}) {
        Eax<Metric> eax(instance.metric, instance.lists);
        eax.start(make_population(instance, 8, random_tours, random));
        for (int pair = 0; pair < 24; ++pair) {
          const auto i = at(random.below(8)), j = (i + 1 + at(random.below(7))) % 8;
          auto& a = eax.population()[i];
          const auto& b = eax.population()[j];
          const Cost before = a.length;
          const Links links = a.links;
          const auto done = eax.improve(a, b, fraction, random, never);
          commits += done;
          of_many += done > 1 ? done : 0;
          (void)checked_order(instance.metric, a);
          if (::testing::Test::HasFailure())
            FAIL() << name << " n " << instance.space.size() << " pair " << pair;
          if (done == 0) {
            ASSERT_EQ(a.links, links) << "taken back exactly";
            ASSERT_EQ(a.length, before);
          } else {
            ASSERT_LT(a.length, before);
          }
        }
      }
  };
  for (const Index n : {8, 9, 12, 40, 250})
    for (const auto& set : test::difficult_points(n, 2, 21)) {
      check(test::Plane<test::Euc2d>(set.points, MetricKind::euc_2d), set.name);
      check(test::Plane<test::Euclid2d>(set.points, MetricKind::euclid), set.name);
    }
  for (const Index n : {8, 11, 60})
    for (const Index limit : {3, 1000})
      check(test::Table<std::int32_t, MatrixMetric>(test::random_matrix<std::int32_t>(n, true, limit, random),
                                                    n),
            "matrix");
  EXPECT_GT(commits, 5000);
  EXPECT_GT(of_many, 2000);
}

// A differs from B by one k-opt move, one AB-cycle: the child is B itself.
TEST(Eax, TheChildOfOneImprovingCycleIsTheOtherParent) {
  core::Random random(2);
  int tried = 0;
  const test::Plane<test::Euc2d> plane(test::uniform_points(60, 3), MetricKind::euc_2d);
  for (int trial = 0; trial < 300; ++trial) {
    KOpt<test::Euc2d> search(plane.metric, plane.lists, {});
    search.assign(test::random_tour(60, random));
    for (int warm = random.below(200); warm > 0; --warm) (void)search.improve(random.below(60));
    const auto a = member_of(plane.metric, search.tour().order());
    if (search.improve(random.below(60)) == 0) continue;
    const auto b = member_of(plane.metric, search.tour().order());
    AbCycles cycles(60);
    core::Random same = random;
    cycles.build(a.links, b.links, same);
    if (cycles.size() != 1) continue;
    ++tried;
    Eax<test::Euc2d> eax(plane.metric, plane.lists);
    eax.start({a, b});
    ASSERT_EQ(eax.improve(eax.population()[0], eax.population()[1], 0.5, random, never), 1);
    ASSERT_EQ(eax.population()[0].length, b.length);
    ASSERT_EQ(edges_of(checked_order(plane.metric, eax.population()[0])),
              edges_of(checked_order(plane.metric, b)));
  }
  EXPECT_GT(tried, 100);
}

// New edges that neither parent has come from joins: two for each, one of them from a candidate list.
TEST(Eax, EdgesComeFromTheParentsOrFromJoins) {
  core::Random random(3);
  const test::Plane<test::Euc2d> plane(test::uniform_points(300, 4), MetricKind::euc_2d);
  Eax<test::Euc2d> eax(plane.metric, plane.lists);
  eax.start(make_population(plane, 12, false, random));
  std::size_t from_b = 0, foreign = 0;
  for (int pair = 0; pair < 200; ++pair) {
    const auto i = at(random.below(12)), j = (i + 1 + at(random.below(11))) % 12;
    const auto a = edges_of(checked_order(plane.metric, eax.population()[i]));
    const auto b = edges_of(checked_order(plane.metric, eax.population()[j]));
    (void)eax.improve(eax.population()[i], eax.population()[j], 0.3, random, never);
    const auto child = edges_of(checked_order(plane.metric, eax.population()[i]));
    const auto added = without(child, a);
    const auto strange = without(added, b);
    from_b += added.size() - strange.size();
    foreign += strange.size();
    std::size_t listed = 0;
    for (const auto& [u, v] : strange) {
      const auto in_list = [&](Index x, Index y) {
        const auto row = plane.lists[x];
        return std::any_of(row.begin(), row.end(), [y](const auto& e) { return e.node == y; });
      };
      listed += in_list(u, v) || in_list(v, u) ? 1 : 0;
    }
    // Later joins may take an edge of an earlier one away, so this holds by a wide margin only.
    ASSERT_GE(3 * listed + 3, strange.size()) << pair;
  }
  EXPECT_GT(from_b, 100U);
  EXPECT_LT(foreign, from_b);
}

TEST(Eax, AGenerationLengthensNoMember) {
  core::Random random(4);
  const test::Plane<test::Euc2d> plane(test::uniform_points(200, 5), MetricKind::euc_2d);
  Eax<test::Euc2d> eax(plane.metric, plane.lists);
  eax.start(make_population(plane, 10, false, random));
  for (int generation = 0; generation < 20; ++generation) {
    std::vector<Cost> before;
    for (const auto& member : eax.population()) before.push_back(member.length);
    const auto commits = eax.generation(0.5, random, never);
    Cost fallen = 0;
    for (std::size_t i = 0; i < before.size(); ++i) {
      ASSERT_LE(eax.population()[i].length, before[i]);
      fallen += before[i] - eax.population()[i].length;
    }
    EXPECT_EQ(commits > 0, fallen > 0);
    EXPECT_EQ(eax.best().length,
              std::min_element(eax.population().begin(), eax.population().end(), [](auto& x, auto& y) {
                return x.length < y.length;
              })->length);
    if (commits == 0) break;
  }
}

// The edge counts are private, but children are chosen by them: after a thousand commits an engine that
// counted along does to the last link what one that counts the same population afresh does.
TEST(Eax, EdgeCountsAfterManyCommitsEqualARecount) {
  core::Random random(5);
  const Index n = 400;
  const test::Plane<test::Euc2d> plane(test::uniform_points(n, 6), MetricKind::euc_2d);
  for (const double fraction : {0.05, 0.5}) {
    Eax<test::Euc2d> along(plane.metric, plane.lists);
    along.start(make_population(plane, 20, true, random));
    std::int64_t commits = 0;
    for (int generation = 0; generation < 80; ++generation) {
      const auto done = along.generation(fraction, random, never);
      commits += done;
      Eax<test::Euc2d> afresh(plane.metric, plane.lists), continued = along;
      afresh.start(along.population());
      core::Random one = random, other = random;
      ASSERT_EQ(afresh.generation(fraction, one, never), continued.generation(fraction, other, never));
      for (std::size_t i = 0; i < 20; ++i) {
        ASSERT_EQ(afresh.population()[i].length, continued.population()[i].length);
        ASSERT_EQ(afresh.population()[i].links, continued.population()[i].links);
      }
      if (done == 0) break;
    }
    EXPECT_GT(commits, 1000) << fraction;
  }
}

TEST(Eax, ReachesTheOptimumOfSmallInstances) {
  core::Random random(6);
  for (int trial = 0; trial < 12; ++trial) {
    const Index n = 9 + trial % 4;
    const test::Plane<test::Euc2d> plane(test::uniform_points(n, 50 + static_cast<std::uint64_t>(trial)),
                                         MetricKind::euc_2d);
    Eax<test::Euc2d> eax(plane.metric, plane.lists);
    eax.start(make_population(plane, 30, true, random));
    for (int generation = 0; generation < 50; ++generation)
      if (eax.generation(0.5, random, never) == 0) break;
    EXPECT_EQ(eax.best().length, plane.problem.integer_length(held_karp(plane.problem)));
  }
}

TEST(Eax, StopEndsAPairWithTheTourAsItWas) {
  core::Random random(7);
  const Index n = 3000;
  const test::Plane<test::Euc2d> plane(test::uniform_points(n, 8), MetricKind::euc_2d);
  // Three tours that differ from each other in hundreds of small 2-opt moves.
  std::vector<Eax<test::Euc2d>::Member> population;
  const auto order = test::random_tour(n, random);
  for (int i = 0; i < 3; ++i) {
    auto changed = order;
    for (Index p = 0; p + 3 < n; p += 4)
      if (random.below(2) == 0) std::swap(changed[at(p + 1)], changed[at(p + 2)]);
    population.push_back(member_of(plane.metric, changed));
  }
  Eax<test::Euc2d> eax(plane.metric, plane.lists);
  eax.start(std::move(population));
  auto& a = eax.population()[0];
  const auto links = a.links;
  const auto length = a.length;
  int asked = 0;
  ASSERT_EQ(eax.improve(a, eax.population()[1], 1.0, random, [&] { return ++asked > 0; }), 0);
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(a.links, links);
  EXPECT_EQ(a.length, length);
  // A generation ends after the pair in which it was told to.
  int pairs = 0;
  (void)eax.generation(1.0, random, [&] { return ++pairs >= 1; });
  for (const auto& member : eax.population()) (void)checked_order(plane.metric, member);
}

TEST(Eax, EqualMembersHaveNothingToGive) {
  core::Random random(8);
  const test::Plane<test::Euc2d> plane(test::uniform_points(30, 9), MetricKind::euc_2d);
  const auto member = member_of(plane.metric, test::identity(30));
  Eax<test::Euc2d> eax(plane.metric, plane.lists);
  for (const std::size_t size : {1U, 2U, 5U}) {
    eax.start(std::vector(size, member));
    EXPECT_EQ(eax.generation(0.5, random, never), 0);
    EXPECT_EQ(eax.population()[0].links, member.links);
  }
}

TEST(Eax, TheHalvesOfANodeAreNeverParted) {
  core::Random random(9);
  for (const Index n : {5, 8, 30, 100})
    for (const Index limit : {3, 1000}) {
      auto costs = test::random_matrix<std::int64_t>(n, false, limit, random);
      costs[1] = limit + 1;
      const test::Table<std::int64_t, DoubledMetric> table(std::move(costs), n);
      for (const bool random_tours : {false, true}) {
        Eax<DoubledMetric> eax(table.metric, table.lists);
        eax.start(make_population(table, 10, random_tours, random));
        for (int generation = 0; generation < 8; ++generation) {
          const auto commits = eax.generation(0.5, random, never);
          for (const auto& member : eax.population())
            ASSERT_TRUE(test::keeps_ties(checked_order(table.metric, member))) << n;
          if (commits == 0) break;
        }
      }
    }
}

TEST(Eax, TheSameSeedGivesTheSameGenerations) {
  const test::Plane<test::Euc2d> plane(test::uniform_points(150, 10), MetricKind::euc_2d);
  std::vector<Links> first;
  for (int repeat = 0; repeat < 2; ++repeat) {
    core::Random random(10);
    Eax<test::Euc2d> eax(plane.metric, plane.lists);
    eax.start(make_population(plane, 10, false, random));
    for (int generation = 0; generation < 5; ++generation) (void)eax.generation(0.5, random, never);
    std::vector<Links> links;
    for (const auto& member : eax.population()) links.push_back(member.links);
    if (repeat == 0) {
      first = links;
    } else {
      EXPECT_EQ(links, first);
    }
  }
}

}  // namespace
}  // namespace wayseer::tsp
