#include "wayseer/clustering/multicut.hpp"

#include <numeric>
#include <vector>

#include "wayseer/clustering/gaec.hpp"
#include "wayseer/clustering/ils.hpp"
#include "wayseer/clustering/klj.hpp"
#include "wayseer/clustering/multilevel.hpp"
#include "wayseer/clustering/objective.hpp"
#include "wayseer/clustering/sum_problem.hpp"
#include "wayseer/core/random.hpp"

namespace wayseer::clustering {
namespace {

// What the search found after `before` seconds of other work, in the terms of the whole run.
Solution joined(Solution&& first, Solution&& second, double before) {
  if (second.objective < first.objective) {
    first.labels = std::move(second.labels);
    for (const auto& point : second.trajectory) {
      if (point.objective < first.objective)
        first.trajectory.push_back({before + point.seconds, point.objective});
    }
    first.objective = second.objective;
  }
  first.iterations += second.iterations;
  first.seconds = before + second.seconds;
  first.status = second.status;
  return std::move(first);
}

}  // namespace

Solution multicut(const Graph& graph, const MulticutOptions& options) {
  core::Run run(options.stop);
  const SumProblem problem = SumProblem::multicut(graph);
  const double min_gain = least_gain(problem);
  Incumbent best(run);
  std::vector<std::int32_t> labels(at(graph.size()), 0);
  const auto offer = [&] { best.offer(problem.objective(quality(problem, labels)), labels); };
  offer();  // all together costs nothing
  if (!options.init.empty()) {
    labels.assign(options.init.begin(), options.init.end());
    offer();
  }
  if (options.init.empty() || options.method != MulticutMethod::klj) {
    try {
      labels = gaec(graph, run.checkpoint());
      offer();
    } catch (const core::Stopped&) {
      return std::move(best).finish();
    }
  }
  labels = best.labels();
  if (options.method == MulticutMethod::gaec || run.should_stop()) return std::move(best).finish();
  core::Random random(options.seed);
  if (options.method == MulticutMethod::everything)
    improve(problem, labels, min_gain, random, run, options.threads);
  klj(graph, labels, run);
  offer();
  if (options.method == MulticutMethod::klj || run.should_stop()) return std::move(best).finish();

  Solution first = std::move(best).finish();
  IlsOptions search{.seed = options.seed,
                    .stop = options.stop,
                    .init = first.labels,
                    .patience = options.patience,
                    .threads = options.threads};
  search.stop.time_limit = run.remaining();
  const double before = run.elapsed();
  Solution second = iterated_local_search(problem, search);
  return joined(std::move(first), std::move(second), before);
}

}  // namespace wayseer::clustering
