// What the Grid and the KdTree share: the norms, and the list of the k nearest points seen so far.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace wayseer::core {

// Which distance orders the neighbours. Each is at least the gap along any one axis, so a search may stop
// at the first axis-parallel boundary that is farther away than its worst neighbour.
enum class Norm : std::uint8_t { euclidean, maximum, manhattan };

// Coordinates up to this size have finite squared distances.
inline constexpr double max_coordinate = 1e150;

// Calls f(std::integral_constant<Norm, norm>{}): the norm is chosen once per query, not once per point.
template <class F>
decltype(auto) with_norm(Norm norm, F&& f) {
  switch (norm) {
    case Norm::maximum:
      return std::forward<F>(f)(std::integral_constant<Norm, Norm::maximum>{});
    case Norm::manhattan:
      return std::forward<F>(f)(std::integral_constant<Norm, Norm::manhattan>{});
    case Norm::euclidean:
      break;
  }
  return std::forward<F>(f)(std::integral_constant<Norm, Norm::euclidean>{});
}

// The quantity that is compared: the squared distance for Euclid, the distance for the others. Rounding is
// monotone, so smaller gaps never measure more: bounds from boxes are exact, ties included.
template <Norm norm>
[[nodiscard]] inline double measure(double dx) noexcept {
  if constexpr (norm == Norm::euclidean) return dx * dx;
  return std::abs(dx);
}
template <Norm norm>
[[nodiscard]] inline double measure(double dx, double dy) noexcept {
  if constexpr (norm == Norm::euclidean) return dx * dx + dy * dy;
  if constexpr (norm == Norm::maximum) return std::max(std::abs(dx), std::abs(dy));
  return std::abs(dx) + std::abs(dy);
}
template <Norm norm>
[[nodiscard]] inline double measure(double dx, double dy, double dz) noexcept {
  if constexpr (norm == Norm::euclidean) return dx * dx + dy * dy + dz * dz;
  if constexpr (norm == Norm::maximum) return std::max(std::max(std::abs(dx), std::abs(dy)), std::abs(dz));
  return std::abs(dx) + std::abs(dy) + std::abs(dz);
}

// The k smallest (distance, id) offered so far. Sorted by insertion, without allocation, up to k = 64; a
// heap on the free store above, where one allocation does not matter.
class NearestK {
 public:
  explicit NearestK(int k) : capacity_(std::max(k, 0)) {
    if (capacity_ > small_capacity) large_.reserve(static_cast<std::size_t>(capacity_));
    if (capacity_ == 0) worst_.distance = -std::numeric_limits<double>::infinity();
  }
  NearestK(const NearestK&) = delete;
  NearestK& operator=(const NearestK&) = delete;

  // Infinite until k points are known.
  [[nodiscard]] double worst() const noexcept { return worst_.distance; }
  [[nodiscard]] bool improves(double distance, std::int32_t id) const noexcept {
    return distance < worst_.distance || (distance == worst_.distance && id < worst_.id);
  }

  void offer(double distance, std::int32_t id) {
    if (!improves(distance, id)) return;
    if (capacity_ > small_capacity) return offer_large({distance, id});
    auto slot = static_cast<std::size_t>(size_ < capacity_ ? size_++ : capacity_ - 1);
    for (; slot > 0 && Entry{distance, id} < small_[slot - 1]; --slot) small_[slot] = small_[slot - 1];
    small_[slot] = {distance, id};
    if (size_ == capacity_) worst_ = small_[static_cast<std::size_t>(capacity_ - 1)];
  }

  // Ids in ascending (distance, id) order; returns how many. Call it once, at the end.
  int write(std::span<std::int32_t> out) {
    if (capacity_ > small_capacity) {
      std::sort_heap(large_.begin(), large_.end());
      std::ranges::transform(large_, out.begin(), &Entry::id);
      return static_cast<int>(large_.size());
    }
    for (std::size_t j = 0; j < static_cast<std::size_t>(size_); ++j) out[j] = small_[j].id;
    return size_;
  }

 private:
  static constexpr int small_capacity = 64;
  struct Entry {
    double distance;
    std::int32_t id;
    friend bool operator<(const Entry& a, const Entry& b) noexcept {
      return a.distance < b.distance || (a.distance == b.distance && a.id < b.id);
    }
  };

  void offer_large(Entry entry) {
    if (static_cast<int>(large_.size()) == capacity_) {
      std::pop_heap(large_.begin(), large_.end());
      large_.back() = entry;
    } else {
      large_.push_back(entry);
    }
    std::push_heap(large_.begin(), large_.end());
    if (static_cast<int>(large_.size()) == capacity_) worst_ = large_.front();
  }

  int capacity_;
  int size_ = 0;
  Entry worst_{std::numeric_limits<double>::infinity(), std::numeric_limits<std::int32_t>::max()};
  std::array<Entry, small_capacity> small_;  // left uninitialised: 1 kB per query would cost more than it
  std::vector<Entry> large_;
};

}  // namespace wayseer::core
