// Nearest vectors among those whose attributes meet a filter: an inverted file (ivf_flat.hpp) whose lists
// hold vectors and, column by column, their attributes.
//
// A query computes distances of vectors that pass only. A bitmap for each value says which lists hold it;
// their AND leaves the lists that may have a vector that passes, and only those are ordered by the distance
// of their center. In a list the filter becomes a mask of bits, one column after the other. Lists without a
// vector that passes do not count.
//
// Memory: the vectors, 4 bytes a vector for its number, 1, 2, 4 or 8 for each attribute, and for each list
// its center and, for each attribute, 16 bytes and a bitmap of 8 to 512 bytes: about 4 bits for each vector
// of the list. In the file the parts lie as they do in memory, so that it can be used where it is mapped.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "wayseer/core/block.hpp"
#include "wayseer/core/checkpoint.hpp"
#include "wayseer/hashing/block_file.hpp"
#include "wayseer/hashing/distance.hpp"
#include "wayseer/hashing/kmeans.hpp"

namespace wayseer::hashing {

// One value for each vector.
struct Attribute {
  std::string name;
  std::span<const std::int64_t> values;
};

// What one attribute has to be: in lo..hi, or one of `values` if `listed`.
struct Condition {
  std::int32_t attribute = 0;
  bool listed = false;
  std::int64_t lo = 0, hi = 0;
  std::vector<std::int64_t> values;  // any order, repetitions allowed
};

// All of the conditions; none lets every vector pass.
using AttributeFilter = std::vector<Condition>;

class HybridIvf {
 public:
  static constexpr std::int32_t all_lists = 0;
  static constexpr std::size_t max_dim = 65536;

  struct Query {
    const float* vectors = nullptr;  // `count` rows of dim()
    std::int32_t count = 0;
    std::span<const AttributeFilter> filters;
    std::span<const std::int32_t> filter_of;  // for each vector; empty: the first filter for all
    std::int32_t k = 10;
    std::int32_t nprobe = 16;  // all_lists: exact
    int threads = 1;
  };

  // Of `count` >= 1 rows of `dim` floats, which are copied; for cosine the copies are scaled to length 1.
  // Squared distances must be finite. lists = 0 means default_lists. Takes O(count * lists * dim). The result
  // depends on the input and the seed, not on threads. Throws std::invalid_argument, core::Stopped.
  HybridIvf(Metric metric, const float* rows, std::size_t dim, std::int32_t count,
            std::span<const Attribute> attributes, std::int32_t lists, const KMeansOptions& options,
            const core::Checkpoint& checkpoint = {});

  // The index in a file: where it is mapped, or read into memory if `copy`. `meta` checks all but numbers,
  // vectors and their attributes; damage there then gives wrong answers, never a crash. Throws
  // format_error, std::system_error.
  [[nodiscard]] static HybridIvf open(const std::string& path, bool copy, verify how);
  // Throws std::system_error.
  void save(const std::string& path) const;

  // For each query k numbers and distances, nearest first and, of equally near ones, smaller numbers first;
  // -1 and infinity where there are fewer. Lists count towards nprobe if a vector of theirs passes the
  // filter. A query's answer does not depend on the others. Throws core::Stopped.
  void search(const Query& query, std::int64_t* ids, float* distances,
              const core::Checkpoint& checkpoint = {}) const;

  [[nodiscard]] Metric metric() const noexcept { return metric_; }
  [[nodiscard]] std::int32_t size() const noexcept { return count_; }
  [[nodiscard]] std::size_t dim() const noexcept { return dim_; }
  [[nodiscard]] std::int32_t lists() const noexcept { return lists_; }
  [[nodiscard]] std::size_t attributes() const noexcept { return columns_.size(); }
  [[nodiscard]] const std::string& attribute_name(std::size_t i) const { return columns_[i].name; }
  // Smallest and largest value of an attribute, and the bytes that one takes.
  [[nodiscard]] std::int64_t attribute_min(std::size_t i) const noexcept { return columns_[i].min; }
  [[nodiscard]] std::int64_t attribute_max(std::size_t i) const noexcept {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(columns_[i].min) + columns_[i].span);
  }
  [[nodiscard]] std::size_t attribute_width(std::size_t i) const noexcept { return columns_[i].width; }
  // Of everything, in memory or mapped.
  [[nodiscard]] std::size_t bytes() const noexcept;

 private:
  enum Part : std::size_t { meta, centers, starts, radii, bounds, bitmaps, numbers, vectors, codes, parts };
  struct Storage;  // owns the parts
  struct Plan;     // a filter made ready
  struct Worker;   // what a thread of a search needs

  // An attribute is stored as value - min, in `width` bytes.
  struct Column {
    std::string name;
    std::int64_t min = 0;
    std::uint64_t span = 0;  // max - min
    std::size_t width = 1, buckets = 64;
    const std::byte* codes = nullptr;         // in the order of the lists
    const std::uint64_t* list_min = nullptr;  // of the codes in each list; an empty one has min > max
    const std::uint64_t* list_max = nullptr;
    const std::uint64_t* bitmaps = nullptr;  // for each bucket: which lists have a code in it

    [[nodiscard]] bool exact() const noexcept { return span < buckets; }
    [[nodiscard]] std::size_t bucket(std::uint64_t code) const noexcept;
    [[nodiscard]] std::uint64_t code(std::size_t i) const noexcept;
  };

  HybridIvf() = default;
  // Sizes of the parts from what is known before them: all but vectors need only counts and columns.
  [[nodiscard]] std::array<std::uint64_t, parts> part_sizes() const noexcept;
  void lay_out_vectors() noexcept;
  void attach_columns() noexcept;
  [[nodiscard]] std::vector<std::byte> described_columns() const;
  [[nodiscard]] file_header to_header(std::span<const block_extent> blocks) const;
  void read_columns(const mapped_file& file, const block_extent& block);

  template <class T>
  [[nodiscard]] const T* part(Part which) const noexcept {
    return reinterpret_cast<const T*>(parts_[which].data());
  }
  [[nodiscard]] std::size_t list_words() const noexcept {
    return (static_cast<std::size_t>(lists_) + 63) / 64;
  }
  [[nodiscard]] std::size_t list_begin(std::size_t list) const noexcept {
    return static_cast<std::size_t>(part<std::int32_t>(starts)[list]);
  }
  [[nodiscard]] std::size_t list_size(std::size_t list) const noexcept {
    return list_begin(list + 1) - list_begin(list);
  }
  [[nodiscard]] const float* list_rows(std::size_t list) const noexcept {
    return reinterpret_cast<const float*>(parts_[vectors].data() + vector_at_[list]);
  }

  [[nodiscard]] Plan plan(const AttributeFilter& filter) const;
  void require(Plan& plan, const Condition& condition) const;
  [[nodiscard]] std::size_t passing(const Plan& plan, std::size_t list, Worker& worker) const;
  void search_list(std::size_t list, const float* query, std::size_t passed, Worker& worker) const;
  void search_block(const Query& query, std::span<const std::int32_t> which, const Plan& plan, Worker& worker,
                    std::int64_t* ids, float* distances) const;
  [[nodiscard]] float bound(float center_distance, double radius, double query_length) const noexcept;

  Metric metric_ = Metric::l2;
  std::size_t dim_ = 0;
  std::int32_t count_ = 0, lists_ = 0;
  std::uint64_t alignment_ = 0;  // of the first vector of a list, in bytes
  std::vector<Column> columns_;
  std::array<std::span<const std::byte>, parts> parts_;
  std::vector<std::uint64_t> vector_at_;  // of each list, in bytes, and the end
  double largest_radius_ = 0;
  std::shared_ptr<const void> owner_;  // of the parts
};

}  // namespace wayseer::hashing
