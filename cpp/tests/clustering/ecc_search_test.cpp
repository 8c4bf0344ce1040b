#include "wayseer/clustering/ecc_search.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <vector>

#include "ecc_instances.hpp"
#include "wayseer/clustering/ecc_dual.hpp"
#include "wayseer/clustering/ecc_solve.hpp"

namespace wayseer::clustering {
namespace {

using testing::optimum_of;
using testing::random_ecc;

EccSolution solve(const EccView& view, const EccOptions& options = {}, core::StopRule rule = {}) {
  core::Run run(std::move(rule));
  return ecc_solve(view, options, run);
}

TEST(EccSearch, CostIsThatOfTheLabelsAndNeverRises) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto h = random_ecc(seed, 40, 300, 5, 4, seed % 2 == 0);
    const EccProblem problem(h.view());
    EccSearch search(problem, std::vector<std::int32_t>(40, 1), seed);
    double last = search.cost();
    EXPECT_NEAR(last, ecc_mistakes(h.view(), search.labels()), 1e-9);
    for (bool more = true; more;) {
      more = search.descend(50);
      EXPECT_LE(search.cost(), last + 1e-9);
      last = search.cost();
      EXPECT_NEAR(last, ecc_mistakes(h.view(), search.labels()), 1e-9);
    }
    for (int i = 0; i < 200; ++i) {
      search.perturb();
      EXPECT_LE(search.cost(), last + 1e-9);
      last = search.cost();
      EXPECT_NEAR(last, ecc_mistakes(h.view(), search.labels()), 1e-9);
    }
  }
}

TEST(EccSearch, ADescentEndsWhereNoRecolouringPays) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto h = random_ecc(seed, 20, 100, 4, 3);
    const EccProblem problem(h.view());
    EccSearch search(problem, std::vector<std::int32_t>(20, 0), seed);
    while (search.descend(1000)) {
    }
    auto labels = search.labels();
    for (auto& label : labels) {
      const auto kept = label;
      for (label = 0; label < 4; ++label) EXPECT_GE(ecc_mistakes(h.view(), labels), search.cost());
      label = kept;
    }
  }
}

TEST(EccDual, BoundsRiseAndStayBelowTheOptimum) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const auto h = random_ecc(seed, 7, 20, 3, 3, seed % 2 == 0);
    const EccProblem problem(h.view());
    EccDual dual(problem);
    double last = dual.bound();
    for (int i = 0; i < 900; ++i) {  // past the first restart
      const bool rose = dual.step();
      EXPECT_EQ(rose, dual.bound() > last);
      last = dual.bound();
    }
    EXPECT_NEAR(ecc_share_bound(problem.view(), dual.shares()), last, 1e-9);
    EXPECT_LE(last, optimum_of(h) + 1e-9);
  }
}

TEST(EccDual, ATriangleOfThreeColoursIsWorthHalfOfIt) {
  const testing::EccInstance h{.n = 3,
                               .k = 3,
                               .offsets = {0, 2, 4, 6},
                               .members = {0, 1, 1, 2, 2, 0},
                               .colors = {0, 1, 2},
                               .weights = {2, 2, 2}};
  const EccProblem problem(h.view());
  EccDual dual(problem);
  for (int i = 0; i < 100; ++i) dual.step();
  EXPECT_NEAR(dual.bound(), 3.0, 1e-6);
}

TEST(EccDual, TheScaleOfWeightsDoesNotMatter) {
  auto h = random_ecc(3, 30, 120, 4, 3, true);
  const EccProblem problem(h.view());
  for (auto& w : h.weights) w *= 0x1p-60;
  const EccProblem light(h.view());
  EccDual dual(problem), light_dual(light);
  for (int i = 0; i < 300; ++i) {
    dual.step();
    light_dual.step();
  }
  EXPECT_NEAR(light_dual.bound() * 0x1p60, dual.bound(), 1e-6);
}

TEST(EccSolve, FindsOptimaAndSaysSoOnlyWhenProven) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto h = random_ecc(seed, 7, 22, 3, 3, seed % 2 == 0);
    const double optimum = optimum_of(h);
    const auto found = solve(h.view(), {.seed = seed, .flow = seed % 4 < 2, .dual_steps = 200});
    EXPECT_NEAR(found.solution.objective, optimum, 1e-9);
    EXPECT_LE(found.bound, optimum + 1e-7);
    if (found.solution.status == core::Status::optimal) {
      EXPECT_NEAR(found.solution.objective, found.bound, 1e-7);
    }
  }
}

TEST(EccSolve, SameSeedSameResult) {
  const auto h = random_ecc(9, 200, 2000, 6, 4);
  core::StopRule rule;
  rule.max_iterations = 500;
  const auto one = solve(h.view(), {.seed = 4}, rule), two = solve(h.view(), {.seed = 4}, rule);
  EXPECT_EQ(one.solution.labels, two.solution.labels);
  EXPECT_EQ(one.shares, two.shares);
  EXPECT_EQ(one.solution.iterations, 500);
  EXPECT_EQ(one.solution.status, core::Status::max_iterations);
}

TEST(EccSolve, ACancelledRunReturnsLabelsAndAValidBound) {
  const auto h = random_ecc(9, 300, 3000, 6, 4);
  std::atomic<bool> cancel = true;
  core::StopRule rule;
  rule.cancel = &cancel;
  const auto found = solve(h.view(), {}, rule);
  EXPECT_EQ(found.solution.status, core::Status::interrupted);
  EXPECT_EQ(found.solution.labels.size(), 300U);
  EXPECT_EQ(found.solution.objective, ecc_mistakes(h.view(), found.solution.labels));
  EXPECT_LE(found.bound, found.solution.objective);
  core::Run run(rule);
  const auto bound = ecc_bound(h.view(), 1000, 1e300, run);
  EXPECT_NEAR(ecc_share_bound(h.view(), bound.shares), bound.bound, 1e-9);
}

TEST(EccSolve, NothingToColour) {
  const testing::EccInstance none{.n = 0, .k = 0};
  EXPECT_EQ(solve(none.view()).solution.status, core::Status::optimal);
  const testing::EccInstance lonely{.n = 3, .k = 2};
  EXPECT_EQ(solve(lonely.view()).solution.labels, (std::vector<std::int32_t>{0, 0, 0}));
}

}  // namespace
}  // namespace wayseer::clustering
