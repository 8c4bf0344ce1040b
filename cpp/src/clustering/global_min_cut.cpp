#include "wayseer/clustering/global_min_cut.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>

#include "wayseer/clustering/graph.hpp"

namespace wayseer::clustering {

void GlobalMinCut::resize(std::int32_t n) {
  n_ = at(n);
  capacity_.assign(n_ * n_, 0.0);
  attached_.resize(n_);
  alive_.resize(n_);
  std::iota(alive_.begin(), alive_.end(), std::size_t{0});
}

void GlobalMinCut::set(std::int32_t i, std::int32_t j, double capacity) {
  capacity_[at(i) * n_ + at(j)] = capacity_[at(j) * n_ + at(i)] = capacity;
}

double GlobalMinCut::smallest(double enough) {
  double best = std::numeric_limits<double>::infinity();
  while (alive_.size() > 1 && !(best < enough)) {
    // The node that is added last, each time the one most attached, is cut off from the rest cheapest.
    std::fill(attached_.begin(), attached_.end(), 0.0);
    waiting_ = alive_;
    std::size_t last = 0, before = 0;
    while (!waiting_.empty()) {
      const auto next = std::max_element(waiting_.begin(), waiting_.end(), [&](std::size_t a, std::size_t b) {
        return attached_[a] < attached_[b];
      });
      before = last;
      last = *next;
      waiting_.erase(next);
      for (const std::size_t v : waiting_) attached_[v] += capacity_[last * n_ + v];
    }
    best = std::min(best, attached_[last]);
    std::erase(alive_, last);
    for (const std::size_t v : alive_) {
      if (v == before) continue;
      capacity_[before * n_ + v] += capacity_[last * n_ + v];
      capacity_[v * n_ + before] = capacity_[before * n_ + v];
    }
  }
  return best;
}

}  // namespace wayseer::clustering
