#include "wayseer/core/threads.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace wayseer::core::test {
namespace {

TEST(ParallelFor, CallsEveryIndexOnce) {
  for (const int threads : {-1, 0, 1, 2, 5, 40}) {
    for (const std::int32_t count : {0, 1, 2, 7, 3000}) {
      std::vector<int> calls(static_cast<std::size_t>(count));  // no atomics: indices must not be shared
      std::atomic<int> wrong_worker{0};
      parallel_for(threads, count, [&](std::int32_t i, int worker) {
        ++calls[static_cast<std::size_t>(i)];
        if (worker < 0 || (worker > 0 && worker >= threads)) ++wrong_worker;
      });
      EXPECT_EQ(calls, std::vector<int>(static_cast<std::size_t>(count), 1));
      EXPECT_EQ(wrong_worker, 0);
    }
  }
  parallel_for(3, -5, [](std::int32_t, int) { FAIL(); });
}

TEST(ParallelFor, WorkersHaveTheirOwnMemory) {
  std::vector<std::int64_t> sums(4);
  parallel_for(4, 10000, [&](std::int32_t i, int worker) { sums[static_cast<std::size_t>(worker)] += i; });
  EXPECT_EQ(sums[0] + sums[1] + sums[2] + sums[3], 9999LL * 10000 / 2);
}

TEST(ParallelFor, OneThreadMeansThisThreadInOrder) {
  std::vector<std::int32_t> order;
  parallel_for(1, 5, [&, self = std::this_thread::get_id()](std::int32_t i, int worker) {
    EXPECT_EQ(std::this_thread::get_id(), self);
    EXPECT_EQ(worker, 0);
    order.push_back(i);
  });
  EXPECT_EQ(order, (std::vector<std::int32_t>{0, 1, 2, 3, 4}));
}

TEST(ParallelFor, UsesSeveralThreads) {
  std::mutex mutex;
  std::set<std::thread::id> seen;
  std::atomic<int> inside{0};
  parallel_for(3, 3, [&](std::int32_t, int) {
    ++inside;
    while (inside < 3) std::this_thread::yield();  // each holds its index until all three have one
    const std::lock_guard lock(mutex);
    seen.insert(std::this_thread::get_id());
  });
  EXPECT_EQ(seen.size(), 3U);
}

TEST(ParallelFor, RethrowsAndStops) {
  for (const int threads : {1, 4}) {
    std::atomic<int> begun{0};
    try {
      parallel_for(threads, 1'000'000'000, [&](std::int32_t i, int) {
        ++begun;
        if (i == 10) throw std::runtime_error("index 10");
      });
      ADD_FAILURE() << "no exception";
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "index 10");
    }
    EXPECT_GT(begun, 10);
    EXPECT_LT(begun, 1'000'000'000);
  }
}

TEST(ParallelPieces, CoverTheWholeOnce) {
  for (const std::size_t size : {0, 1, 7, 100, 10'007}) {
    for (const int threads : {1, 2, 5}) {
      std::vector<std::atomic<int>> hits(size);
      parallel_pieces(threads, size, 10, [&](std::size_t begin, std::size_t end) {
        EXPECT_LE(begin, end);
        EXPECT_TRUE(threads > 1 || end - begin == size);
        for (std::size_t i = begin; i < end; ++i) ++hits[i];
      });
      for (const auto& count : hits) EXPECT_EQ(count, 1);
    }
  }
  const Pieces pieces{11, 4};
  EXPECT_EQ(pieces.begin(0), 0U);
  EXPECT_EQ(pieces.begin(3), 9U);
  EXPECT_EQ(pieces.end(3), 11U);
}

TEST(HardwareThreads, AreAtLeastOne) { EXPECT_GE(hardware_threads(), 1); }

}  // namespace
}  // namespace wayseer::core::test
