// Disjoint sets with path halving and union by size: amortised inverse-Ackermann per operation.
#pragma once

#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

namespace wayseer::core {

class UnionFind {
 public:
  explicit UnionFind(std::int32_t n) { reset(n); }

  // n singletons; keeps the memory.
  void reset(std::int32_t n) {
    parent_.resize(static_cast<std::size_t>(n));
    std::iota(parent_.begin(), parent_.end(), 0);
    size_.assign(static_cast<std::size_t>(n), 1);
    sets_ = n;
  }

  [[nodiscard]] std::int32_t find(std::int32_t x) noexcept {
    while (parent_[at(x)] != x) {
      parent_[at(x)] = parent_[at(parent_[at(x)])];
      x = parent_[at(x)];
    }
    return x;
  }

  // Joins the two sets; false if they already were one. The larger set's representative stays (ties: a's).
  bool unite(std::int32_t a, std::int32_t b) noexcept {
    a = find(a);
    b = find(b);
    if (a == b) return false;
    if (size_[at(a)] < size_[at(b)]) std::swap(a, b);
    parent_[at(b)] = a;
    size_[at(a)] += size_[at(b)];
    --sets_;
    return true;
  }

  [[nodiscard]] bool same(std::int32_t a, std::int32_t b) noexcept { return find(a) == find(b); }
  [[nodiscard]] std::int32_t set_size(std::int32_t x) noexcept { return size_[at(find(x))]; }
  [[nodiscard]] std::int32_t sets() const noexcept { return sets_; }

 private:
  static std::size_t at(std::int32_t i) noexcept { return static_cast<std::size_t>(i); }

  std::vector<std::int32_t> parent_;
  std::vector<std::int32_t> size_;
  std::int32_t sets_ = 0;
};

}  // namespace wayseer::core
