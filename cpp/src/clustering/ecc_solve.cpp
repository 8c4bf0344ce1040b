#include "wayseer/clustering/ecc_solve.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "wayseer/clustering/ecc_cover.hpp"
#include "wayseer/clustering/ecc_dual.hpp"
#include "wayseer/clustering/ecc_flow.hpp"
#include "wayseer/clustering/ecc_kernel.hpp"
#include "wayseer/clustering/ecc_search.hpp"

namespace wayseer::clustering {
namespace {

// The turns of search and dual on the core of a problem.
class Turns {
 public:
  Turns(const EccKernel& kernel, const EccOptions& options, core::Run& run, EccSolution& out)
      : kernel_(kernel),
        core_(kernel.core),
        options_(options),
        run_(run),
        out_(out),
        search_(core_, start(), options.seed),
        dual_(core_),
        turn_(std::max<std::int64_t>(1024, static_cast<std::int64_t>(core_.view().members.size()) / 2)) {}

  void play() {
    const bool endless = !run_.timed() && run_.rule().max_iterations == unlimited_iterations;
    bool descending = true;
    std::int64_t misses = 0;
    raise_bound();
    run_.count_iterations(0);
    for (report(); !stop(); report()) {
      const bool dual = dual_.steps() < options_.dual_steps;
      if (dual && dual_.step(run_.checkpoint())) raise_bound();
      if (stop()) return;
      if (dual && !guided_ && dual_.steps() >= next_guide_) {
        guided_.emplace(core_, dual_.labels(), options_.seed + static_cast<std::uint64_t>(dual_.steps()));
        next_guide_ = 2 * dual_.steps();
      }
      if (guided_) {
        if (part(*guided_)) continue;
        if (guided_->cost() <= search_.cost()) {
          if (guided_->cost() < search_.cost()) misses = 0;
          std::swap(search_, *guided_);
          descending = false;
        }
        guided_.reset();
      } else if (descending) {
        descending = part(search_);
      } else if (endless && misses >= options_.patience) {
        if (!dual) return;
      } else {
        perturb(misses);
      }
    }
  }

  [[nodiscard]] const EccSearch& search() const noexcept { return search_; }
  [[nodiscard]] const EccDual& dual() const noexcept { return dual_; }

 private:
  static constexpr auto unlimited_iterations = std::numeric_limits<std::int64_t>::max();

  std::vector<std::int32_t> start() const {
    auto labels = ecc_majority(core_.view());
    run_.checkpoint()();
    EccCover cover(core_);
    core::Random random(options_.seed);
    cover.run(EccCoverRule::hybrid, random);
    return cover.cost() < ecc_mistakes(core_.view(), labels) ? cover.labels() : labels;
  }
  // A turn of the descent, in parts that are short even beside large problems; false at its end.
  bool part(EccSearch& search) {
    for (const auto end = search.work() + turn_; search.work() < end && !stop(); report())
      if (!search.descend(slice)) return false;
    return true;
  }
  void perturb(std::int64_t& misses) {
    for (const auto end = search_.work() + turn_; search_.work() < end && !stop();) {
      misses = search_.perturb() ? 0 : misses + 1;
      if (misses == 0) report();
      if (run_.count_iterations(1) || core_.edges() == 0) return;
      if (misses == options_.patience) return;
      ++idle_;
      if (idle_ % 1024 == 0) run_.report(cost());
    }
  }
  bool stop() { return out_.solution.status == core::Status::optimal || run_.should_stop(); }
  [[nodiscard]] double cost() const { return kernel_.fixed_cost + search_.cost(); }
  void raise_bound() {
    out_.bound = std::max(out_.bound, kernel_.fixed_cost + ecc_round_bound(core_, dual_.bound()));
    check();
  }
  void check() {
    if (cost() <= out_.bound + 1e-9 * cost()) out_.solution.status = core::Status::optimal;
  }
  void report() {
    auto& found = out_.solution;
    if (found.trajectory.empty() || cost() < found.trajectory.back().objective) {
      found.trajectory.push_back({run_.elapsed(), cost()});
      check();
    }
    run_.report(cost());
  }

  static constexpr std::int64_t slice = 1 << 14;

  const EccKernel& kernel_;
  const EccProblem& core_;
  const EccOptions& options_;
  core::Run& run_;
  EccSolution& out_;
  EccSearch search_;
  std::optional<EccSearch> guided_;
  EccDual dual_;
  std::int64_t next_guide_ = 16, turn_, idle_ = 0;
};

void finish(EccSolution& out, const EccView& hypergraph, core::Run& run) {
  auto& found = out.solution;
  found.objective = ecc_mistakes(hypergraph, found.labels);
  if (found.trajectory.empty()) found.trajectory.push_back({run.elapsed(), found.objective});
  if (found.status != core::Status::optimal) found.status = run.status();
  out.bound = std::min(out.bound, found.objective);
  found.iterations = run.iterations();
  found.seconds = run.elapsed();
}

}  // namespace

EccSolution ecc_solve(const EccView& hypergraph, const EccOptions& options, core::Run& run) {
  EccSolution out;
  auto& found = out.solution;
  found.labels = ecc_majority(hypergraph);
  try {
    const auto checkpoint = run.checkpoint();
    const EccProblem problem(hypergraph, checkpoint);
    const EccKernel kernel(problem, {}, checkpoint);
    out.core_vertices = kernel.core.n();
    out.core_edges = kernel.core.edges();
    found.labels = kernel.lift(ecc_majority(kernel.core.view()));
    out.bound = kernel.fixed_cost;
    const auto exact =
        options.flow || kernel.core.edges() == 0 ? ecc_two_colors(kernel.core, checkpoint) : std::nullopt;
    if (exact) {
      found.labels = kernel.lift(*exact);
      found.status = core::Status::optimal;
      out.bound = kernel.fixed_cost + ecc_mistakes(kernel.core.view(), *exact);
    } else {
      Turns turns(kernel, options, run, out);
      try {
        turns.play();
      } catch (const core::Stopped&) {
      }
      found.labels = kernel.lift(turns.search().labels());
      out.dual_steps = turns.dual().steps();
      out.shares = problem.original_shares(hypergraph, kernel.lift_shares(problem, turns.dual().shares()));
    }
  } catch (const core::Stopped&) {
  }
  finish(out, hypergraph, run);
  return out;
}

EccBound ecc_bound(const EccView& hypergraph, std::int64_t steps, double target, core::Run& run) {
  EccBound out;
  try {
    const auto checkpoint = run.checkpoint();
    const EccProblem problem(hypergraph, checkpoint);
    const EccKernel kernel(problem, {}, checkpoint);
    EccDual dual(kernel.core);
    try {
      const auto& core = kernel.core;
      while (core.edges() > 0 && dual.steps() < steps && !run.should_stop()) {
        dual.step(checkpoint);
        run.report(kernel.fixed_cost + dual.bound());
        if (kernel.fixed_cost + ecc_round_bound(core, dual.bound()) >= target) break;
        if (dual.steps() % 10 != 0) continue;
        const double cost = ecc_mistakes(core.view(), dual.labels());
        if (dual.bound() >= cost - 1e-8 * (kernel.fixed_cost + cost)) break;
      }
    } catch (const core::Stopped&) {
    }
    out.steps = dual.steps();
    out.shares = problem.original_shares(hypergraph, kernel.lift_shares(problem, dual.shares()));
  } catch (const core::Stopped&) {  // any split is a certificate
    out.shares.resize(hypergraph.members.size());
    for (std::int32_t e = 0; e < hypergraph.edges(); ++e) {
      const auto size = hypergraph.edge(e).size();
      std::fill_n(out.shares.begin() + hypergraph.offsets[at(e)], size,
                  hypergraph.weight(e) / static_cast<double>(size));
    }
  }
  out.bound = ecc_share_bound(hypergraph, out.shares);
  out.status = run.status();
  out.seconds = run.elapsed();
  return out;
}

}  // namespace wayseer::clustering
