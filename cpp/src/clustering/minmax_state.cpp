#include "minmax_state.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "wayseer/clustering/objective.hpp"

namespace wayseer::clustering {

MinMaxState::MinMaxState(const Graph& graph)
    : graph_(graph),
      degree_(at(graph.size())),
      label_(at(graph.size())),
      y_(at(graph.size())),
      place_(at(graph.size())),
      members_(at(graph.size()) + 1),
      cluster_(at(graph.size()) + 1),
      turn_(at(graph.size())),
      inner_(at(graph.size())),
      stamp_(at(graph.size()) + 1),
      sorted_(at(graph.size())),
      where_(at(graph.size())),
      start_(at(graph.size()) + 2),
      tally_(at(graph.size()) + 1),
      mark_(at(graph.size()), 0),
      inside_(at(graph.size()), 0) {
  for (std::int32_t u = 0; u < graph.size(); ++u) degree_[at(u)] = static_cast<std::int32_t>(graph.degree(u));
}

void MinMaxState::load(std::span<const std::int32_t> labels) {
  const std::int32_t n = graph_.size();
  for (auto& cluster : members_) cluster.clear();
  std::ranges::copy(labels, label_.begin());
  for (std::int32_t u = 0; u < n; ++u) {
    auto& cluster = members_[at(label_[at(u)])];
    place_[at(u)] = static_cast<std::int32_t>(cluster.size());
    cluster.push_back(u);
  }
  free_.clear();
  for (std::int32_t c = n; c >= 0; --c) {  // n + 1 clusters: one is always empty
    if (members_[at(c)].empty()) free_.push_back(c);
  }
  const auto y = disagreement_vector(graph_, labels);
  std::ranges::fill(start_, 0);
  for (std::int32_t u = 0; u < n; ++u) {
    y_[at(u)] = static_cast<std::int32_t>(y[at(u)]);
    ++start_[at(y_[at(u)]) + 1];
  }
  std::partial_sum(start_.begin(), start_.end(), start_.begin());
  auto next = start_;
  for (std::int32_t u = 0; u < n; ++u) {
    where_[at(u)] = next[at(y_[at(u)])]++;
    sorted_[at(where_[at(u)])] = u;
  }
}

void MinMaxState::set_potential(std::span<const double> phi) {
  phi_.assign(phi.begin(), phi.end());
  up_.assign(phi.size(), 0.0);
  down_.assign(phi.size(), 0.0);
  for (std::size_t k = 0; k + 1 < phi.size(); ++k) {
    up_[k] = phi[k + 1] - phi[k];
    down_[k + 1] = phi[k] - phi[k + 1];
  }
  for (std::int32_t u = 0; u < graph_.size(); ++u) set_turn(u);
  for (std::int32_t c = 0; c <= graph_.size(); ++c) resum(c);
  std::ranges::fill(stamp_, ++clock_);
  refresh_potential();
}

void MinMaxState::refresh_potential() noexcept {
  potential_ = 0;
  for (const std::int32_t k : y_) potential_ += phi_[at(k)];
}

void MinMaxState::resum(std::int32_t c) noexcept {
  Cluster sums;
  for (const std::int32_t u : members_[at(c)]) {
    sums.join += up_[at(y_[at(u)])];
    sums.leave += down_[at(y_[at(u)])];
  }
  cluster_[at(c)] = sums;
}

void MinMaxState::survey(std::int32_t u) {
  for (const std::int32_t c : touched_) tally_[at(c)] = {};
  touched_.clear();
  for (const std::int32_t x : graph_.neighbors(u)) {
    Tally& tally = tally_[at(label_[at(x)])];
    if (tally.count++ == 0) touched_.push_back(label_[at(x)]);
    tally.gain += turn_[at(x)];
  }
  const std::int32_t from = label_[at(u)];
  leaving_ = cluster_[at(from)].leave - down_[at(y_[at(u)])] - tally_[at(from)].gain;
}

double MinMaxState::inner_gain(std::int32_t u) noexcept {
  Inner& inner = inner_[at(u)];
  const std::int32_t own = label_[at(u)];
  if (inner.stamp == stamp_[at(own)]) return inner.gain;
  double gain = 0;
  for (const std::int32_t x : graph_.neighbors(u)) gain += label_[at(x)] == own ? turn_[at(x)] : 0.0;
  inner = {gain, stamp_[at(own)]};
  return gain;
}

double MinMaxState::change_alone(std::int32_t u, std::int32_t to, double limit) noexcept {
  const std::int32_t y = y_[at(u)];
  const auto size = static_cast<std::int32_t>(members_[at(to)].size());
  // At best none of u's neighbours is left behind, and all of them are there, or all there are neighbours.
  double leaving = cluster_[at(label_[at(u)])].leave - down_[at(y)];
  const double joining =
      cluster_[at(to)].leave + phi_[at(then(u, to, std::min(degree_[at(u)], size)))] - phi_[at(y)];
  if (leaving + joining > limit) return std::numeric_limits<double>::infinity();
  leaving -= inner_gain(u);
  if (leaving + joining > limit) return std::numeric_limits<double>::infinity();
  double gain = 0;
  std::int32_t count = 0;
  for (const std::int32_t x : graph_.neighbors(u)) {
    const bool there = label_[at(x)] == to;
    gain += there ? turn_[at(x)] : 0.0;
    count += there ? 1 : 0;
  }
  return leaving + cluster_[at(to)].join + gain + phi_[at(then(u, to, count))] - phi_[at(y)];
}

double MinMaxState::change_of(std::span<const std::int32_t> group, std::int32_t to) {
  const std::int32_t from = label_[at(group.front())];
  for (const std::int32_t u : group) mark_[at(u)] = 1;
  for (const std::int32_t u : group) {
    for (const std::int32_t x : graph_.neighbors(u)) {
      const std::int32_t c = label_[at(x)];
      if (mark_[at(x)] != 0) {
        ++inside_[at(u)];
      } else if (c == to) {
        ++inside_[at(u)];
        ++inside_[at(x)];
      } else if (c == from) {
        ++inside_[at(x)];
      }
    }
  }
  const auto moved = static_cast<std::int32_t>(group.size());
  double change = 0;
  const auto becomes = [&](std::int32_t u, std::int32_t y) {
    change += phi_[at(y)] - phi_[at(y_[at(u)])];
    inside_[at(u)] = 0;
  };
  for (const std::int32_t u : group) becomes(u, then(u, to, inside_[at(u)]) + moved - 1);
  for (const std::int32_t x : members_[at(from)]) {
    if (mark_[at(x)] == 0) becomes(x, y_[at(x)] - moved + 2 * inside_[at(x)]);
  }
  for (const std::int32_t x : members_[at(to)]) becomes(x, y_[at(x)] + moved - 2 * inside_[at(x)]);
  for (const std::int32_t u : group) mark_[at(u)] = 0;
  return change;
}

// The vertices stay sorted by y: u changes places with the last (first) of its value, and the border between
// the values moves over it.
void MinMaxState::raise(std::int32_t u) noexcept {
  const std::int32_t k = y_[at(u)]++;
  const std::int32_t last = --start_[at(k) + 1];
  const std::int32_t other = sorted_[at(last)];
  std::swap(sorted_[at(where_[at(u)])], sorted_[at(last)]);
  std::swap(where_[at(u)], where_[at(other)]);
}
void MinMaxState::lower(std::int32_t u) noexcept {
  const std::int32_t k = y_[at(u)]--;
  const std::int32_t first = start_[at(k)]++;
  const std::int32_t other = sorted_[at(first)];
  std::swap(sorted_[at(where_[at(u)])], sorted_[at(first)]);
  std::swap(where_[at(u)], where_[at(other)]);
}

void MinMaxState::move(std::int32_t u, std::int32_t to) {
  const std::int32_t from = label_[at(u)];
  auto& source = members_[at(from)];
  auto& target = members_[at(to)];
  std::int32_t count = 0;
  for (const std::int32_t x : graph_.neighbors(u)) {
    mark_[at(x)] = 1;
    count += label_[at(x)] == to ? 1 : 0;
  }
  const std::int32_t now = then(u, to, count);
  double change = phi_[at(now)] - phi_[at(y_[at(u)])];

  source[at(place_[at(u)])] = source.back();
  place_[at(source.back())] = place_[at(u)];
  source.pop_back();
  for (const std::int32_t x : source) {
    change -= phi_[at(y_[at(x)])];
    mark_[at(x)] != 0 ? raise(x) : lower(x);
    change += phi_[at(y_[at(x)])];
    set_turn(x);
  }
  if (target.empty()) {
    if (free_.back() != to) std::swap(*std::ranges::find(free_, to), free_.back());
    free_.pop_back();
  }
  for (const std::int32_t x : target) {
    change -= phi_[at(y_[at(x)])];
    mark_[at(x)] != 0 ? lower(x) : raise(x);
    change += phi_[at(y_[at(x)])];
    set_turn(x);
  }
  while (y_[at(u)] < now) raise(u);
  while (y_[at(u)] > now) lower(u);
  set_turn(u);
  place_[at(u)] = static_cast<std::int32_t>(target.size());
  target.push_back(u);
  label_[at(u)] = to;
  if (source.empty()) free_.push_back(from);
  resum(from);
  resum(to);
  stamp_[at(from)] = stamp_[at(to)] = ++clock_;
  potential_ += change;
  for (const std::int32_t x : graph_.neighbors(u)) mark_[at(x)] = 0;
}

}  // namespace wayseer::clustering
