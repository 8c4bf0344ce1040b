// The engines behind near_pairs, one row at a time.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "wayseer/clustering/correlation_metric.hpp"

namespace wayseer::clustering {

// Memory of one thread.
struct RowScratch {
  explicit RowScratch(std::int32_t n) : count(static_cast<std::size_t>(n), 0) {}
  std::vector<std::int32_t> count;
  std::vector<std::int32_t> touched;
  std::vector<std::uint8_t> mark;  // of N[u], allocated by engines that verify
};

// What worker 0 of a parallel loop asks at every row; the others end with it.
class SharedStop {
 public:
  explicit SharedStop(const core::Checkpoint& checkpoint) : checkpoint_(checkpoint) {}
  // True if the row should not begin any more. Throws on worker 0.
  [[nodiscard]] bool operator()(int worker) {
    if (worker != 0) return stopped_.load(std::memory_order_relaxed);
    try {
      checkpoint_();
    } catch (...) {
      stopped_.store(true, std::memory_order_relaxed);
      throw;
    }
    return false;
  }

 private:
  const core::Checkpoint& checkpoint_;
  std::atomic<bool> stopped_{false};
};

struct Bands {
  int bands, rows;
};
[[nodiscard]] Bands minhash_bands(Radius radius);

class NearRows {
 public:
  NearRows(const RankedGraph& graph, Radius radius, MetricEngine engine, std::uint64_t seed, int threads,
           const core::Checkpoint& checkpoint);

  // Appends the near pairs of u with ranks v > u to `out`, in no particular order; all v != u if `both`.
  void row(std::int32_t u, bool both, RowScratch& scratch, std::vector<NearPair>& out) const;

  [[nodiscard]] const RankedGraph& graph() const noexcept { return *graph_; }

 private:
  // Sets near N[u] in size have ranks first..last - 1.
  struct Range {
    std::int32_t first, last;
  };
  [[nodiscard]] Range range(std::int32_t u, bool both) const noexcept;
  void wedge(std::int32_t u, Range range, RowScratch& scratch, std::vector<NearPair>& out) const;
  void filtered(std::int32_t u, Range range, RowScratch& scratch, std::vector<NearPair>& out) const;
  void minhash(std::int32_t u, Range range, RowScratch& scratch, std::vector<NearPair>& out) const;
  // What of the touched candidates is near; clears them.
  void verify(std::int32_t u, RowScratch& scratch, std::vector<NearPair>& out) const;
  void index_prefixes();
  void sketch(std::uint64_t seed, int threads, const core::Checkpoint& checkpoint);

  [[nodiscard]] std::span<const std::int32_t> prefix(std::int32_t u) const noexcept {
    const auto all = graph_->row(u);
    const auto a = static_cast<std::int64_t>(all.size());
    return all.last(static_cast<std::size_t>(a - radius_.least_size(a) + 1));
  }
  [[nodiscard]] std::span<const std::int32_t> holders(std::int32_t w) const noexcept {
    return {index_.data() + index_offsets_[at(w)],
            static_cast<std::size_t>(index_offsets_[at(w) + 1] - index_offsets_[at(w)])};
  }

  const RankedGraph* graph_;
  Radius radius_;
  MetricEngine engine_;
  std::vector<std::int64_t> index_offsets_;  // filtered: who has w in its prefix
  std::vector<std::int32_t> index_;
  Bands bands_{};
  std::vector<std::int32_t> members_;    // minhash: per band the vertices by key,
  std::vector<std::int32_t> group_;      // the place in members_ where the group of a vertex begins,
  std::vector<std::int32_t> group_end_;  // and where it ends
};

}  // namespace wayseer::clustering
