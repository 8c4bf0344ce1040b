// The exact dynamic programme over subsets for small travelling salesman problems, symmetric or not
// (M. Held, R. Karp, "A dynamic programming approach to sequencing problems", 1962; also R. Bellman, 1962).
//
// Guarantee: an optimal tour; integer costs are added in int64 and are exact, others in double (two tours
// whose lengths differ by less than about 20 ulps may be confused). Of all optimal tours, written from node 0
// on, it returns the lexicographically smallest, so the result is a function of the costs alone.
// Time O(2^n n^2), memory 2^(n-1) (n-1) cells of 8 bytes: n = 12 takes 0.1 ms and 180 kB,
// n = 20 about 0.1 s and 80 MB.
#pragma once

#include <vector>

#include "wayseer/core/run.hpp"
#include "wayseer/tsp/problem.hpp"

namespace wayseer::tsp {

inline constexpr Index held_karp_limit = 20;

// The tour starts with node 0. Empty if `run` stopped first: there is no partial answer. Throws
// std::invalid_argument unless 1 <= n <= held_karp_limit.
[[nodiscard]] std::vector<Index> held_karp(const Problem& problem, core::Run* run = nullptr);

}  // namespace wayseer::tsp
