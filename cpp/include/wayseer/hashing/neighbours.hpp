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

// Positions in an array of distances from near to far, found only as far as they are asked for.
class NearestFirst {
 public:
  static constexpr std::size_t width = 16;

  // A multiple of `width` distances, which become infinite as they are found. What is infinite is not found.
  void reset(std::span<float> distances) noexcept {
    distances_ = distances;
    ranks_.clear();
    next_ = found_ = 0;
  }

  // The next one, as ranked() makes it; `expected` is how many the caller will ask for, a guess.
  [[nodiscard]] bool next(std::uint64_t& rank, std::size_t expected) {
    if (next_ == ranks_.size() && !find(std::max(expected, found_))) return false;
    rank = ranks_[next_++];
    return true;
  }
  // What next() will give after `ahead` others, if that is known by now.
  [[nodiscard]] bool peek(std::uint64_t& rank, std::size_t ahead) const noexcept {
    if (next_ + ahead >= ranks_.size()) return false;
    rank = ranks_[next_ + ahead];
    return true;
  }

 private:
  // At least `wanted`, if there are so many. Where each of so many groups has one within a limit, so many are
  // within it, and seldom many more. Both passes over the array are done with wide instructions.
  bool find(std::size_t wanted) {
    constexpr float infinity = std::numeric_limits<float>::infinity();
    const std::size_t groups = distances_.size() / width;
    float limit = infinity;
    if (wanted < groups) {
      least_.resize(groups);
      for (std::size_t g = 0; g < groups; ++g) {
        float lanes[width / 2];
        for (std::size_t i = 0; i < width / 2; ++i) {
          const float a = distances_[g * width + i], b = distances_[g * width + width / 2 + i];
          lanes[i] = a < b ? a : b;
        }
        for (std::size_t i = 0; i < width / 4; ++i)
          lanes[i] = lanes[i] < lanes[i + width / 4] ? lanes[i] : lanes[i + width / 4];
        const float a = lanes[0] < lanes[1] ? lanes[0] : lanes[1],
                    b = lanes[2] < lanes[3] ? lanes[2] : lanes[3];
        least_[g] = a < b ? a : b;
      }
      const auto middle = least_.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(wanted, 1) - 1);
      std::nth_element(least_.begin(), middle, least_.end());
      limit = *middle;
    }
    ranks_.clear();
    next_ = 0;
    for (std::size_t g = 0; g < groups; ++g) {
      bool any = false;
      for (std::size_t i = 0; i < width; ++i) any |= distances_[g * width + i] <= limit;
      if (!any) continue;
      for (std::size_t i = g * width; i < (g + 1) * width; ++i)
        if (distances_[i] <= limit && distances_[i] < infinity) {
          ranks_.push_back(ranked(distances_[i], static_cast<std::int32_t>(i)));
          distances_[i] = infinity;
        }
    }
    std::sort(ranks_.begin(), ranks_.end());
    found_ += ranks_.size();
    return !ranks_.empty();
  }

  std::span<float> distances_;
  std::vector<std::uint64_t> ranks_;
  std::vector<float> least_;
  std::size_t next_ = 0, found_ = 0;
};

}  // namespace wayseer::hashing
