#include "wayseer/clustering/multilevel.hpp"

#include <numeric>
#include <unordered_map>

#include "wayseer/clustering/contract.hpp"
#include "wayseer/clustering/local_move.hpp"
#include "wayseer/clustering/objective.hpp"

namespace wayseer::clustering {
namespace {

// One cycle, up and down, from the labels of `moves`; the gain. The moves' own problem is given again.
double cycle(const SumProblem& problem, LocalMoves& moves, double min_gain, core::Random& random,
             core::Run& run, int threads) {
  std::vector<std::int32_t> labels(moves.labels().begin(), moves.labels().end());
  const std::int32_t count = renumber(labels);
  if (count == problem.graph.size() || count <= 1 || run.stopped()) return 0.0;
  double gain = 0;
  {
    const Contracted coarse = contract(problem, labels, count, threads);
    const SumProblem above = coarse.problem(problem.gamma);
    LocalMoves up(above, min_gain, threads);
    up.enqueue_all(random);
    gain = up.run(run);
    if (gain <= 0.0) return 0.0;
    gain += cycle(above, up, min_gain, random, run, threads);
    for (auto& label : labels) label = up.labels()[at(label)];
  }
  moves.assign(labels);
  moves.enqueue_all(random);
  return gain + moves.run(run);
}

}  // namespace

double improve(const SumProblem& problem, std::vector<std::int32_t>& labels, double min_gain,
               core::Random& random, core::Run& run, int threads) {
  LocalMoves moves(problem, min_gain, threads);
  moves.assign(labels);
  moves.enqueue_all(random);
  double gain = moves.run(run);
  while (!run.stopped()) {
    const double more = cycle(problem, moves, min_gain, random, run, threads);
    if (more <= 0.0) break;
    gain += more;
  }
  labels.assign(moves.labels().begin(), moves.labels().end());
  return gain;
}

Overlay overlay(std::span<const std::int32_t> a, std::span<const std::int32_t> b) {
  std::unordered_map<std::uint64_t, std::int32_t> number;
  number.reserve(a.size() / 4);
  Overlay both{std::vector<std::int32_t>(a.size()), 0};
  for (std::size_t v = 0; v < a.size(); ++v) {
    const auto key =
        static_cast<std::uint64_t>(static_cast<std::uint32_t>(a[v])) << 32 | static_cast<std::uint32_t>(b[v]);
    const auto [place, fresh] = number.try_emplace(key, both.count);
    both.count += fresh ? 1 : 0;
    both.labels[v] = place->second;
  }
  return both;
}

double improve_overlay(const SumProblem& problem, std::vector<std::int32_t>& labels,
                       std::span<const std::int32_t> other, double min_gain, core::Random& random,
                       core::Run& run) {
  renumber(labels);  // so that they fit a smaller graph
  const Overlay both = overlay(labels, other);
  if (both.count == problem.graph.size()) return improve(problem, labels, min_gain, random, run);
  const Contracted coarse = contract(problem, both.labels, both.count);
  std::vector<std::int32_t> above(at(both.count));
  for (std::size_t v = 0; v < labels.size(); ++v) above[at(both.labels[v])] = labels[v];
  const double gain = improve(coarse.problem(problem.gamma), above, min_gain, random, run);
  for (std::size_t v = 0; v < labels.size(); ++v) labels[v] = above[at(both.labels[v])];
  return gain;
}

Solution multilevel(const SumProblem& problem, std::uint64_t seed, core::StopRule rule,
                    std::span<const std::int32_t> init, int threads) {
  core::Run run(std::move(rule));
  core::Random random(seed);
  const double min_gain = least_gain(problem);
  Incumbent best(run);
  LocalMoves moves(problem, min_gain, threads);
  if (!init.empty()) moves.assign(init);
  double value = quality(problem, moves.labels());
  best.offer(problem.objective(value), moves.labels());
  moves.enqueue_all(random);
  while (!run.stopped()) {
    value += moves.run(run);
    value += cycle(problem, moves, min_gain, random, run, threads);
    if (!best.offer(problem.objective(value), moves.labels())) break;
    run.count_iterations(1);
  }
  return std::move(best).finish();
}

}  // namespace wayseer::clustering
