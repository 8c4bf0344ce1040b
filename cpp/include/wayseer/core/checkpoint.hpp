// How set-up work is stopped. Building an index or a numbering has no partial result worth returning, so it
// calls its Checkpoint every thousand steps, and that throws Stopped once the caller's test says so: nothing
// half-built is left behind, and the caller goes on with what it had before.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <utility>

namespace wayseer::core {

class Stopped : public std::exception {
 public:
  [[nodiscard]] const char* what() const noexcept override { return "stopped"; }
};

class Checkpoint {
 public:
  Checkpoint() = default;  // nothing stops the work
  explicit Checkpoint(std::function<bool()> stop) : stop_(std::move(stop)) {}

  void operator()() const {
    if (stop_ && stop_()) throw Stopped{};
  }
  // In loops: asks at the first step and at every 1024th.
  void operator()(std::int64_t step) const {
    if ((step & (interval - 1)) == 0) (*this)();
  }
  // The same around the loop, for the tightest ones: step(i) for i = 0..count-1.
  template <class Step>
  void over(std::size_t count, Step&& step) const {
    for (std::size_t begin = 0; begin < count; begin += interval) {
      (*this)();
      const std::size_t end = std::min(count, begin + interval);
      for (std::size_t i = begin; i < end; ++i) step(i);
    }
  }

 private:
  static constexpr std::int64_t interval = 1024;

  std::function<bool()> stop_;
};

}  // namespace wayseer::core
