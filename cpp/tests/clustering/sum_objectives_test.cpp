// Local moves, contraction, the multilevel method, the memetic search and PIVOT.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <numeric>
#include <vector>

#include "sum_graphs.hpp"
#include "wayseer/clustering/contract.hpp"
#include "wayseer/clustering/ils.hpp"
#include "wayseer/clustering/local_move.hpp"
#include "wayseer/clustering/multilevel.hpp"
#include "wayseer/clustering/objective.hpp"
#include "wayseer/clustering/pivot.hpp"

namespace wayseer::clustering::test {
namespace {

// A problem of each kind, with the arrays that it borrows.
struct Case {
  core::CsrGraph<double> graph;
  std::vector<double> k, l;
  SumProblem problem;
};

Case make_case(int kind, std::int32_t n, core::Random& random) {
  Case made;
  switch (kind) {
    case 0:
      made.graph = random_graph(n, 0.5, random);
      made.problem = SumProblem::disagreements(made.graph.view());
      break;
    case 1:
      made.graph = random_graph(n, 0.6, random, 1, 5);
      for (std::int32_t v = 0; v < n; ++v) made.k.push_back(random.below(4));
      made.problem = SumProblem::lambda_cc(made.graph.view(), 0.3, made.k);
      break;
    case 2:
      made.graph = random_graph(n, 0.7, random, -5, 5);
      made.problem = SumProblem::multicut(made.graph.view());
      break;
    default: {
      const std::int32_t users = n / 2;
      Labels u, v;
      for (std::int32_t a = 0; a < users; ++a) {
        for (std::int32_t b = users; b < n; ++b) {
          if (random.below(2) == 0) continue;
          u.push_back(a);
          v.push_back(b);
        }
      }
      made.graph = core::CsrGraph<double>::from_edges(n, u, v, {}, core::Direction::undirected);
      for (std::int32_t x = 0; x < n; ++x) {
        const auto degree = static_cast<double>(made.graph.degree(x));
        made.k.push_back(x < users ? degree : 0.0);
        made.l.push_back(x < users ? 0.0 : degree);
      }
      made.problem = SumProblem::bipartite_modularity(made.graph.view(), 1.5, made.k, made.l);
    }
  }
  return made;
}

Labels random_labels(std::int32_t n, core::Random& random) {
  Labels labels(at(n));
  for (auto& label : labels) label = random.below(std::max(1, n));
  return labels;
}

TEST(SumProblem, QualityIsTheSumOverPairs) {
  core::Random random(1);
  for (int round = 0; round < 400; ++round) {
    const std::int32_t n = random.below(12);
    const Case made = make_case(round % 4, n, random);
    const Labels labels = random_labels(n, random);
    EXPECT_NEAR(quality(made.problem, labels), quality_of_pairs(made.problem, labels), 1e-9);
  }
}

TEST(SumProblem, ObjectivesAreThoseOfTheEvaluator) {
  core::Random random(2);
  for (int round = 0; round < 100; ++round) {
    const Case plain = make_case(0, 10, random), weighted = make_case(1, 10, random),
               is_signed = make_case(2, 10, random);
    const Labels labels = random_labels(10, random);
    EXPECT_EQ(plain.problem.objective(quality(plain.problem, labels)),
              static_cast<double>(disagreements(plain.graph.view(), labels)));
    double cost = 0;
    for (std::int32_t u = 0; u < 10; ++u) {
      for (std::int32_t v = u + 1; v < 10; ++v) {
        const auto arc = weighted.graph.find_arc(u, v);
        const double a = (arc < 0 ? 0.0 : weighted.graph.weights()[static_cast<std::size_t>(arc)]) -
                         0.3 * weighted.k[at(u)] * weighted.k[at(v)];
        cost += labels[at(u)] == labels[at(v)] ? std::max(0.0, -a) : std::max(0.0, a);
      }
    }
    EXPECT_NEAR(weighted.problem.objective(quality(weighted.problem, labels)), cost, 1e-9);
    EXPECT_NEAR(is_signed.problem.objective(quality(is_signed.problem, labels)),
                multicut_value(is_signed.graph.view(), labels), 1e-9);
  }
}

TEST(LocalMoves, ReportedGainIsTheChangeOfQuality) {
  core::Random random(3);
  for (int round = 0; round < 400; ++round) {
    const std::int32_t n = 1 + random.below(30);
    const Case made = make_case(round % 4, n, random);
    const Labels labels = random_labels(n, random);
    core::Run run{core::StopRule{}};
    LocalMoves moves(made.problem, least_gain(made.problem));
    moves.assign(labels);
    moves.enqueue_all(random);
    const double gain = moves.run(run);
    const Labels after(moves.labels().begin(), moves.labels().end());
    EXPECT_NEAR(quality_of_pairs(made.problem, after) - quality_of_pairs(made.problem, labels), gain, 1e-7);
    EXPECT_GE(gain, 0.0);
  }
}

TEST(LocalMoves, EndWhereNoVertexGainsByAMove) {
  core::Random random(4);
  for (int round = 0; round < 200; ++round) {
    const std::int32_t n = 2 + random.below(12);
    const Case made = make_case(round % 4, n, random);
    core::Run run{core::StopRule{}};
    LocalMoves moves(made.problem, least_gain(made.problem));
    double gain = 0;
    do {
      moves.enqueue_all(random);
      gain = moves.run(run);
    } while (gain > 0.0 && made.problem.gamma > 0.0);
    Labels labels(moves.labels().begin(), moves.labels().end());
    const double value = quality_of_pairs(made.problem, labels);
    for (std::int32_t v = 0; v < n; ++v) {
      const auto own = labels[at(v)];
      for (std::int32_t to = 0; to < n; ++to) {
        labels[at(v)] = to;
        EXPECT_LE(quality_of_pairs(made.problem, labels), value + 1e-7);
      }
      labels[at(v)] = own;
    }
  }
}

TEST(LocalMoves, UndoTakesEveryMoveBack) {
  core::Random random(5);
  for (int round = 0; round < 200; ++round) {
    const std::int32_t n = 2 + random.below(30);
    const Case made = make_case(round % 4, n, random);
    const Labels labels = random_labels(n, random);
    core::Run run{core::StopRule{}};
    LocalMoves moves(made.problem, least_gain(made.problem));
    moves.assign(labels);
    for (int turn = 0; turn < 3; ++turn) {
      moves.start_log();
      double change = 0;
      for (int i = 0; i < 5; ++i) {
        const auto v = random.below(n);
        change += moves.isolate(v);
        moves.enqueue(v);
      }
      change += moves.run(run);
      const Labels moved(moves.labels().begin(), moves.labels().end());
      EXPECT_NEAR(quality_of_pairs(made.problem, moved) - quality_of_pairs(made.problem, labels), change,
                  1e-7);
      moves.undo();
      EXPECT_TRUE(std::ranges::equal(moves.labels(), labels));
    }
  }
}

TEST(Contract, KeepsTheDifferencesOfQualities) {
  core::Random random(6);
  for (int round = 0; round < 200; ++round) {
    const std::int32_t n = 1 + random.below(20);
    const Case made = make_case(round % 4, n, random);
    Labels parts = random_labels(n, random);
    const auto count = renumber(parts);
    const Contracted coarse = contract(made.problem, parts, count);
    const auto value = [&](const Labels& above) {
      Labels below(at(n));
      for (std::int32_t v = 0; v < n; ++v) below[at(v)] = above[at(parts[at(v)])];
      return quality_of_pairs(made.problem, below) -
             quality_of_pairs(coarse.problem(made.problem.gamma), above);
    };
    EXPECT_NEAR(value(random_labels(count, random)), value(random_labels(count, random)), 1e-8);
  }
}

TEST(Contract, SumsLongRowsAsShortOnesOnAllThreads) {
  core::Random random(17);
  // A hub cluster with more arcs than are sorted, and tens of thousands of small ones.
  const auto graph = planted_graph(30000, 5, 30000, random);
  Labels parts(at(graph.size()));
  for (std::int32_t v = 0; v < graph.size(); ++v) parts[at(v)] = v < 20000 ? 0 : v / 2 - 10000 + 1;
  const auto count = renumber(parts);
  const auto problem = SumProblem::disagreements(graph.view());
  const Contracted coarse = contract(problem, parts, count);
  const Graph view = coarse.problem(0.5).graph;
  ASSERT_EQ(view.size(), count);
  double between = 0, reported = 0;
  for (std::int32_t u = 0; u < graph.size(); ++u) {
    for (const auto v : graph.neighbors(u)) between += parts[at(u)] != parts[at(v)] ? 1 : 0;
  }
  for (const double weight : view.weights) reported += weight;
  EXPECT_EQ(reported, between);
  for (std::int32_t c = 0; c < count; ++c) {
    for (const auto d : view.neighbors(c)) ASSERT_NE(c, d);
  }
  const Contracted again = contract(problem, parts, count, 2);
  EXPECT_EQ(again.targets, coarse.targets);
  EXPECT_EQ(again.weights, coarse.weights);
  EXPECT_EQ(again.offsets, coarse.offsets);
}

TEST(Overlay, JoinsWhatBothJoin) {
  const Labels a{0, 0, 0, 1, 1, 2}, b{5, 5, 1, 1, 1, 1};
  const Overlay both = overlay(a, b);
  EXPECT_EQ(both.count, 4);
  EXPECT_EQ(both.labels, (Labels{0, 0, 1, 2, 2, 3}));
}

TEST(Improve, OverlayNeverLosesQuality) {
  core::Random random(7);
  for (int round = 0; round < 100; ++round) {
    const std::int32_t n = 4 + random.below(30);
    const Case made = make_case(round % 4, n, random);
    Labels labels = random_labels(n, random);
    const Labels other = random_labels(n, random);
    const double before = quality_of_pairs(made.problem, labels);
    core::Run run{core::StopRule{}};
    const double gain = improve_overlay(made.problem, labels, other, least_gain(made.problem), random, run);
    EXPECT_GE(gain, 0.0);
    EXPECT_NEAR(quality_of_pairs(made.problem, labels), before + gain, 1e-7);
  }
}

TEST(Search, FindsTheOptimaOfSmallProblems) {
  core::Random random(8);
  int optimal = 0;
  for (int round = 0; round < 100; ++round) {
    const Case made = make_case(round % 4, 7, random);
    const double best = best_quality(made.problem);
    const Solution climbed = multilevel(made.problem, 1, {});
    EXPECT_GE(climbed.objective, made.problem.objective(best) - 1e-9);
    const Solution searched = iterated_local_search(made.problem, {.patience = 500});
    EXPECT_GE(searched.objective, made.problem.objective(best) - 1e-9);
    EXPECT_LE(searched.objective, climbed.objective + 1e-9);
    if (searched.objective < made.problem.objective(best) + 1e-9) ++optimal;
  }
  EXPECT_EQ(optimal, 100);
}

TEST(Search, FindsPlantedCliquesExactly) {
  core::Random random(9);
  const auto graph = planted_graph(50, 7, 0, random);
  const auto problem = SumProblem::disagreements(graph.view());
  EXPECT_EQ(multilevel(problem, 3, {}).objective, 0.0);
  EXPECT_EQ(iterated_local_search(problem, {.patience = 10}).objective, 0.0);
  EXPECT_EQ(best_pivot(graph.view(), 3, 1, {}).objective, 0.0);
}

TEST(Search, KeepsAStartThatIsNotImproved) {
  core::Random random(10);
  const auto graph = planted_graph(20, 6, 60, random);
  const auto problem = SumProblem::disagreements(graph.view());
  Labels planted(120);
  for (std::size_t v = 0; v < planted.size(); ++v) planted[v] = static_cast<std::int32_t>(v / 6);
  const double given = problem.objective(quality(problem, planted));
  EXPECT_LE(multilevel(problem, 1, {}, planted).objective, given);
  EXPECT_LE(iterated_local_search(problem, {.stop = {.max_iterations = 1}, .init = planted}).objective,
            given);
}

TEST(Search, SameSeedSameLabelsAndSameForAllThreads) {
  core::Random random(11);
  // Large enough for sweeps in batches, on both levels of parallelism.
  const auto graph = planted_graph(12000, 6, 60000, random);
  const auto problem = SumProblem::disagreements(graph.view());
  const Solution one = multilevel(problem, 5, {});
  EXPECT_EQ(multilevel(problem, 5, {}).labels, one.labels);
  EXPECT_EQ(multilevel(problem, 5, {}, {}, 2).labels, one.labels);
  EXPECT_EQ(multilevel(problem, 5, {}, {}, 3).labels, one.labels);
  EXPECT_EQ(one.objective, static_cast<double>(disagreements(graph.view(), one.labels)));
}

TEST(Search, StopsAtOnceAndStaysValid) {
  core::Random random(12);
  const auto graph = planted_graph(300, 6, 2000, random);
  const auto problem = SumProblem::disagreements(graph.view());
  const std::atomic<bool> cancel{true};
  for (const auto& solution : {multilevel(problem, 1, {.cancel = &cancel}),
                               iterated_local_search(problem, {.stop = {.cancel = &cancel}})}) {
    EXPECT_EQ(solution.status, core::Status::interrupted);
    EXPECT_EQ(solution.objective, static_cast<double>(disagreements(graph.view(), solution.labels)));
  }
  const Solution found = iterated_local_search(problem, {.stop = {.target = 5000}});
  EXPECT_EQ(found.status, core::Status::target);
  EXPECT_LE(found.objective, 5000);
}

TEST(Search, TakesEmptyAndEdgelessGraphs) {
  for (const std::int32_t n : {0, 1, 5}) {
    const auto graph = core::CsrGraph<double>::from_edges(n, {}, {}, {}, core::Direction::undirected);
    const auto problem = SumProblem::disagreements(graph.view());
    EXPECT_EQ(multilevel(problem, 1, {}).labels.size(), at(n));
    EXPECT_EQ(iterated_local_search(problem, {.patience = 5}).objective, 0.0);
    EXPECT_EQ(best_pivot(graph.view(), 1, 3, {}).labels.size(), at(n));
  }
}

TEST(Pivot, RoundsOfThreadsGiveTheSequentialResult) {
  core::Random random(13);
  for (int round = 0; round < 60; ++round) {
    const auto graph = random_graph(1 + random.below(200), 0.02 + 0.3 * random.uniform(), random);
    for (std::uint64_t seed = 0; seed < 5; ++seed)
      EXPECT_EQ(pivot(graph.view(), seed, 1), pivot(graph.view(), seed, 2));
  }
}

TEST(Pivot, EveryClusterIsAPivotWithNeighbours) {
  core::Random random(14);
  for (int round = 0; round < 50; ++round) {
    const auto graph = random_graph(2 + random.below(40), 0.3, random);
    const auto labels = pivot(graph.view(), static_cast<std::uint64_t>(round));
    for (std::int32_t label = 0; label <= *std::ranges::max_element(labels); ++label) {
      const auto is_pivot = [&](std::int32_t p) {
        if (labels[at(p)] != label) return false;
        for (std::int32_t v = 0; v < graph.size(); ++v) {
          if (v != p && labels[at(v)] == label && !graph.has_arc(p, v)) return false;
        }
        return true;
      };
      bool found = false;
      for (std::int32_t p = 0; p < graph.size(); ++p) found = found || is_pivot(p);
      EXPECT_TRUE(found);
    }
  }
}

TEST(Pivot, MeanIsAtMostThreeTimesTheOptimum) {
  core::Random random(15);
  for (int round = 0; round < 5; ++round) {
    const auto graph = random_graph(7, 0.5, random);
    const auto problem = SumProblem::disagreements(graph.view());
    const double optimum = problem.objective(best_quality(problem));
    constexpr int runs = 2000;
    double sum = 0, squares = 0;
    for (std::uint64_t seed = 0; seed < runs; ++seed) {
      const auto value = static_cast<double>(disagreements(graph.view(), pivot(graph.view(), seed)));
      sum += value;
      squares += value * value;
    }
    const double mean = sum / runs, error = std::sqrt((squares / runs - mean * mean) / runs);
    EXPECT_LE(mean, 3 * optimum + 3 * error);
  }
}

TEST(Pivot, BestOfManyIsNoWorse) {
  core::Random random(16);
  const auto graph = planted_graph(30, 5, 200, random);
  EXPECT_LE(best_pivot(graph.view(), 4, 50, {}).objective, best_pivot(graph.view(), 4, 1, {}).objective);
}

}  // namespace
}  // namespace wayseer::clustering::test
