// Ctrl-C for C++ programs: while an InterruptGuard lives, SIGINT sets its flag instead of ending the program,
// and a solver that was given the flag returns the best so far. Guards may nest; the innermost one is told.
// (The Python face does not use it: there Python's own handler is polled.)
#pragma once

#include <atomic>

namespace wayseer::core {

class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  [[nodiscard]] const std::atomic<bool>* flag() const noexcept { return &interrupted_; }
  [[nodiscard]] bool interrupted() const noexcept { return interrupted_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> interrupted_{false};
  std::atomic<bool>* outer_flag_;
  void (*outer_handler_)(int);
};

}  // namespace wayseer::core
