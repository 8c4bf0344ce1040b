// One loop over independent items on several threads. Not a pool: threads live as long as the loop, and
// starting one costs about 20 us.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>

namespace wayseer::core {

// Threads the machine runs at once; at least 1.
[[nodiscard]] int hardware_threads() noexcept;

// Calls work(worker) for worker = 0..workers-1, 0 on the calling thread, and waits for all. Goes on with
// fewer workers if the system gives no more threads. Rethrows the first exception of a worker.
void run_workers(int workers, const std::function<void(int)>& work);

// Calls fn(index, worker) once for every index in 0..count-1. Workers are 0..threads-1 (fewer where count is
// smaller) and never share a number, so each may have its own memory and no lock. Indices are handed out in
// ascending order, one by one, at about 10 ns: give each some microseconds of work. With threads <= 1 it is a
// plain loop on the calling thread. When fn throws, no further index begins and the exception is rethrown
// here. The result is the same for every thread count if fn(index, .) depends on nothing but the index.
template <class F>
void parallel_for(int threads, std::int32_t count, F&& fn) {
  const int workers = std::min(threads, static_cast<int>(count));
  if (workers <= 1) {
    for (std::int32_t i = 0; i < count; ++i) fn(i, 0);
    return;
  }
  std::atomic<std::int64_t> next{0};  // 64 bits: every worker takes one number too many
  run_workers(workers, [&](int worker) {
    try {
      for (;;) {
        const std::int64_t i = next.fetch_add(1, std::memory_order_relaxed);
        if (i >= count) return;
        fn(static_cast<std::int32_t>(i), worker);
      }
    } catch (...) {
      next.store(count, std::memory_order_relaxed);
      throw;
    }
  });
}

}  // namespace wayseer::core
