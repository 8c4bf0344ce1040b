// Approximate nearest rows by an inverted file (J. Sivic, A. Zisserman, "Video Google", 2003; H. Jegou,
// M. Douze, C. Schmid, "Product quantization for nearest neighbor search", 2011): rows are put into the lists
// of their nearest k-means centers, and a query looks at the lists of its nearest few. The rows stay where
// they are, so that several indices may share an array.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "wayseer/core/checkpoint.hpp"
#include "wayseer/hashing/distance.hpp"
#include "wayseer/hashing/kmeans.hpp"
#include "wayseer/hashing/neighbours.hpp"

namespace wayseer::hashing {

class IvfFlat {
 public:
  static constexpr std::int32_t all_lists = 0;

  // What a thread needs to search; made once, used for one query after the other.
  struct Scratch {
    std::vector<std::int32_t> panels;
    std::vector<float> centers, distances;
    NearestFirst order;
  };

  // Of `count` rows of `dim` floats, which must stay there and unchanged; none are copied. For cosine they
  // have length 1. lists = 0 means default_lists; otherwise 1 <= lists <= count. Squared distances must be
  // finite. Takes O(count * lists * dim) and 4 bytes for each row and 4 dim for each list. Throws
  // core::Stopped.
  IvfFlat(Metric metric, const float* rows, std::size_t dim, std::int32_t count, std::int32_t lists,
          const KMeansOptions& options, const core::Checkpoint& checkpoint = {});

  [[nodiscard]] std::int32_t size() const noexcept { return static_cast<std::int32_t>(groups_.ids.size()); }
  [[nodiscard]] std::int32_t lists() const noexcept {
    return static_cast<std::int32_t>(groups_.start.size()) - 1;
  }
  [[nodiscard]] std::size_t bytes() const noexcept;

  // Offers the rows of the `nprobe` nearest lists that are not empty to `best`, by their number plus `first`:
  // searches of several indices can share `best`. With all_lists the answer is exact. For cosine the query
  // has length 1.
  void search(const float* query, std::int32_t nprobe, Neighbours& best, Scratch& scratch,
              std::int32_t first = 0) const;
  // The same for the rows begin..end-1 alone: lists without such rows do not count, and more than `nprobe`
  // lists are looked at until `enough` rows have been. Calls found(rows, distances) for each list.
  template <class F>
  void search_range(const float* query, std::int32_t begin, std::int32_t end, std::int32_t nprobe,
                    std::size_t enough, Scratch& scratch, F&& found) const {
    order_lists(query, scratch);
    std::size_t seen = 0;
    std::uint64_t rank;
    while ((nprobe > 0 || seen < enough) &&
           scratch.order.next(rank, static_cast<std::size_t>(std::max(nprobe, 1)))) {
      const std::span<const std::int32_t> all = list(static_cast<std::size_t>(ranked_number(rank)));
      const auto low = std::lower_bound(all.begin(), all.end(), begin);
      const std::span<const std::int32_t> rows(low, std::lower_bound(low, all.end(), end));
      if (rows.empty()) continue;
      scratch.distances.resize(std::max(scratch.distances.size(), rows.size()));
      gather_distances(metric_, query, rows_, dim_, rows, scratch.distances.data());
      found(rows, std::span<const float>(scratch.distances.data(), rows.size()));
      seen += rows.size();
      --nprobe;
    }
  }

 private:
  [[nodiscard]] std::span<const std::int32_t> list(std::size_t number) const noexcept {
    const auto begin = static_cast<std::size_t>(groups_.start[number]);
    return {groups_.ids.data() + begin, static_cast<std::size_t>(groups_.start[number + 1]) - begin};
  }
  // Fills scratch.order with the lists that are not empty.
  void order_lists(const float* query, Scratch& scratch) const;

  Metric metric_;
  const float* rows_;
  std::size_t dim_;
  std::vector<float> panels_;
  RowsByCenter groups_;
};

}  // namespace wayseer::hashing
