// The state of the local search: clusters, disagreements, and the potential F = sum of phi(y_v).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "wayseer/clustering/graph.hpp"

namespace wayseer::clustering {

class MinMaxState {
 public:
  explicit MinMaxState(const Graph& graph);

  // Labels in 0..n-1. O(n + m).
  void load(std::span<const std::int32_t> labels);
  // phi[y] for y = 0..n. O(n).
  void set_potential(std::span<const double> phi);

  [[nodiscard]] std::span<const std::int32_t> labels() const noexcept { return label_; }
  [[nodiscard]] std::int32_t label(std::int32_t u) const noexcept { return label_[at(u)]; }
  [[nodiscard]] std::int32_t y(std::int32_t u) const noexcept { return y_[at(u)]; }
  [[nodiscard]] std::int32_t largest() const noexcept { return sorted_.empty() ? 0 : y_[at(sorted_.back())]; }
  // The vertex with the i-th largest y, i = 0, 1, ...
  [[nodiscard]] std::int32_t worst(std::int32_t i) const noexcept {
    return sorted_[sorted_.size() - 1 - at(i)];
  }
  [[nodiscard]] std::span<const std::int32_t> members(std::int32_t c) const noexcept {
    return members_[at(c)];
  }
  [[nodiscard]] double potential() const noexcept { return potential_; }
  // Takes away what rounding has added. O(n).
  void refresh_potential() noexcept;
  [[nodiscard]] std::int32_t empty_cluster() const noexcept { return free_.back(); }

  // F's change when u goes to a cluster. Needs `survey(u)` if u stays the same for several clusters.
  void survey(std::int32_t u);  // u's neighbours by cluster
  [[nodiscard]] std::span<const std::int32_t> surveyed() const noexcept { return touched_; }
  [[nodiscard]] double leaving() const noexcept { return leaving_; }
  [[nodiscard]] double change(std::int32_t u, std::int32_t to) const noexcept {
    const Tally& tally = tally_[at(to)];
    return leaving_ + cluster_[at(to)].join + tally.gain + phi_[at(then(u, to, tally.count))] -
           phi_[at(y_[at(u)])];
  }
  // The same for one cluster; infinite if it is certainly more than `limit`.
  [[nodiscard]] double change_alone(std::int32_t u, std::int32_t to, double limit) noexcept;
  // The same for several vertices of one cluster that go to another. O(their degrees + both clusters).
  [[nodiscard]] double change_of(std::span<const std::int32_t> group, std::int32_t to);

  void move(std::int32_t u, std::int32_t to);

 private:
  struct Tally {
    double gain = 0;  // sum of turn_ over the neighbours in a cluster
    std::int32_t count = 0;
  };
  struct Cluster {
    double join = 0;   // F's change if all members had one more disagreement,
    double leave = 0;  // one less
  };
  // u's disagreements in cluster `to` with `count` neighbours of u.
  [[nodiscard]] std::int32_t then(std::int32_t u, std::int32_t to, std::int32_t count) const noexcept {
    return degree_[at(u)] + static_cast<std::int32_t>(members_[at(to)].size()) - 2 * count;
  }
  // Sum of turn_ over u's neighbours in its own cluster; kept until that cluster changes.
  [[nodiscard]] double inner_gain(std::int32_t u) noexcept;
  void raise(std::int32_t u) noexcept;
  void lower(std::int32_t u) noexcept;
  void resum(std::int32_t c) noexcept;
  void set_turn(std::int32_t u) noexcept { turn_[at(u)] = down_[at(y_[at(u)])] - up_[at(y_[at(u)])]; }

  Graph graph_;
  std::vector<std::int32_t> degree_, label_, y_;
  std::vector<std::int32_t> place_;  // in members_
  std::vector<std::vector<std::int32_t>> members_;
  std::vector<std::int32_t> free_;  // empty clusters
  std::vector<Cluster> cluster_;
  std::vector<double> phi_, up_, down_;  // up[y] = phi[y + 1] - phi[y], down[y] = phi[y - 1] - phi[y]
  std::vector<double> turn_;             // down - up at the vertex's y
  struct Inner {
    double gain = 0;
    std::int64_t stamp = -1;
  };
  std::vector<Inner> inner_;
  std::vector<std::int64_t> stamp_;  // by cluster: when it last changed
  std::int64_t clock_ = 0;
  double potential_ = 0;
  std::vector<std::int32_t> sorted_, where_, start_;  // vertices by y; start_[k]: first with y >= k
  std::vector<Tally> tally_;                          // of the last survey
  std::vector<std::int32_t> touched_;
  double leaving_ = 0;
  std::vector<std::uint8_t> mark_;
  std::vector<std::int32_t> inside_;  // of change_of: neighbours in the group, or in its new cluster
};

}  // namespace wayseer::clustering
