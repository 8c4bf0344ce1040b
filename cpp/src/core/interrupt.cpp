#include "wayseer/core/interrupt.hpp"

#include <csignal>

namespace wayseer::core {

namespace {
std::atomic<std::atomic<bool>*> current_flag{nullptr};
static_assert(std::atomic<std::atomic<bool>*>::is_always_lock_free, "read inside a signal handler");

extern "C" void set_current_flag(int) {
  if (auto* flag = current_flag.load(std::memory_order_relaxed)) flag->store(true, std::memory_order_relaxed);
}
}  // namespace

InterruptGuard::InterruptGuard()
    : outer_flag_(current_flag.exchange(&interrupted_)),
      outer_handler_(std::signal(SIGINT, set_current_flag)) {}

InterruptGuard::~InterruptGuard() {
  std::signal(SIGINT, outer_handler_ == SIG_ERR ? SIG_DFL : outer_handler_);
  current_flag.store(outer_flag_);
}

}  // namespace wayseer::core
