#include "wayseer/clustering/ecc_cover.hpp"

#include <algorithm>
#include <span>

namespace wayseer::clustering {

EccCover::EccCover(const EccProblem& problem)
    : problem_(problem),
      majority_(ecc_majority(problem)),
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
  color_vertices(rule);
  cost_ = ecc_mistakes(problem_.view(), labels_);
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

void EccCover::color_vertices(EccCoverRule rule) {
  const bool hybrid = rule == EccCoverRule::hybrid;
  std::fill(labels_.begin(), labels_.end(), -1);
  deleted_ = 0;
  for (std::int32_t e = 0; e < problem_.edges(); ++e)
    if (left_[at(e)] > 0)
      for (const auto v : problem_.members(e)) labels_[at(v)] = problem_.color(e);
    else
      deleted_ += problem_.weight(e);
  unvoted_cost_ = ecc_mistakes(problem_.view(), labels_);
  for (std::int32_t v = 0; v < problem_.n(); ++v)
    if (labels_[at(v)] < 0 && !hybrid) labels_[at(v)] = majority_[at(v)];
  if (!hybrid) return;

  std::vector<std::int32_t> open;
  for (std::int32_t v = 0; v < problem_.n(); ++v)
    if (labels_[at(v)] < 0) open.push_back(v);
  const auto possible = [&](std::int32_t e) {
    return std::ranges::all_of(problem_.members(e), [&](std::int32_t v) {
      return labels_[at(v)] < 0 || labels_[at(v)] == problem_.color(e);
    });
  };
  // `left_` of an edge that went is free for its weight while it is possible, given the settled vertices.
  for (std::int32_t e = 0; e < problem_.edges(); ++e) left_[at(e)] = possible(e) ? problem_.weight(e) : 0;
  for (const auto v : open) {
    double best = 0;
    labels_[at(v)] = majority_[at(v)];
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

EccCovered ecc_best_cover(const EccProblem& problem, EccCoverRule rule, std::int64_t draws,
                          std::uint64_t seed, core::Run& run) {
  EccCover cover(problem);
  core::Random random(seed);
  EccCovered best;
  auto& found = best.solution;
  double unvoted = 0;
  for (std::int64_t i = 0; i < draws && !run.should_stop(); ++i) {
    cover.run(rule, random);
    unvoted += cover.unvoted_cost();
    ++found.iterations;
    best.bound = std::max(best.bound, cover.bound());
    best.mean += cover.cost();
    if (i == 0 || cover.cost() < found.objective) {
      found.objective = cover.cost();
      found.labels = cover.labels();
      found.trajectory.push_back({run.elapsed(), cover.cost()});
      best.unvoted_cost = cover.unvoted_cost();
      run.report(found.objective);
    }
    run.count_iterations(1);
  }
  if (found.iterations == 0) {  // stopped before the first
    found.labels = ecc_majority(problem);
    found.objective = ecc_mistakes(problem.view(), found.labels);
    best.unvoted_cost = found.objective;
  } else {
    best.mean /= static_cast<double>(found.iterations);
    best.mean_unvoted = unvoted / static_cast<double>(found.iterations);
  }
  best.bound = ecc_round_bound(problem, best.bound);
  found.status = run.status();
  found.seconds = run.elapsed();
  return best;
}

}  // namespace wayseer::clustering
