// How many tours of a population have each edge. A population's tours share most edges, so the counts of an
// edge's lower endpoint fit one cache line of eight slots; the rare rest goes to a hash map.
#pragma once

#include <array>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "wayseer/tsp/links.hpp"

namespace wayseer::tsp {

class EdgeFrequency {
 public:
  explicit EdgeFrequency(Index n = 0) : rows_(static_cast<std::size_t>(n)) {}

  void clear() {
    rows_.assign(rows_.size(), Row{});
    overflow_.clear();
  }
  void add_tour(const Links& links) {
    for (Index u = 0; u < static_cast<Index>(links.size()); ++u)
      for (const Index v : links[static_cast<std::size_t>(u)])
        if (u < v) add(u, v);
  }

  [[nodiscard]] std::int32_t count(Index u, Index v) const noexcept {
    if (u > v) std::swap(u, v);
    for (const Slot& slot : rows_[static_cast<std::size_t>(u)].slots)
      if (slot.other == v) return slot.count;
    if (overflow_.empty()) return 0;
    const auto found = overflow_.find(key(u, v));
    return found == overflow_.end() ? 0 : found->second;
  }
  void add(Index u, Index v) {
    if (u > v) std::swap(u, v);
    Slot* vacant = nullptr;
    for (Slot& slot : rows_[static_cast<std::size_t>(u)].slots) {
      if (slot.other == v) {
        ++slot.count;
        return;
      }
      if (slot.other < 0 && vacant == nullptr) vacant = &slot;
    }
    if (vacant != nullptr && (overflow_.empty() || !overflow_.contains(key(u, v))))
      *vacant = {v, 1};
    else
      ++overflow_[key(u, v)];
  }
  // The edge must have been added before.
  void remove(Index u, Index v) {
    if (u > v) std::swap(u, v);
    for (Slot& slot : rows_[static_cast<std::size_t>(u)].slots)
      if (slot.other == v) {
        if (--slot.count == 0) slot = Slot{};
        return;
      }
    const auto found = overflow_.find(key(u, v));
    if (found != overflow_.end() && --found->second == 0) overflow_.erase(found);
  }

 private:
  struct Slot {
    Index other = -1;
    std::int32_t count = 0;
  };
  struct alignas(64) Row {
    std::array<Slot, 8> slots{};
  };
  static std::uint64_t key(Index u, Index v) noexcept {
    return (static_cast<std::uint64_t>(static_cast<std::uint32_t>(u)) << 32) | static_cast<std::uint32_t>(v);
  }

  std::vector<Row> rows_;
  std::unordered_map<std::uint64_t, std::int32_t> overflow_;
};

}  // namespace wayseer::tsp
