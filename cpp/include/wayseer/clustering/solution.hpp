// What the iterative solvers of this room return, and what they keep while they run.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "wayseer/core/run.hpp"

namespace wayseer::clustering {

struct TracePoint {
  double seconds = 0, objective = 0;
};

struct Solution {
  std::vector<std::int32_t> labels;  // numbered in order of first appearance
  double objective = 0;              // to be minimised, in the solver's own unit
  core::Status status = core::Status::converged;
  double seconds = 0;
  std::int64_t iterations = 0;
  std::vector<TracePoint> trajectory;  // one point for each improvement
};

// The best labels so far. Tells the run of every improvement, which may stop it (target reached, callback).
class Incumbent {
 public:
  explicit Incumbent(core::Run& run) : run_(&run) {}

  // True if it is better than all before, or the first.
  bool offer(double objective, std::span<const std::int32_t> labels);
  [[nodiscard]] bool empty() const noexcept { return trajectory_.empty(); }
  [[nodiscard]] double objective() const noexcept { return trajectory_.back().objective; }
  [[nodiscard]] const std::vector<std::int32_t>& labels() const noexcept { return labels_; }

  // The end of the run: labels renumbered; `otherwise` is the status of a run that nothing stopped.
  [[nodiscard]] Solution finish(core::Status otherwise = core::Status::converged) &&;

 private:
  core::Run* run_;
  std::vector<std::int32_t> labels_;
  std::vector<TracePoint> trajectory_;
};

}  // namespace wayseer::clustering
