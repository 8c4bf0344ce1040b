#include "wayseer/tsp/solve.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>

#include "engine_task.hpp"
#include "incumbent.hpp"
#include "prepare.hpp"
#include "prior.hpp"
#include "wayseer/tsp/held_karp.hpp"
#include "wayseer/tsp/one_tree.hpp"

namespace wayseer::tsp {

namespace {

constexpr Index exact_by_default = 12;
constexpr Index exact_by_default_asymmetric = 16;  // milliseconds, where local search is least sure
constexpr Index too_small_for_moves = 8;

std::size_t at(Index i) noexcept { return static_cast<std::size_t>(i); }

void check(const Problem& problem, const SolveOptions& options) {
  const Index n = problem.size();
  if (n == 0) throw std::invalid_argument("the problem has no nodes");
  if (options.threads < 1)
    throw std::invalid_argument("threads must be at least 1, got " + std::to_string(options.threads));
  if (!(options.stop.time_limit > 0)) throw std::invalid_argument("time_limit must be positive");
  if (options.stop.max_iterations < 0 || options.max_kicks < 0)
    throw std::invalid_argument("max_iterations and max_kicks must not be negative");
  if (options.population && *options.population < 2)
    throw std::invalid_argument("population must be at least 2");
  if (!options.init.empty()) check_permutation(options.init, n, "init");
  if (options.method == Method::exact && n > held_karp_limit)
    throw std::invalid_argument("method 'exact' takes at most " + std::to_string(held_karp_limit) +
                                " nodes, got " + std::to_string(n));
  constexpr std::int64_t bytes_per_node = 400;  // lists, tour, queue and index of one thread
  constexpr std::int64_t bytes_per_member = 8;
  const std::int64_t nodes = problem.symmetric() ? n : std::int64_t{n} * 2;
  const std::int64_t needed =
      options.method == Method::exact
          ? (std::int64_t{8} << (n - 1)) * (n - 1)
          : (bytes_per_node + bytes_per_member * options.population.value_or(0)) * nodes;
  if (needed > options.memory_limit)
    throw std::invalid_argument("solving needs about " + std::to_string(needed) +
                                " bytes, memory_limit allows " + std::to_string(options.memory_limit));
  if (options.heatmap != nullptr) check_heatmap(*options.heatmap, n);
  if (const auto* user = options.candidates) {
    if (user->size() != n)
      throw std::invalid_argument("candidates has " + std::to_string(user->size()) +
                                  " rows, the problem has " + std::to_string(n) + " nodes");
    for (Index v = 0; v < n; ++v)
      for (const Index id : user->row(v))
        if (id < -1 || id >= n)
          throw std::invalid_argument("candidates row " + std::to_string(v) + ": id " + std::to_string(id) +
                                      " is not in 0.." + std::to_string(n - 1) + " (or -1 for none)");
  }
}

std::vector<Index> identity(Index n) {
  std::vector<Index> order(at(n));
  std::iota(order.begin(), order.end(), 0);
  return order;
}

struct Solved {
  std::vector<Index> tour;  // the problem's ids
  std::vector<TracePoint> trace;
  EngineReport report;
  bool optimal = false;
};

// The few nodes of a collapsed problem, exactly: their costs as a small matrix.
std::vector<Index> exact_order(const Space& space, core::Run& run) {
  std::vector<Cost> costs(at(space.size()) * at(space.size()));
  space.visit([&](const auto& metric) {
    for (Index i = 0; i < space.size(); ++i)
      for (Index j = 0; j < space.size(); ++j) costs[at(i) * at(space.size()) + at(j)] = metric(i, j);
  });
  const auto small = Problem::from_matrix({costs.data(), MatrixType::int64, space.size()});
  auto order = held_karp(small, &run);
  return order.empty() ? identity(space.size()) : order;
}

// Coincident nodes side by side behind their representative, in ascending id.
std::vector<Index> expand(std::span<const Index> tour, std::span<const Index> representative) {
  std::vector<std::vector<Index>> twins(representative.size());
  for (Index v = 0; v < static_cast<Index>(representative.size()); ++v)
    if (representative[at(v)] != v) twins[at(representative[at(v)])].push_back(v);
  std::vector<Index> full;
  full.reserve(representative.size());
  for (const Index v : tour) {
    full.push_back(v);
    full.insert(full.end(), twins[at(v)].begin(), twins[at(v)].end());
  }
  return full;
}

CandidateLists mapped(const CandidateLists& user, std::span<const Index> representative,
                      const core::Checkpoint& checkpoint) {
  CandidateLists lists;
  std::vector<std::vector<Index>> rows(representative.size());
  for (Index v = 0; v < user.size(); ++v) {
    checkpoint(v);
    for (const Index id : user.row(v))
      if (id >= 0) rows[at(representative[at(v)])].push_back(representative[at(id)]);
  }
  for (const auto& row : rows) {
    lists.ids.insert(lists.ids.end(), row.begin(), row.end());
    lists.end_row();
  }
  return lists;
}

Solved solve_space(const Space& space, std::span<const Index> representative, const SolveOptions& options,
                   core::Run& run) {
  Solved solved;
  Incumbent incumbent(run, space.offset(), space.scale());
  const auto instant = identity(space.size());  // the numbering follows the plane: a tour in no time
  std::vector<Index> init;
  if (!options.init.empty()) init = space.from_user(options.init);
  if (space.size() < too_small_for_moves) {
    solved.tour = space.to_user(space.doubled() ? instant : exact_order(space, run));
    return solved;
  }
  const auto checkpoint = run.checkpoint();
  space.visit([&](const auto& metric) {
    const auto& first = init.empty() ? instant : init;
    Cost length = metric(first.back(), first.front());
    for (std::size_t i = 0; i + 1 < first.size(); ++i) length += metric(first[i], first[i + 1]);
    incumbent.offer(length, first);
    try {
      std::optional<EdgePrior> prior;
      if (options.heatmap != nullptr) prior.emplace(space, *options.heatmap, representative, checkpoint);
      CandidateLists candidates = default_candidates(space, checkpoint);
      if (options.candidates != nullptr)
        candidates = with_user_candidates(
            space, candidates, mapped(*options.candidates, representative, checkpoint), 24, checkpoint);
      checkpoint();
      EngineTask task{space,     candidates,   prior ? &*prior : nullptr, init, options, run,
                      incumbent, solved.report};
      run_engine(metric, task);
    } catch (const core::Stopped&) {
      // The incumbent is the result.
    }
  });
  solved.tour = space.to_user(incumbent.order());
  solved.trace = std::move(incumbent.trace());
  return solved;
}

Solved solve_exactly(const Problem& problem, core::Run& run) {
  Solved solved;
  solved.report.method = Method::exact;
  solved.tour = held_karp(problem, &run);
  solved.optimal = !solved.tour.empty();
  return solved;
}

// With the time that is left `solved`, a tour of all nodes, is descended from.
void descend_on_all_nodes(const Problem& problem, Solved& solved, core::Run& run) {
  const Space full = make_space(problem, identity(problem.size()), run);
  std::vector<Index> order = full.from_user(solved.tour);
  if (full.size() < too_small_for_moves) return;
  descend_k_opt(full, default_candidates(full, run.checkpoint()), descent_search(full.size(), true), order,
                run);
  solved.tour = full.to_user(order);
}

// What is left of the arcs' costs is worth some of the time, not all of it.
void reduce_arcs(Space& space, core::Run& run) {
  if (!space.doubled() || run.should_stop()) return;
  core::StopRule rule = run.rule();
  if (run.timed() && rule.max_iterations == std::numeric_limits<std::int64_t>::max())
    rule.time_limit = 0.25 * run.remaining();
  else if (run.timed())
    rule.time_limit = run.remaining();
  rule.target = -std::numeric_limits<double>::infinity();
  rule.on_progress = nullptr;
  core::Run part(rule);
  space.reduce_arcs(part);
  if (part.status() == core::Status::interrupted) run.stop(core::Status::interrupted);
}

Solved solve_numbered(const Problem& problem, const SolveOptions& options, core::Run& run) {
  const auto representative = representatives(problem, run.checkpoint());
  Space space = make_space(problem, representative, run);
  reduce_arcs(space, run);
  const bool collapsed = !space.doubled() && space.size() < problem.size();
  if (!collapsed) return solve_space(space, representative, options, run);
  // Keep a little time for the descent on all nodes: rounded metrics break the triangle inequality, so that
  // parting twins can gain.
  core::StopRule inner = run.rule();
  inner.time_limit = 0.95 * run.remaining();
  core::Run most(inner);
  Solved solved = solve_space(space, representative, options, most);
  if (most.stopped() && most.status() != core::Status::time_limit) run.stop(most.status());
  solved.tour = expand(solved.tour, representative);
  try {
    descend_on_all_nodes(problem, solved, run);
  } catch (const core::Stopped&) {
    // The tour is complete as it is.
  }
  if (most.status() == core::Status::time_limit) run.stop(core::Status::time_limit);
  return solved;
}

Solved solve_approximately(const Problem& problem, const SolveOptions& options, core::Run& run) {
  try {
    return solve_numbered(problem, options, run);
  } catch (const core::Stopped&) {  // before any tour was made
    Solved solved;
    solved.tour.assign(options.init.begin(), options.init.end());
    if (solved.tour.empty()) solved.tour = identity(problem.size());
    return solved;
  }
}

// For an exact run that was cut short: at most 20 nodes, a millisecond.
Solved instead_of_exact(const Problem& problem, std::uint64_t seed) {
  SolveOptions quick;
  quick.seed = seed;
  quick.method = Method::ils;
  core::Run run(quick.stop);
  return solve_approximately(problem, quick, run);
}

// A certified lower bound in at most a tenth of the time; the run ends when a tour meets it.
std::optional<double> lower_bound(const Problem& problem, core::Run& run) {
  constexpr int steps = 200;  // where no clock decides
  core::StopRule rule = run.rule();
  if (run.timed()) rule.time_limit = 0.1 * run.remaining();
  rule.target = -std::numeric_limits<double>::infinity();
  rule.on_progress = nullptr;
  core::Run part(rule);
  std::optional<double> bound;
  try {
    bound = held_karp_bound(make_space(problem, identity(problem.size()), part), steps, part);
  } catch (const core::Stopped&) {
    // No bound.
  }
  if (part.status() == core::Status::interrupted) run.stop(core::Status::interrupted);
  if (bound) run.raise_target(*bound);
  return bound;
}

Result finish(const Problem& problem, Solved&& solved, core::Run& run, std::span<const Index> init,
              std::optional<double> bound = std::nullopt) {
  Result result;
  const auto take = [&](std::vector<Index> tour) {
    result.tour = std::move(tour);
    if (problem.integer()) result.integer_length = problem.integer_length(result.tour);
    result.length =
        problem.integer() ? static_cast<double>(result.integer_length) : problem.length(result.tour);
  };
  take(std::move(solved.tour));
  // Fixed point and double may disagree in the last digits.
  if (!init.empty() && !std::ranges::equal(init, result.tour) && problem.length(init) < result.length)
    take({init.begin(), init.end()});
  result.status = run.status();
  if (solved.optimal) {
    result.lower_bound = result.length;
  } else if (bound) {
    result.lower_bound = std::min(*bound, result.length);  // they may differ in a float's last digits
  }
  if (result.lower_bound && *result.lower_bound >= result.length) result.status = core::Status::optimal;
  result.trace = std::move(solved.trace);
  result.seconds = run.elapsed();
  // The engines' lengths are fixed point, and of capped costs: the last row states the true one, and no
  // earlier row claims as much.
  double reached = result.seconds;
  while (!result.trace.empty() && result.trace.back().length <= result.length) {
    reached = result.trace.back().seconds;
    result.trace.pop_back();
  }
  result.trace.push_back({reached, result.length});
  result.kicks = solved.report.kicks;
  result.iterations = solved.report.iterations;
  result.method = solved.report.method;
  return result;
}

Result descend(const Problem& problem, std::span<const Index> tour, const core::StopRule& stop,
               auto&& search) {
  if (problem.size() == 0) throw std::invalid_argument("the problem has no nodes");
  check_permutation(tour, problem.size(), "tour");
  core::Run run(stop);
  Solved solved;
  solved.report.method = Method::ils;
  solved.trace.push_back({0.0, problem.length(tour)});
  solved.tour.assign(tour.begin(), tour.end());
  try {
    Space space = make_space(problem, identity(problem.size()), run);
    reduce_arcs(space, run);
    if (space.size() >= too_small_for_moves) {
      std::vector<Index> order = space.from_user(tour);
      search(space, order, run);
      solved.tour = space.to_user(order);
    }
  } catch (const core::Stopped&) {
    // The tour stays as it was given.
  }
  return finish(problem, std::move(solved), run, tour);
}

}  // namespace

Result solve(const Problem& problem, const SolveOptions& options) {
  core::StopRule rule = options.stop;
  // Fixed point may miss a float target by a few units in the last place.
  if (!problem.integer()) rule.target += 1e-12 * std::abs(rule.target);
  core::Run run(rule);
  check(problem, options);
  const Index n = problem.size();
  const bool exact = options.method == Method::exact || n < too_small_for_moves ||
                     (n <= (problem.symmetric() ? exact_by_default : exact_by_default_asymmetric) &&
                      options.method == Method::automatic);
  std::optional<double> bound;
  if (options.bound && !exact && problem.symmetric()) bound = lower_bound(problem, run);
  Solved solved = exact ? solve_exactly(problem, run) : solve_approximately(problem, options, run);
  if (solved.tour.empty()) solved = instead_of_exact(problem, options.seed);
  return finish(problem, std::move(solved), run, options.init, bound);
}

Result or_opt(const Problem& problem, std::span<const Index> tour, const core::StopRule& stop) {
  return descend(problem, tour, stop, [](const Space& space, std::vector<Index>& order, core::Run& run) {
    descend_or_opt(space, default_candidates(space, run.checkpoint()), order, run);
  });
}

Result k_opt(const Problem& problem, std::span<const Index> tour, int depth, std::span<const int> breadth,
             const core::StopRule& stop) {
  KOptSettings settings;
  if (depth < 2 || depth > max_k_opt)
    throw std::invalid_argument("depth must be in 2.." + std::to_string(max_k_opt) + ", got " +
                                std::to_string(depth));
  if (breadth.size() + 1 < static_cast<std::size_t>(depth))
    throw std::invalid_argument("breadth needs depth - 1 = " + std::to_string(depth - 1) + " values, got " +
                                std::to_string(breadth.size()));
  settings.depth = depth;
  for (std::size_t i = 0; i + 1 < static_cast<std::size_t>(depth); ++i) {
    if (breadth[i] < 1 || breadth[i] > 255)
      throw std::invalid_argument("breadth[" + std::to_string(i) + "] must be in 1..255, got " +
                                  std::to_string(breadth[i]));
    settings.breadth[i] = static_cast<std::uint8_t>(breadth[i]);
  }
  return descend(problem, tour, stop, [&](const Space& space, std::vector<Index>& order, core::Run& run) {
    descend_k_opt(space, default_candidates(space, run.checkpoint()), settings, order, run);
  });
}

}  // namespace wayseer::tsp
