#include "wayseer/clustering/correlation_metric.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "minmax_graphs.hpp"

namespace wayseer::clustering {
namespace {

using namespace testing;
using Found = std::map<std::pair<std::int32_t, std::int32_t>, std::int32_t>;

std::set<std::int32_t> closed(const Graph& graph, std::int32_t v) {
  std::set<std::int32_t> result{v};
  for (const std::int32_t u : graph.neighbors(v)) result.insert(u);
  return result;
}

// In vertex ids, both directions.
Found brute_force(const Graph& graph, Radius radius) {
  Found found;
  for (std::int32_t u = 0; u < graph.size(); ++u) {
    const auto a = closed(graph, u);
    for (std::int32_t v = 0; v < graph.size(); ++v) {
      if (u == v) continue;
      const auto b = closed(graph, v);
      const auto common =
          static_cast<std::int64_t>(std::ranges::count_if(a, [&](auto w) { return b.contains(w); }));
      const auto all = static_cast<std::int64_t>(a.size() + b.size()) - common;
      if (common * Radius::one >= radius.similarity() * all)
        found[{u, v}] = static_cast<std::int32_t>(common);
    }
  }
  return found;
}

Found in_ids(const RankedGraph& graph, const NearPairs& pairs) {
  Found found;
  for (std::int32_t u = 0; u < graph.size(); ++u) {
    std::int32_t before = -1;
    for (const NearPair& pair : pairs.row(u)) {
      EXPECT_LT(before, pair.other);
      before = pair.other;
      found[{graph.vertex[at(u)], graph.vertex[at(pair.other)]}] = pair.common;
    }
  }
  return found;
}

Found found_by(const Graph& graph, Radius radius, const MetricOptions& options) {
  const RankedGraph ranked(graph);
  return in_ids(ranked, *near_pairs(ranked, radius, options));
}

TEST(CorrelationMetric, ExactEnginesFindOnAllThreadsWhatBruteForceFinds) {
  core::Random random(1);
  for (int trial = 0; trial < 60; ++trial) {
    const auto owned = trial % 2 == 0 ? random_graph(2 + random.below(40), random.uniform() * 0.5, random)
                                      : hub_graph(2 + random.below(120), random);
    for (const double r : {0.2, 1.0 / 3, 0.5, 2.0 / 3, 0.7, 0.95}) {
      const auto expected = brute_force(owned.view(), Radius(r));
      EXPECT_EQ(found_by(owned.view(), Radius(r), {.engine = MetricEngine::wedge}), expected);
      EXPECT_EQ(found_by(owned.view(), Radius(r), {.engine = MetricEngine::filtered, .threads = 3}),
                expected);
      EXPECT_EQ(found_by(owned.view(), Radius(r), {}), expected);
    }
  }
}

// The prefix filter decides by itself where it pays; here it must.
TEST(CorrelationMetric, FilterIsExactWhereHubsMakeItWork) {
  std::vector<std::pair<std::int32_t, std::int32_t>> edges;
  constexpr std::int32_t n = 3000, hubs = 4;
  core::Random random(5);
  std::set<std::pair<std::int32_t, std::int32_t>> seen;
  for (std::int32_t v = hubs; v < n; ++v) {
    for (std::int32_t h = 0; h < hubs; ++h) seen.insert({h, v});
    const std::int32_t group = v / 10 * 10;
    for (std::int32_t i = 0; i < 6; ++i) {
      const std::int32_t w = std::min(n - 1, std::max(hubs, group + random.below(12)));
      if (w != v) seen.insert({std::min(v, w), std::max(v, w)});
    }
  }
  edges.assign(seen.begin(), seen.end());
  const auto owned = graph_of(n, edges);
  for (const double r : {0.3, 0.45}) {
    const auto wedge = found_by(owned.view(), Radius(r), {.engine = MetricEngine::wedge});
    EXPECT_FALSE(wedge.empty());
    EXPECT_EQ(found_by(owned.view(), Radius(r), {.engine = MetricEngine::filtered}), wedge);
  }
}

TEST(CorrelationMetric, MinhashMissesFewAndInventsNothing) {
  core::Random random(2);
  const auto owned = random_graph(150, 0.15, random);
  const Radius radius(0.7);
  const auto exact = found_by(owned.view(), radius, {});
  const auto sketched = found_by(owned.view(), radius, {.engine = MetricEngine::minhash, .seed = 3});
  EXPECT_LE(minhash_miss_probability(radius), 0.05);
  for (const auto& [pair, common] : sketched) EXPECT_EQ(exact.at(pair), common);
  EXPECT_GE(static_cast<double>(sketched.size()), 0.9 * static_cast<double>(exact.size()));
  EXPECT_EQ(found_by(owned.view(), radius, {.engine = MetricEngine::minhash, .threads = 2, .seed = 3}),
            sketched);
}

TEST(CorrelationMetric, IsAMetric) {
  core::Random random(3);
  for (int trial = 0; trial < 20; ++trial) {
    const auto owned = random_graph(14, 0.3, random);
    const auto pairs = brute_force(owned.view(), Radius(1.0));
    const auto d = [&](std::int32_t u, std::int32_t v) {
      if (u == v) return 0.0;
      const auto it = pairs.find({u, v});
      if (it == pairs.end()) return 1.0;
      const auto all = owned.degree(u) + owned.degree(v) + 2 - it->second;
      return 1.0 - static_cast<double>(it->second) / static_cast<double>(all);
    };
    for (std::int32_t u = 0; u < 14; ++u) {
      for (std::int32_t v = 0; v < 14; ++v) {
        for (std::int32_t w = 0; w < 14; ++w) EXPECT_LE(d(u, w), d(u, v) + d(v, w) + 1e-12);
      }
    }
  }
}

TEST(CorrelationMetric, CliquesAreAtDistanceZeroAndOne) {
  const auto owned = cliques({1, 4, 3, 1, 6});
  const RankedGraph ranked(owned.view());
  const auto pairs = *near_pairs(ranked, Radius(0.999999), {});
  std::int64_t together = 0;
  for (std::int32_t u = 0; u < ranked.size(); ++u) {
    for (const NearPair& pair : pairs.row(u)) {
      EXPECT_EQ(pair.common, ranked.closed(u));
      EXPECT_EQ(pair.common, ranked.closed(pair.other));
      ++together;
    }
  }
  EXPECT_EQ(together, 4 * 3 + 3 * 2 + 6 * 5);
}

TEST(CorrelationMetric, EqualityIsNear) {
  // A path a-b-c: d(a, b) = 1 - 2/3, d(a, c) = 1 - 1/3.
  const auto path = graph_of(3, {{0, 1}, {1, 2}});
  EXPECT_EQ(found_by(path.view(), Radius(0.5), {}).size(), 4U);
  const auto square = graph_of(4, {{0, 1}, {1, 2}, {2, 3}, {3, 0}});  // every pair: 1 - 2/4
  EXPECT_EQ(found_by(square.view(), Radius(0.5), {}).size(), 12U);
  EXPECT_EQ(found_by(square.view(), Radius(0.499999), {}).size(), 0U);
}

TEST(CorrelationMetric, StopsAtTheLimitOfPairsAndWhenAsked) {
  const auto owned = cliques({40});
  const RankedGraph ranked(owned.view());
  EXPECT_FALSE(near_pairs(ranked, Radius(0.5), {.most_pairs = 100}).has_value());
  EXPECT_TRUE(near_pairs(ranked, Radius(0.5), {.most_pairs = 780}).has_value());
  for (const int threads : {1, 3}) {
    const core::Checkpoint stop([] { return true; });
    EXPECT_THROW((void)near_pairs(ranked, Radius(0.5), {.threads = threads}, stop), core::Stopped);
  }
}

TEST(CorrelationMetric, AdjustedIsNearlyAMetric) {
  core::Random random(4);
  for (int trial = 0; trial < 60; ++trial) {
    const std::int32_t n = 12;
    const auto owned =
        trial % 3 == 0 ? hub_graph(n, random) : random_graph(n, 0.1 + 0.5 * random.uniform(), random);
    const RankedGraph ranked(owned.view());
    auto pairs = *near_pairs(ranked, Radius(0.999999), {});
    const auto plain = in_ids(ranked, pairs);
    adjust(ranked, Radius(0.7), 10.0 / 3, pairs);
    const auto adjusted = in_ids(ranked, pairs);
    const auto f = [&](std::int32_t u, std::int32_t v) {
      if (u == v) return 0.0;
      const auto it = adjusted.find({u, v});
      if (it == adjusted.end()) return 1.0;
      EXPECT_EQ(plain.at({u, v}), it->second);
      const auto all = owned.degree(u) + owned.degree(v) + 2 - it->second;
      return 1.0 - static_cast<double>(it->second) / static_cast<double>(all);
    };
    for (std::int32_t u = 0; u < n; ++u) {
      for (std::int32_t v = 0; v < n; ++v) {
        EXPECT_EQ(f(u, v), f(v, u));
        for (std::int32_t w = 0; w < n; ++w) EXPECT_LE(f(u, w), 10.0 / 7 * (f(u, v) + f(v, w)) + 1e-12);
      }
    }
  }
}

TEST(CorrelationMetric, AdjustedTakesStarsApart) {
  std::vector<std::pair<std::int32_t, std::int32_t>> edges;
  for (std::int32_t leaf = 1; leaf <= 12; ++leaf) edges.emplace_back(0, leaf);
  const auto star = graph_of(13, edges);
  const RankedGraph ranked(star.view());
  auto pairs = *near_pairs(ranked, Radius(0.7), {});
  EXPECT_FALSE(pairs.entries.empty());
  adjust(ranked, Radius(0.7), 10.0 / 3, pairs);
  EXPECT_TRUE(pairs.entries.empty());
}

}  // namespace
}  // namespace wayseer::clustering
