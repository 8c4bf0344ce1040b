// Solves a small travelling salesman problem with an installed wayseer; Ctrl-C returns the best tour so far.
#include <cstdio>
#include <vector>
#include <wayseer/core/interrupt.hpp>
#include <wayseer/tsp/solve.hpp>

namespace tsp = wayseer::tsp;

int main() {
  // A 4 x 5 grid with steps of 1: the shortest tour visits neighbours only, 20 steps.
  std::vector<double> xy;
  for (int row = 0; row < 4; ++row)
    for (int column = 0; column < 5; ++column) xy.insert(xy.end(), {1.0 * column, 1.0 * row});

  const auto problem = tsp::Problem::from_points(xy, 2, tsp::MetricKind::euclid);
  const wayseer::core::InterruptGuard ctrl_c;
  tsp::SolveOptions options;
  options.seed = 1;
  options.stop.time_limit = 1.0;
  options.stop.cancel = ctrl_c.flag();
  const tsp::Result result = tsp::solve(problem, options);

  std::printf("length %.6g:", result.length);
  for (const auto city : result.tour) std::printf(" %d", static_cast<int>(city));
  std::printf("\n");
  return result.tour.size() == xy.size() / 2 && result.length < 20.000001 ? 0 : 1;
}
