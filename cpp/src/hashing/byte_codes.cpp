#include "wayseer/hashing/byte_codes.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string_view>

#include "wayseer/hashing/batch.hpp"
#include "wayseer/hashing/detail/simd.hpp"

#define WAYSEER_HASHING_KERNELS "wayseer/hashing/detail/byte_code_kernels.inl"
#include "wayseer/hashing/detail/every_isa.inl"
#include "wayseer/hashing/detail/native_isa.inl"

namespace wayseer::hashing {

namespace {

using Gather = decltype(&WAYSEER_HASHING_NATIVE::gather_codes);
#define WAYSEER_KERNELS(ISA) (&ISA::gather_codes)

}  // namespace

ByteCodes::ByteCodes(Metric metric, const float* rows, std::size_t dim, std::int32_t count,
                     const core::Checkpoint& checkpoint)
    : metric_(metric), dim_(dim), parts_((dim + 15) / 16), low_(dim), step_(dim) {
  const auto size = static_cast<std::size_t>(count);
  const std::size_t stride = (parts_ + 3) / 4 * 64;
  codes_ = core::Block<>(size * stride);
  if (size == 0) return;
  std::vector<double> sum(dim), squares(dim);
  std::vector<float> least(dim, std::numeric_limits<float>::infinity()), most(dim, -least[0]);
  for (std::size_t r = 0; r < size; ++r) {
    checkpoint(static_cast<std::int64_t>(r));
    for (std::size_t i = 0; i < dim; ++i) {
      const float x = rows[r * dim + i];
      sum[i] += static_cast<double>(x);
      squares[i] += static_cast<double>(x) * static_cast<double>(x);
      least[i] = std::min(least[i], x);
      most[i] = std::max(most[i], x);
    }
  }
  for (std::size_t i = 0; i < dim; ++i) {
    const double n = static_cast<double>(size), mean = sum[i] / n;
    const double spread = 5 * std::sqrt(std::max(0.0, squares[i] / n - mean * mean));
    const double low = std::max(static_cast<double>(least[i]), mean - spread);
    const double high = std::min(static_cast<double>(most[i]), mean + spread);
    low_[i] = static_cast<float>(low);
    step_[i] = static_cast<float>(std::max(0.0, high - low) / 255);
  }
  auto* codes = reinterpret_cast<std::uint8_t*>(codes_.data());
  std::memset(codes, 0, codes_.size());
  for (std::size_t r = 0; r < size; ++r) {
    checkpoint(static_cast<std::int64_t>(r));
    for (std::size_t i = 0; i < dim; ++i) {
      const float code = step_[i] > 0 ? (rows[r * dim + i] - low_[i]) / step_[i] : 0.0F;
      const std::size_t place = i / 64 * 64 + i % 16 * 4 + i % 64 / 16;
      codes[r * stride + place] = static_cast<std::uint8_t>(std::clamp(code, 0.0F, 255.0F) + 0.5F);
    }
  }
}

void ByteCodes::Query::prepare(const ByteCodes& codes, const float* query) {
  codes_ = &codes;
  query_.assign(16 * codes.parts_, 0.0F);
  weights_.assign(16 * codes.parts_, 0.0F);
  base_ = codes.metric_ == Metric::cosine ? 1.0F : 0.0F;
  for (std::size_t i = 0; i < codes.dim_; ++i) {
    const float low = codes.low_[i], step = codes.step_[i];
    if (codes.metric_ != Metric::l2) {
      weights_[i] = -query[i] * step;
      base_ -= query[i] * low;
    } else if (step > 0) {
      query_[i] = (query[i] - low) / step;
      weights_[i] = step * step;
    } else {
      base_ += (query[i] - low) * (query[i] - low);
    }
  }
}

void ByteCodes::Query::operator()(std::span<const std::int32_t> ids, float* out) const noexcept {
  static const Gather gather = WAYSEER_HASHING_CHOSEN(WAYSEER_KERNELS);
  gather(codes_->metric_ == Metric::l2, base_, query_.data(), weights_.data(),
         reinterpret_cast<const std::uint8_t*>(codes_->codes_.data()), codes_->parts_, ids, out);
}

}  // namespace wayseer::hashing
