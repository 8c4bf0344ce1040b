#include "wayseer/tsp/assignment.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "instances.hpp"

namespace wayseer::tsp {
namespace {

using test::at;

constexpr std::int64_t plenty = 1'000'000;

std::vector<std::vector<std::int64_t>> matrices(Index n, core::Random& random) {
  std::vector<std::vector<std::int64_t>> all;
  for (const Index limit : {1, 2, 10, 1'000'000})
    all.push_back(test::random_matrix<std::int64_t>(n, false, limit, random));
  // Rows and columns with levels of their own, and arcs that no one wants.
  auto levels = test::random_matrix<std::int64_t>(n, false, 100, random);
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < n; ++j) levels[at(i) * at(n) + at(j)] += 1000 * i + 500 * ((j * 7) % n);
  all.push_back(levels);
  for (auto& c : levels)
    if (random.below(2) == 0) c = std::int64_t{1} << 40;
  all.push_back(levels);
  return all;
}

MatrixMetric metric_over(const std::vector<std::int64_t>& costs, const std::vector<Index>& order) {
  const auto n = static_cast<std::int64_t>(order.size());
  return {costs.data(), order.data(), n, MatrixType::int64};
}

// The cheapest cover by cycles: permutations without fixed points.
Cost cheapest_cover(const MatrixMetric& cost, Index n) {
  auto to = test::identity(n);
  Cost best = std::numeric_limits<Cost>::max();
  do {
    Cost sum = 0;
    bool fixed = false;
    for (Index i = 0; i < n; ++i) {
      fixed |= to[at(i)] == i;
      if (to[at(i)] != i) sum += cost(i, to[at(i)]);
    }
    if (!fixed) best = std::min(best, sum);
  } while (std::next_permutation(to.begin(), to.end()));
  return best;
}

Cost checked_sum(const ArcPotentials& found, const MatrixMetric& cost, Index n) {
  Cost sum = 0;
  for (Index i = 0; i < n; ++i) {
    sum += found.leave[at(i)] + found.arrive[at(i)];
    for (Index j = 0; j < n; ++j)
      if (i != j) {
        EXPECT_GE(cost(i, j), found.leave[at(i)] + found.arrive[at(j)]);
      }
  }
  EXPECT_EQ(found.sum, sum);
  return sum;
}

TEST(Assignment, PotentialsAreFeasibleAndAddUpToTheCheapestCover) {
  core::Random random(1);
  for (Index n = 2; n <= 7; ++n)
    for (int repeat = 0; repeat < 5; ++repeat)
      for (const auto& costs : matrices(n, random)) {
        const auto order = test::identity(n);
        const auto cost = metric_over(costs, order);
        core::Run run({});
        const auto found = assignment_potentials(n, cost, plenty, run);
        ASSERT_EQ(checked_sum(found, cost, n), cheapest_cover(cost, n)) << n;
      }
}

TEST(Assignment, IsTheSameWhateverTheNumbering) {
  core::Random random(2);
  for (const Index n : {20, 100, 300})
    for (const auto& costs : matrices(n, random)) {
      const auto order = test::identity(n), other = test::random_tour(n, random);
      core::Run run({});
      const auto found = assignment_potentials(n, metric_over(costs, order), plenty, run);
      const auto renumbered = assignment_potentials(n, metric_over(costs, other), plenty, run);
      ASSERT_EQ(checked_sum(found, metric_over(costs, order), n), renumbered.sum) << n;
    }
}

TEST(Assignment, CutShortThePotentialsAreStillFeasible) {
  core::Random random(3);
  const Index n = 60;
  for (const auto& costs : matrices(n, random)) {
    const auto order = test::identity(n);
    const auto cost = metric_over(costs, order);
    core::Run run({});
    const Cost best = assignment_potentials(n, cost, plenty, run).sum;
    for (const std::int64_t scans : {0, 1, 59, 61, 70, 100, 200}) {
      const auto found = assignment_potentials(n, cost, scans, run);
      ASSERT_LE(checked_sum(found, cost, n), best) << scans;
    }
  }
}

}  // namespace
}  // namespace wayseer::tsp
