// A priority queue over ids 0..n-1, each at most once in it, whose keys can change: a 4-ary min-heap (half
// the height of a binary one, and a node's children share a cache line) that knows where each id is.
//
// The order is (key, id): of equal keys the smallest id comes first, so what is popped does not depend on the
// history of the heap. push, pop, update and remove are O(log n), the rest O(1). Keys must be totally ordered
// by < (no nan).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace wayseer::core {

template <class Key>
class IndexedHeap {
 public:
  explicit IndexedHeap(std::int32_t n = 0) { reset(n); }

  // Empty, for ids 0..n-1; keeps the memory. O(n); `clear` is O(size).
  void reset(std::int32_t n) {
    heap_.clear();
    place_.assign(static_cast<std::size_t>(n), absent);
  }
  void clear() noexcept {
    for (const Entry& entry : heap_) place_[at(entry.id)] = absent;
    heap_.clear();
  }

  [[nodiscard]] std::int32_t size() const noexcept { return static_cast<std::int32_t>(heap_.size()); }
  [[nodiscard]] bool empty() const noexcept { return heap_.empty(); }
  [[nodiscard]] bool contains(std::int32_t id) const noexcept { return place_[at(id)] != absent; }
  // Of an id in the heap.
  [[nodiscard]] const Key& key(std::int32_t id) const noexcept { return heap_[at(place_[at(id)])].key; }

  // The smallest (key, id). The heap must not be empty.
  [[nodiscard]] std::int32_t top() const noexcept { return heap_.front().id; }
  [[nodiscard]] const Key& top_key() const noexcept { return heap_.front().key; }
  std::int32_t pop() {
    const std::int32_t id = heap_.front().id;
    remove(id);
    return id;
  }

  // Inserts the id, or changes its key, up or down, if it is in the heap.
  void set(std::int32_t id, Key key) {
    std::int32_t place = place_[at(id)];
    if (place == absent) {
      place = size();
      heap_.push_back({std::move(key), id});
      sift_up(place);
    } else {
      heap_[at(place)].key = std::move(key);
      sift_down(sift_up(place));
    }
  }
  // Like set, unless the id is in the heap with a key that is not larger; true if something changed. What a
  // shortest-path search does with a new distance.
  bool decrease(std::int32_t id, Key key) {
    if (contains(id) && !(key < this->key(id))) return false;
    set(id, std::move(key));
    return true;
  }
  // Takes the id out; false if it was not in.
  bool remove(std::int32_t id) {
    const std::int32_t place = place_[at(id)];
    if (place == absent) return false;
    place_[at(id)] = absent;
    const bool last = place == size() - 1;
    if (!last) heap_[at(place)] = std::move(heap_.back());
    heap_.pop_back();
    if (!last) sift_down(sift_up(place));
    return true;
  }

 private:
  struct Entry {
    Key key;
    std::int32_t id;
    friend bool operator<(const Entry& a, const Entry& b) {
      if (a.key < b.key) return true;
      return !(b.key < a.key) && a.id < b.id;
    }
  };
  static constexpr std::int32_t absent = -1;
  static constexpr std::size_t arity = 4;
  static std::size_t at(std::int32_t i) noexcept { return static_cast<std::size_t>(i); }

  void put(std::size_t place, Entry entry) {
    place_[at(entry.id)] = static_cast<std::int32_t>(place);
    heap_[place] = std::move(entry);
  }
  // Both move the entry to its place, write it down, and return that place.
  std::int32_t sift_up(std::int32_t from) {
    auto place = at(from);
    Entry entry = std::move(heap_[place]);
    while (place > 0) {
      const std::size_t parent = (place - 1) / arity;
      if (!(entry < heap_[parent])) break;
      put(place, std::move(heap_[parent]));
      place = parent;
    }
    put(place, std::move(entry));
    return static_cast<std::int32_t>(place);
  }
  std::int32_t sift_down(std::int32_t from) {
    auto place = at(from);
    Entry entry = std::move(heap_[place]);
    for (;;) {
      const std::size_t first = arity * place + 1;
      if (first >= heap_.size()) break;
      std::size_t least = first;
      for (std::size_t child = first + 1; child < std::min(first + arity, heap_.size()); ++child) {
        if (heap_[child] < heap_[least]) least = child;
      }
      if (!(heap_[least] < entry)) break;
      put(place, std::move(heap_[least]));
      place = least;
    }
    put(place, std::move(entry));
    return static_cast<std::int32_t>(place);
  }

  std::vector<Entry> heap_;
  std::vector<std::int32_t> place_;  // id -> index in heap_, or absent
};

}  // namespace wayseer::core
