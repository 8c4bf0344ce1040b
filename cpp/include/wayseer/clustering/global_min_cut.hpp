// The smallest cut of a whole graph: M. Stoer, F. Wagner, "A simple min-cut algorithm", 1997. O(n^3) on a
// dense matrix.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

namespace wayseer::clustering {

// Keeps its memory from call to call.
class GlobalMinCut {
 public:
  // capacity(i, j), i < j < n, >= 0. Stops at the first cut below `enough` and returns that one. The cut of a
  // single node, or none, is infinite.
  template <class CapacityOf>
  double operator()(std::int32_t n, CapacityOf&& capacity, double enough = no_limit) {
    resize(n);
    for (std::int32_t i = 0; i < n; ++i)
      for (std::int32_t j = i + 1; j < n; ++j) set(i, j, capacity(i, j));
    return smallest(enough);
  }

 private:
  static constexpr double no_limit = -std::numeric_limits<double>::infinity();

  void resize(std::int32_t n);
  void set(std::int32_t i, std::int32_t j, double capacity);
  double smallest(double enough);

  std::size_t n_ = 0;
  std::vector<double> capacity_, attached_;
  std::vector<std::size_t> alive_, waiting_;
};

}  // namespace wayseer::clustering
