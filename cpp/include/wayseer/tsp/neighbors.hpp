// Neighbour lists in CSR form with the distances beside the ids: what every local search reads first.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "wayseer/core/checkpoint.hpp"
#include "wayseer/tsp/metric.hpp"

namespace wayseer::tsp {

template <class Near>
struct Neighbor {
  Index node;
  Near distance;
};

// Candidate edges without distances, in the engines' numbering: row v lists the ids that v may be joined to.
struct CandidateLists {
  std::vector<std::int64_t> offset{0};  // n + 1
  std::vector<Index> ids;
  bool clustered = false;  // made for clustered points, whose rows are longer and want wider searches

  [[nodiscard]] Index size() const noexcept { return static_cast<Index>(offset.size()) - 1; }
  [[nodiscard]] std::span<const Index> row(Index v) const noexcept {
    const auto i = static_cast<std::size_t>(v);
    return std::span{ids}.subspan(static_cast<std::size_t>(offset[i]),
                                  static_cast<std::size_t>(offset[i + 1] - offset[i]));
  }
  void end_row() { offset.push_back(static_cast<std::int64_t>(ids.size())); }
};

template <class Metric>
class NeighborLists {
 public:
  using Near = typename Metric::Near;
  using Entry = Neighbor<Near>;

  NeighborLists() = default;
  // Rows are re-sorted by (distance, id).
  NeighborLists(const Metric& metric, const CandidateLists& candidates,
                const core::Checkpoint& checkpoint = {})
      : offset_(candidates.offset) {
    entries_.reserve(candidates.ids.size());
    for (Index v = 0; v < candidates.size(); ++v) {
      checkpoint(v);
      const auto begin = static_cast<std::ptrdiff_t>(entries_.size());
      for (const Index c : candidates.row(v)) entries_.push_back({c, static_cast<Near>(metric(v, c))});
      std::sort(entries_.begin() + begin, entries_.end(), [](const Entry& a, const Entry& b) {
        return a.distance != b.distance ? a.distance < b.distance : a.node < b.node;
      });
    }
  }

  [[nodiscard]] Index size() const noexcept { return static_cast<Index>(offset_.size()) - 1; }
  [[nodiscard]] std::span<const Entry> operator[](Index v) const noexcept {
    const auto i = static_cast<std::size_t>(v);
    return {entries_.data() + offset_[i], static_cast<std::size_t>(offset_[i + 1] - offset_[i])};
  }
  [[nodiscard]] std::span<const Entry> first(Index v, std::size_t count) const noexcept {
    const auto row = (*this)[v];
    return row.first(std::min(count, row.size()));
  }

 private:
  std::vector<std::int64_t> offset_{0};
  std::vector<Entry> entries_;
};

}  // namespace wayseer::tsp
