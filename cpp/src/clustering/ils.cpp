#include "wayseer/clustering/ils.hpp"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "wayseer/clustering/local_move.hpp"
#include "wayseer/clustering/multilevel.hpp"

namespace wayseer::clustering {
namespace {

// Found by experiment on graphs of 700 to 10,000 vertices: balls of 5 to 60 beat larger ones, and overlays,
// which cost a sweep each, pay once in some hundred perturbations.
constexpr std::int64_t perturbations_per_overlay = 500;
constexpr std::int32_t least_ball = 5, largest_ball = 60;
constexpr std::size_t largest_group = 8;

struct Member {
  double value;
  std::vector<std::int32_t> labels;
};

class Search {
 public:
  Search(const SumProblem& problem, const IlsOptions& options)
      : problem_(problem),
        options_(options),
        run_(options.stop),
        random_(options.seed),
        min_gain_(least_gain(problem)),
        best_(run_) {}

  Solution solve() && {
    build_population();
    for (std::size_t a = 0; a < population_.size(); ++a) {
      for (std::size_t b = a + 1; b < population_.size() && !run_.stopped(); ++b) combine(a, b);
    }
    perturb();
    return std::move(best_).finish();
  }

 private:
  void offer(const Member& member) { best_.offer(problem_.objective(member.value), member.labels); }

  void build_population() {
    const auto n = at(problem_.graph.size());
    for (int i = 0; i < options_.population; ++i) {
      Member member{0.0, std::vector<std::int32_t>(n)};
      const bool given = i == 0 && !options_.init.empty();
      if (given)
        std::ranges::copy(options_.init, member.labels.begin());
      else
        std::iota(member.labels.begin(), member.labels.end(), 0);
      member.value = quality(problem_, member.labels);
      if (i == 0) offer(member);
      member.value += improve(problem_, member.labels, min_gain_, random_, run_, options_.threads);
      offer(member);
      population_.push_back(std::move(member));
      if (run_.stopped() || (run_.timed() && run_.elapsed() > run_.rule().time_limit / 4)) break;
    }
  }

  // The child of the two takes the place of the worse of them, if it is not worse.
  void combine(std::size_t a, std::size_t b) {
    if (population_[a].value < population_[b].value) std::swap(a, b);
    Member child = population_[a];
    child.value += improve_overlay(problem_, child.labels, population_[b].labels, min_gain_, random_, run_);
    // Contracted moves are exhausted; single vertices may still gain.
    if (child.value > population_[a].value + min_gain_ && !run_.stopped())
      child.value += improve(problem_, child.labels, min_gain_, random_, run_, options_.threads);
    offer(child);
    if (child.value >= population_[b].value) population_[b] = std::move(child);
  }

  void perturb() {
    if (problem_.graph.size() == 0 || run_.stopped()) return;
    auto best = std::ranges::max_element(population_, {}, &Member::value);
    LocalMoves moves(problem_, min_gain_);
    moves.assign(best->labels);
    std::int64_t since_gain = 0, since_overlay = 0;
    while (!run_.should_stop()) {
      if (++since_overlay > perturbations_per_overlay && population_.size() > 1) {
        since_overlay = 0;
        best->labels.assign(moves.labels().begin(), moves.labels().end());
        const double before = best->value;
        const auto a = static_cast<std::size_t>(random_.below(static_cast<std::int32_t>(population_.size())));
        auto b = static_cast<std::size_t>(random_.below(static_cast<std::int32_t>(population_.size()) - 1));
        if (b >= a) ++b;
        combine(a, b);
        best = std::ranges::max_element(population_, {}, &Member::value);
        moves.assign(best->labels);
        if (best->value > before + min_gain_) since_gain = 0;
        continue;
      }
      moves.start_log();
      double change = isolate_ball(moves);
      change += moves.run(run_);
      moves.stop_log();
      if (change < -min_gain_) {
        moves.undo();
        ++since_gain;
      } else {
        best->value += change;
        if (change > min_gain_) {
          since_gain = 0;
          best_.offer(problem_.objective(best->value), moves.labels());
        } else {
          ++since_gain;
        }
      }
      if (run_.count_iterations(1)) break;
      if (since_gain >= options_.patience) break;
    }
  }

  // A ball of breadth-first search around a random vertex into singletons, and all queued. In one of four
  // cases the middle of the ball stays together: single moves alone never lead a group out of its cluster.
  double isolate_ball(LocalMoves& moves) {
    const auto n = problem_.graph.size();
    const std::int32_t most = std::min(n, largest_ball), least = std::min(n, n < 100 ? 2 : least_ball);
    const std::int32_t size = least + random_.below(most - least + 1);
    seen_.resize(at(n), 0);
    ball_.assign(1, random_.below(n));
    seen_[at(ball_[0])] = 1;
    for (std::size_t i = 0; i < ball_.size() && std::cmp_less(ball_.size(), size); ++i) {
      for (const auto u : problem_.graph.neighbors(ball_[i])) {
        if (seen_[at(u)] != 0) continue;
        seen_[at(u)] = 1;
        ball_.push_back(u);
        if (std::cmp_equal(ball_.size(), size)) break;
      }
    }
    double change = 0;
    for (const auto v : ball_) {
      seen_[at(v)] = 0;
      change += moves.isolate(v);
    }
    if (random_.below(4) == 0) {
      const std::size_t group = std::min(ball_.size(), largest_group);
      for (std::size_t i = 1; i < group; ++i) change += moves.join(ball_[i], ball_[0]);
    }
    core::shuffle(std::span(ball_), random_);
    for (const auto v : ball_) moves.enqueue(v);
    return change;
  }

  const SumProblem& problem_;
  const IlsOptions& options_;
  core::Run run_;
  core::Random random_;
  double min_gain_;
  Incumbent best_;
  std::vector<Member> population_;
  std::vector<std::int32_t> ball_;
  std::vector<std::uint8_t> seen_;
};

}  // namespace

Solution iterated_local_search(const SumProblem& problem, const IlsOptions& options) {
  return Search(problem, options).solve();
}

}  // namespace wayseer::clustering
