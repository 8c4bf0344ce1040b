// The k nearest rows seen so far, by float32 distance; of equally near ones those of smaller number.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace wayseer::hashing {

// A distance and a number as one integer that is ordered by both, first by distance (which is not NaN).
[[nodiscard]] inline std::uint64_t ranked(float distance, std::int32_t number) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(distance + 0.0F);  // -0 becomes 0
  const std::uint32_t ordered = (bits >> 31) != 0 ? ~bits : bits | 0x80000000U;
  return std::uint64_t{ordered} << 32 | static_cast<std::uint32_t>(number);
}
[[nodiscard]] inline float ranked_distance(std::uint64_t rank) noexcept {
  const auto ordered = static_cast<std::uint32_t>(rank >> 32);
  return std::bit_cast<float>((ordered >> 31) != 0 ? ordered ^ 0x80000000U : ~ordered);
}
[[nodiscard]] inline std::int32_t ranked_number(std::uint64_t rank) noexcept {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(rank));
}

class Neighbours {
 public:
  explicit Neighbours(std::size_t k) : k_(k) {}

  void clear() noexcept {
    heap_.clear();
    worst_ = ~std::uint64_t{0};
  }
  [[nodiscard]] std::size_t size() const noexcept { return heap_.size(); }
  [[nodiscard]] bool full() const noexcept { return heap_.size() >= k_; }
  // Of the k-th; infinite until k rows are known.
  [[nodiscard]] float worst() const noexcept {
    return full() && k_ != 0 ? ranked_distance(worst_) : std::numeric_limits<float>::infinity();
  }

  void offer(float distance, std::int32_t number) {
    const std::uint64_t rank = ranked(distance, number);
    if (rank >= worst_ || k_ == 0) return;
    if (heap_.size() == k_) {
      std::pop_heap(heap_.begin(), heap_.end());
      heap_.back() = rank;
    } else {
      heap_.push_back(rank);
    }
    std::push_heap(heap_.begin(), heap_.end());
    if (heap_.size() == k_) worst_ = heap_.front();
  }

  // Nearest first; what is left of the k entries becomes -1 and infinity. Call it once, at the end.
  template <class Id>
  void write(Id* ids, float* distances) {
    std::sort_heap(heap_.begin(), heap_.end());
    for (std::size_t i = 0; i < k_; ++i) {
      const bool there = i < heap_.size();
      ids[i] = there ? Id{ranked_number(heap_[i])} : Id{-1};
      distances[i] = there ? ranked_distance(heap_[i]) : std::numeric_limits<float>::infinity();
    }
  }

 private:
  std::size_t k_;
  std::uint64_t worst_ = ~std::uint64_t{0};
  std::vector<std::uint64_t> heap_;
};

// Numbers from near to far, sorted only as far as they are asked for.
class NearestFirst {
 public:
  void clear() noexcept {
    ranks_.clear();
    next_ = sorted_ = 0;
  }
  void add(float distance, std::int32_t number) { ranks_.push_back(ranked(distance, number)); }
  [[nodiscard]] std::size_t size() const noexcept { return ranks_.size(); }

  // The next one, as ranked() makes it; `expected` is how many the caller will ask for, a guess.
  [[nodiscard]] bool next(std::uint64_t& rank, std::size_t expected) {
    if (next_ == sorted_) {
      if (sorted_ == ranks_.size()) return false;
      const std::size_t end =
          std::min(ranks_.size(), sorted_ + std::max<std::size_t>({expected, sorted_, 16}));
      const auto begin = ranks_.begin() + static_cast<std::ptrdiff_t>(sorted_);
      const auto middle = ranks_.begin() + static_cast<std::ptrdiff_t>(end);
      if (end < ranks_.size()) std::nth_element(begin, middle, ranks_.end());
      std::sort(begin, middle);
      sorted_ = end;
    }
    rank = ranks_[next_++];
    return true;
  }

 private:
  std::vector<std::uint64_t> ranks_;
  std::size_t next_ = 0, sorted_ = 0;
};

}  // namespace wayseer::hashing
