// When a solver stops and what it tells while it runs: one StopRule from the caller, one Run per solve.
//
// A Run starts its clock when it is made. The thread that runs the solver calls `should_stop()` often (it
// costs one clock read, about 25 ns); worker threads may only read `stopped()`. The first reason to stop
// wins and stays. Without a finite time_limit no clock value influences a solver's decisions.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <string_view>

#include "wayseer/core/checkpoint.hpp"

namespace wayseer::core {

enum class Status : std::uint8_t { converged, optimal, target, time_limit, max_iterations, interrupted };

[[nodiscard]] constexpr std::string_view to_string(Status status) noexcept {
  switch (status) {
    case Status::converged:
      return "converged";
    case Status::optimal:
      return "optimal";
    case Status::target:
      return "target";
    case Status::time_limit:
      return "time_limit";
    case Status::max_iterations:
      return "max_iterations";
    case Status::interrupted:
      return "interrupted";
  }
  return "unknown";
}

struct Progress {
  double elapsed = 0;    // seconds since the run began
  double objective = 0;  // the incumbent, in the caller's unit
  std::int64_t iterations = 0;
};

struct StopRule {
  double time_limit = std::numeric_limits<double>::infinity();  // wall seconds
  std::int64_t max_iterations = std::numeric_limits<std::int64_t>::max();
  double target = -std::numeric_limits<double>::infinity();  // stop when the objective is <= target
  const std::atomic<bool>* cancel = nullptr;                 // set by another thread or a signal handler
  std::function<bool()> poll = {};                           // asked every 50 ms at most; true = interrupt
  std::function<bool(const Progress&)> on_progress = {};     // 10 times a second at most; false = interrupt
};

class Run {
 public:
  explicit Run(StopRule rule);

  [[nodiscard]] double elapsed() const noexcept {
    return std::chrono::duration<double>(Clock::now() - start_).count();
  }
  [[nodiscard]] double remaining() const noexcept { return rule_.time_limit - elapsed(); }
  [[nodiscard]] bool timed() const noexcept {
    return rule_.time_limit < std::numeric_limits<double>::infinity();
  }
  [[nodiscard]] const StopRule& rule() const noexcept { return rule_; }

  // Clock, cancel flag and poll. Call it from the solver's own thread.
  bool should_stop();
  // For set-up on the solver's own thread.
  [[nodiscard]] Checkpoint checkpoint() {
    return Checkpoint([this] { return should_stop(); });
  }
  // Counts iterations; true when the limit is reached (the run is then stopped).
  bool count_iterations(std::int64_t done);
  // A new or unchanged incumbent: tests the target, and reports it if 0.1 s have passed since the last time.
  bool report(double objective);

  // A proven bound: no objective below it exists, so reaching it is as good as reaching the target.
  void raise_target(double bound) noexcept { rule_.target = std::max(rule_.target, bound); }

  void stop(Status why) noexcept {
    auto expected = running;
    reason_.compare_exchange_strong(expected, static_cast<std::uint8_t>(why), std::memory_order_relaxed);
  }
  [[nodiscard]] bool stopped() const noexcept { return reason_.load(std::memory_order_relaxed) != running; }
  // The reason, or `otherwise` for a run that came to its own end.
  [[nodiscard]] Status status(Status otherwise = Status::converged) const noexcept {
    const auto reason = reason_.load(std::memory_order_relaxed);
    return reason == running ? otherwise : static_cast<Status>(reason);
  }
  [[nodiscard]] std::int64_t iterations() const noexcept { return iterations_; }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::uint8_t running = 255;

  StopRule rule_;
  Clock::time_point start_ = Clock::now();
  double next_poll_ = 0.0;
  double next_report_ = 0.1;
  std::int64_t iterations_ = 0;
  std::atomic<std::uint8_t> reason_{running};
};

}  // namespace wayseer::core
