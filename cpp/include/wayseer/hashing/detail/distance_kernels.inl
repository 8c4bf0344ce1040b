// scan and gather of distance.hpp for one instruction set: see every_isa.inl. Wide vectors are the compiler's
// own; where the processor has narrower ones it splits them.
namespace wayseer::hashing::WAYSEER_HASHING_ISA {

using Float4 = float __attribute__((vector_size(16)));
using Float8 = float __attribute__((vector_size(32)));
using Float16 = float __attribute__((vector_size(64)));

// Two sums of 16 lanes, so that an addition need not wait for the one before it.
template <bool product>
inline float sum_of_terms(const float* a, const float* b, std::size_t dim) noexcept {
  const auto add = [&]<class Vector>(Vector& sum, std::size_t at) {
    Vector x, y;
    std::memcpy(&x, a + at, sizeof x);
    std::memcpy(&y, b + at, sizeof y);
    if constexpr (product) {
      sum += x * y;
    } else {
      x -= y;
      sum += x * x;
    }
  };
  Float16 even{}, odd{};
  std::size_t i = 0;
  for (; i + 32 <= dim; i += 32) {
    add(even, i);
    add(odd, i + 16);
  }
  if (i + 16 <= dim) {
    add(even, i);
    i += 16;
  }
  even += odd;
  const Float8 half = __builtin_shufflevector(even, even, 0, 1, 2, 3, 4, 5, 6, 7) +
                      __builtin_shufflevector(even, even, 8, 9, 10, 11, 12, 13, 14, 15);
  Float4 quarter =
      __builtin_shufflevector(half, half, 0, 1, 2, 3) + __builtin_shufflevector(half, half, 4, 5, 6, 7);
  for (; i + 4 <= dim; i += 4) add(quarter, i);
  float sum = (quarter[0] + quarter[2]) + (quarter[1] + quarter[3]);
  for (; i < dim; ++i) {
    const float x = a[i], y = b[i];
    sum += product ? x * y : (x - y) * (x - y);
  }
  return sum;
}

inline float one_distance(Metric metric, const float* a, const float* b, std::size_t dim) noexcept {
  if (metric == Metric::l2) return sum_of_terms<false>(a, b, dim);
  const float product = sum_of_terms<true>(a, b, dim);
  return metric == Metric::cosine ? 1 - product : -product;
}

inline void scan(Metric metric, const float* query, const float* rows, std::size_t dim, std::size_t count,
                 float* out) noexcept {
  for (std::size_t i = 0; i < count; ++i) out[i] = one_distance(metric, query, rows + i * dim, dim);
}

inline void gather(Metric metric, const float* query, const float* rows, std::size_t dim,
                   std::span<const std::int32_t> ids, float* out) noexcept {
  constexpr std::size_t ahead = 3;
  const auto row = [&](std::size_t i) { return rows + static_cast<std::size_t>(ids[i]) * dim; };
  const auto fetch = [&](std::size_t i) {
    const auto* bytes = reinterpret_cast<const char*>(row(i));
    for (std::size_t at = 0; at < dim * sizeof(float); at += 64) __builtin_prefetch(bytes + at, 0, 3);
  };
  for (std::size_t i = 0; i < std::min(ahead, ids.size()); ++i) fetch(i);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (i + ahead < ids.size()) fetch(i + ahead);
    out[i] = one_distance(metric, query, row(i), dim);
  }
}

}  // namespace wayseer::hashing::WAYSEER_HASHING_ISA
