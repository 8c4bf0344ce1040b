// What solve() hands to an engine, and the sizes and settings that the engines were tuned to. The engines
// themselves are templates on the metric (engine.hpp), instantiated in engine_*.cpp.
#pragma once

#include <cstdint>
#include <vector>

#include "wayseer/tsp/k_opt.hpp"
#include "wayseer/tsp/solve.hpp"

#include "incumbent.hpp"
#include "prior.hpp"

namespace wayseer::tsp {

struct EngineReport {
  Method method = Method::ils;
  std::int64_t kicks = 0;
  std::int64_t iterations = 0;
};

struct EngineTask {
  const Space& space;
  const CandidateLists& candidates;  // built-in and the user's
  const EdgePrior* prior = nullptr;  // the heatmap, or none
  std::vector<Index> init;           // a tour, or empty
  const SolveOptions& options;
  core::Run& run;
  Incumbent& incumbent;
  EngineReport& report;
};

// How many members a population gets, and the share of improving AB-cycles applied per pair.
struct PopulationPlan {
  int members = 0;
  double commit_fraction = 0.5;
};

// Measured seconds per member of a whole round (descent and recombination) for n nodes.
[[nodiscard]] double member_seconds(Index n) noexcept;
// Measured seconds of a whole round per second of descent.
[[nodiscard]] double round_ratio(Index n, double members) noexcept;
[[nodiscard]] PopulationPlan plan_population(double seconds, double seconds_per_member) noexcept;
// The same from the measured seconds of one member's descent.
[[nodiscard]] PopulationPlan plan_by_descent(double seconds, Index n, double descent) noexcept;
[[nodiscard]] PopulationPlan unclocked_population(Index n) noexcept;

// Members of a population, the descent before kicks, and the repair after each. On clustered points a wide,
// shallow search keeps more diversity in the population than a deep one.
[[nodiscard]] KOptSettings member_search(Index n, bool clustered) noexcept;
[[nodiscard]] KOptSettings descent_search(Index n, bool clustered) noexcept;
[[nodiscard]] KOptSettings kick_search(Index n, bool clustered) noexcept;
// All three for arcs: only pure moves of three or five arcs exist, and one of the neighbours counted is a
// node's other half.
[[nodiscard]] KOptSettings arc_search(Index n) noexcept;

// Large populations of asymmetric tours (of `n` doubled nodes) agree too slowly.
[[nodiscard]] int most_asymmetric_members(Index n) noexcept;

inline constexpr int fewest_members = 8;
inline constexpr int members_worth_recombining = 6;

// Throws core::Stopped when the run is stopped in set-up; the incumbent is the result even then.
template <class Metric>
void run_engine(const Metric& metric, EngineTask& task);

}  // namespace wayseer::tsp
