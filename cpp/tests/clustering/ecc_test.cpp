#include "wayseer/clustering/ecc.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "ecc_instances.hpp"
#include "wayseer/clustering/ecc_cover.hpp"
#include "wayseer/clustering/ecc_dual.hpp"
#include "wayseer/clustering/ecc_flow.hpp"
#include "wayseer/clustering/ecc_kernel.hpp"

namespace wayseer::clustering {
namespace {

using testing::EccInstance;
using testing::for_all_labels;
using testing::optimum_of;
using testing::random_ecc;

constexpr double tiny = 1e-9;

TEST(EccProblem, RowsOfVerticesAreTheEdgesByColour) {
  const auto h = random_ecc(1, 30, 200, 5, 4);
  const EccProblem problem(h.view());
  std::vector<int> seen(at(problem.edges()), 0);
  for (std::int32_t v = 0; v < problem.n(); ++v) {
    EXPECT_TRUE(std::ranges::is_sorted(problem.incident(v), {}, [&](auto e) { return problem.color(e); }));
    for (auto s = problem.first_slot(v); s < problem.last_slot(v); ++s) {
      EXPECT_EQ(problem.find_slot(v, problem.slot_color(s)), s);
      EXPECT_FALSE(problem.slot_edges(s).empty());
      for (const auto e : problem.slot_edges(s)) {
        EXPECT_EQ(problem.color(e), problem.slot_color(s));
        const auto members = problem.members(e);
        const auto i = std::ranges::find(members, v) - members.begin();
        ASSERT_LT(static_cast<std::size_t>(i), members.size());
        EXPECT_EQ(problem.slots(e)[static_cast<std::size_t>(i)], s);
        ++seen[at(e)];
      }
    }
  }
  for (std::int32_t e = 0; e < problem.edges(); ++e)
    EXPECT_EQ(static_cast<std::size_t>(seen[at(e)]), problem.members(e).size());
}

TEST(EccProblem, EqualEdgesAreMergedAndWeightlessOnesDropped) {
  const EccInstance h{.n = 3,
                      .k = 2,
                      .offsets = {0, 2, 4, 6, 8, 9},
                      .members = {0, 1, 1, 0, 1, 0, 0, 1, 2},
                      .colors = {0, 0, 1, 0, 1},
                      .weights = {0, 2, 3, 4, 0}};
  const EccProblem problem(h.view());
  EXPECT_EQ(problem.edges(), 2);
  EXPECT_EQ(problem.weight(0), 6);
  EXPECT_EQ(problem.total_weight(), 9);
  EXPECT_EQ(std::vector(problem.merged().begin(), problem.merged().end()),
            (std::vector<std::int32_t>{-1, 0, 1, 0, -1}));
  const auto shares = problem.original_shares(h.view(), std::vector<double>{6, 0, 1, 2});
  EXPECT_EQ(shares, (std::vector<double>{0, 0, 0, 2, 2, 1, 4, 0, 0}));
}

TEST(EccProblem, MergingKeepsTheCostOfAllLabels) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const auto h = random_ecc(seed, 4, 30, 3, 3);
    const EccProblem problem(h.view());
    for_all_labels(
        h, [&](const auto& labels, double cost) { EXPECT_EQ(ecc_mistakes(problem.view(), labels), cost); });
  }
}

TEST(EccKernel, KeepsAnOptimumAndLiftsIt) {
  int reduced = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const auto n = static_cast<std::int32_t>(4 + seed % 4);
    const auto h = random_ecc(seed, n, static_cast<std::int32_t>(4 + seed % 17), 3, 3, seed % 3 == 0);
    const EccProblem problem(h.view());
    const EccKernel kernel(problem);
    double best = 1e300;
    EccInstance core{.n = kernel.core.n(), .k = kernel.core.n_colors()};
    const auto view = kernel.core.view();
    core.offsets.assign(view.offsets.begin(), view.offsets.end());
    core.members.assign(view.members.begin(), view.members.end());
    core.colors.assign(view.colors.begin(), view.colors.end());
    core.weights.assign(view.weights.begin(), view.weights.end());
    for_all_labels(core, [&](const auto& labels, double cost) {
      const auto lifted = kernel.lift(labels);
      EXPECT_NEAR(ecc_mistakes(h.view(), lifted), kernel.fixed_cost + cost, tiny);
      EXPECT_EQ(kernel.restrict(lifted), labels);
      best = std::min(best, cost);
    });
    EXPECT_NEAR(kernel.fixed_cost + best, optimum_of(h), tiny);
    reduced += kernel.core.n() < n && kernel.core.n() > 0;
  }
  EXPECT_GT(reduced, 30);  // else little was tested
}

TEST(EccKernel, LiftsBoundsWithTheirValue) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto h = random_ecc(seed, 12, 40, 4, 3, seed % 2 == 0);
    const EccProblem problem(h.view());
    const EccKernel kernel(problem);
    EccDual dual(kernel.core);
    for (int i = 0; i < 20; ++i) dual.step();
    const auto lifted = problem.original_shares(h.view(), kernel.lift_shares(problem, dual.shares()));
    EXPECT_NEAR(ecc_share_bound(h.view(), lifted), kernel.fixed_cost + dual.bound(), 1e-7);
    for (std::int32_t e = 0; e < h.view().edges(); ++e) {
      double sum = 0;
      for (auto i = h.offsets[at(e)]; i < h.offsets[at(e) + 1]; ++i)
        sum += lifted[static_cast<std::size_t>(i)];
      EXPECT_NEAR(sum, h.weights[at(e)], 1e-9);
    }
  }
}

TEST(EccMajority, TiesGoToTheSmallestColourAndLonelyVerticesToColour0) {
  const EccInstance h{.n = 3,
                      .k = 4,
                      .offsets = {0, 2, 3, 4},
                      .members = {0, 1, 0, 1},
                      .colors = {3, 2, 1},
                      .weights = {2, 2, 1}};
  EXPECT_EQ(ecc_majority(h.view()), (std::vector<std::int32_t>{2, 3, 0}));
}

TEST(EccCover, MatchPaysALowerBoundAndDeletesAtMostTwiceIt) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto h = random_ecc(seed, 6, 15, 3, 3, seed % 2 == 0);
    const EccProblem problem(h.view());
    const double optimum = optimum_of(h);
    EccCover cover(problem);
    core::Random random(seed);
    for (const auto rule : {EccCoverRule::match, EccCoverRule::hybrid, EccCoverRule::pitt}) {
      cover.run(rule, random);
      EXPECT_NEAR(cover.cost(), ecc_mistakes(h.view(), cover.labels()), tiny);
      EXPECT_GE(cover.cost(), optimum - tiny);
      EXPECT_LE(cover.cost(), cover.unvoted_cost() + tiny);
      EXPECT_LE(cover.unvoted_cost(), cover.deleted() + tiny);
      if (rule == EccCoverRule::pitt) continue;
      EXPECT_LE(cover.bound(), optimum + tiny);
      EXPECT_LE(cover.deleted(), 2 * cover.bound() + tiny);
    }
  }
}

TEST(EccFlow, TwoColoursAreOptimal) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    auto h = random_ecc(seed, 7, 20, 2, 3, seed % 2 == 0);
    h.k = 4;
    for (auto& c : h.colors) c = 1 + 2 * c;
    const auto labels = ecc_two_colors(EccProblem(h.view()));
    ASSERT_TRUE(labels);
    for (auto& c : h.colors) c /= 2;
    h.k = 2;
    auto renamed = *labels;
    for (auto& c : renamed) c /= 2;
    EXPECT_NEAR(ecc_mistakes(h.view(), renamed), optimum_of(h), tiny);
  }
}

TEST(EccFlow, ThreeColoursAreRefused) {
  const auto h = random_ecc(5, 7, 20, 3, 3);
  EXPECT_FALSE(ecc_two_colors(EccProblem(h.view())));
}

TEST(EccFlow, SomeOptimumHasAllPersistentColours) {
  int fixed = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const auto h = random_ecc(seed, 6, static_cast<std::int32_t>(5 + seed % 8), 3, 3, seed % 2 == 0);
    const auto found = ecc_persistency(EccProblem(h.view()));
    const double optimum = optimum_of(h);
    EXPECT_LE(found.bound, optimum + tiny);
    double best = 1e300;
    for_all_labels(h, [&](const auto& labels, double cost) {
      for (std::size_t v = 0; v < labels.size(); ++v)
        if (found.labels[v] >= 0 && found.labels[v] != labels[v]) return;
      best = std::min(best, cost);
    });
    EXPECT_NEAR(best, optimum, tiny);
    fixed += std::ranges::any_of(found.labels, [](auto c) { return c >= 0; });
  }
  EXPECT_GT(fixed, 100);
}

}  // namespace
}  // namespace wayseer::clustering
