#include "wayseer/clustering/ecc_dual.hpp"

#include <algorithm>
#include <cmath>

namespace wayseer::clustering {

double ecc_share_bound(const EccView& hypergraph, std::span<const double> shares) {
  double total = 0;
  for (std::int32_t e = 0; e < hypergraph.edges(); ++e) total += hypergraph.weight(e);
  return total - ecc_strongest(hypergraph, shares).sum;
}

EccDual::EccDual(const EccProblem& problem)
    : problem_(problem),
      shares_(problem.view().members.size()),
      sum_(at(problem.slot_count())),
      factor_(at(problem.slot_count())),
      smooth_(at(problem.slot_count()), 0),
      scale_(at(problem.n())) {
  for (std::int32_t e = 0; e < problem.edges(); ++e) {
    const auto size = problem.members(e).size();
    const auto begin = static_cast<std::size_t>(problem.offsets()[at(e)]);
    for (std::size_t i = 0; i < size; ++i) shares_[begin + i] = problem.weight(e) / static_cast<double>(size);
  }
  best_shares_ = shares_;
  best_ = ecc_share_bound(problem.view(), shares_);
}

bool EccDual::step(const core::Checkpoint& checkpoint) {
  if (steps_ > 0) tau_ *= decay_;
  if (tau_ < coldest) {
    tau_ = hottest;
    decay_ = std::sqrt(decay_);
    shares_ = best_shares_;
  }
  add_up(checkpoint);
  const double bound = problem_.total_weight() - soften(std::min(1.0, 10 * tau_));
  ++steps_;
  const bool better = bound > best_;
  if (better) {
    best_ = bound;
    best_shares_ = shares_;
  }
  multiply(checkpoint);
  return better;
}

void EccDual::add_up(const core::Checkpoint& checkpoint) {
  std::fill(sum_.begin(), sum_.end(), 0);
  for (std::int32_t e = 0; e < problem_.edges(); ++e) {
    checkpoint(e);
    const auto slots = problem_.slots(e);
    const auto* share = shares_.data() + problem_.offsets()[at(e)];
    for (std::size_t i = 0; i < slots.size(); ++i) sum_[at(slots[i])] += share[i];
  }
}

// The factors of all slots; returns the sum of the maxima.
double EccDual::soften(double eta) {
  double kept = 0;
  for (std::int32_t v = 0; v < problem_.n(); ++v) {
    const auto first = problem_.first_slot(v), last = problem_.last_slot(v);
    if (first == last) continue;
    const double top = *std::max_element(sum_.begin() + first, sum_.begin() + last);
    kept += top;
    if (steps_ == 0) scale_[at(v)] = top;
    const double cold = 1 / (tau_ * scale_[at(v)]);
    double z = 0;
    for (auto s = first; s < last; ++s) z += factor_[at(s)] = std::exp((sum_[at(s)] - top) * cold);
    for (auto s = first; s < last; ++s) {
      const double q = factor_[at(s)] / z;
      smooth_[at(s)] += 0.1 * (q - smooth_[at(s)]);
      factor_[at(s)] = std::exp(-eta * q);
    }
  }
  return kept;
}

void EccDual::multiply(const core::Checkpoint& checkpoint) {
  constexpr double least = 1e-30;  // of an edge's weight: a share of 0 could never rise again
  for (std::int32_t e = 0; e < problem_.edges(); ++e) {
    checkpoint(e);
    const auto slots = problem_.slots(e);
    if (slots.size() == 1) continue;
    auto* share = shares_.data() + problem_.offsets()[at(e)];
    double sum = 0;
    for (std::size_t i = 0; i < slots.size(); ++i) sum += share[i] *= factor_[at(slots[i])];
    const double w = problem_.weight(e);
    for (std::size_t i = 0; i < slots.size(); ++i) share[i] = std::max(share[i] * (w / sum), least * w);
  }
}

std::vector<std::int32_t> EccDual::labels() const {
  std::vector<std::int32_t> labels(at(problem_.n()), 0);
  for (std::int32_t v = 0; v < problem_.n(); ++v) {
    auto best = problem_.first_slot(v);
    if (best == problem_.last_slot(v)) continue;
    for (auto s = best; s < problem_.last_slot(v); ++s)
      if (smooth_[at(s)] > smooth_[at(best)]) best = s;
    labels[at(v)] = problem_.slot_color(best);
  }
  return labels;
}

}  // namespace wayseer::clustering
