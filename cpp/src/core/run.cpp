#include "wayseer/core/run.hpp"

#include <utility>

namespace wayseer::core {

Run::Run(StopRule rule) : rule_(std::move(rule)) {}

bool Run::should_stop() {
  if (stopped()) return true;
  if (rule_.cancel != nullptr && rule_.cancel->load(std::memory_order_relaxed)) {
    stop(Status::interrupted);
    return true;
  }
  if (!timed() && !rule_.poll) return false;
  const double now = elapsed();
  if (now >= rule_.time_limit) {
    stop(Status::time_limit);
    return true;
  }
  if (rule_.poll && now >= next_poll_) {
    next_poll_ = now + 0.05;
    if (rule_.poll()) stop(Status::interrupted);
  }
  return stopped();
}

bool Run::count_iterations(std::int64_t done) {
  iterations_ += done;
  if (iterations_ >= rule_.max_iterations) stop(Status::max_iterations);
  return stopped();
}

bool Run::report(double objective) {
  if (objective <= rule_.target) stop(Status::target);
  if (rule_.on_progress) {
    const double now = elapsed();
    if (now >= next_report_) {
      next_report_ = now + 0.1;
      if (!rule_.on_progress({now, objective, iterations_})) stop(Status::interrupted);
    }
  }
  return stopped();
}

}  // namespace wayseer::core
