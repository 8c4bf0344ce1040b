// Approximate nearest rows by an inverted file (J. Sivic, A. Zisserman, "Video Google", 2003; H. Jegou,
// M. Douze, C. Schmid, "Product quantization for nearest neighbor search", 2011): rows are put into the lists
// of their nearest k-means centers, and a query looks at the lists of its nearest few. The rows stay where
// they are, so that several indices may share an array.
#pragma once

#include <cstddef>
#include <cstdint>
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

 private:
  Metric metric_;
  const float* rows_;
  std::size_t dim_;
  std::vector<float> panels_;
  RowsByCenter groups_;
};

}  // namespace wayseer::hashing
