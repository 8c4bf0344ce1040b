#include "wayseer/tsp/mcts.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "../../src/tsp/mcts_engine.hpp"
#include "wayseer/core/random.hpp"

namespace {

using namespace wayseer;
using namespace wayseer::tsp;
using namespace wayseer::tsp::mcts_detail;

std::vector<double> random_points(Index n, std::uint64_t seed, int dimension = 2) {
  core::Random random(seed);
  std::vector<double> points(static_cast<std::size_t>(n * dimension));
  for (double& x : points) x = random.uniform();
  return points;
}

struct Heatmap {
  std::vector<std::int64_t> indptr{0};
  std::vector<Index> indices;
  std::vector<float> values;
  [[nodiscard]] core::EdgeValues view() const {
    return {static_cast<Index>(indptr.size()) - 1, indptr, indices, values};
  }
};

// Node i's k nearest with values that fall geometrically, as the published prior's do.
Heatmap rank_prior(const Problem& problem, int k) {
  Heatmap heatmap;
  const Index n = problem.size();
  for (Index i = 0; i < n; ++i) {
    std::vector<std::pair<double, Index>> row;
    for (Index j = 0; j < n; ++j)
      if (j != i) row.emplace_back(problem.cost(i, j), j);
    std::sort(row.begin(), row.end());
    row.resize(std::min(row.size(), static_cast<std::size_t>(k)));
    float value = 0.44F;
    std::vector<std::pair<Index, float>> entries;
    for (const auto& [d, j] : row) {
      entries.emplace_back(j, value);
      value *= 0.57F;
    }
    std::sort(entries.begin(), entries.end());
    for (const auto& [j, v] : entries) {
      heatmap.indices.push_back(j);
      heatmap.values.push_back(v);
    }
    heatmap.indptr.push_back(static_cast<std::int64_t>(heatmap.indices.size()));
  }
  return heatmap;
}

void expect_valid(const Problem& problem, const MctsResult& result) {
  ASSERT_NO_THROW(check_permutation(result.tour, problem.size(), "tour"));
  EXPECT_DOUBLE_EQ(result.length, problem.length(result.tour));
  ASSERT_FALSE(result.trace.empty());
  EXPECT_EQ(result.trace.back().second, result.length);
  for (std::size_t k = 1; k < result.trace.size(); ++k) {
    EXPECT_LE(result.trace[k].second, result.trace[k - 1].second);
    EXPECT_GE(result.trace[k].first, result.trace[k - 1].first);
  }
}

void expect_same(const MctsResult& a, const MctsResult& b) {
  EXPECT_EQ(a.tour, b.tour);
  EXPECT_EQ(a.length, b.length);
  EXPECT_EQ(a.iterations, b.iterations);
  EXPECT_EQ(a.steps, b.steps);
  EXPECT_EQ(a.restarts, b.restarts);
  ASSERT_EQ(a.trace.size(), b.trace.size());
  for (std::size_t k = 0; k < a.trace.size(); ++k) EXPECT_EQ(a.trace[k].second, b.trace[k].second);
}

MctsResult run(const Problem& problem, const core::EdgeValues* heatmap, MctsOptions options, bool compat) {
  options.compat = compat;
  return mcts(problem, heatmap, options);
}

// --- the two engines agree --------------------------------------------------------------------------------

struct Setting {
  const char* name;
  bool zero_heatmap;
  MctsOptions options;
};

std::vector<Setting> settings() {
  const auto with = [](double alpha, double beta, int h, int candidates, MctsCandidates rule, int depth) {
    MctsOptions options;
    options.alpha = alpha;
    options.beta = beta;
    options.h_param = h;
    options.max_candidates = candidates;
    options.candidates = rule;
    options.max_depth = depth;
    options.stop.max_iterations = 6000;
    return options;
  };
  std::vector<Setting> all{
      {"old defaults", false, with(1, 10, 10, 1000, MctsCandidates::heatmap, 10)},
      {"prior, tuned", false, with(0, 10, 5, 5, MctsCandidates::heatmap, 75)},
      {"prior, exploring", false, with(2, 100, 2, 5, MctsCandidates::heatmap, 75)},
      {"prior, nearest", false, with(0, 10, 10, 20, MctsCandidates::nearest, 75)},
      {"zero", true, with(2, 10, 2, 5, MctsCandidates::nearest, 50)},
      {"zero, no exploration", true, with(0, 100, 2, 20, MctsCandidates::nearest, 10)},
      {"raw weights", false, with(1, 150, 2, 8, MctsCandidates::heatmap, 40)},
      {"utsp", false, with(0, 50, 2, 5, MctsCandidates::nearest, 75)},
  };
  all[6].options.weights = MctsWeights::raw;
  all[7].options.weights = MctsWeights::sum;
  all[7].options.start = MctsStart::random;
  all[7].options.redraw_depth = all[7].options.redraw_candidates = true;
  return all;
}

TEST(Mcts, FastEngineRepeatsTheReferenceBitForBit) {
  for (const Setting& setting : settings())
    for (std::uint64_t seed = 0; seed < 3; ++seed) {
      SCOPED_TRACE(std::string(setting.name) + ", seed " + std::to_string(seed));
      const auto points = random_points(150, seed + 10);
      const auto problem = Problem::from_points(points, 2, MetricKind::euclid);
      const Heatmap heatmap = rank_prior(problem, 12);
      const auto view = heatmap.view();
      MctsOptions options = setting.options;
      options.seed = seed;
      const auto fast = run(problem, setting.zero_heatmap ? nullptr : &view, options, false);
      expect_valid(problem, fast);
      expect_same(fast, run(problem, setting.zero_heatmap ? nullptr : &view, options, true));
      EXPECT_EQ(fast.iterations, 6000);
      EXPECT_EQ(fast.status, core::Status::max_iterations);
    }
}

TEST(Mcts, EnginesAgreeOnEveryMetricAndOnSmallProblems) {
  for (const auto kind : {MetricKind::euclid, MetricKind::euc_2d, MetricKind::ceil_2d, MetricKind::att,
                          MetricKind::max_2d, MetricKind::man_2d, MetricKind::geo})
    for (const Index n : {4, 5, 7, 13, 60}) {
      SCOPED_TRACE(std::string(to_string(kind)) + ", n = " + std::to_string(n));
      auto points = random_points(n, 5);
      for (double& x : points) x *= kind == MetricKind::geo ? 60.0 : 1000.0;
      const auto problem = Problem::from_points(points, 2, kind);
      const Heatmap heatmap = rank_prior(problem, 6);
      const auto view = heatmap.view();
      MctsOptions options;
      options.max_depth = std::min(n / 2, 20);
      options.stop.max_iterations = 2000;
      const auto fast = run(problem, &view, options, false);
      expect_valid(problem, fast);
      expect_same(fast, run(problem, &view, options, true));
    }
}

TEST(Mcts, EnginesAgreeOnPointsInSpaceAndOnMatrices) {
  const Index n = 80;
  const auto points = random_points(n, 3, 3);
  const auto space = Problem::from_points(points, 3, MetricKind::euclid);
  std::vector<double> floats(static_cast<std::size_t>(n * n));
  std::vector<std::int64_t> integers(floats.size());
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < n; ++j) {
      const auto k = static_cast<std::size_t>(i * n + j);
      floats[k] = space.cost(i, j);
      integers[k] = std::llround(1e10 * floats[k]);  // beyond int32
    }
  for (const Problem& problem : {space, Problem::from_matrix({floats.data(), MatrixType::float64, n}),
                                 Problem::from_matrix({integers.data(), MatrixType::int64, n})}) {
    const Heatmap heatmap = rank_prior(problem, 10);
    const auto view = heatmap.view();
    MctsOptions options;
    options.candidates = MctsCandidates::nearest;
    options.stop.max_iterations = 3000;
    const auto fast = run(problem, &view, options, false);
    expect_valid(problem, fast);
    expect_same(fast, run(problem, &view, options, true));
  }
}

TEST(Mcts, DeepActionsWriteThePathOut) {
  const auto points = random_points(400, 8);  // 24 + 2 sqrt(400) pieces, actions of up to 200 steps
  const auto problem = Problem::from_points(points, 2, MetricKind::euclid);
  const Heatmap heatmap = rank_prior(problem, 8);
  const auto view = heatmap.view();
  MctsOptions options;
  options.alpha = 0;
  options.max_depth = 200;
  options.stop.max_iterations = 1500;
  const auto fast = run(problem, &view, options, false);
  EXPECT_GT(fast.steps, 1500 * 100);
  expect_valid(problem, fast);
  expect_same(fast, run(problem, &view, options, true));
}

TEST(Mcts, TruncatedSamplingIsTheReferenceAlone) {
  const auto points = random_points(100, 1);
  const auto problem = Problem::from_points(points, 2, MetricKind::euclid);
  const Heatmap heatmap = rank_prior(problem, 8);
  const auto view = heatmap.view();
  MctsOptions options;
  options.stop.max_iterations = 3000;
  options.truncated_sampling = true;
  EXPECT_THROW(static_cast<void>(mcts(problem, &view, options)), std::invalid_argument);
  options.compat = true;
  const auto truncated = mcts(problem, &view, options);
  expect_valid(problem, truncated);
  options.truncated_sampling = false;
  EXPECT_NE(mcts(problem, &view, options).tour, truncated.tour);
}

// --- the search -------------------------------------------------------------------------------------------

TEST(Mcts, SmallProblemsReachTheOptimum) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Index n = 8;
    const auto points = random_points(n, seed);
    const auto problem = Problem::from_points(points, 2, MetricKind::euclid);
    std::vector<Index> tour(static_cast<std::size_t>(n));
    std::iota(tour.begin(), tour.end(), 0);
    double best = problem.length(tour);
    while (std::next_permutation(tour.begin() + 1, tour.end())) best = std::min(best, problem.length(tour));
    const Heatmap heatmap = rank_prior(problem, n - 1);
    const auto view = heatmap.view();
    MctsOptions options;
    options.max_depth = 4;
    options.stop.max_iterations = 20000;
    options.stop.target = best + 1e-12;
    const auto result = mcts(problem, &view, options);
    EXPECT_NEAR(result.length, best, 1e-9);
    EXPECT_EQ(result.status, core::Status::target);
  }
}

TEST(Mcts, PerfectHeatmapIsFollowed) {
  // A heatmap of exactly the edges of a circle's tour: W = 50 makes any other start edge a 1 in e^50 event.
  const Index n = 300;
  std::vector<double> points;
  core::Random random(4);
  std::vector<Index> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  core::shuffle(std::span{order}, random);
  points.resize(static_cast<std::size_t>(2 * n));
  std::vector<Index> next(order.size());
  for (Index k = 0; k < n; ++k) {
    const auto v = static_cast<std::size_t>(order[static_cast<std::size_t>(k)]);
    points[2 * v] = 0.5 + 0.5 * std::cos(2 * 3.14159265358979 * k / n);
    points[2 * v + 1] = 0.5 + 0.5 * std::sin(2 * 3.14159265358979 * k / n);
    next[v] = order[static_cast<std::size_t>((k + 1) % n)];
  }
  const auto problem = Problem::from_points(points, 2, MetricKind::euclid);
  Heatmap heatmap;
  for (Index i = 0; i < n; ++i) {
    heatmap.indices.push_back(next[static_cast<std::size_t>(i)]);
    heatmap.values.push_back(1.0F);
    heatmap.indptr.push_back(i + 1);
  }
  const auto view = heatmap.view();
  MctsOptions options;
  options.stop.max_iterations = 10;
  const auto result = mcts(problem, &view, options);
  EXPECT_NEAR(result.trace.front().second, problem.length(order), 1e-9);
  EXPECT_NEAR(result.length, problem.length(order), 1e-9);
}

TEST(Mcts, HugeHeatmapValuesDoNotOverflow) {
  const auto points = random_points(50, 2);
  const auto problem = Problem::from_points(points, 2, MetricKind::euclid);
  Heatmap heatmap = rank_prior(problem, 10);
  for (float& v : heatmap.values) v *= 1e37F;
  const auto view = heatmap.view();
  MctsOptions options;
  options.stop.max_iterations = 500;
  const auto fast = run(problem, &view, options, false);
  expect_valid(problem, fast);
  expect_same(fast, run(problem, &view, options, true));
}

TEST(Mcts, EntriesBelowOneInTenThousandAreNoCandidates) {
  const auto points = random_points(60, 2);
  const auto problem = Problem::from_points(points, 2, MetricKind::euclid);
  Heatmap heatmap = rank_prior(problem, 59);
  for (float& v : heatmap.values) v = 0.9e-4F;
  const auto view = heatmap.view();
  MctsOptions options;
  options.stop.max_iterations = 500;
  const auto none = mcts(problem, &view, options);
  EXPECT_EQ(none.steps, 0);  // not one edge to add
  EXPECT_EQ(none.status, core::Status::max_iterations);
  expect_valid(problem, none);
  for (float& v : heatmap.values) v = 1.0001e-4F;
  EXPECT_GT(mcts(problem, &view, options).steps, 0);
}

TEST(Mcts, ZeroHeatmapRuns) {
  const auto points = random_points(200, 2);
  const auto problem = Problem::from_points(points, 2, MetricKind::euclid);
  MctsOptions options;
  options.candidates = MctsCandidates::nearest;
  options.max_depth = 50;
  options.stop.max_iterations = 20000;
  const auto none = mcts(problem, nullptr, options);
  expect_valid(problem, none);
  EXPECT_LT(none.length, 0.9 * std::sqrt(200.0));
  Heatmap zeros;
  for (Index i = 0; i < 200; ++i) {
    zeros.indices.push_back((i + 1) % 200);
    zeros.values.push_back(0.0F);
    zeros.indptr.push_back(i + 1);
  }
  const auto view = zeros.view();
  expect_same(mcts(problem, &view, options), none);
}

TEST(Mcts, EqualPointsAndTinyProblems) {
  const std::vector<double> equal(40, 3.0);
  const auto problem = Problem::from_points(equal, 2, MetricKind::euclid);
  MctsOptions options;
  options.candidates = MctsCandidates::nearest;
  options.stop.max_iterations = 100;
  const auto result = mcts(problem, nullptr, options);
  expect_valid(problem, result);
  EXPECT_EQ(result.length, 0);
  for (Index n = 1; n < 4; ++n) {
    const auto points = random_points(n, 1);
    const auto tiny = Problem::from_points(points, 2, MetricKind::euclid);
    expect_valid(tiny, mcts(tiny, nullptr, options));
  }
}

TEST(Mcts, ScaleOfTheCoordinatesDoesNotMatter) {
  // Powers of two scale exactly; neither instance lies in the unit square.
  auto points = random_points(120, 6);
  for (double& x : points) x = 2 * x + 1;
  const auto problem = Problem::from_points(points, 2, MetricKind::euclid);
  auto larger_points = points;
  for (double& x : larger_points) x *= 1024;
  const auto larger = Problem::from_points(larger_points, 2, MetricKind::euclid);
  const Heatmap heatmap = rank_prior(problem, 10);
  const auto view = heatmap.view();
  MctsOptions options;
  options.stop.max_iterations = 4000;
  EXPECT_EQ(mcts(problem, &view, options).tour, mcts(larger, &view, options).tour);
}

TEST(Mcts, StopsOnCancelAndTime) {
  const auto points = random_points(2000, 6);
  const auto problem = Problem::from_points(points, 2, MetricKind::euclid);
  const Heatmap heatmap = rank_prior(problem, 10);
  const auto view = heatmap.view();
  std::atomic<bool> cancel{true};
  MctsOptions options;
  options.stop.cancel = &cancel;
  for (const bool compat : {false, true}) {
    const auto result = run(problem, &view, options, compat);
    expect_valid(problem, result);  // even though it was cancelled before it began
    EXPECT_EQ(result.status, core::Status::interrupted);
  }
  options.stop.cancel = nullptr;
  options.stop.time_limit = 0.2;
  const auto timed = mcts(problem, &view, options);
  expect_valid(problem, timed);
  EXPECT_EQ(timed.status, core::Status::time_limit);
  int calls = 0;
  options.stop.time_limit = 60;
  options.stop.on_progress = [&](const core::Progress& progress) {
    EXPECT_GT(progress.objective, 0);
    return ++calls < 2;
  };
  EXPECT_EQ(mcts(problem, &view, options).status, core::Status::interrupted);
}

TEST(Mcts, BadArgumentsAreNamed) {
  const auto points = random_points(20, 1);
  const auto problem = Problem::from_points(points, 2, MetricKind::euclid);
  const auto message = [&](auto&& change, const core::EdgeValues* heatmap = nullptr) {
    MctsOptions options;
    options.stop.max_iterations = 1;
    change(options);
    try {
      static_cast<void>(mcts(problem, heatmap, options));
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_NE(message([](auto& o) { o.max_depth = 11; }).find("n / 2 = 10"), std::string::npos);
  EXPECT_NE(message([](auto& o) { o.max_depth = 0; }).find("max_depth"), std::string::npos);
  EXPECT_NE(message([](auto& o) { o.alpha = -1; }).find("alpha"), std::string::npos);
  EXPECT_NE(message([](auto& o) { o.beta = std::nan(""); }).find("beta"), std::string::npos);
  EXPECT_NE(message([](auto& o) { o.h_param = 0; }).find("h_param"), std::string::npos);
  EXPECT_NE(message([](auto& o) { o.max_candidates = 0; }).find("max_candidates"), std::string::npos);
  const auto memory = message([](auto& o) {
    o.compat = true;
    o.memory_limit = 8000;
  });
  EXPECT_NE(memory.find("8000"), std::string::npos);
  EXPECT_NE(memory.find("bytes"), std::string::npos);
  const auto other_points = random_points(19, 1);
  const auto other_problem = Problem::from_points(other_points, 2, MetricKind::euclid);
  const auto other = rank_prior(other_problem, 3);
  const auto view = other.view();
  EXPECT_NE(message([](auto&) {}, &view).find("19 nodes"), std::string::npos);
  auto negative = rank_prior(problem, 3);
  negative.values[4] = -1;
  const auto negative_view = negative.view();
  EXPECT_NE(message([](auto&) {}, &negative_view).find(">= 0"), std::string::npos);
  const std::vector<std::int32_t> directed{0, 1, 2, 2, 0, 1, 1, 2, 0};
  const auto asymmetric = Problem::from_matrix({directed.data(), MatrixType::int32, 3});
  EXPECT_THROW(static_cast<void>(mcts(asymmetric, nullptr, {})), std::invalid_argument);
}

// --- the parts --------------------------------------------------------------------------------------------

TEST(MctsTours, ArrayAndListAgreeStepByStep) {
  core::Random random(11);
  for (const Index n : {4, 5, 6, 9, 40, 300}) {
    std::vector<Index> order(static_cast<std::size_t>(n));
    std::iota(order.begin(), order.end(), 0);
    core::shuffle(std::span{order}, random);
    ListTour list;
    PathTour path;
    list.assign(order);
    path.assign(order);
    for (int trial = 0; trial < 400; ++trial) {
      if (random.below(3) == 0) {
        const Index i = random.below(n), j = random.below(n);
        ASSERT_EQ(list.adjacent(i, j), path.adjacent(i, j));
        if (i != j && !list.adjacent(i, j)) {
          list.two_opt(i, j);
          path.two_opt(i, j);
        }
      } else {
        const Index a = random.below(n);
        Index head = list.next(a);
        list.open(a);
        path.open(a);
        for (int depth = random.below(n); depth > 0; --depth) {
          ASSERT_EQ(list.after_head(), path.after_head());
          const Index c = random.below(n);
          if (c == head || c == list.after_head()) continue;
          head = list.cut(c);
          ASSERT_EQ(path.cut(c), head);
        }
        if (random.below(2) == 0) {
          list.close();
          path.close();
        } else {
          list.cancel();
          path.cancel();
        }
      }
      ASSERT_EQ(list.order(), path.order()) << "n = " << n << ", trial " << trial;
      for (Index v = 0; v < n; ++v) ASSERT_EQ(list.next(v), path.next(v));
    }
  }
}

// The gain of an action, kept edge by edge, closes to the difference of the two tours' lengths.
TEST(MctsTours, ClosingGainIsTheDifferenceOfLengths) {
  core::Random random(12);
  const Index n = 50;
  auto points = random_points(n, 9);
  for (double& x : points) x *= 1e5;
  const auto problem = Problem::from_points(points, 2, MetricKind::euc_2d);
  const auto d = [&](Index i, Index j) { return static_cast<Cost>(problem.cost(i, j)); };
  std::vector<Index> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  PathTour tour;
  tour.assign(order);
  for (int trial = 0; trial < 2000; ++trial) {
    const Cost before = problem.integer_length(tour.order());
    const Index a = random.below(n);
    Index head = tour.next(a);
    tour.open(a);
    Cost gain = d(a, head);
    for (int depth = 1 + random.below(n / 2); depth > 0; --depth) {
      const Index c = random.below(n);
      if (c == a || c == head || c == tour.after_head()) continue;
      const Index from = head;
      head = tour.cut(c);
      gain += d(c, head) - d(from, c);
    }
    gain -= d(head, a);
    tour.close();
    ASSERT_EQ(before - gain, problem.integer_length(tour.order()));
  }
}

TEST(MctsWeights, SparseAndDenseStayEqualAndSymmetric) {
  core::Random random(13);
  const Index n = 40;
  WeightMatrix initial;
  initial.offset.clear();
  initial.offset.push_back(0);
  const Grain grain(150.0);
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j < n; ++j)
      if (j != i && (i + j) % 7 == 0) {
        initial.column.push_back(j);
        initial.value.push_back(grain(100.0 / (1 + std::abs(i - j))));
      }
    initial.offset.push_back(static_cast<std::int64_t>(initial.column.size()));
  }
  std::vector<CandidateLists> candidates(2);
  for (Index i = 0; i < n; ++i) {
    for (int k = 1; k <= 3; ++k) candidates[0].ids.push_back((i + k * k) % n);
    candidates[0].end_row();
    candidates[1].ids.push_back((i + 5) % n);
    candidates[1].end_row();
  }
  DenseWeights dense(initial, candidates);
  SparseWeights sparse(initial, candidates);
  for (int trial = 0; trial < 20000; ++trial) {
    const Index i = random.below(n), j = (i + 1 + random.below(n - 1)) % n;
    switch (random.below(4)) {
      case 0: {
        const double amount = grain(0.01 * random.uniform());
        dense.reward(i, j, amount);
        sparse.reward(i, j, amount);
        break;
      }
      case 1:
        dense.visit_pair(i, j);
        sparse.visit_pair(i, j);
        break;
      case 2: {
        const auto k = static_cast<std::size_t>(random.below(3));
        dense.visit(i, dense.candidates(i)[k % dense.candidates(i).size()]);
        sparse.visit(i, sparse.candidates(i)[k % sparse.candidates(i).size()]);
        break;
      }
      default: {
        const auto list = static_cast<std::size_t>(random.below(2));
        dense.use_candidates(list);
        sparse.use_candidates(list);
      }
    }
  }
  const auto everything = [](Index) { return true; };
  const auto itself = [](Index j) { return j; };
  std::vector<std::vector<double>> matrix(static_cast<std::size_t>(n),
                                          std::vector<double>(static_cast<std::size_t>(n)));
  for (Index i = 0; i < n; ++i) {
    std::vector<std::pair<Index, double>> a, b;
    dense.for_each_weight(i, everything, itself, [&](Index j, double w) { a.emplace_back(j, w); });
    sparse.for_each_weight(i, everything, itself, [&](Index j, double w) { b.emplace_back(j, w); });
    EXPECT_EQ(a, b);
    EXPECT_EQ(dense.row_sum(i), sparse.row_sum(i));  // to the last bit
    for (const auto& [j, w] : a) matrix[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)] = w;
    const auto x = dense.candidates(i);
    const auto y = sparse.candidates(i);
    ASSERT_EQ(x.size(), y.size());
    for (std::size_t k = 0; k < x.size(); ++k) {
      EXPECT_EQ(dense.node(x[k]), sparse.node(y[k]));
      EXPECT_EQ(dense.weight(i, x[k]), sparse.weight(i, y[k]));
      EXPECT_EQ(dense.visits(i, x[k]), sparse.visits(i, y[k]));
    }
  }
  for (std::size_t i = 0; i < matrix.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) EXPECT_EQ(matrix[i][j], matrix[j][i]);
}

}  // namespace
