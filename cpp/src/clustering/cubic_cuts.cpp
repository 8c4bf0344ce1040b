#include "wayseer/clustering/cubic_cuts.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <utility>

#include "wayseer/clustering/gomory_hu.hpp"

namespace wayseer::clustering {

bool CubicCuts::at_most(std::int32_t i, std::int32_t j, double limit) {
  if (limit < 0) return false;
  refresh();
  if (shortcuts_) {
    if (std::min(tensor_->degree(part_, i), tensor_->degree(part_, j)) <= limit) return true;
    if (!cuts_.empty()) return tree_cut(i, j) <= limit;
    const auto a = tensor_->weight_row(part_, i), b = tensor_->weight_row(part_, j);
    double paths = a[at(j)];
    for (std::size_t r = 0; r < a.size(); ++r) paths += std::min(a[r], b[r]);
    if (paths > limit) return false;
    if (failed_ >= static_cast<std::int64_t>(size_)) {
      build_tree();
      return tree_cut(i, j) <= limit;
    }
  }
  return flow_at_most(std::span(&j, 1), i, limit);
}

bool CubicCuts::at_most(std::int32_t i, std::int32_t j, std::int32_t k, double limit) {
  if (limit < 0) return false;
  refresh();
  if (shortcuts_) {
    if (!cuts_.empty() && std::max(tree_cut(i, j), tree_cut(i, k)) > limit) return false;
    if (!cuts_.empty() && cheapest_known(i, j, k) <= limit) return true;
    const std::array sink{j, k};
    if (std::min(tensor_->degree(part_, i), tensor_->delta_cost(sink, part_)) <= limit) return true;
    const auto a = tensor_->weight_row(part_, i), b = tensor_->weight_row(part_, j),
               c = tensor_->weight_row(part_, k);
    // Where r is j or k: only the direct edge, which no path of length 2 may use again.
    double paths = a[at(j)] + a[at(k)] - std::min(a[at(j)], c[at(j)]) - std::min(a[at(k)], b[at(k)]);
    for (std::size_t r = 0; r < a.size(); ++r) paths += std::min(a[r], b[r] + c[r]);
    if (paths > limit) return false;
    if (cuts_.empty() && failed_ >= static_cast<std::int64_t>(size_)) {
      build_tree();
      if (std::max(tree_cut(i, j), tree_cut(i, k)) > limit) return false;
      if (cheapest_known(i, j, k) <= limit) return true;
    }
  }
  const std::array sinks{j, k};
  return flow_at_most(sinks, i, limit);
}

void CubicCuts::build_tree() {
  if (!shortcuts_) return;
  refresh();
  if (!cuts_.empty()) return;
  flows_ += static_cast<std::int64_t>(size_) - 1;
  std::vector<std::pair<double, std::vector<std::int8_t>>> found;
  auto& flow = network();
  const auto tree = gomory_hu_tree<double>(flow, checkpoint_, [&](double value) {
    std::vector<std::int8_t> side(size_);
    for (std::size_t p = 0; p < size_; ++p)
      side[p] = flow.on_source_side(static_cast<std::int32_t>(p)) ? 1 : 0;
    found.emplace_back(value, std::move(side));
  });
  std::sort(found.begin(), found.end());
  words_ = (found.size() + 63) / 64;
  sides_.assign(size_ * words_, 0);
  known_.clear();
  for (std::size_t c = 0; c < found.size(); ++c) {
    known_.push_back(found[c].first);
    for (std::size_t p = 0; p < size_; ++p)
      if (found[c].second[p] != 0) sides_[p * words_ + c / 64] |= std::uint64_t{1} << (c % 64);
  }
  cuts_ = all_pairs_min_cuts(tree);
}

double CubicCuts::cheapest_known(std::int32_t i, std::int32_t j, std::int32_t k) const noexcept {
  const auto *a = &sides_[at(place_[at(i)]) * words_], *b = &sides_[at(place_[at(j)]) * words_],
             *c = &sides_[at(place_[at(k)]) * words_];
  for (std::size_t w = 0; w < words_; ++w) {
    const std::uint64_t separating = (a[w] ^ b[w]) & (a[w] ^ c[w]);
    if (separating != 0) return known_[w * 64 + static_cast<std::size_t>(std::countr_zero(separating))];
  }
  return std::numeric_limits<double>::infinity();
}

void CubicCuts::refresh() {
  if (version_ == tensor_->version()) return;
  version_ = tensor_->version();
  const auto& alive = tensor_->alive();
  size_ = alive.size();
  place_.assign(at(tensor_->slots()), -1);
  for (std::size_t p = 0; p < size_; ++p) place_[at(alive[p])] = static_cast<std::int32_t>(p);
  network_.reset();
  cuts_.clear();
  failed_ = 0;
}

MaxFlow<double>& CubicCuts::network() {
  if (!network_) {
    std::vector<FlowArc<double>> arcs;
    const auto& alive = tensor_->alive();
    for (std::size_t p = 0; p < size_; ++p)
      for (std::size_t q = p + 1; q < size_; ++q) {
        const double capacity = tensor_->weight(part_, alive[p], alive[q]);
        // Sums of floating-point costs that cancel may end just below 0.
        if (capacity > 0)
          arcs.push_back({static_cast<std::int32_t>(p), static_cast<std::int32_t>(q), capacity, capacity});
      }
    network_.emplace(static_cast<std::int32_t>(size_), arcs, checkpoint_);
  }
  return *network_;
}

bool CubicCuts::flow_at_most(std::span<const std::int32_t> sinks, std::int32_t source, double limit) {
  std::array<std::int32_t, 2> places{};
  for (std::size_t s = 0; s < sinks.size(); ++s) places[s] = place_[at(sinks[s])];
  ++flows_;
  const double enough = shortcuts_ ? limit : MaxFlow<double>::unlimited;
  const bool yes = network().solve(std::span(&place_[at(source)], 1), std::span(places.data(), sinks.size()),
                                   enough, checkpoint_) <= limit;
  if (!yes) ++failed_;
  return yes;
}

}  // namespace wayseer::clustering
