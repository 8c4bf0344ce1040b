#include "wayseer/core/threads.hpp"

#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace wayseer::core {

int hardware_threads() noexcept { return std::max(1, static_cast<int>(std::thread::hardware_concurrency())); }

void run_workers(int workers, const std::function<void(int)>& work) {
  std::mutex mutex;
  std::exception_ptr first_error;
  const auto guarded = [&](int worker) {
    try {
      work(worker);
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!first_error) first_error = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> threads;  // joined at the end of the block
    threads.reserve(static_cast<std::size_t>(std::max(workers - 1, 0)));
    try {
      for (int worker = 1; worker < workers; ++worker) threads.emplace_back(guarded, worker);
    } catch (const std::system_error&) {
    }
    guarded(0);
  }
  if (first_error) std::rethrow_exception(first_error);
}

}  // namespace wayseer::core
