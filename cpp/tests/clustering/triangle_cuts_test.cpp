#include "wayseer/clustering/triangle_cuts.hpp"

#include <gtest/gtest.h>

#include <set>
#include <tuple>

#include "exhaustive.hpp"

namespace wayseer::clustering {
namespace {

std::vector<double> random_matrix(std::int32_t n, core::Random& random) {
  std::vector<double> x(at(n) * at(n), 0);
  for (std::int32_t u = 0; u < n; ++u) {
    for (std::int32_t v = u + 1; v < n; ++v)
      x[at(u) * at(n) + at(v)] = x[at(v) * at(n) + at(u)] = random.uniform();
  }
  return x;
}

std::span<const std::int32_t> row(const Cuts& cuts, std::size_t i) {
  return std::span(cuts.items)
      .subspan(static_cast<std::size_t>(cuts.offsets[i]),
               static_cast<std::size_t>(cuts.offsets[i + 1] - cuts.offsets[i]));
}

TEST(TriangleCuts, FindsAllViolatedTriangles) {
  core::Random random(7);
  for (const std::int32_t n : {1, 2, 3, 5, 9, 33}) {
    const auto x = random_matrix(n, random);
    const auto of = [&](std::int32_t u, std::int32_t v) { return x[at(u) * at(n) + at(v)]; };
    core::Run run({});
    const auto cuts = violated_triangles(x, n, 0.05, n, 1 << 20, run);
    std::set<std::tuple<std::int32_t, std::int32_t, std::int32_t>> found, expected;
    for (std::size_t i = 0; i < cuts.violations.size(); ++i) {
      const auto t = row(cuts, i);
      ASSERT_EQ(t.size(), 3U);
      found.emplace(t[0], t[1], t[2]);
      EXPECT_NEAR(cuts.violations[i], of(t[0], t[1]) - of(t[0], t[2]) - of(t[1], t[2]), 1e-12);
      if (i > 0) {
        EXPECT_LE(cuts.violations[i], cuts.violations[i - 1]);
      }
    }
    for (std::int32_t u = 0; u < n; ++u) {
      for (std::int32_t w = u + 1; w < n; ++w) {
        for (std::int32_t v = 0; v < n; ++v) {
          if (v != u && v != w && of(u, v) + of(w, v) < of(u, w) - 0.05) expected.emplace(u, w, v);
        }
      }
    }
    EXPECT_EQ(found, expected);
    EXPECT_EQ(found.size(), cuts.violations.size());
    const auto few = violated_triangles(x, n, 0.05, 1, 3, run);
    EXPECT_EQ(few.violations.size(), std::min<std::size_t>(3, few.violations.size()));
    if (!cuts.violations.empty()) {
      EXPECT_EQ(few.violations.front(), cuts.violations.front());
    }
  }
}

TEST(TriangleCuts, StarsHoldForAllPartitionsAndAreViolatedAsClaimed) {
  core::Random random(8);
  std::size_t total = 0;
  for (int round = 0; round < 20; ++round) {
    constexpr std::int32_t n = 7;
    auto x = random_matrix(n, random);
    for (double& entry : x) entry = entry == 0 ? 0 : 0.4 + 0.6 * entry;
    core::Run run({});
    const auto cuts = violated_stars(x, n, 0.01, 1000, run);
    total += cuts.violations.size();
    for (std::size_t i = 0; i < cuts.violations.size(); ++i) {
      const auto star = row(cuts, i);
      ASSERT_GE(star.size(), 4U);
      const auto left = [&](auto&& apart) {
        double sum = 0;
        for (std::size_t a = 1; a < star.size(); ++a) {
          sum += 1 - apart(star[0], star[a]);
          for (std::size_t b = a + 1; b < star.size(); ++b) sum -= 1 - apart(star[a], star[b]);
        }
        return sum;
      };
      EXPECT_NEAR(left([&](auto u, auto v) { return x[at(u) * at(n) + at(v)]; }) - 1, cuts.violations[i],
                  1e-9);
      test::for_each_partition(n, [&](const auto& labels) {
        ASSERT_LE(left([&](auto u, auto v) { return labels[at(u)] == labels[at(v)] ? 0.0 : 1.0; }), 1);
      });
    }
  }
  EXPECT_GT(total, 0U);
}

TEST(TriangleCuts, CyclesAreShortestPaths) {
  core::Random random(9);
  std::size_t total = 0;
  for (int round = 0; round < 50; ++round) {
    constexpr std::int32_t n = 9;
    const auto owner = test::random_signed_graph(n, 0.5, 3, random);
    const Graph graph = owner.view();
    std::vector<std::pair<std::int32_t, std::int32_t>> ends;
    std::vector<double> weights;
    for (std::int32_t u = 0; u < n; ++u) {
      for (std::int64_t arc = graph.begin(u); arc < graph.end(u); ++arc) {
        const auto v = graph.indices[static_cast<std::size_t>(arc)];
        if (v < u) continue;
        ends.emplace_back(u, v);
        weights.push_back(graph.weights[static_cast<std::size_t>(arc)]);
      }
    }
    std::vector<double> x;
    for (std::size_t e = 0; e < ends.size(); ++e) x.push_back(random.uniform() * (weights[e] < 0 ? 1 : 0.4));
    core::Run run({});
    const auto cuts = violated_cycles(graph, x, 1e-6, 1000, run);
    total += cuts.violations.size();
    std::set<std::int32_t> found;
    for (std::size_t i = 0; i < cuts.violations.size(); ++i) {
      const auto cycle = row(cuts, i);
      found.insert(cycle[0]);
      std::vector<int> degree(at(n), 0);
      double length = 0;
      for (const auto e : cycle) {
        ++degree[at(ends[at(e)].first)];
        ++degree[at(ends[at(e)].second)];
        length += x[at(e)];
      }
      for (const int d : degree) ASSERT_TRUE(d == 0 || d == 2);
      EXPECT_NEAR(x[at(cycle[0])] - (length - x[at(cycle[0])]), cuts.violations[i], 1e-12);
    }
    for (std::size_t f = 0; f < ends.size(); ++f) {  // Floyd and Warshall without f
      std::vector<double> distance(at(n) * at(n), 1e9);
      for (std::size_t e = 0; e < ends.size(); ++e) {
        if (e == f) continue;
        const auto [u, v] = ends[e];
        distance[at(u) * at(n) + at(v)] = distance[at(v) * at(n) + at(u)] = x[e];
      }
      for (std::size_t k = 0; k < at(n); ++k)
        for (std::size_t a = 0; a < at(n); ++a)
          for (std::size_t b = 0; b < at(n); ++b)
            distance[a * at(n) + b] =
                std::min(distance[a * at(n) + b], distance[a * at(n) + k] + distance[k * at(n) + b]);
      const double around = distance[at(ends[f].first) * at(n) + at(ends[f].second)];
      EXPECT_EQ(found.contains(static_cast<std::int32_t>(f)), weights[f] < 0 && x[f] - around > 1e-6);
    }
  }
  EXPECT_GT(total, 0U);
}

}  // namespace
}  // namespace wayseer::clustering
