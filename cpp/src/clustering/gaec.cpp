#include "wayseer/clustering/gaec.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "wayseer/clustering/objective.hpp"
#include "wayseer/core/union_find.hpp"

namespace wayseer::clustering {
namespace {

// The neighbours of one vertex with their costs: open addressing, linear probing, gaps closed on erasure.
class Row {
 public:
  struct Entry {
    std::int32_t neighbor = free;
    double cost = 0;
  };

  void reserve(std::size_t count) { slots_.assign(std::bit_ceil(count + count / 2 + 1), {}); }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  [[nodiscard]] const double* find(std::int32_t neighbor) const noexcept {
    if (slots_.empty()) return nullptr;
    for (auto i = home(neighbor);; i = (i + 1) & mask()) {
      if (slots_[i].neighbor == neighbor) return &slots_[i].cost;
      if (slots_[i].neighbor == free) return nullptr;
    }
  }
  // The cost after adding.
  double add(std::int32_t neighbor, double cost) {
    if (4 * (size_ + 1) > 3 * slots_.size()) grow();
    for (auto i = home(neighbor);; i = (i + 1) & mask()) {
      Entry& slot = slots_[i];
      if (slot.neighbor == free) {
        slot = {neighbor, 0.0};
        ++size_;
      }
      if (slot.neighbor == neighbor) return slot.cost += cost;
    }
  }
  void erase(std::int32_t neighbor) noexcept {
    auto hole = home(neighbor);
    while (slots_[hole].neighbor != neighbor) hole = (hole + 1) & mask();
    --size_;
    for (auto i = hole;;) {
      slots_[hole].neighbor = free;
      for (;;) {
        i = (i + 1) & mask();
        if (slots_[i].neighbor == free) return;
        // It may fill the hole unless its home lies behind the hole.
        if (((i - home(slots_[i].neighbor)) & mask()) >= ((i - hole) & mask())) break;
      }
      slots_[hole] = slots_[i];
      hole = i;
    }
  }
  template <class F>
  void for_each(F&& fn) const {
    for (const Entry& slot : slots_) {
      if (slot.neighbor != free) fn(slot.neighbor, slot.cost);
    }
  }
  void clear() noexcept {
    std::vector<Entry>().swap(slots_);
    size_ = 0;
  }

 private:
  static constexpr std::int32_t free = -1;
  [[nodiscard]] std::size_t mask() const noexcept { return slots_.size() - 1; }
  [[nodiscard]] std::size_t home(std::int32_t neighbor) const noexcept {
    return (static_cast<std::uint32_t>(neighbor) * 0x9e3779b97f4a7c15ULL >> 32) & mask();
  }
  void grow() {
    std::vector<Entry> old(std::max<std::size_t>(4, 2 * slots_.size()));
    old.swap(slots_);
    size_ = 0;
    for (const Entry& entry : old) {
      if (entry.neighbor != free) add(entry.neighbor, entry.cost);
    }
  }

  std::vector<Entry> slots_;
  std::size_t size_ = 0;
};

struct Candidate {
  double cost;
  std::int32_t u, v;  // u < v
  friend bool operator<(const Candidate& a, const Candidate& b) noexcept {
    if (a.cost != b.cost) return a.cost < b.cost;
    return std::pair(a.u, a.v) > std::pair(b.u, b.v);
  }
};

}  // namespace

std::vector<std::int32_t> gaec(const Graph& graph, const core::Checkpoint& checkpoint) {
  const auto n = graph.size();
  std::vector<Row> rows(at(n));
  std::vector<Candidate> heap;
  for (std::int32_t u = 0; u < n; ++u) {
    checkpoint(u);
    const auto neighbors = graph.neighbors(u);
    rows[at(u)].reserve(neighbors.size());
    for (std::size_t i = 0; i < neighbors.size(); ++i) {
      const double cost = graph.weighted() ? graph.neighbor_weights(u)[i] : 1.0;
      rows[at(u)].add(neighbors[i], cost);
      if (u < neighbors[i] && cost > 0) heap.push_back({cost, u, neighbors[i]});
    }
  }
  std::make_heap(heap.begin(), heap.end());

  core::UnionFind sets(n);
  std::int64_t steps = 0;
  while (!heap.empty()) {
    checkpoint(steps++);
    std::pop_heap(heap.begin(), heap.end());
    const Candidate best = heap.back();
    heap.pop_back();
    // Outdated entries stay in the heap: the edge is gone, or costs something else by now.
    const double* const now = rows[at(best.u)].find(best.v);
    if (now == nullptr || *now != best.cost) continue;
    const bool keep_u = rows[at(best.u)].size() >= rows[at(best.v)].size();
    const auto kept = keep_u ? best.u : best.v, gone = keep_u ? best.v : best.u;
    sets.unite(kept, gone);
    rows[at(kept)].erase(gone);
    rows[at(gone)].for_each([&](std::int32_t w, double cost) {
      if (w == kept) return;
      rows[at(w)].erase(gone);
      const double sum = rows[at(kept)].add(w, cost);
      rows[at(w)].add(kept, cost);
      if (sum > 0) {
        heap.push_back({sum, std::min(kept, w), std::max(kept, w)});
        std::push_heap(heap.begin(), heap.end());
      }
    });
    rows[at(gone)].clear();
  }

  std::vector<std::int32_t> labels(at(n));
  for (std::int32_t v = 0; v < n; ++v) labels[at(v)] = sets.find(v);
  renumber(labels);
  return labels;
}

}  // namespace wayseer::clustering
