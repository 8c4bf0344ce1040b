// The best tour seen so far in a run, and the trace of how it came about.
#pragma once

#include <limits>
#include <span>
#include <vector>

#include "wayseer/core/run.hpp"
#include "wayseer/tsp/solve.hpp"

namespace wayseer::tsp {

class Incumbent {
 public:
  // User length = (engine length - offset) / scale.
  Incumbent(core::Run& run, Cost offset, double scale) : run_(run), offset_(offset), scale_(scale) {}

  [[nodiscard]] bool improves(Cost length) const noexcept { return length < length_; }
  [[nodiscard]] bool empty() const noexcept { return order_.empty(); }
  [[nodiscard]] Cost length() const noexcept { return length_; }
  [[nodiscard]] const std::vector<Index>& order() const noexcept { return order_; }
  [[nodiscard]] std::vector<TracePoint>& trace() noexcept { return trace_; }

  void offer(Cost length, std::span<const Index> order) {
    if (length < length_ || (length == length_ && stale_)) {
      order_.assign(order.begin(), order.end());
      stale_ = false;
    }
    note_length(length);
  }
  // A better tour is held elsewhere and will be offered when its search ends: tell the trace and the caller.
  void note(Cost length) {
    if (improves(length)) stale_ = true;
    note_length(length);
  }

 private:
  void note_length(Cost length) {
    if (length < length_) {
      length_ = length;
      trace_.push_back({run_.elapsed(), user(length)});
    }
    run_.report(user(length_));
  }
  [[nodiscard]] double user(Cost length) const noexcept {
    return static_cast<double>(length - offset_) / scale_;
  }

  core::Run& run_;
  Cost offset_;
  double scale_;
  Cost length_ = std::numeric_limits<Cost>::max();
  bool stale_ = false;  // length_ belongs to a tour that was noted, not offered
  std::vector<Index> order_;
  std::vector<TracePoint> trace_;
};

}  // namespace wayseer::tsp
