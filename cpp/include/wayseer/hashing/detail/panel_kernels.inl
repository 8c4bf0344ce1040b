// The kernels of panels.hpp for one instruction set: see every_isa.inl.
namespace wayseer::hashing::WAYSEER_HASHING_ISA {

using Lanes = float __attribute__((vector_size(64)));
using LaneNumbers = std::int32_t __attribute__((vector_size(64)));

// Sums that are computed at a time. An addition waits for the one before it in the same sum, so there should
// be as many as registers hold.
#if WAYSEER_HASHING_LEVEL == 3
inline constexpr std::size_t sums_at_a_time = 8;
#else
inline constexpr std::size_t sums_at_a_time = 4;
#endif

// Q queries by P panels.
template <bool product, std::size_t Q, std::size_t P>
inline void tile(const float* const (&queries)[Q], const float* const (&panels)[P], std::size_t dim,
                 Lanes (&sums)[Q][P]) noexcept {
  for (auto& row : sums)
    for (Lanes& sum : row) sum = Lanes{};
  for (std::size_t d = 0; d < dim; ++d)
    for (std::size_t p = 0; p < P; ++p) {
      Lanes y;
      std::memcpy(&y, panels[p] + d * panel_width, sizeof y);
      for (std::size_t q = 0; q < Q; ++q) {
        if constexpr (product) {
          sums[q][p] += queries[q][d] * y;
        } else {
          const Lanes gap = queries[q][d] - y;
          sums[q][p] += gap * gap;
        }
      }
    }
}

inline void finish(Metric metric, Lanes& sum) noexcept {
  if (metric != Metric::l2) sum = metric == Metric::cosine ? 1 - sum : -sum;
}

template <bool product, std::size_t Q, std::size_t P>
inline void write_tile(Metric metric, const float* queries, const float* panels, std::size_t dim,
                       const std::int32_t* which, float* out, std::size_t stride) noexcept {
  const float* rows[Q];
  const float* columns[P];
  for (std::size_t q = 0; q < Q; ++q) rows[q] = queries + q * dim;
  for (std::size_t p = 0; p < P; ++p)
    columns[p] = panels + static_cast<std::size_t>(which[p]) * panel_width * dim;
  Lanes sums[Q][P];
  tile<product>(rows, columns, dim, sums);
  for (std::size_t q = 0; q < Q; ++q)
    for (std::size_t p = 0; p < P; ++p) {
      finish(metric, sums[q][p]);
      std::memcpy(out + q * stride + p * panel_width, &sums[q][p], sizeof sums[q][p]);
    }
}

template <bool product>
inline void distances_of(Metric metric, const float* queries, std::size_t query_count, const float* panels,
                         std::size_t dim, std::span<const std::int32_t> which, float* out,
                         std::size_t stride) noexcept {
  constexpr std::size_t n = sums_at_a_time;
  std::size_t q = 0;
  for (; q + n <= query_count; q += n)
    for (std::size_t j = 0; j < which.size(); ++j)
      write_tile<product, n, 1>(metric, queries + q * dim, panels, dim, &which[j],
                                out + q * stride + j * panel_width, stride);
  for (; q < query_count; ++q) {
    float* const row = out + q * stride;
    std::size_t j = 0;
    for (; j + n <= which.size(); j += n)
      write_tile<product, 1, n>(metric, queries + q * dim, panels, dim, &which[j], row + j * panel_width,
                                stride);
    for (; j < which.size(); ++j)
      write_tile<product, 1, 1>(metric, queries + q * dim, panels, dim, &which[j], row + j * panel_width,
                                stride);
  }
}

inline void distances_to_panels(Metric metric, const float* queries, std::size_t query_count,
                                const float* panels, std::size_t dim, std::span<const std::int32_t> which,
                                float* out, std::size_t stride) noexcept {
  if (metric == Metric::l2)
    distances_of<false>(metric, queries, query_count, panels, dim, which, out, stride);
  else
    distances_of<true>(metric, queries, query_count, panels, dim, which, out, stride);
}

template <bool product, std::size_t Q>
inline void nearest_of(Metric metric, const float* queries, const float* panels, std::size_t dim,
                       std::size_t count, std::int32_t* nearest, float* distances) noexcept {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  const float* rows[Q];
  for (std::size_t q = 0; q < Q; ++q) rows[q] = queries + q * dim;
  Lanes best[Q];
  LaneNumbers panel_of[Q];
  for (std::size_t q = 0; q < Q; ++q) {
    best[q] = Lanes{} + infinity;
    panel_of[q] = LaneNumbers{};
  }
  const std::size_t panel_count = panels_for(count);
  for (std::size_t p = 0; p < panel_count; ++p) {
    const float* const column[1] = {panels + p * panel_width * dim};
    Lanes sums[Q][1];
    tile<product>(rows, column, dim, sums);
    for (std::size_t q = 0; q < Q; ++q) {
      Lanes& d = sums[q][0];
      finish(metric, d);
      for (std::size_t lane = count - p * panel_width; lane < panel_width; ++lane) d[lane] = infinity;
      const LaneNumbers less = d < best[q];
      best[q] = less ? d : best[q];
      panel_of[q] = less ? LaneNumbers{} + static_cast<std::int32_t>(p) : panel_of[q];
    }
  }
  for (std::size_t q = 0; q < Q; ++q) {
    nearest[q] = panel_of[q][0] * static_cast<std::int32_t>(panel_width);
    distances[q] = best[q][0];
    for (std::size_t lane = 1; lane < panel_width; ++lane) {
      const auto number =
          panel_of[q][lane] * static_cast<std::int32_t>(panel_width) + static_cast<std::int32_t>(lane);
      if (best[q][lane] < distances[q] || (best[q][lane] == distances[q] && number < nearest[q])) {
        nearest[q] = number;
        distances[q] = best[q][lane];
      }
    }
  }
}

inline void nearest_in_panels(Metric metric, const float* queries, std::size_t query_count,
                              const float* panels, std::size_t dim, std::size_t count, std::int32_t* nearest,
                              float* distances) noexcept {
  constexpr std::size_t n = sums_at_a_time;
  const bool squares = metric == Metric::l2;
  std::size_t q = 0;
  for (; q + n <= query_count; q += n)
    (squares ? nearest_of<false, n> : nearest_of<true, n>)(metric, queries + q * dim, panels, dim, count,
                                                           nearest + q, distances + q);
  for (; q < query_count; ++q)
    (squares ? nearest_of<false, 1> : nearest_of<true, 1>)(metric, queries + q * dim, panels, dim, count,
                                                           nearest + q, distances + q);
}

}  // namespace wayseer::hashing::WAYSEER_HASHING_ISA
