#include "wayseer/core/csr_graph.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <stdexcept>
#include <string>

#include "wayseer/core/random.hpp"

namespace wayseer::core::test {
namespace {

using Ids = std::vector<std::int32_t>;

template <class Weight>
struct Edges {
  std::int32_t n;
  Ids from, to;
  std::vector<Weight> weights;
};

template <class Weight>
Edges<Weight> random_edges(Random& random) {
  Edges<Weight> edges{1 + random.below(12), {}, {}, {}};
  for (std::int32_t m = random.below(60); m > 0; --m) {
    edges.from.push_back(random.below(edges.n));
    edges.to.push_back(random.below(edges.n));
    edges.weights.push_back(static_cast<Weight>(random.below(100)) / 10);
  }
  return edges;
}

// The model: per (u, v) the list of weights in input order.
template <class Weight>
using Model = std::map<std::pair<std::int32_t, std::int32_t>, std::vector<Weight>>;

template <class Weight>
Model<Weight> model_of(const Edges<Weight>& edges, Direction direction, EdgePolicy policy) {
  Model<Weight> model;
  for (std::size_t e = 0; e < edges.from.size(); ++e) {
    const std::int32_t u = edges.from[e], v = edges.to[e];
    if (u == v && policy.self_loops == SelfLoops::drop) continue;
    model[{u, v}].push_back(edges.weights[e]);
    if (direction == Direction::undirected && u != v) model[{v, u}].push_back(edges.weights[e]);
  }
  for (auto& [arc, weights] : model) {
    Weight merged = weights.front();
    for (std::size_t j = 1; j < weights.size(); ++j) {
      if (policy.duplicates == Duplicates::sum) merged += weights[j];
      if (policy.duplicates == Duplicates::minimum) merged = std::min(merged, weights[j]);
      if (policy.duplicates == Duplicates::maximum) merged = std::max(merged, weights[j]);
    }
    if (policy.duplicates != Duplicates::keep) weights = {merged};
  }
  return model;
}

template <class Weight>
void expect_model(const CsrGraph<Weight>& graph, const Model<Weight>& model) {
  Model<Weight> found;
  std::int64_t arcs = 0;
  for (std::int32_t u = 0; u < graph.size(); ++u) {
    const auto row = graph.neighbors(u);
    ASSERT_TRUE(std::ranges::is_sorted(row));
    ASSERT_EQ(graph.degree(u), std::ssize(row));
    arcs += std::ssize(row);
    for (std::size_t j = 0; j < row.size(); ++j)
      found[{u, row[j]}].push_back(graph.weighted() ? graph.neighbor_weights(u)[j] : Weight{});
    for (std::int32_t v = 0; v < graph.size(); ++v) {
      const std::int64_t arc = graph.find_arc(u, v);
      ASSERT_EQ(arc >= 0, model.contains({u, v}));
      ASSERT_EQ(graph.has_arc(u, v), arc >= 0);
      if (arc >= 0) {
        ASSERT_EQ(arc,
                  graph.indptr()[static_cast<std::size_t>(u)] + (std::ranges::find(row, v) - row.begin()));
      }
    }
  }
  ASSERT_EQ(found, model);
  ASSERT_EQ(graph.arcs(), arcs);
}

template <class Weight>
void expect_all_policies_hold(std::uint64_t seed) {
  Random random(seed);
  for (int round = 0; round < 20; ++round) {
    const auto edges = random_edges<Weight>(random);
    for (const Direction direction : {Direction::directed, Direction::undirected}) {
      for (const SelfLoops loops : {SelfLoops::drop, SelfLoops::keep}) {
        for (const Duplicates duplicates : {Duplicates::keep, Duplicates::first, Duplicates::sum,
                                            Duplicates::minimum, Duplicates::maximum}) {
          const EdgePolicy policy{loops, duplicates};
          const auto graph =
              CsrGraph<Weight>::from_edges(edges.n, edges.from, edges.to, edges.weights, direction, policy);
          auto model = model_of(edges, direction, policy);
          ASSERT_EQ(graph.size(), edges.n);
          ASSERT_NO_FATAL_FAILURE(expect_model(graph, model));

          // A round trip through arrays; turning round twice; an undirected graph is its own reverse.
          ASSERT_EQ(CsrGraph<Weight>::from_csr(edges.n, graph.indptr(), graph.indices(), graph.weights(),
                                               {SelfLoops::keep, Duplicates::keep}),
                    graph);
          ASSERT_EQ(graph.reversed().reversed(), graph);
          if (direction == Direction::undirected) {
            ASSERT_EQ(graph.reversed(), graph);
          } else {
            ASSERT_EQ(graph.reversed(), CsrGraph<Weight>::from_edges(edges.n, edges.to, edges.from,
                                                                     edges.weights, direction, policy));
          }

          // Without weights: the same arcs.
          const auto bare =
              CsrGraph<Weight>::from_edges(edges.n, edges.from, edges.to, {}, direction, policy);
          ASSERT_FALSE(bare.weighted());
          ASSERT_TRUE(bare.weights().empty());
          ASSERT_TRUE(std::ranges::equal(bare.indices(), graph.indices()));
          ASSERT_TRUE(std::ranges::equal(bare.indptr(), graph.indptr()));
        }
      }
    }
  }
}

TEST(CsrGraph, HoldsWhatThePoliciesSay) {
  expect_all_policies_hold<double>(1);
  expect_all_policies_hold<float>(2);
  expect_all_policies_hold<std::int64_t>(3);
  expect_all_policies_hold<std::int32_t>(4);
}

TEST(CsrGraph, RowsFromOutsideNeedNotBeSorted) {
  const std::vector<std::int64_t> indptr = {0, 3, 3, 4};
  const Ids indices = {2, 0, 2, 1};
  const std::vector<double> weights = {1, 2, 4, 8};
  const auto graph = CsrGraph<>::from_csr(3, indptr, indices, weights, {SelfLoops::keep, Duplicates::sum});
  EXPECT_TRUE(std::ranges::equal(graph.neighbors(0), Ids{0, 2}));
  EXPECT_TRUE(std::ranges::equal(graph.neighbor_weights(0), std::vector<double>{2, 5}));
  EXPECT_TRUE(graph.neighbors(1).empty());
  EXPECT_TRUE(std::ranges::equal(graph.neighbors(2), Ids{1}));
}

TEST(CsrGraph, MayBeEmpty) {
  EXPECT_EQ(CsrGraph<>().size(), 0);
  EXPECT_EQ(CsrGraph<>::from_edges(0, {}, {}, {}, Direction::directed), CsrGraph<>());
  const auto isolated = CsrGraph<>::from_edges(3, {}, {}, {}, Direction::undirected);
  EXPECT_EQ(isolated.size(), 3);
  EXPECT_EQ(isolated.arcs(), 0);
  EXPECT_TRUE(isolated.neighbors(2).empty());
  EXPECT_EQ(isolated.reversed(), isolated);
}

void expect_message(const std::function<void()>& call, const std::string& part) {
  try {
    call();
    ADD_FAILURE() << "accepted, expected: " << part;
  } catch (const std::invalid_argument& error) {
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
  }
}

TEST(CsrGraph, SaysWhatIsWrong) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto edges = [](std::int32_t n, Ids from, Ids to, std::vector<double> weights = {},
                        EdgePolicy policy = {}) {
    return [=] { (void)CsrGraph<>::from_edges(n, from, to, weights, Direction::undirected, policy); };
  };
  expect_message(edges(-1, {}, {}), "n: got -1, allowed 0 or more");
  expect_message(edges(3, {0, 1}, {1}), "to: got 1 ids, allowed 2");
  expect_message(edges(3, {0, 1}, {1, 2}, {1}), "weights: got 1 values, allowed 2");
  expect_message(edges(3, {0, 1}, {1, 3}), "edges: got 1 -> 3 at edge 1, allowed node ids 0..2");
  expect_message(edges(3, {-1}, {0}), "edges: got -1 -> 0 at edge 0");
  expect_message(edges(0, {0}, {0}), "there are no nodes");
  expect_message(edges(3, {1}, {1}), "edges: got 1 -> 1 at edge 0, allowed no self-loops");
  expect_message(edges(3, {0, 1}, {1, 0}), "more than once");
  expect_message(edges(3, {0, 1}, {1, 2}, {1, nan}), "weights: got nan at edge 1");

  const std::int64_t big = std::numeric_limits<std::int64_t>::max();
  const auto sum = [](std::vector<std::int64_t> weights) {
    return [=] {
      (void)CsrGraph<std::int64_t>::from_edges(2, Ids{0, 0}, Ids{1, 1}, weights, Direction::directed,
                                               {SelfLoops::reject, Duplicates::sum});
    };
  };
  expect_message(sum({big, 1}), "overflow");
  expect_message(sum({-big, -2}), "overflow");
  EXPECT_NO_THROW(sum({-big, -1})());

  const auto rows = [](std::int32_t n, std::vector<std::int64_t> indptr, Ids indices) {
    return [=] { (void)CsrGraph<>::from_csr(n, indptr, indices, {}); };
  };
  expect_message(rows(2, {0, 1}, {1}), "indptr: got 2 values, allowed 3");
  expect_message(rows(2, {1, 1, 1}, {0}), "indptr: got 1, allowed 0 at the start");
  expect_message(rows(2, {0, 1, 2}, {1}), "indptr: got 2 at the end, allowed 1");
  expect_message(rows(2, {0, 9, 1}, {1}), "indptr: got 9 -> 1, allowed ascending");
  expect_message(rows(2, {0, 1, 1}, {2}), "edges: got 0 -> 2 at edge 0");
}

TEST(CsrGraph, TheOrderOfEdgesDoesNotMatter) {
  Random random(9);
  for (int round = 0; round < 300; ++round) {
    auto edges = random_edges<double>(random);
    // In order: each edge once, by (from, to), all up or all down.
    std::map<std::pair<std::int32_t, std::int32_t>, double> distinct;
    const bool up = random.below(2) == 0;
    for (std::size_t e = 0; e < edges.from.size(); ++e) {
      const auto [low, high] = std::minmax(edges.from[e], edges.to[e]);
      if (low != high) distinct[up ? std::pair{low, high} : std::pair{high, low}] = edges.weights[e];
    }
    Ids from, to, back_from, back_to;
    std::vector<double> weights, back_weights;
    for (const auto& [ends, weight] : distinct) {
      from.push_back(ends.first);
      to.push_back(ends.second);
      weights.push_back(weight);
    }
    back_from.assign(from.rbegin(), from.rend());
    back_to.assign(to.rbegin(), to.rend());
    back_weights.assign(weights.rbegin(), weights.rend());
    EXPECT_EQ(CsrGraph<double>::from_edges(edges.n, from, to, weights, Direction::undirected),
              CsrGraph<double>::from_edges(edges.n, back_from, back_to, back_weights, Direction::undirected));
  }
}

}  // namespace
}  // namespace wayseer::core::test
