// Numbers 0..n-1 for arbitrary ids, in ascending order of the ids.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "wayseer/core/error.hpp"

namespace wayseer::clustering {

template <class Id>
class CompactIds {
 public:
  // O(ids) where they lie close together (one bit for each number between the smallest and the largest, and
  // at most 4 bytes for each id given), else O(ids log ids).
  explicit CompactIds(std::span<const Id> a, std::span<const Id> b = {}) {
    const std::size_t given = a.size() + b.size();
    if (given == 0) return;
    Id low = std::numeric_limits<Id>::max(), high = std::numeric_limits<Id>::min();
    for (const auto ids : {a, b}) {
      for (const Id id : ids) {
        low = std::min(low, id);
        high = std::max(high, id);
      }
    }
    lowest_ = low;
    const std::uint64_t range = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
    if (range / 32 <= given + 1024) {
      mark(a, b, static_cast<std::size_t>(range));
    } else {
      sorted_.reserve(given);
      sorted_.insert(sorted_.end(), a.begin(), a.end());
      sorted_.insert(sorted_.end(), b.begin(), b.end());
      std::ranges::sort(sorted_);
      sorted_.erase(std::ranges::unique(sorted_).begin(), sorted_.end());
      count_ = sorted_.size();
    }
    if (count_ >= static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()))
      throw core::invalid_argument("ids", std::to_string(count_) + " different ones", "less than 2^31 - 1");
  }

  [[nodiscard]] std::int32_t size() const noexcept { return static_cast<std::int32_t>(count_); }
  // True if the ids are 0..n-1 already.
  [[nodiscard]] bool trivial() const noexcept {
    return count_ == 0 || (sorted_.empty() && lowest_ == 0 && count_ == range_ + 1);
  }
  [[nodiscard]] std::int32_t operator()(Id id) const noexcept {
    if (!sorted_.empty())
      return static_cast<std::int32_t>(std::ranges::lower_bound(sorted_, id) - sorted_.begin());
    const std::size_t bit = offset(id);
    const Word& word = words_[bit / 64];
    const std::uint64_t below = word.bits & ((std::uint64_t{1} << (bit % 64)) - 1);
    return static_cast<std::int32_t>(word.before + std::popcount(below));
  }
  // The id of each number.
  [[nodiscard]] std::vector<std::int64_t> ids() const {
    std::vector<std::int64_t> found(sorted_.begin(), sorted_.end());
    found.reserve(count_);
    for (std::size_t w = 0; w < words_.size(); ++w) {
      for (std::uint64_t bits = words_[w].bits; bits != 0; bits &= bits - 1) {
        const std::uint64_t bit = w * 64 + static_cast<std::uint64_t>(std::countr_zero(bits));
        found.push_back(static_cast<std::int64_t>(static_cast<std::uint64_t>(lowest_) + bit));
      }
    }
    return found;
  }

 private:
  struct Word {
    std::uint64_t bits = 0;
    std::int64_t before = 0;  // ids in earlier words
  };

  [[nodiscard]] std::size_t offset(Id id) const noexcept {
    return static_cast<std::size_t>(static_cast<std::uint64_t>(id) - static_cast<std::uint64_t>(lowest_));
  }
  void mark(std::span<const Id> a, std::span<const Id> b, std::size_t range) {
    range_ = range;
    words_.resize(range / 64 + 1);
    for (const auto ids : {a, b})
      for (const Id id : ids) words_[offset(id) / 64].bits |= std::uint64_t{1} << (offset(id) % 64);
    for (auto& word : words_) {
      word.before = static_cast<std::int64_t>(count_);
      count_ += static_cast<std::size_t>(std::popcount(word.bits));
    }
  }

  Id lowest_ = 0;
  std::size_t count_ = 0, range_ = 0;
  std::vector<Word> words_;
  std::vector<Id> sorted_;
};

}  // namespace wayseer::clustering
