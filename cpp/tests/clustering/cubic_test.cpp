#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "wayseer/clustering/cubic_cuts.hpp"
#include "wayseer/clustering/cubic_persistency.hpp"
#include "wayseer/clustering/cubic_problem.hpp"
#include "wayseer/clustering/cubic_search.hpp"
#include "wayseer/clustering/cubic_solve.hpp"
#include "wayseer/clustering/objective.hpp"
#include "wayseer/core/random.hpp"

namespace wayseer::clustering {
namespace {

using core::Random;
using Element = std::int32_t;

struct Instance {
  Element n = 0;
  std::vector<double> pairs, triples;
  [[nodiscard]] CubicView view() const {
    CubicView problem;
    problem.n = n;
    problem.pairs = pairs;
    problem.triples = triples;
    problem.constant = 3;
    return problem;
  }
};

// Integer costs around a hidden partition, so that every criterion fires now and then.
Instance random_instance(Element n, Random& random) {
  Instance instance{n, {}, {}};
  const Element groups = 1 + random.below(4), noise = 1 + random.below(6), shift = random.below(5) - 2;
  const Element triple_scale = random.below(3), sparse = 1 + random.below(3);
  std::vector<Element> group(at(n));
  for (auto& g : group) g = random.below(groups);
  const auto draw = [&](bool together) {
    if (random.below(sparse) != 0) return 0.0;
    return static_cast<double>((together ? -2 : 2) + shift + random.below(2 * noise + 1) - noise);
  };
  for (Element i = 0; i < n; ++i)
    for (Element j = i + 1; j < n; ++j) instance.pairs.push_back(draw(group[at(i)] == group[at(j)]));
  for (Element i = 0; i < n; ++i)
    for (Element j = i + 1; j < n; ++j)
      for (Element k = j + 1; k < n; ++k)
        instance.triples.push_back(triple_scale *
                                   draw(group[at(i)] == group[at(j)] && group[at(i)] == group[at(k)]));
  return instance;
}

CubicTensor tensor_of(const Instance& instance) {
  CubicTensor tensor(instance.n);
  instance.view().for_each_pair([&](Element i, Element j, double c) { tensor.set_pair(i, j, c); });
  instance.view().for_each_triple(
      [&](Element i, Element j, Element k, double c) { tensor.set_triple(i, j, k, c); });
  tensor.weigh();
  return tensor;
}

template <class F>
void for_each_partition(Element n, F&& f) {
  std::vector<Element> labels(at(n), 0);
  const auto place = [&](auto&& self, Element v, Element used) -> void {
    if (v == n) {
      f(labels);
      return;
    }
    for (Element c = 0; c <= used; ++c) {
      labels[at(v)] = c;
      self(self, v + 1, std::max(used, c + 1));
    }
  };
  place(place, 0, 0);
}

double part_of(Part g, double c) { return g == Part::negative ? std::max(0.0, -c) : std::abs(c); }

// By the definition: pairs and triples with elements on both sides.
double brute_delta(const CubicTensor& t, unsigned set, Part g) {
  double sum = 0;
  const auto& alive = t.alive();
  const auto in = [&](Element v) { return static_cast<int>(set >> v & 1U); };
  for (std::size_t a = 0; a < alive.size(); ++a)
    for (std::size_t b = a + 1; b < alive.size(); ++b) {
      const auto i = alive[a], j = alive[b];
      if (in(i) + in(j) == 1) sum += part_of(g, t.pair(i, j));
      for (std::size_t c = b + 1; c < alive.size(); ++c) {
        const auto inside = in(i) + in(j) + in(alive[c]);
        if (inside == 1 || inside == 2) sum += part_of(g, t.triple(i, j, alive[c]));
      }
    }
  return sum;
}

TEST(CubicTensor, JoinsKeepTheCostOfEveryPartition) {
  Random random(1);
  for (int round = 0; round < 60; ++round) {
    const auto instance = random_instance(6, random);
    auto tensor = tensor_of(instance);
    std::vector<Element> stands_for{0, 1, 2, 3, 4, 5};
    for (int join = 0; join < 3; ++join) {
      auto i = tensor.alive()[at(random.below(static_cast<Element>(tensor.alive().size())))];
      auto j = tensor.alive()[at(random.below(static_cast<Element>(tensor.alive().size())))];
      if (i == j) continue;
      tensor.join(i, j);
      for (auto& s : stands_for)
        if (s == j) s = i;
    }
    for_each_partition(6, [&](const std::vector<Element>& contracted) {
      double value = 3 + tensor.constant();
      for (const auto i : tensor.alive())
        for (const auto j : tensor.alive()) {
          if (j <= i || contracted[at(i)] != contracted[at(j)]) continue;
          value += tensor.pair(i, j);
          for (const auto k : tensor.alive())
            if (k > j && contracted[at(k)] == contracted[at(i)]) value += tensor.triple(i, j, k);
        }
      std::vector<Element> labels;
      for (const auto s : stands_for) labels.push_back(contracted[at(s)]);
      EXPECT_EQ(value, cubic_value(instance.view(), labels));
    });
  }
}

TEST(CubicTensor, DeltaCostIsItsDefinition) {
  Random random(2);
  for (int round = 0; round < 100; ++round) {
    auto tensor = tensor_of(random_instance(7, random));
    if (round % 2 == 1) tensor.join(2, 4);
    if (round % 4 == 3) tensor.join(5, 0);
    for (unsigned set = 0; set < 128; ++set) {
      std::vector<Element> U;
      for (const auto v : tensor.alive())
        if ((set >> v & 1U) != 0) U.push_back(v);
      for (const auto g : {Part::negative, Part::absolute})
        EXPECT_EQ(tensor.delta_cost(U, g), brute_delta(tensor, set, g));
    }
  }
}

TEST(CubicTensor, WeightsAfterJoinsAreThoseComputedAfresh) {
  Random random(3);
  for (int round = 0; round < 50; ++round) {
    auto tensor = tensor_of(random_instance(9, random));
    tensor.join(1, 7);
    tensor.join(3, 1);
    tensor.join(0, 8);
    const auto alive = tensor.alive();
    const CubicTensor fresh(tensor, alive);
    for (std::size_t a = 0; a < alive.size(); ++a)
      for (std::size_t b = 0; b < alive.size(); ++b)
        for (const auto g : {Part::negative, Part::absolute})
          EXPECT_EQ(tensor.weight(g, alive[a], alive[b]),
                    fresh.weight(g, static_cast<Element>(a), static_cast<Element>(b)));
  }
}

TEST(CubicCuts, AnswersAreThoseOfAllSubsets) {
  Random random(4);
  for (int round = 0; round < 40; ++round) {
    const auto n = 4 + random.below(7);
    auto tensor = tensor_of(random_instance(n, random));
    if (round % 3 == 0) tensor.join(0, n - 1);
    for (const auto g : {Part::negative, Part::absolute}) {
      std::vector<double> delta(std::size_t{1} << n);
      for (unsigned set = 0; set < delta.size(); ++set) delta[set] = brute_delta(tensor, set, g);
      const auto smallest = [&](unsigned inside, unsigned outside) {
        double best = std::numeric_limits<double>::infinity();
        for (unsigned set = 0; set < delta.size(); ++set)
          if ((set & inside) == inside && (set & outside) == 0) best = std::min(best, delta[set]);
        return best;
      };
      for (const bool shortcuts : {false, true}) {
        CubicCuts cuts(tensor, g, shortcuts, {});
        if (round % 2 == 0) cuts.build_tree();
        for (const auto i : tensor.alive())
          for (const auto j : tensor.alive()) {
            if (i == j) continue;
            const double pair = smallest(1U << i, 1U << j);
            EXPECT_TRUE(cuts.at_most(i, j, pair));
            EXPECT_FALSE(cuts.at_most(i, j, pair - 0.5));
            for (const auto k : tensor.alive()) {
              if (k == i || k <= j) continue;
              const double triple = smallest(1U << i, 1U << j | 1U << k);
              EXPECT_TRUE(cuts.at_most(i, j, k, triple));
              EXPECT_FALSE(cuts.at_most(i, j, k, triple - 0.5));
            }
          }
      }
    }
  }
}

// Some optimal partition agrees with everything that is reported.
void expect_optimum_agrees(const Instance& instance, const PersistencyOptions& options) {
  core::Run run{core::StopRule{}};
  const auto found = cubic_persistency(instance.view(), options, run);
  double best = std::numeric_limits<double>::infinity(), agreeing = best;
  for_each_partition(instance.n, [&](const std::vector<Element>& labels) {
    const double value = cubic_value(instance.view(), labels);
    best = std::min(best, value);
    if (value >= agreeing) return;
    const auto same = [&](Element i, Element j) { return labels[at(i)] == labels[at(j)]; };
    for (Element i = 0; i < instance.n; ++i)
      for (Element j = i + 1; j < instance.n; ++j) {
        if (found.joined[at(i)] == found.joined[at(j)] && !same(i, j)) return;
        if (found.subproblem[at(i)] != found.subproblem[at(j)] && same(i, j)) return;
      }
    for (const auto& [i, j] : found.cut_pairs)
      if (same(i, j)) return;
    for (const auto& [i, j, k] : found.cut_triples)
      if (same(i, j) && same(i, k)) return;
    agreeing = value;
  });
  EXPECT_EQ(agreeing, best);
}

class Persistency2000 : public ::testing::TestWithParam<int> {};

TEST_P(Persistency2000, AnOptimumAgrees) {
  // 0..8: one criterion alone; 9: one alone with S first; 10: all; 11: all, relaxed; 12: all, direct flows.
  const int kind = GetParam();
  Random random(100 + static_cast<std::uint64_t>(kind));
  for (int round = 0; round < 2000; ++round) {
    PersistencyOptions options;
    if (kind <= 8)
      options.criteria[at(kind)] = true;
    else if (kind == 9)
      options.criteria[0] = options.criteria[at(random.below(9))] = true;
    else
      options.criteria.fill(true);
    options.relaxed = kind == 11;
    options.gomory_hu = kind != 12 && round % 2 == 0;
    expect_optimum_agrees(random_instance(3 + random.below(4), random), options);
    if (HasFailure()) return;
  }
}
INSTANTIATE_TEST_SUITE_P(Criteria, Persistency2000, ::testing::Range(0, 13));

TEST(CubicPersistency, EveryCriterionFires) {
  Random random(5);
  std::array<std::int64_t, criterion_names.size()> fired{};
  for (int round = 0; round < 2000; ++round) {
    const auto instance = random_instance(3 + random.below(4), random);
    for (std::size_t c = 0; c < criterion_names.size(); ++c) {
      PersistencyOptions options;
      options.criteria[c] = true;
      core::Run run{core::StopRule{}};
      fired[c] += cubic_persistency(instance.view(), options, run).count[c];
    }
  }
  for (std::size_t c = 0; c < criterion_names.size(); ++c) EXPECT_GE(fired[c], 50) << criterion_names[c];
}

TEST(CubicPersistency, ShortcutsChangeNothing) {
  Random random(6);
  for (int round = 0; round < 300; ++round) {
    const auto instance = random_instance(6 + random.below(6), random);
    PersistencyOptions options;
    options.criteria.fill(true);
    core::Run run{core::StopRule{}};
    const auto fast = cubic_persistency(instance.view(), options, run);
    options.gomory_hu = false;
    const auto direct = cubic_persistency(instance.view(), options, run);
    EXPECT_EQ(fast.joined, direct.joined);
    EXPECT_EQ(fast.subproblem, direct.subproblem);
    EXPECT_EQ(fast.cut_pairs, direct.cut_pairs);
    EXPECT_EQ(fast.cut_triples, direct.cut_triples);
    EXPECT_EQ(fast.count, direct.count);
  }
}

TEST(CubicPersistency, SparseInputIsTheDenseOne) {
  Random random(7);
  for (int round = 0; round < 100; ++round) {
    const auto instance = random_instance(7, random);
    std::vector<double> pairs, triples;
    std::vector<Element> pair_ids, triple_ids;
    instance.view().for_each_pair([&](Element i, Element j, double c) {
      if (c == 0) return;
      pairs.push_back(c);
      pair_ids.insert(pair_ids.end(), {j, i});
    });
    instance.view().for_each_triple([&](Element i, Element j, Element k, double c) {
      if (c == 0) return;
      triples.push_back(c);
      triple_ids.insert(triple_ids.end(), {k, i, j});
    });
    CubicView sparse = instance.view();
    sparse.sparse = true;
    sparse.pairs = pairs;
    sparse.triples = triples;
    sparse.pair_ids = pair_ids;
    sparse.triple_ids = triple_ids;
    PersistencyOptions options;
    options.criteria.fill(true);
    core::Run run{core::StopRule{}};
    const auto a = cubic_persistency(instance.view(), options, run);
    const auto b = cubic_persistency(sparse, options, run);
    EXPECT_EQ(a.joined, b.joined);
    EXPECT_EQ(a.subproblem, b.subproblem);
    EXPECT_EQ(a.cut_pairs, b.cut_pairs);
    EXPECT_EQ(a.cut_triples, b.cut_triples);
    EXPECT_EQ(cubic_value(instance.view(), a.joined), cubic_value(sparse, a.joined));
  }
}

TEST(CubicPersistency, StoppedRunsReturnWhatIsProven) {
  Random random(8);
  const auto instance = random_instance(12, random);
  PersistencyOptions options;
  options.criteria.fill(true);
  core::StopRule rule;
  rule.time_limit = 0;
  core::Run run(rule);
  const auto found = cubic_persistency(instance.view(), options, run);
  EXPECT_EQ(found.joined.size(), 12U);
  EXPECT_TRUE(found.cut_pairs.empty());
  EXPECT_EQ(run.status(), core::Status::time_limit);
}

TEST(CubicSolve, SmallProblemsAreSolvedToTheOptimum) {
  Random random(9);
  for (int round = 0; round < 500; ++round) {
    const auto instance = random_instance(2 + random.below(6), random);
    double best = std::numeric_limits<double>::infinity();
    for_each_partition(instance.n, [&](const std::vector<Element>& labels) {
      best = std::min(best, cubic_value(instance.view(), labels));
    });
    core::Run run{core::StopRule{}};
    const auto found = cubic_solve(instance.view(), {.persistency = round % 2 == 0, .seed = 1}, run);
    EXPECT_EQ(cubic_value(instance.view(), found.solution.labels), found.solution.objective);
    EXPECT_EQ(found.solution.status, core::Status::optimal);
    EXPECT_EQ(found.solution.objective, best);
  }
}

TEST(CubicSearch, ReachesTheOptimumOfSmallPiecesAndKeepsItsBooks) {
  Random random(10);
  int reached = 0;
  for (int round = 0; round < 200; ++round) {
    const auto instance = random_instance(10, random);
    const auto tensor = tensor_of(instance);
    const auto exact = cubic_value(instance.view(), cubic_exact(tensor, {})) - 3;
    core::Run run{core::StopRule{}};
    CubicSearch search(tensor, 1, 0);
    search.start(run);
    for (int step = 0; step < 50; ++step) search.step(run);
    EXPECT_EQ(search.best(), cubic_value(instance.view(), search.best_labels()) - 3);
    EXPECT_GE(search.best(), exact);
    reached += search.best() == exact ? 1 : 0;
  }
  EXPECT_GE(reached, 195);
}

}  // namespace
}  // namespace wayseer::clustering
