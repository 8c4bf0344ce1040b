// solve(): one call from a problem to a good tour, from 1 node to millions.
//
// n <= 12: exact. Otherwise a population of k-opt optima recombined by edge assembly crossover, sized to the
// time, or iterated local search where the time is too short for six members (and without a time limit above
// 200,000 nodes). Predictions (a heatmap, candidate edges, a tour) add to what is built in and never replace
// it.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "wayseer/core/edge_values.hpp"
#include "wayseer/core/run.hpp"
#include "wayseer/tsp/neighbors.hpp"
#include "wayseer/tsp/problem.hpp"

namespace wayseer::tsp {

enum class Method : std::uint8_t { automatic, ils, eax, exact };

struct TracePoint {
  double seconds;
  double length;
};

struct SolveOptions {
  core::StopRule stop;
  std::uint64_t seed = 0;
  Method method = Method::automatic;
  int threads = 1;
  std::int64_t max_kicks = std::numeric_limits<std::int64_t>::max();
  std::span<const Index> init;                        // a tour; the result is never longer
  const CandidateLists* candidates = nullptr;         // united with the built-in ones; -1 ignored
  const core::EdgeValues* heatmap = nullptr;          // values >= 0, row = from
  std::optional<int> population = std::nullopt;       // members, instead of the rule
  bool bound = false;                                 // compute a certified lower bound (symmetric problems)
  std::int64_t memory_limit = std::int64_t{4} << 30;  // bytes
};

struct Result {
  std::vector<Index> tour;
  double length = 0;
  Cost integer_length = 0;  // exact, for integer costs
  std::optional<double> lower_bound;
  core::Status status = core::Status::converged;
  std::vector<TracePoint> trace;  // one per improvement, the start tour first, the result last
  std::int64_t kicks = 0;
  std::int64_t iterations = 0;
  double seconds = 0;
  Method method = Method::automatic;  // what ran
};

// Throws std::invalid_argument for an empty problem, a wrong init, candidate or heatmap, or a method that
// does not fit. With max_iterations or without a time limit the result depends on the seed, the options and
// the problem alone (threads included: members have seeds of their own); with a time limit alone it depends
// on the machine's speed too.
[[nodiscard]] Result solve(const Problem& problem, const SolveOptions& options = {});

// One descent from the given tour (all nodes queued): 2-opt with Or-opt, and sequential k-opt of up to
// `depth` removed edges with `breadth[i]` neighbours tried after i + 1 of them.
[[nodiscard]] Result or_opt(const Problem& problem, std::span<const Index> tour,
                            const core::StopRule& stop = {});
[[nodiscard]] Result k_opt(const Problem& problem, std::span<const Index> tour, int depth,
                           std::span<const int> breadth, const core::StopRule& stop = {});

}  // namespace wayseer::tsp
