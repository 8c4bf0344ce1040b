#include "wayseer/clustering/cubic_problem.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "wayseer/core/union_find.hpp"

namespace wayseer::clustering {

namespace {

double negative(double c) noexcept { return std::max(0.0, -c); }

}  // namespace

double cubic_value(const CubicView& problem, std::span<const std::int32_t> labels) {
  double sum = problem.constant;
  problem.for_each_pair([&](std::int32_t i, std::int32_t j, double cost) {
    if (labels[at(i)] == labels[at(j)]) sum += cost;
  });
  problem.for_each_triple([&](std::int32_t i, std::int32_t j, std::int32_t k, double cost) {
    if (labels[at(i)] == labels[at(j)] && labels[at(i)] == labels[at(k)]) sum += cost;
  });
  return sum;
}

CubicTensor::CubicTensor(std::int32_t n) : n_(at(n)), alive_(at(n)), dead_(at(n), 0) {
  if (n > largest)
    throw std::length_error("a subproblem of " + std::to_string(n) + " elements; at most " +
                            std::to_string(largest) + " are allowed");
  std::iota(alive_.begin(), alive_.end(), 0);
  pairs_.assign(n_ * n_, 0.0);
  row_.assign(n_ * n_, 0);
  std::size_t next = 0;
  for (std::size_t i = 0; i < n_; ++i)
    for (std::size_t j = i + 1; j < n_; ++j) {
      row_[i * n_ + j] = next - (j + 1);  // may wrap around; adding k > j brings it back
      next += n_ - j - 1;
    }
  triples_.assign(next, 0.0);
  for (auto& weights : weights_) weights.assign(n_ * n_, 0.0);
  for (auto& degrees : degrees_) degrees.assign(n_, 0.0);
}

CubicTensor::CubicTensor(const CubicView& dense) : CubicTensor(dense.n) {
  std::copy(dense.triples.begin(), dense.triples.end(), triples_.begin());
  dense.for_each_pair([&](std::int32_t i, std::int32_t j, double cost) { set_pair(i, j, cost); });
  weigh();
}

CubicTensor::CubicTensor(const CubicTensor& whole, std::span<const std::int32_t> elements)
    : CubicTensor(static_cast<std::int32_t>(elements.size())) {
  std::size_t next = 0;
  for (std::size_t i = 0; i < n_; ++i)
    for (std::size_t j = i + 1; j < n_; ++j) {
      const auto p = elements[i], q = elements[j];
      pairs_[i * n_ + j] = pairs_[j * n_ + i] = whole.pair(p, q);
      for (std::size_t k = j + 1; k < n_; ++k) triples_[next++] = whole.triple(p, q, elements[k]);
    }
  weigh();
}

void CubicTensor::weigh() {
  auto& negatives = weights_[which(Part::negative)];
  auto& absolutes = weights_[which(Part::absolute)];
  for (std::size_t p = 0; p < n_ * n_; ++p) {
    negatives[p] = negative(pairs_[p]);
    absolutes[p] = std::abs(pairs_[p]);
  }
  const double* cost = triples_.data();
  for (std::size_t i = 0; i < n_; ++i)
    for (std::size_t j = i + 1; j < n_; ++j) {
      double negative_sum = 0, absolute_sum = 0;
      double *negative_i = &negatives[i * n_], *negative_j = &negatives[j * n_];
      double *absolute_i = &absolutes[i * n_], *absolute_j = &absolutes[j * n_];
      for (std::size_t k = j + 1; k < n_; ++k) {
        const double c = *cost++, less = 0.5 * negative(c), size = 0.5 * std::abs(c);
        negative_sum += less;
        absolute_sum += size;
        negative_i[k] += less;
        negative_j[k] += less;
        absolute_i[k] += size;
        absolute_j[k] += size;
      }
      negative_i[j] += negative_sum;
      absolute_i[j] += absolute_sum;
    }
  for (auto& weights : weights_)
    for (std::size_t i = 0; i < n_; ++i)
      for (std::size_t j = i + 1; j < n_; ++j) weights[j * n_ + i] = weights[i * n_ + j];
  sum_degrees();
}

void CubicTensor::sum_degrees() {
  for (std::size_t g = 0; g < 2; ++g)
    for (const auto i : alive_) {
      const auto row = weights_[g].begin() + static_cast<std::ptrdiff_t>(at(i) * n_);
      degrees_[g][at(i)] = std::accumulate(row, row + static_cast<std::ptrdiff_t>(n_), 0.0);
    }
}

void CubicTensor::join(std::int32_t i, std::int32_t j) {
  constant_ += pair(i, j);
  dead_[at(j)] = 1;
  std::erase(alive_, j);
  auto& negatives = weights_[which(Part::negative)];
  auto& absolutes = weights_[which(Part::absolute)];
  for (std::size_t p = 0; p < n_; ++p)
    for (auto* weights : {&negatives, &absolutes}) {
      (*weights)[p * n_ + at(i)] = (*weights)[at(i) * n_ + p] = 0.0;
      (*weights)[p * n_ + at(j)] = (*weights)[at(j) * n_ + p] = 0.0;
    }
  for (std::size_t a = 0; a < alive_.size(); ++a) {
    const auto p = alive_[a];
    if (p == i) continue;
    const double joined = pair(p, i) + pair(p, j) + triple(p, i, j);
    set_pair(p, i, joined);
    negatives[at(i) * n_ + at(p)] += negative(joined);
    absolutes[at(i) * n_ + at(p)] += std::abs(joined);
    for (std::size_t b = a + 1; b < alive_.size(); ++b) {
      const auto q = alive_[b];
      if (q == i) continue;
      double& kept = triples_[index(p, q, i)];
      const double added = triple(p, q, j);
      const double sum = kept + added;
      if (added != 0 && kept != 0) {  // signs may cancel
        negatives[at(p) * n_ + at(q)] += 0.5 * (negative(sum) - negative(kept) - negative(added));
        absolutes[at(p) * n_ + at(q)] += 0.5 * (std::abs(sum) - std::abs(kept) - std::abs(added));
        negatives[at(q) * n_ + at(p)] = negatives[at(p) * n_ + at(q)];
        absolutes[at(q) * n_ + at(p)] = absolutes[at(p) * n_ + at(q)];
      }
      kept = sum;
      for (const auto r : {p, q}) {
        negatives[at(i) * n_ + at(r)] += 0.5 * negative(sum);
        absolutes[at(i) * n_ + at(r)] += 0.5 * std::abs(sum);
      }
    }
  }
  for (auto& weights : weights_)
    for (const auto p : alive_) weights[at(p) * n_ + at(i)] = weights[at(i) * n_ + at(p)];
  sum_degrees();
  ++version_;
}

double CubicTensor::delta_cost(std::span<const std::int32_t> U, Part g) const noexcept {
  double sum = 0;
  for (std::size_t a = 0; a < U.size(); ++a) {
    sum += degree(g, U[a]);
    for (std::size_t b = 0; b < a; ++b) sum -= 2 * weight(g, U[a], U[b]);
  }
  return sum;
}

double CubicTensor::positive_sum() const noexcept {
  double sum = 0;
  for (std::size_t a = 0; a < alive_.size(); ++a)
    for (std::size_t b = a + 1; b < alive_.size(); ++b) {
      const auto i = alive_[a], j = alive_[b];
      sum += std::max(0.0, pair(i, j));
      for (std::size_t c = b + 1; c < alive_.size(); ++c) sum += std::max(0.0, triple(i, j, alive_[c]));
    }
  return sum;
}

std::vector<std::vector<std::int32_t>> CubicTensor::components() const {
  // A negative pair or triple gives its pairs a positive weight, and nothing else does.
  core::UnionFind sets(slots());
  for (const auto i : alive_)
    for (const auto j : alive_)
      if (j > i && weight(Part::negative, i, j) > 0) sets.unite(i, j);
  std::vector<std::vector<std::int32_t>> parts;
  std::vector<std::int32_t> part_of(n_, -1);
  for (const auto i : alive_) {
    auto& part = part_of[at(sets.find(i))];
    if (part < 0) {
      part = static_cast<std::int32_t>(parts.size());
      parts.emplace_back();
    }
    parts[at(part)].push_back(i);
  }
  return parts;
}

}  // namespace wayseer::clustering
