#include "engine_task.hpp"

#include <algorithm>
#include <cmath>

namespace wayseer::tsp {

double member_seconds(Index n) noexcept {
  const double nodes = n;
  return 3.7e-6 * nodes * std::pow(nodes / 1000.0, 0.6);
}

double round_ratio(Index n, double members) noexcept {
  // Large populations of many nodes take more generations to agree.
  const double size = std::clamp(std::log(n / 2392.0) / std::log(10'000 / 2392.0), 0.0, 1.3);
  return 2.1 + size * std::max(0.0, 1.9 + 0.25 * std::log2(std::max(1.0, members) / 12.0));
}

PopulationPlan plan_population(double seconds, double seconds_per_member) noexcept {
  constexpr double most = 600;
  const double x = 0.9 * seconds / seconds_per_member;
  if (x >= 25) return {static_cast<int>(std::min(x, most)), 0.5};
  return {std::max(0, static_cast<int>(1.4 * x)), 1.0};
}

PopulationPlan plan_by_descent(double seconds, Index n, double descent) noexcept {
  const double formula = member_seconds(n);
  double unit = formula;
  for (int i = 0; i < 8; ++i)  // the ratio depends on the size; this settles at once
    unit = std::clamp(descent * round_ratio(n, 0.9 * seconds / unit), formula / 4, formula * 4);
  return plan_population(seconds, unit);
}

PopulationPlan unclocked_population(Index n) noexcept {
  if (n <= 2000) return {200, 0.5};
  if (n <= 12'000) return {100, 0.5};
  if (n <= 200'000) return {30, 0.5};
  return {0, 0.5};
}

KOptSettings member_search(Index n, bool clustered) noexcept {
  KOptSettings settings = descent_search(n, clustered);
  if (clustered) {
    settings.depth = 3;
    settings.breadth = {12, 12, 1, 1, 1, 1};
  } else if (n <= 1500) {
    settings.depth = 6;  // more per member, and worth it where populations converge in a second
  }
  return settings;
}

KOptSettings descent_search(Index n, bool clustered) noexcept {
  KOptSettings settings;
  if (clustered) settings.breadth = {12, 8, 3, 2, 1, 1};
  if (n > 20'000) settings.max_rewrite = 50'000;
  return settings;
}

KOptSettings kick_search(Index n, bool clustered) noexcept {
  KOptSettings settings = descent_search(n, clustered);
  settings.depth = 3;
  return settings;
}

KOptSettings arc_search(Index n) noexcept {
  KOptSettings settings;
  settings.breadth = {8, 6, 4, 3, 2, 1};
  if (n > 20'000) settings.max_rewrite = 50'000;
  return settings;
}

int most_asymmetric_members(Index n) noexcept { return std::clamp(60'000 / std::max(n, 1), 40, 600); }

}  // namespace wayseer::tsp
