#include "wayseer/tsp/held_karp.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

namespace wayseer::tsp {

namespace {

constexpr std::size_t limit = held_karp_limit;

// c(i, j) at [i][j].
template <class T>
using Table = std::array<std::array<T, limit>, limit>;

template <class T>
Table<T> costs(const Problem& problem) {
  Table<T> table{};
  const Index n = problem.size();
  const auto fill = [&](auto&& cost) {
    for (Index i = 0; i < n; ++i)
      for (Index j = 0; j < n; ++j)
        if (i != j) table[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)] = cost(i, j);
  };
  if constexpr (std::is_same_v<T, double>) {
    fill([&](Index i, Index j) { return problem.cost(i, j); });
  } else {
    // Problem::cost is a double, which holds integers up to 2^53 only.
    const MatrixView& matrix = problem.matrix();
    const auto entry = [&](const auto* data) {
      fill([=](Index i, Index j) { return T{data[static_cast<std::ptrdiff_t>(i) * n + j]}; });
    };
    if (problem.metric() != MetricKind::matrix) {
      fill([&](Index i, Index j) {
        const std::array<Index, 2> there_and_back{i, j};
        return problem.integer_length(there_and_back) / 2;
      });
    } else if (matrix.type == MatrixType::int32) {
      entry(static_cast<const std::int32_t*>(matrix.data));
    } else {
      entry(static_cast<const std::int64_t*>(matrix.data));
    }
  }
  return table;
}

// rest[S * m + j], for j in S, is the least cost of a path from node j + 1 through all of S and on to node 0;
// S is a set of the nodes 1..n-1, node v being bit v - 1. Paths run backwards from node 0 so that the walk at
// the end goes forwards and can prefer small nodes.
template <class T>
std::vector<Index> solve(const Problem& problem, core::Run* run) {
  const Table<T> c = costs<T>(problem);
  const auto m = static_cast<std::size_t>(problem.size() - 1);
  const auto sets = std::uint32_t{1} << m;
  const auto rest = std::make_unique_for_overwrite<T[]>(std::size_t{sets} * m);

  // Of the nodes of S, the smallest that continues a path from node `from` at the least cost.
  const auto best_step = [&](std::size_t from, std::uint32_t set) {
    const T* row = rest.get() + std::size_t{set} * m;
    auto k = static_cast<std::size_t>(std::countr_zero(set));
    std::pair<T, std::size_t> best{c[from][k + 1] + row[k], k};
    while ((set &= set - 1) != 0) {
      k = static_cast<std::size_t>(std::countr_zero(set));
      const T cost = c[from][k + 1] + row[k];
      if (cost < best.first) best = {cost, k};
    }
    return best;
  };

  for (std::uint32_t set = 1; set < sets; ++set) {
    if ((set & 0xfff) == 0 && run != nullptr && run->should_stop()) return {};
    T* row = rest.get() + std::size_t{set} * m;
    if (std::has_single_bit(set)) {
      const auto j = static_cast<std::size_t>(std::countr_zero(set));
      row[j] = c[j + 1][0];
      continue;
    }
    for (std::uint32_t left = set; left != 0; left &= left - 1) {
      const auto j = static_cast<std::size_t>(std::countr_zero(left));
      row[j] = best_step(j + 1, set & ~(std::uint32_t{1} << j)).first;
    }
  }

  std::vector<Index> tour{0};
  tour.reserve(m + 1);
  for (std::uint32_t set = sets - 1; set != 0;) {
    const std::size_t j = best_step(static_cast<std::size_t>(tour.back()), set).second;
    tour.push_back(static_cast<Index>(j + 1));
    set &= ~(std::uint32_t{1} << j);
  }
  // Both directions cost the same, but double sums may say otherwise; for integers this is so already.
  if (problem.symmetric() && m >= 2 && tour[1] > tour[m]) std::reverse(tour.begin() + 1, tour.end());
  return tour;
}

}  // namespace

std::vector<Index> held_karp(const Problem& problem, core::Run* run) {
  const Index n = problem.size();
  if (n < 1 || n > held_karp_limit)
    throw std::invalid_argument("held_karp solves 1 to " + std::to_string(held_karp_limit) +
                                " nodes, the problem has " + std::to_string(n));
  if (run != nullptr && run->should_stop()) return {};
  return problem.integer() ? solve<Cost>(problem, run) : solve<double>(problem, run);
}

}  // namespace wayseer::tsp
