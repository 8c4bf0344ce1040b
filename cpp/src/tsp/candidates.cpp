#include "wayseer/tsp/candidates.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "wayseer/tsp/point_index.hpp"

namespace wayseer::tsp {

namespace {

constexpr int matrix_neighbors = 10;
constexpr int asymmetric_neighbors = 8;

std::size_t at(Index i) noexcept { return static_cast<std::size_t>(i); }

// The k nodes of `pool` with the least cost(node), ascending by (cost, id).
template <class CostOf>
void append_cheapest(std::vector<std::pair<Cost, Index>>& pool, int k, CostOf&& cost,
                     std::vector<Index>& out) {
  for (auto& [key, node] : pool) key = cost(node);
  const auto count = static_cast<std::ptrdiff_t>(std::min(pool.size(), static_cast<std::size_t>(k)));
  std::partial_sort(pool.begin(), pool.begin() + count, pool.end());
  for (std::ptrdiff_t i = 0; i < count; ++i) out.push_back(pool[static_cast<std::size_t>(i)].second);
}

CandidateLists nearest_by_matrix(const Space& space, int k, const core::Checkpoint& checkpoint) {
  CandidateLists lists;
  space.visit([&](const auto& metric) {
    std::vector<std::pair<Cost, Index>> pool;
    for (Index v = 0; v < space.size(); ++v) {
      checkpoint();
      pool.clear();
      for (Index u = 0; u < space.size(); ++u)
        if (u != v) pool.emplace_back(0, u);
      append_cheapest(pool, k, [&](Index u) { return metric(v, u); }, lists.ids);
      lists.end_row();
    }
  });
  return lists;
}

// Node 2i ("arrive at i") may be joined to the 2j+1 from which i is cheap to reach; 2i+1 the other way round.
CandidateLists nearest_arcs(const Space& space, int k, const core::Checkpoint& checkpoint) {
  CandidateLists lists;
  space.visit([&](const auto& metric) {
    std::vector<std::pair<Cost, Index>> pool;
    for (Index v = 0; v < space.size(); ++v) {
      checkpoint();
      lists.ids.push_back(v ^ 1);
      pool.clear();
      for (Index u = (v & 1) ^ 1; u < space.size(); u += 2)
        if (u != (v ^ 1)) pool.emplace_back(0, u);
      append_cheapest(pool, k, [&](Index u) { return metric(v, u); }, lists.ids);
      lists.end_row();
    }
  });
  return lists;
}

CandidateLists nearest_by_index(const PointIndex& index, int k, const core::Checkpoint& checkpoint) {
  CandidateLists lists;
  std::vector<Index> found(at(k));
  for (Index v = 0; v < index.size(); ++v) {
    checkpoint(v);
    const int count = index.nearest(v, k, found);
    lists.ids.insert(lists.ids.end(), found.begin(), found.begin() + count);
    lists.end_row();
  }
  return lists;
}

CandidateLists quadrant_by_index(const PointIndex& index, int m, const core::Checkpoint& checkpoint) {
  CandidateLists lists;
  std::vector<Index> found(at(index.orthants() * m));
  for (Index v = 0; v < index.size(); ++v) {
    checkpoint(v);
    index.nearest_per_orthant(v, m, found);
    for (const Index u : found)
      if (u >= 0) lists.ids.push_back(u);
    lists.end_row();
  }
  return lists;
}

// Distances to the 8th distinct neighbour vary little on uniform points (.2) and much on clustered ones.
bool clustered(const Space& space, const PointIndex& index, const core::Checkpoint& checkpoint) {
  constexpr int rank = 8;
  constexpr Index sample = 20'000;
  std::vector<Index> found(rank);
  double sum = 0, squares = 0, count = 0;
  const Index step = std::max(1, space.size() / sample);
  space.visit([&](const auto& metric) {
    for (Index v = 0; v < space.size(); v += step) {
      checkpoint(v / step);
      if (index.nearest(v, rank, found, /*skip_coincident=*/true) < rank) continue;
      const auto d = static_cast<double>(metric(v, found[rank - 1]));
      sum += d;
      squares += d * d;
      ++count;
    }
  });
  if (count < 2 || sum <= 0) return false;
  const double mean = sum / count;
  return std::sqrt(std::max(0.0, squares / count - mean * mean)) / mean > 0.5;
}

}  // namespace

CandidateLists nearest_candidates(const Space& space, int k, const core::Checkpoint& checkpoint) {
  if (space.doubled()) return nearest_arcs(space, k, checkpoint);
  if (space.dimension() == 0) return nearest_by_matrix(space, k, checkpoint);
  return nearest_by_index(PointIndex(space, checkpoint), k, checkpoint);
}

CandidateLists quadrant_candidates(const Space& space, int m, const core::Checkpoint& checkpoint) {
  return quadrant_by_index(PointIndex(space, checkpoint), m, checkpoint);
}

CandidateLists unite(const CandidateLists& a, const CandidateLists& b, const core::Checkpoint& checkpoint) {
  CandidateLists lists;
  const auto row_of = [](const CandidateLists& c, Index v) {
    return v < c.size() ? c.row(v) : std::span<const Index>{};
  };
  for (Index v = 0; v < std::max(a.size(), b.size()); ++v) {
    checkpoint(v);
    const auto begin = static_cast<std::ptrdiff_t>(lists.ids.size());
    for (const auto& row : {row_of(a, v), row_of(b, v)})
      for (const Index u : row)
        if (std::find(lists.ids.begin() + begin, lists.ids.end(), u) == lists.ids.end())
          lists.ids.push_back(u);
    lists.end_row();
  }
  return lists;
}

CandidateLists default_candidates(const Space& space, const core::Checkpoint& checkpoint) {
  if (space.doubled()) return nearest_arcs(space, asymmetric_neighbors, checkpoint);
  if (space.dimension() == 0) return nearest_by_matrix(space, matrix_neighbors, checkpoint);
  const PointIndex index(space, checkpoint);
  if (clustered(space, index, checkpoint)) {
    auto lists =
        unite(nearest_by_index(index, 5, checkpoint), quadrant_by_index(index, 3, checkpoint), checkpoint);
    lists.clustered = true;
    return lists;
  }
  return unite(nearest_by_index(index, 7, checkpoint), quadrant_by_index(index, 1, checkpoint), checkpoint);
}

CandidateLists with_user_candidates(const Space& space, const CandidateLists& base,
                                    const CandidateLists& user, int cap, const core::Checkpoint& checkpoint) {
  std::vector<Index> rank(at(space.problem().size()), -1);
  const auto order = space.order();
  for (std::size_t v = 0; v < order.size(); ++v) rank[at(order[v])] = static_cast<Index>(v);
  const bool doubled = space.doubled();
  std::vector<std::vector<Index>> extra(at(space.size()));
  for (std::size_t v = 0; v < order.size(); ++v) {
    checkpoint(static_cast<std::int64_t>(v));
    for (const Index id : user.row(order[v])) {
      if (id < 0) continue;
      const Index u = rank[at(id)];
      if (u < 0 || u == static_cast<Index>(v)) continue;
      if (doubled) {
        extra[2 * v + 1].push_back(2 * u);
        extra[at(2 * u)].push_back(static_cast<Index>(2 * v + 1));
      } else {
        extra[v].push_back(u);
      }
    }
  }
  CandidateLists lists;
  lists.clustered = base.clustered;
  for (Index v = 0; v < space.size(); ++v) {
    checkpoint(v);
    const auto begin = static_cast<std::ptrdiff_t>(lists.ids.size());
    const auto built_in = base.row(v);
    lists.ids.insert(lists.ids.end(), built_in.begin(), built_in.end());
    const auto limit = begin + std::max<std::ptrdiff_t>(cap, static_cast<std::ptrdiff_t>(built_in.size()));
    for (const Index u : extra[at(v)])
      if (static_cast<std::ptrdiff_t>(lists.ids.size()) < limit &&
          std::find(lists.ids.begin() + begin, lists.ids.end(), u) == lists.ids.end())
        lists.ids.push_back(u);
    lists.end_row();
  }
  return lists;
}

}  // namespace wayseer::tsp
