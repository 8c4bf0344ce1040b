// Approximate nearest neighbours in a range of the rows of a matrix: the hierarchical navigable small world
// graph (Y. Malkov, D. Yashunin, "Efficient and robust approximate nearest neighbor search using
// hierarchical navigable small world graphs", 2020).
//
// The graph knows rows by number and owns no vectors, so many graphs over overlapping ranges can share one
// matrix. A row has at most 32 links of 2 bytes in graphs of up to 65535 rows, of 4 bytes in larger ones: one
// or two cache lines. Rows are inserted in an order drawn from the seed; the same rows and seed give the
// same graph.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "wayseer/core/block.hpp"
#include "wayseer/core/checkpoint.hpp"
#include "wayseer/hashing/byte_codes.hpp"
#include "wayseer/hashing/distance.hpp"

namespace wayseer::hashing {

// Rows of `dim` floats, one after the other, and how they are compared.
struct Vectors {
  const float* rows = nullptr;
  std::size_t dim = 0;
  Metric metric = Metric::l2;

  [[nodiscard]] const float* row(std::int32_t number) const noexcept {
    return rows + static_cast<std::size_t>(number) * dim;
  }
};

// Distances from one query to rows: exact, or by codes, which a search then only uses to find its way.
class Probe {
 public:
  Probe(const Vectors& vectors, const float* query) noexcept : vectors_(&vectors), query_(query) {}
  explicit Probe(const ByteCodes::Query& codes) noexcept : codes_(&codes) {}

  void operator()(std::span<const std::int32_t> rows, float* out) const noexcept {
    if (codes_ != nullptr)
      (*codes_)(rows, out);
    else
      gather_distances(vectors_->metric, query_, vectors_->rows, vectors_->dim, rows, out);
  }
  [[nodiscard]] float operator()(std::int32_t row) const noexcept {
    float distance;
    (*this)({&row, 1}, &distance);
    return distance;
  }

 private:
  const Vectors* vectors_ = nullptr;
  const float* query_ = nullptr;
  const ByteCodes::Query* codes_ = nullptr;
};

// begin..end-1
struct RowRange {
  std::int32_t begin = 0, end = 0;

  [[nodiscard]] std::int32_t size() const noexcept { return end - begin; }
  [[nodiscard]] bool contains(std::int32_t row) const noexcept { return begin <= row && row < end; }
  [[nodiscard]] bool contains(RowRange other) const noexcept {
    return begin <= other.begin && other.end <= end;
  }
  friend bool operator==(RowRange, RowRange) = default;
};

struct Neighbor {
  float distance;
  std::int32_t id;

  friend bool operator<(const Neighbor& a, const Neighbor& b) noexcept {
    return a.distance < b.distance || (a.distance == b.distance && a.id < b.id);
  }
  friend bool operator==(const Neighbor&, const Neighbor&) = default;
};

// The nearest rows that a search of a graph has met, in ascending order, and which of them it has yet to
// visit. Only rows inside the window are wanted, the others are stepping stones: what is farther than the
// `wanted`-th inside is dropped, and so is what exceeds the capacity.
class SearchBeam {
 public:
  // Of rows at one distance at most `equal` are kept: more of them lead nowhere new.
  void start(RowRange window, std::size_t wanted, std::size_t capacity,
             std::size_t equal = std::numeric_limits<std::size_t>::max()) {
    window_ = window;
    equal_ = equal;
    wanted_ = wanted;
    capacity_ = std::max(capacity, wanted);
    if (entries_.size() < capacity_ + 1) entries_.resize(capacity_ + 1);
    size_ = inside_ = next_ = 0;
    bound_ = std::numeric_limits<float>::infinity();
  }
  // Rows at this distance or farther need not be offered.
  [[nodiscard]] float bound() const noexcept { return bound_; }

  void offer(float distance, std::int32_t row) noexcept {
    if (!(distance < bound_)) return;
    std::size_t low = 0;
    for (std::size_t count = size_; count != 0;) {  // the first entry that is farther
      const std::size_t half = count / 2;
      const bool after = entries_[low + half].distance <= distance;
      low = after ? low + half + 1 : low;
      count = after ? count - half - 1 : half;
    }
    if (low >= equal_ && entries_[low - equal_].distance == distance) return;
    std::memmove(&entries_[low + 1], &entries_[low], (size_ - low) * sizeof(Entry));
    entries_[low] = {distance, static_cast<std::uint32_t>(row)};
    ++size_;
    next_ = std::min(next_, low);
    inside_ += window_.contains(row);
    if (inside_ >= wanted_ || size_ > capacity_) shrink();
  }
  // The nearest row that has not been visited, or -1.
  [[nodiscard]] std::int32_t next() noexcept {
    while (next_ < size_ && (entries_[next_].row & visited) != 0) ++next_;
    if (next_ == size_) return -1;
    const std::uint32_t row = entries_[next_].row;
    entries_[next_++].row |= visited;
    return static_cast<std::int32_t>(row);
  }
  // The row that next() would give now, or -1.
  [[nodiscard]] std::int32_t peek() const noexcept {
    return next_ < size_ && (entries_[next_].row & visited) == 0
               ? static_cast<std::int32_t>(entries_[next_].row)
               : -1;
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t inside() const noexcept { return inside_; }
  [[nodiscard]] RowRange window() const noexcept { return window_; }
  [[nodiscard]] Neighbor operator[](std::size_t i) const noexcept {
    return {entries_[i].distance, static_cast<std::int32_t>(entries_[i].row & ~visited)};
  }

 private:
  static constexpr std::uint32_t visited = std::uint32_t{1} << 31;
  struct Entry {
    float distance;
    std::uint32_t row;  // the top bit: visited
  };

  [[nodiscard]] bool last_inside() const noexcept { return window_.contains((*this)[size_ - 1].id); }
  void shrink() noexcept {
    if (size_ > capacity_) inside_ -= last_inside(), --size_;
    for (; inside_ > wanted_; --size_) inside_ -= last_inside();
    if (inside_ == wanted_)
      while (!last_inside()) --size_;
    else if (size_ < capacity_)
      return;
    bound_ = entries_[size_ - 1].distance;
  }

  std::vector<Entry> entries_;
  RowRange window_;
  std::size_t wanted_ = 0, capacity_ = 0, equal_ = 0, size_ = 0, inside_ = 0, next_ = 0;
  float bound_ = 0;
};

// The memory of one searching thread: which rows it has met, and its beam. Made once, used for many searches.
class SearchScratch {
 public:
  explicit SearchScratch(std::int32_t rows) : stamps_(static_cast<std::size_t>(rows), 0) {}

  // Forgets which of the rows have been met.
  void forget() noexcept {
    if (++stamp_ != 0) return;
    std::ranges::fill(stamps_, std::uint16_t{0});
    stamp_ = 1;
  }
  // Whether the row is met for the first time.
  [[nodiscard]] bool meet(std::int32_t row) noexcept {
    auto& stamp = stamps_[static_cast<std::size_t>(row)];
    const bool fresh = stamp != stamp_;
    stamp = stamp_;
    return fresh;
  }

  SearchBeam beam;
  std::int32_t ids[256];
  float distances[256];
  ByteCodes::Query codes;

 private:
  std::vector<std::uint16_t> stamps_;
  std::uint16_t stamp_ = 0;
};

class HnswMerge;

class Hnsw {
 public:
  static constexpr std::size_t m = 16, base_degree = 2 * m;
  static constexpr std::int32_t checkpoint_interval = 64;

  Hnsw() = default;
  // The scratch must have room for the rows of the range. The checkpoint is asked at every 64th insertion,
  // which is every few milliseconds.
  Hnsw(const Vectors& vectors, RowRange range, int ef_construction, std::uint64_t seed,
       SearchScratch& scratch, const core::Checkpoint& checkpoint = {});

  // Fills scratch.beam with near rows (numbers of the matrix, not of the range), until `wanted` of them are
  // inside the window; the beam holds at most `capacity` rows in all.
  void search(const Probe& probe, RowRange window, std::size_t wanted, std::size_t capacity,
              SearchScratch& scratch) const;
  // A row near the query, by descending through the upper layers.
  [[nodiscard]] Neighbor entry(const Probe& probe) const;

  // Calls f(row) for the links of a row of the range.
  template <class F>
  void for_links(std::int32_t row, F&& f) const {
    const std::size_t first = static_cast<std::size_t>(row - range_.begin) * base_degree;
    const auto over = [&]<class Id>(const Id* links) {
      for (std::size_t i = 0; i < base_degree && links[first + i] != static_cast<Id>(-1); ++i)
        f(static_cast<std::int32_t>(links[first + i]) + range_.begin);
    };
    if (narrow())
      over(reinterpret_cast<const std::uint16_t*>(links_.data()));
    else
      over(reinterpret_cast<const std::uint32_t*>(links_.data()));
  }
  void prefetch(std::int32_t row) const noexcept {
    const std::size_t bytes = base_degree * (narrow() ? 2 : 4);
    const std::byte* at = links_.data() + static_cast<std::size_t>(row - range_.begin) * bytes;
    for (std::size_t i = 0; i < bytes; i += core::line_size) __builtin_prefetch(at + i);
  }

  [[nodiscard]] RowRange range() const noexcept { return range_; }
  [[nodiscard]] std::size_t bytes() const noexcept;

 private:
  friend class HnswBuilder;
  friend class HnswMerge;
  // Rows of one of the upper layers by position. Positions take the place of row numbers, so that no row has
  // to say where its links are.
  struct Layer {
    std::vector<std::int32_t> rows;   // of the matrix
    std::vector<std::int32_t> below;  // the position in the layer below; local row number in the base
    std::vector<std::int32_t> links;  // m positions each, -1 where there is none
  };

  void allocate();
  [[nodiscard]] bool narrow() const noexcept { return range_.size() < 65536; }

  RowRange range_;
  core::Block<> links_;  // base_degree local row numbers each, all ones where there is none
  std::vector<Layer> layers_;
  std::int32_t entry_ = 0;  // position in the top layer
};

// One graph from graphs of adjacent ranges, several times faster than from rows: a row keeps what it is
// linked to and is searched for in the other parts only, where a small beam does. (After K. Xu et al.,
// "iRangeGraph: improvising range-dedicated graphs for range-filtering nearest neighbor search", 2024.)
// Call choose_links() for all rows, on as many threads as there are, then finish().
class HnswMerge {
 public:
  // The parts follow one another; they, the vectors and their codes outlive this. `beam`: of the searches in
  // the parts, which go by the codes.
  HnswMerge(const Vectors& vectors, const ByteCodes& codes, std::span<const Hnsw* const> parts, int beam);

  // Of the rows, which are in the range of the whole; calls for disjoint ones may run at a time.
  void choose_links(RowRange rows, SearchScratch& scratch);
  [[nodiscard]] Hnsw finish(std::uint64_t seed, SearchScratch& scratch,
                            const core::Checkpoint& checkpoint = {});

  [[nodiscard]] RowRange range() const noexcept { return graph_.range_; }

 private:
  const Vectors& vectors_;
  const ByteCodes& codes_;
  std::vector<const Hnsw*> parts_;
  int beam_;
  Hnsw graph_;
};

}  // namespace wayseer::hashing
