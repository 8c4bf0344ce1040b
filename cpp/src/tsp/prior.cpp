#include "prior.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

namespace wayseer::tsp {

namespace {

std::size_t at(Index i) noexcept { return static_cast<std::size_t>(i); }

}  // namespace

void check_heatmap(const core::EdgeValues& heatmap, Index n) {
  if (heatmap.n != n || heatmap.indptr.size() != at(n) + 1)
    throw std::invalid_argument("heatmap has " + std::to_string(heatmap.n) + " rows, the problem has " +
                                std::to_string(n) + " nodes");
  if (heatmap.indices.size() != heatmap.values.size() || heatmap.indptr.front() != 0 ||
      heatmap.indptr.back() != static_cast<std::int64_t>(heatmap.indices.size()))
    throw std::invalid_argument("heatmap: indptr, indices and values do not fit together");
  for (Index i = 0; i < n; ++i) {
    if (heatmap.indptr[at(i)] > heatmap.indptr[at(i) + 1])
      throw std::invalid_argument("heatmap: indptr decreases at row " + std::to_string(i));
    const auto ids = heatmap.row_indices(i);
    const auto values = heatmap.row_values(i);
    for (std::size_t k = 0; k < ids.size(); ++k) {
      const std::string where = "heatmap row " + std::to_string(i);
      if (ids[k] < 0 || ids[k] >= n)
        throw std::invalid_argument(where + ": column " + std::to_string(ids[k]) + " is not in 0.." +
                                    std::to_string(n - 1));
      if (!std::isfinite(values[k]) || values[k] < 0)
        throw std::invalid_argument(where + ": value " + std::to_string(values[k]) + " is not a number >= 0");
    }
  }
}

EdgePrior::EdgePrior(const Space& space, const core::EdgeValues& heatmap,
                     std::span<const Index> representative, const core::Checkpoint& checkpoint) {
  std::vector<Index> rank(at(space.problem().size()), -1);
  const auto order = space.order();
  for (std::size_t v = 0; v < order.size(); ++v) rank[at(order[v])] = static_cast<Index>(v);

  std::vector<std::vector<Entry>> rows(at(space.size()));
  for (Index i = 0; i < heatmap.n; ++i) {
    checkpoint(i);
    const auto ids = heatmap.row_indices(i);
    const auto values = heatmap.row_values(i);
    float largest = 0;
    for (std::size_t k = 0; k < ids.size(); ++k)
      if (ids[k] != i) largest = std::max(largest, values[k]);
    if (largest <= 0) continue;
    const Index u = rank[at(representative[at(i)])];
    for (std::size_t k = 0; k < ids.size(); ++k) {
      const Index v = rank[at(representative[at(ids[k])])];
      if (u == v || values[k] <= 0) continue;
      const float value = values[k] / largest;
      const Index from = space.doubled() ? 2 * u + 1 : u;
      const Index to = space.doubled() ? 2 * v : v;
      rows[at(from)].push_back({to, value});
      rows[at(to)].push_back({from, value});
    }
  }
  for (auto& row : rows) {
    checkpoint(static_cast<std::int64_t>(offset_.size()));
    std::sort(row.begin(), row.end(), [](const Entry& a, const Entry& b) {
      return a.node != b.node ? a.node < b.node : a.value > b.value;
    });
    Index last = -1;
    for (const Entry& entry : row)
      if (entry.node != last) {
        entries_.push_back(entry);
        last = entry.node;
      }
    offset_.push_back(static_cast<std::int64_t>(entries_.size()));
  }
}

float EdgePrior::value(Index u, Index v) const noexcept {
  const auto begin = entries_.begin() + offset_[at(u)];
  const auto end = entries_.begin() + offset_[at(u) + 1];
  const auto found =
      std::lower_bound(begin, end, v, [](const Entry& e, Index node) { return e.node < node; });
  return found != end && found->node == v ? found->value : 0.0F;
}

CandidateLists EdgePrior::candidates(const Space& space, const core::Checkpoint& checkpoint) const {
  constexpr std::size_t most = 5;
  struct Ranked {
    float value;
    Cost distance;
    Index node;
  };
  CandidateLists lists;
  std::vector<Ranked> row;
  space.visit([&](const auto& metric) {
    for (Index v = 0; v < space.size(); ++v) {
      checkpoint(v);
      row.clear();
      for (auto e = offset_[at(v)]; e < offset_[at(v) + 1]; ++e) {
        const Entry& entry = entries_[static_cast<std::size_t>(e)];
        row.push_back({entry.value, metric(v, entry.node), entry.node});
      }
      std::sort(row.begin(), row.end(), [](const Ranked& a, const Ranked& b) {
        if (a.value != b.value) return a.value > b.value;
        return a.distance != b.distance ? a.distance < b.distance : a.node < b.node;
      });
      for (std::size_t i = 0; i < std::min(most, row.size()); ++i) lists.ids.push_back(row[i].node);
      lists.end_row();
    }
  });
  return lists;
}

}  // namespace wayseer::tsp
