#include "wayseer/hashing/kmeans.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "wayseer/core/random.hpp"
#include "wayseer/core/threads.hpp"
#include "wayseer/hashing/panels.hpp"

namespace wayseer::hashing {

namespace {

// parallel_for whose checkpoint is asked on the caller's own thread only.
template <class F>
void stoppable_for(int threads, std::int32_t count, const core::Checkpoint& checkpoint, F&& f) {
  core::parallel_for(threads, count, [&](std::int32_t i, int worker) {
    if (worker == 0) checkpoint();
    f(i);
  });
}

// The nearest center of each row and its distance. A block takes some milliseconds, so that it stops soon.
void assign(Metric metric, const float* rows, std::size_t dim, std::int32_t count, const float* panels,
            std::int32_t k, std::int32_t* center, float* distances, int threads,
            const core::Checkpoint& checkpoint) {
  constexpr std::int32_t block = 64;
  stoppable_for(threads, (count + block - 1) / block, checkpoint, [&](std::int32_t i) {
    const auto begin = static_cast<std::size_t>(i) * block;
    panel_nearest(metric, rows + begin * dim,
                  std::min<std::size_t>(block, static_cast<std::size_t>(count) - begin), panels, dim,
                  static_cast<std::size_t>(k), center + begin, distances + begin);
  });
}

// Length 1 even for a mean of length 0, so that bounds may rely on it.
void to_unit(std::span<float> center) noexcept {
  normalize(center);
  if (std::ranges::all_of(center, [](float x) { return x == 0; })) center[0] = 1;
}

// Different row numbers in random order.
std::vector<std::int32_t> drawn_rows(std::int32_t count, std::int32_t size, core::Random& random) {
  std::vector<std::int32_t> all(static_cast<std::size_t>(count));
  std::iota(all.begin(), all.end(), 0);
  for (std::int32_t i = 0; i < size; ++i)
    std::swap(all[static_cast<std::size_t>(i)], all[static_cast<std::size_t>(i + random.below(count - i))]);
  all.resize(static_cast<std::size_t>(size));
  return all;
}

}  // namespace

RowsByCenter group_by_center(std::span<const std::int32_t> center, std::int32_t k) {
  RowsByCenter groups{std::vector<std::int32_t>(static_cast<std::size_t>(k) + 1),
                      std::vector<std::int32_t>(center.size())};
  for (const std::int32_t c : center) ++groups.start[static_cast<std::size_t>(c) + 1];
  std::partial_sum(groups.start.begin(), groups.start.end(), groups.start.begin());
  std::vector<std::int32_t> next(groups.start.begin(), groups.start.end() - 1);
  for (std::size_t i = 0; i < center.size(); ++i)
    groups.ids[static_cast<std::size_t>(next[static_cast<std::size_t>(center[i])]++)] =
        static_cast<std::int32_t>(i);
  return groups;
}

std::int32_t default_lists(std::int32_t count) noexcept {
  const auto lists = static_cast<std::int32_t>(std::lround(4 * std::sqrt(static_cast<double>(count))));
  return std::max(1, std::min(lists, count / 8));
}

void assign_to_centers(Metric metric, const float* rows, std::size_t dim, std::int32_t count,
                       const std::vector<float>& panels, std::int32_t k, std::span<std::int32_t> center,
                       int threads, const core::Checkpoint& checkpoint) {
  std::vector<float> distances(static_cast<std::size_t>(count));
  assign(metric == Metric::l2 ? metric : Metric::inner_product, rows, dim, count, panels.data(), k,
         center.data(), distances.data(), threads, checkpoint);
}

std::vector<float> kmeans(Metric metric, const float* rows, std::size_t dim, std::int32_t count,
                          std::int32_t k, const KMeansOptions& options, const core::Checkpoint& checkpoint) {
  const bool spherical = metric != Metric::l2;
  const Metric nearness = spherical ? Metric::inner_product : Metric::l2;
  core::Random random(options.seed);
  const auto size = static_cast<std::int32_t>(
      std::min<std::int64_t>(count, static_cast<std::int64_t>(k) * std::max(options.rows_per_center, 1)));
  const auto numbers = drawn_rows(count, size, random);
  std::vector<float> sample(static_cast<std::size_t>(size) * dim);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    checkpoint(static_cast<std::int64_t>(i));
    const std::span<float> row{sample.data() + i * dim, dim};
    std::copy_n(rows + static_cast<std::size_t>(numbers[i]) * dim, dim, row.begin());
    if (spherical) normalize(row);  // else long rows alone would say where a center points
  }

  // The sample is in random order: its first rows are a random choice.
  std::vector<float> centers(
      sample.begin(), sample.begin() + static_cast<std::ptrdiff_t>(k) * static_cast<std::ptrdiff_t>(dim));
  const auto center_row = [&](std::int32_t c) {
    return std::span<float>{centers.data() + static_cast<std::size_t>(c) * dim, dim};
  };
  if (spherical)
    for (std::int32_t c = 0; c < k; ++c) to_unit(center_row(c));
  std::vector<float> panels = pack_panels(centers.data(), dim, static_cast<std::size_t>(k));
  std::vector<std::int32_t> center(numbers.size());
  std::vector<float> distances(numbers.size());
  for (std::int32_t round = 0; round < options.rounds; ++round) {
    assign(nearness, sample.data(), dim, size, panels.data(), k, center.data(), distances.data(),
           options.threads, checkpoint);
    const RowsByCenter groups = group_by_center(center, k);
    const auto members = [&](std::int32_t c) {
      const auto at = static_cast<std::size_t>(c);
      return std::span<const std::int32_t>(groups.ids)
          .subspan(static_cast<std::size_t>(groups.start[at]),
                   static_cast<std::size_t>(groups.start[at + 1] - groups.start[at]));
    };
    stoppable_for(options.threads, k, checkpoint, [&](std::int32_t c) {
      const auto own = members(c);
      if (own.empty()) return;
      std::vector<double> sum(dim);
      for (const std::int32_t i : own)
        for (std::size_t d = 0; d < dim; ++d)
          sum[d] += static_cast<double>(sample[static_cast<std::size_t>(i) * dim + d]);
      for (std::size_t d = 0; d < dim; ++d)
        center_row(c)[d] = static_cast<float>(sum[d] / static_cast<double>(own.size()));
      if (spherical) to_unit(center_row(c));
    });
    std::vector<std::int32_t> empty;
    for (std::int32_t c = 0; c < k; ++c)
      if (members(c).empty()) empty.push_back(c);
    if (!empty.empty()) {
      std::vector<std::int32_t> far(numbers.size());
      std::iota(far.begin(), far.end(), 0);
      std::ranges::partial_sort(far, far.begin() + static_cast<std::ptrdiff_t>(empty.size()),
                                [&](std::int32_t a, std::int32_t b) {
                                  const float x = distances[static_cast<std::size_t>(a)],
                                              y = distances[static_cast<std::size_t>(b)];
                                  return x != y ? x > y : a < b;
                                });
      for (std::size_t j = 0; j < empty.size(); ++j) {
        std::copy_n(sample.data() + static_cast<std::size_t>(far[j]) * dim, dim,
                    center_row(empty[j]).begin());
        if (spherical) to_unit(center_row(empty[j]));
      }
    }
    panels = pack_panels(centers.data(), dim, static_cast<std::size_t>(k));
  }
  return panels;
}

}  // namespace wayseer::hashing
