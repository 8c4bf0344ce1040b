// Nearest neighbours among the vectors whose label lies in a window (J. Engels, B. Landrum, S. Yu, L.
// Dhulipala, J. Shun, "Approximate nearest neighbor search with window filters", 2024).
//
// Vectors are kept once, in the order of their labels, so a window is a range of rows: rank_range() finds it.
// Level l of the index cuts all rows into buckets of size s(l) = split * s(l + 1); those that start at
// multiples of their size are the nodes of a tree, others, every shift * s(l) rows, lie across them. Each
// bucket above `leaf_cutoff` rows has an inner index of its own, which knows rows by number. Graphs are
// walked by byte codes; what is found is compared exactly. Memory beside the vectors: the codes,
// a byte per number, and about 64 bytes per vector and level for the tree, as much again for the shifted
// buckets at shift 1/2; double that where buckets have 2^16 rows or more.
//
// Searches are const; any number of threads may search at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <numeric>
#include <optional>
#include <span>
#include <vector>

#include "wayseer/core/block.hpp"
#include "wayseer/core/run.hpp"
#include "wayseer/hashing/byte_codes.hpp"
#include "wayseer/hashing/distance.hpp"
#include "wayseer/hashing/hnsw.hpp"
#include "wayseer/hashing/ivf_flat.hpp"

namespace wayseer::hashing {

// The order of ascending labels, equal ones as they come.
template <class Label>
[[nodiscard]] std::vector<std::int32_t> label_order(std::span<const Label> labels) {
  std::vector<std::int32_t> order(labels.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
    return labels[static_cast<std::size_t>(a)] < labels[static_cast<std::size_t>(b)];
  });
  return order;
}

// The rows with low <= label <= high, given the labels in order. Empty if high < low.
template <class Label>
[[nodiscard]] RowRange rank_range(std::span<const Label> sorted, Label low, Label high) {
  const auto begin = std::lower_bound(sorted.begin(), sorted.end(), low);
  const auto end = std::upper_bound(begin, sorted.end(), high);
  return {static_cast<std::int32_t>(begin - sorted.begin()), static_cast<std::int32_t>(end - sorted.begin())};
}

enum class InnerIndex : std::uint8_t { flat, hnsw, ivf };

enum class WindowMethod : std::uint8_t {
  automatic,   // what the cost model expects to be fastest
  prefilter,   // compares with every row of the window: exact
  postfilter,  // the smallest tree node that contains the window
  super,       // the smallest bucket, shifted or not, that contains the window
  tree,        // every maximal tree node inside the window, and scans at its ends
  split,       // the largest tree nodes inside the window; what is before and after like `super`
  joint,       // one walk over the links of all tree nodes at the window, never outside it; only hnsw, others
               // do the same as for `tree`
};

// Nanoseconds, fitted when the index is built: what the choice of `automatic` depends on.
struct WindowCosts {
  double scan = 0;   // for each row that is compared in a scan
  double visit = 0;  // for each row of the beam of a search of a graph, or list of an inverted file
};

struct WindowIndexOptions {
  Metric metric = Metric::l2;
  InnerIndex inner = InnerIndex::hnsw;
  std::int32_t leaf_cutoff = 1000;  // buckets of this size or less are scanned; at least 1
  std::int32_t split = 2;           // at least 2
  double shift = .5;                // above 0, below 1; 0: the tree only
  std::int32_t ef_construction = 200;
  std::uint64_t seed = 0;
  int threads = 1;
  std::optional<WindowCosts> costs;  // instead of fitting
  core::StopRule stop;               // Progress: objective is the number of insertions done
};

struct WindowSearchOptions {
  std::int32_t k = 10;
  // Rows inside the window that a search of a graph keeps, k at least; or lists of an inverted file with rows
  // inside the window that are looked at, more if they have less than k.
  std::int32_t beam = 64;
  std::int32_t final_multiply = 1;  // the beam is at least this multiple of k
  WindowMethod method = WindowMethod::automatic;
  int threads = 1;
  core::StopRule stop;
};

class WindowIndex {
 public:
  // Copies the vectors. `order`: a permutation, the vectors in order of their labels. Throws
  // std::invalid_argument for arguments outside their limits, core::Stopped when told to stop. The same input
  // and seed give the same index for every number of threads, except for fitted costs.
  WindowIndex(std::span<const float> vectors, std::size_t dim, std::span<const std::int32_t> order,
              const WindowIndexOptions& options);
  WindowIndex(const WindowIndex&) = delete;
  WindowIndex& operator=(const WindowIndex&) = delete;
  ~WindowIndex();

  // How many insertions into inner indexes building takes.
  [[nodiscard]] static std::int64_t insertions(std::int32_t size, const WindowIndexOptions& options);

  // k entries per query in ascending (distance, id); ids are positions in the input, -1 with an infinite
  // distance where the window has less than k rows. Throws core::Stopped when told to stop.
  void search(std::span<const float> queries, std::span<const RowRange> windows,
              const WindowSearchOptions& options, std::span<std::int64_t> ids,
              std::span<float> distances) const;

  [[nodiscard]] std::int32_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t dim() const noexcept { return vectors_.dim; }
  [[nodiscard]] WindowCosts costs() const noexcept { return costs_; }
  [[nodiscard]] std::size_t index_bytes() const noexcept;  // beside the vectors
  [[nodiscard]] std::size_t levels() const noexcept { return levels_.size(); }
  // What `automatic` does for a window.
  [[nodiscard]] WindowMethod choose(RowRange window, const WindowSearchOptions& options) const noexcept;

 private:
  class Search;
  class ScratchLease;
  struct Scratch;
  struct Bucket {
    RowRange range;
    std::optional<Hnsw> graph;
    std::optional<IvfFlat> lists;

    [[nodiscard]] bool built() const noexcept { return graph || lists; }
  };
  // Buckets of one size. A shifted one that is a node of the tree is left empty.
  struct Level {
    std::int32_t size = 0, stride = 0;  // stride 0: no shifted buckets
    std::vector<Bucket> nodes, shifted;
  };

  [[nodiscard]] static std::vector<Level> layout(std::int32_t size, const WindowIndexOptions& options);
  void build(const WindowIndexOptions& options, core::Run& run);
  [[nodiscard]] std::vector<const Hnsw*> parts_of(RowRange range, const Level& level) const;
  // The method that is no scan. An inverted file pays nothing for rows outside the window.
  [[nodiscard]] WindowMethod indexed() const noexcept {
    return inner_ == InnerIndex::hnsw ? WindowMethod::joint : WindowMethod::super;
  }
  [[nodiscard]] WindowCosts fitted(std::uint64_t seed) const;

  [[nodiscard]] const Bucket& node(const Level& level, std::int32_t row) const noexcept {
    return level.nodes[static_cast<std::size_t>(row / level.size)];
  }
  // Of the tree only, or shifted ones too.
  [[nodiscard]] const Bucket& smallest_containing(RowRange window, bool shifted) const noexcept;

  InnerIndex inner_;
  std::int32_t size_ = 0;
  core::Block<> rows_;
  Vectors vectors_;
  ByteCodes codes_;  // for graphs
  std::vector<std::int32_t> order_;
  std::vector<Level> levels_;  // those that have inner indexes, larger buckets first; at least one
  WindowCosts costs_;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<Scratch>> idle_;
};

}  // namespace wayseer::hashing
