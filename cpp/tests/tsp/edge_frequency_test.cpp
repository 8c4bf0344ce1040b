#include "wayseer/tsp/edge_frequency.hpp"

#include <gtest/gtest.h>

#include <iterator>
#include <map>
#include <vector>

#include "instances.hpp"
#include "wayseer/tsp/links.hpp"

namespace wayseer::tsp {
namespace {

using test::at;
using test::Edge;
using test::ordered;

TEST(EdgeFrequency, CountsToursInEitherDirection) {
  core::Random random(1);
  const Index n = 30;
  EdgeFrequency frequency(n);
  std::map<Edge, std::int32_t> expected;
  for (int tour = 0; tour < 50; ++tour) {
    const auto order = test::random_tour(n, random);
    frequency.add_tour(links_of(order));
    for (const auto& edge : test::edges_of(order)) ++expected[edge];
  }
  for (Index u = 0; u < n; ++u)
    for (Index v = 0; v < n; ++v)
      if (u != v) {
        const auto found = expected.find(ordered(u, v));
        EXPECT_EQ(frequency.count(u, v), found == expected.end() ? 0 : found->second);
      }
  frequency.clear();
  for (Index u = 0; u < n; ++u)
    for (Index v = 0; v < u; ++v) EXPECT_EQ(frequency.count(u, v), 0);
}

// Rows of eight slots: node 0 gets far more neighbours than that, and edges come and go in both places.
TEST(EdgeFrequency, CountsSurviveOverflowAndRemoval) {
  core::Random random(2);
  for (const Index n : {3, 9, 10, 40}) {
    EdgeFrequency frequency(n);
    std::map<Edge, std::int32_t> expected;
    for (int step = 0; step < 30'000; ++step) {
      // In waves, so that rows fill up to overflowing and empty again.
      const bool adds = random.below(10) < ((step / 500) % 2 == 0 ? 7 : 3);
      if (adds || expected.empty()) {
        Index u = random.below(2) == 0 ? 0 : random.below(n), v = random.below(n);
        if (u == v) continue;
        frequency.add(u, v);
        ++expected[ordered(u, v)];
      } else {
        auto which = expected.begin();
        std::advance(which, random.below(static_cast<Index>(expected.size())));
        const auto [u, v] = which->first;
        if (random.below(2) == 0)
          frequency.remove(u, v);
        else
          frequency.remove(v, u);
        if (--which->second == 0) expected.erase(which);
      }
      const Index u = random.below(n), v = (u + 1 + random.below(n - 1)) % n;
      const auto found = expected.find(ordered(u, v));
      ASSERT_EQ(frequency.count(u, v), found == expected.end() ? 0 : found->second) << n << ' ' << step;
    }
    for (Index u = 0; u < n; ++u)
      for (Index v = u + 1; v < n; ++v) {
        const auto found = expected.find({u, v});
        ASSERT_EQ(frequency.count(u, v), found == expected.end() ? 0 : found->second);
      }
  }
}

}  // namespace
}  // namespace wayseer::tsp
