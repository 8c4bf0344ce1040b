#include "wayseer/core/hilbert.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "wayseer/core/error.hpp"
#include "wayseer/core/nearest_k.hpp"
#include "wayseer/core/radix_sort.hpp"

namespace wayseer::core {
namespace {

// Moves bit b to bit dim * b.
template <std::size_t dim>
constexpr std::uint64_t spread(std::uint64_t x) {
  if constexpr (dim == 2) {
    x = (x | x << 16) & 0x0000ffff0000ffffULL;
    x = (x | x << 8) & 0x00ff00ff00ff00ffULL;
    x = (x | x << 4) & 0x0f0f0f0f0f0f0f0fULL;
    x = (x | x << 2) & 0x3333333333333333ULL;
    x = (x | x << 1) & 0x5555555555555555ULL;
  } else {
    x = (x | x << 32) & 0x001f00000000ffffULL;
    x = (x | x << 16) & 0x001f0000ff0000ffULL;
    x = (x | x << 8) & 0x100f00f00f00f00fULL;
    x = (x | x << 4) & 0x10c30c30c30c30c3ULL;
    x = (x | x << 2) & 0x1249249249249249ULL;
  }
  return x;
}

// Place on the Hilbert curve of a lattice point with `bits` bits per axis.
// J. Skilling, "Programming the Hilbert curve", AIP Conf. Proc. 707 (2004), AxestoTranspose.
template <std::size_t dim, int bits>
std::uint64_t hilbert_key(std::array<std::uint32_t, dim> x) {
  // Tests of a bit are written as masks of all ones or zeros: as branches they would be coin flips.
  for (int bit = bits - 1; bit > 0; --bit) {
    const std::uint32_t low = (std::uint32_t{1} << bit) - 1;
    for (std::size_t d = 0; d < dim; ++d) {
      const std::uint32_t invert = (0U - (x[d] >> bit & 1)) & low;
      const std::uint32_t exchange = (x[0] ^ x[d]) & low & ~invert;
      x[0] ^= invert | exchange;
      x[d] ^= exchange;
    }
  }
  for (std::size_t d = 1; d < dim; ++d) x[d] ^= x[d - 1];
  // Bit b of flip is the parity of the bits above b.
  std::uint32_t flip = x[dim - 1] >> 1;
  for (int shift = 1; shift < 32; shift *= 2) flip ^= flip >> shift;
  std::uint64_t key = 0;
  for (std::size_t d = 0; d < dim; ++d) key |= spread<dim>(x[d] ^ flip) << (dim - 1 - d);
  return key;
}

template <std::size_t dim, int bits>
std::vector<std::int32_t> order(std::span<const double> points, const Checkpoint& checkpoint) {
  const std::size_t n = points.size() / dim;
  if (n == 0) return {};
  std::array<double, dim> low{}, high{};
  for (std::size_t d = 0; d < dim; ++d) low[d] = high[d] = points[d];
  for (std::size_t j = 0; j < points.size(); ++j) {
    low[j % dim] = std::min(low[j % dim], points[j]);
    high[j % dim] = std::max(high[j % dim], points[j]);
  }
  // One scale for all axes: the cells stay square.
  double extent = 0;
  for (std::size_t d = 0; d < dim; ++d) extent = std::max(extent, high[d] - low[d]);
  constexpr double last = static_cast<double>((std::uint64_t{1} << bits) - 1);
  const double scale = extent > 0 ? last / extent : 0.0;

  RadixSorter<std::uint64_t> sorter;
  std::vector<RadixSorter<std::uint64_t>::Item> keyed(n);
  checkpoint.over(n, [&](std::size_t i) {
    std::array<std::uint32_t, dim> cell{};
    for (std::size_t d = 0; d < dim; ++d) {
      const double place = (points[i * dim + d] - low[d]) * scale;  // nan (0 * inf) only for a tiny extent
      cell[d] = place > 0 ? static_cast<std::uint32_t>(std::min(place, last)) : 0U;
    }
    keyed[i] = {hilbert_key<dim, bits>(cell), static_cast<std::uint32_t>(i)};
  });
  sorter.sort(keyed, checkpoint);
  std::vector<std::int32_t> ids(n);
  std::ranges::transform(keyed, ids.begin(),
                         [](const auto& item) { return static_cast<std::int32_t>(item.value); });
  return ids;
}

}  // namespace

std::vector<std::int32_t> hilbert_order(std::span<const double> points, int dim,
                                        const Checkpoint& checkpoint) {
  if (dim != 2 && dim != 3) throw invalid_argument("dim", dim, "2 or 3");
  if (points.size() % static_cast<std::size_t>(dim) != 0)
    throw invalid_argument("points", points.size(), "a multiple of dim values");
  (void)checked_index(static_cast<std::int64_t>(points.size()) / dim, "number of points");
  for (const double value : points) {
    if (!(std::abs(value) <= max_coordinate))
      throw invalid_argument("points", value, "finite coordinates of at most 1e150");
  }
  return dim == 2 ? order<2, 32>(points, checkpoint) : order<3, 21>(points, checkpoint);
}

}  // namespace wayseer::core
