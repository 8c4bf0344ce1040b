// One loop over independent items on several threads. Not a pool: threads live as long as the loop, and
// starting one costs about 20 us.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
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

// 0..size-1 in `count` consecutive pieces, the lengths of which differ by at most one.
struct Pieces {
  std::size_t size;
  std::int32_t count;

  [[nodiscard]] std::size_t begin(std::int32_t piece) const noexcept {
    const auto i = static_cast<std::size_t>(piece), pieces = static_cast<std::size_t>(count);
    return size / pieces * i + std::min(size % pieces, i);
  }
  [[nodiscard]] std::size_t end(std::int32_t piece) const noexcept { return begin(piece + 1); }
};

// Calls fn(begin, end) for pieces of 0..size-1 that cover it: about eight for each thread, but of at least
// `least` items, which should take some 100 us. With threads <= 1 it is fn(0, size).
template <class F>
void parallel_pieces(int threads, std::size_t size, std::size_t least, F&& fn) {
  const auto most = static_cast<std::size_t>(std::max(threads, 1)) * 8;
  const Pieces pieces{size, threads <= 1 ? 1
                                         : static_cast<std::int32_t>(std::clamp<std::size_t>(
                                               size / std::max<std::size_t>(least, 1), 1, most))};
  parallel_for(threads, pieces.count,
               [&](std::int32_t piece, int) { fn(pieces.begin(piece), pieces.end(piece)); });
}

}  // namespace wayseer::core
