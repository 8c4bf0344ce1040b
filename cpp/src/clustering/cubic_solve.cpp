#include "wayseer/clustering/cubic_solve.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "wayseer/clustering/cubic_search.hpp"

namespace wayseer::clustering {

namespace {

using Element = std::int32_t;

struct Open {
  std::unique_ptr<CubicSearch> search;  // none: solved
  std::int32_t idle = 0;
};

// Under a time limit the search for a good partition keeps most of the time.
Persistency within_share(const CubicView& problem, const PersistencyOptions& options, core::Run& run) {
  constexpr double share = 0.3;
  core::StopRule rule;
  if (run.timed()) rule.time_limit = share * run.remaining();
  rule.cancel = run.rule().cancel;
  rule.poll = [&] { return run.should_stop(); };
  core::Run part(rule);
  return cubic_persistency(problem, options, part);
}

}  // namespace

CubicSolution cubic_solve(const CubicView& problem, const CubicSolveOptions& options, core::Run& run) {
  PersistencyOptions criteria;
  if (options.persistency) criteria.criteria.fill(true);
  // The cuts fix no variable that local search or the exact method could make use of.
  criteria.criteria[static_cast<std::size_t>(Criterion::pair_cut)] = false;
  criteria.criteria[static_cast<std::size_t>(Criterion::triple_cut)] = false;
  const Persistency known = within_share(problem, criteria, run);

  CubicSolution result;
  result.pieces = static_cast<std::int32_t>(known.pieces.size());
  result.fixed_pairs = static_cast<std::int64_t>(problem.n) * (problem.n - 1) / 2 - known.remaining;

  // Labels of the whole: those of piece p begin at its first group's number.
  std::vector<Element> labels(at(problem.n));
  std::vector<Element> first;
  Element groups = 0;
  for (const auto& piece : known.pieces) {
    first.push_back(groups);
    groups += piece.tensor.slots();
    result.largest_piece = std::max(result.largest_piece, piece.tensor.slots());
  }
  const auto write = [&](std::size_t p, std::span<const Element> piece_labels) {
    for (std::size_t g = 0; g < piece_labels.size(); ++g)
      for (const Element v : known.pieces[p].groups[g]) labels[at(v)] = first[p] + piece_labels[g];
  };

  std::vector<Open> open;
  const auto checkpoint = run.checkpoint();
  for (std::size_t p = 0; p < known.pieces.size(); ++p) {
    const auto& tensor = known.pieces[p].tensor;
    auto& search = open.emplace_back().search;
    std::vector<Element> apart(at(tensor.slots()));
    for (std::size_t g = 0; g < apart.size(); ++g) apart[g] = static_cast<Element>(g);
    write(p, apart);
    if (tensor.slots() <= cubic_exact_limit) {
      try {
        write(p, cubic_exact(tensor, checkpoint));
        ++result.exact_pieces;
        continue;
      } catch (const core::Stopped&) {
      }
    }
    search = std::make_unique<CubicSearch>(tensor, options.seed, p);
    search->start(run);
    write(p, search->best_labels());
  }

  const bool exact = result.exact_pieces == result.pieces;
  Incumbent best(run);
  double value = cubic_value(problem, labels);
  best.offer(value, labels);
  for (bool working = !exact; working && !run.should_stop();) {
    working = false;
    for (std::size_t p = 0; p < open.size() && !run.should_stop(); ++p) {
      if (!open[p].search || open[p].idle >= options.patience) continue;
      working = true;
      auto& search = *open[p].search;
      const double before = search.best();
      if (search.step(run)) {
        open[p].idle = 0;
        value += search.best() - before;
        write(p, search.best_labels());
        best.offer(value, labels);
      } else {
        ++open[p].idle;
        run.report(value);
      }
      if (run.count_iterations(1)) break;
    }
  }
  result.solution = std::move(best).finish(exact ? core::Status::optimal : core::Status::converged);
  if (exact) result.solution.status = core::Status::optimal;  // whatever stopped the run in the last moment
  return result;
}

}  // namespace wayseer::clustering
