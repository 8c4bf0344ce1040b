// Options for solve() in tests, and what must hold of all its results.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>

#include "instances.hpp"
#include "wayseer/tsp/held_karp.hpp"
#include "wayseer/tsp/solve.hpp"

namespace wayseer::tsp::test {

// What every result must be, whatever the options were.
inline void expect_sound(const Problem& problem, const Result& result) {
  ASSERT_TRUE(is_tour(result.tour, problem.size()));
  EXPECT_EQ(result.length, problem.length(result.tour));
  if (problem.integer()) {
    EXPECT_EQ(result.integer_length, problem.integer_length(result.tour));
  }
  if (result.lower_bound) {
    EXPECT_LE(*result.lower_bound, result.length);
  }
  EXPECT_GE(result.seconds, 0);
  EXPECT_NE(result.method, Method::automatic);
  ASSERT_FALSE(result.trace.empty());
  EXPECT_EQ(result.trace.back().length, result.length);
  for (std::size_t i = 1; i < result.trace.size(); ++i) {
    EXPECT_LE(result.trace[i].length, result.trace[i - 1].length * (1 + 1e-12));
    EXPECT_GE(result.trace[i].seconds, result.trace[i - 1].seconds);
  }
}

inline SolveOptions with(Method method, std::uint64_t seed = 0) {
  SolveOptions options;
  options.method = method;
  options.seed = seed;
  return options;
}
// A population small enough for thousands of solves.
inline SolveOptions brief(Method method, std::uint64_t seed = 0) {
  SolveOptions options = with(method, seed);
  options.population = 16;
  options.max_kicks = 200;
  return options;
}

inline double exact_length(const Problem& problem) { return problem.length(held_karp(problem)); }

inline constexpr Method engines[] = {Method::automatic, Method::ils, Method::eax};

}  // namespace wayseer::tsp::test
