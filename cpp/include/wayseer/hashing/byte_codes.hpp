// Rows of float32 in a byte per number, for searches that look at many rows and compare the best of them
// exactly afterwards: a quarter of the memory has to be fetched. In each dimension 256 values are spread
// evenly over the range of the rows, at most 5 standard deviations to each side of their mean.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "wayseer/core/block.hpp"
#include "wayseer/core/checkpoint.hpp"
#include "wayseer/hashing/distance.hpp"

namespace wayseer::hashing {

class ByteCodes {
 public:
  ByteCodes() = default;
  ByteCodes(Metric metric, const float* rows, std::size_t dim, std::int32_t count,
            const core::Checkpoint& checkpoint = {});

  // A query in terms of the codes; made once, used for one query after the other.
  class Query {
   public:
    void prepare(const ByteCodes& codes, const float* query);
    // Approximate distances from the query to rows.
    void operator()(std::span<const std::int32_t> ids, float* out) const noexcept;

   private:
    const ByteCodes* codes_ = nullptr;
    float base_ = 0;
    std::vector<float> query_, weights_;
  };

  [[nodiscard]] std::size_t bytes() const noexcept { return codes_.size(); }

 private:
  Metric metric_ = Metric::l2;
  std::size_t dim_ = 0, parts_ = 0;  // parts of 16 dimensions, 4 in a line
  std::vector<float> low_, step_;
  core::Block<> codes_;
};

}  // namespace wayseer::hashing
