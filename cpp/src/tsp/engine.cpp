#include "engine_task.hpp"

#include <algorithm>
#include <cmath>

namespace wayseer::tsp {

double member_seconds(Index n) noexcept {
  const double nodes = n;
  return 3.7e-6 * nodes * std::pow(nodes / 1000.0, 0.6);
}

double round_ratio(Index n) noexcept {
  if (n <= 1500) return 3.5;
  if (n >= 10'000) return 4.0;
  const double from = n < 2392 ? 1500 : 2392, to = n < 2392 ? 2392 : 10'000;
  const double low = n < 2392 ? 3.5 : 2.0, high = n < 2392 ? 2.0 : 4.0;
  return low + (high - low) * std::log(n / from) / std::log(to / from);
}

PopulationPlan plan_population(double seconds, double seconds_per_member) noexcept {
  constexpr double most = 400;
  const double x = 0.9 * seconds / seconds_per_member;
  if (x >= 25) return {static_cast<int>(std::min(x, most)), 0.5};
  return {std::max(0, static_cast<int>(1.4 * x)), 1.0};
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

}  // namespace wayseer::tsp
