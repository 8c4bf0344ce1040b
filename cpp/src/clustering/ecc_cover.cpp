#include "wayseer/clustering/ecc_cover.hpp"

#include <algorithm>
#include <span>

namespace wayseer::clustering {

EccCover::EccCover(const EccProblem& problem)
    : problem_(problem),
      majority_(ecc_majority(problem.view())),
      labels_(at(problem.n())),
      left_(at(problem.edges())) {
  for (std::int32_t v = 0; v < problem.n(); ++v)
    if (problem.last_slot(v) - problem.first_slot(v) > 1) order_.push_back(v);
}

void EccCover::run(EccCoverRule rule, core::Random& random) {
  for (std::int32_t e = 0; e < problem_.edges(); ++e) left_[at(e)] = problem_.weight(e);
  bound_ = 0;
  core::shuffle(std::span(order_), random);
  for (const auto v : order_) scan(v, rule, random);
  gone_.clear();
  deleted_ = 0;
  std::fill(labels_.begin(), labels_.end(), -1);
  for (std::int32_t e = 0; e < problem_.edges(); ++e) {
    if (left_[at(e)] > 0) {
      for (const auto v : problem_.members(e)) labels_[at(v)] = problem_.color(e);
    } else {
      gone_.push_back(e);
      deleted_ += problem_.weight(e);
    }
  }
  unvoted_cost_ = mistakes_of_gone();
  if (rule == EccCoverRule::hybrid) vote_on_possible();
  for (std::int32_t v = 0; v < problem_.n(); ++v)
    if (labels_[at(v)] < 0) labels_[at(v)] = majority_[at(v)];
  cost_ = mistakes_of_gone();
}

// The cost of the labels: edges that stay are no mistakes.
double EccCover::mistakes_of_gone() const {
  double cost = 0;
  for (const auto e : gone_) {
    const auto color = problem_.color(e);
    for (const auto v : problem_.members(e))
      if (labels_[at(v)] != color) {
        cost += problem_.weight(e);
        break;
      }
  }
  return cost;
}

void EccCover::scan(std::int32_t v, EccCoverRule rule, core::Random& random) {
  const auto edges = problem_.incident(v);
  if (edges.empty()) return;
  for (std::size_t front = 0, back = edges.size() - 1;;) {
    while (front < back && left_[at(edges[front])] == 0) ++front;
    while (front < back && left_[at(edges[back])] == 0) --back;
    const auto f = edges[front], b = edges[back];
    if (problem_.color(f) == problem_.color(b)) return;
    auto& wf = left_[at(f)];
    auto& wb = left_[at(b)];
    if (rule == EccCoverRule::pitt) {
      (random.uniform() * (wf + wb) < wb ? wf : wb) = 0;
      continue;
    }
    const double pay = std::min(wf, wb);
    bound_ += pay;
    wf -= pay;
    wb -= pay;
  }
}

// Each open vertex takes the colour of the largest weight of edges that the settled vertices still allow.
void EccCover::vote_on_possible() {
  for (const auto e : gone_) {
    const bool possible = std::ranges::all_of(problem_.members(e), [&](std::int32_t v) {
      return labels_[at(v)] < 0 || labels_[at(v)] == problem_.color(e);
    });
    if (possible) left_[at(e)] = problem_.weight(e);
  }
  open_.clear();
  for (std::int32_t v = 0; v < problem_.n(); ++v)
    if (labels_[at(v)] < 0) open_.push_back(v);
  for (const auto v : open_) {  // all edges at an open vertex are gone
    double best = 0;
    for (auto s = problem_.first_slot(v); s < problem_.last_slot(v); ++s) {
      double sum = 0;
      for (const auto e : problem_.slot_edges(s)) sum += left_[at(e)];
      if (sum > best) {
        best = sum;
        labels_[at(v)] = problem_.slot_color(s);
      }
    }
  }
}

EccCovered ecc_best_cover(const EccView& hypergraph, EccCoverRule rule, std::int64_t runs, std::uint64_t seed,
                          core::Run& run) {
  EccCovered best;
  auto& found = best.solution;
  try {
    const EccProblem problem(hypergraph, run.checkpoint());
    EccCover cover(problem);
    core::Random random(seed);
    double cost = 0, unvoted = 0;
    run.count_iterations(0);
    for (std::int64_t i = 0; i < runs && !run.should_stop(); ++i) {
      cover.run(rule, random);
      cost += cover.cost();
      unvoted += cover.unvoted_cost();
      best.bound = std::max(best.bound, cover.bound());
      if (i == 0 || cover.cost() < found.objective) {
        found.objective = cover.cost();
        found.labels = cover.labels();
        found.trajectory.push_back({run.elapsed(), cover.cost()});
        best.unvoted_cost = cover.unvoted_cost();
      }
      run.report(found.objective);
      ++found.iterations;
      best.mean = cost / static_cast<double>(found.iterations);
      best.mean_unvoted = unvoted / static_cast<double>(found.iterations);
      run.count_iterations(1);
    }
    best.bound = ecc_round_bound(problem, best.bound);
  } catch (const core::Stopped&) {
  }
  if (found.iterations == 0) {  // stopped before the first
    found.labels = ecc_majority(hypergraph);
    found.objective = ecc_mistakes(hypergraph, found.labels);
    found.trajectory.push_back({run.elapsed(), found.objective});
    best.unvoted_cost = best.mean = best.mean_unvoted = found.objective;
  }
  found.status = run.status();
  found.seconds = run.elapsed();
  return best;
}

}  // namespace wayseer::clustering
