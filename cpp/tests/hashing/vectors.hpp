// Random vectors for the tests of neighbour searches.
#pragma once

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <vector>

#include "wayseer/core/random.hpp"
#include "wayseer/hashing/distance.hpp"
#include "wayseer/hashing/neighbours.hpp"

namespace wayseer::hashing {

// Around `clusters` random points; uniform where there are none.
inline std::vector<float> clustered_rows(std::size_t count, std::size_t dim, std::int32_t clusters,
                                         std::uint64_t seed) {
  core::Random random(seed);
  const auto uniform = [&] { return static_cast<float>(random.uniform() * 2 - 1); };
  std::vector<float> points(static_cast<std::size_t>(clusters) * dim);
  for (float& x : points) x = uniform() * 4;
  std::vector<float> rows(count * dim);
  for (std::size_t i = 0; i < count; ++i) {
    const auto point = clusters == 0 ? 0 : static_cast<std::size_t>(random.below(clusters));
    for (std::size_t d = 0; d < dim; ++d)
      rows[i * dim + d] = uniform() + (clusters == 0 ? 0 : points[point * dim + d]);
  }
  return rows;
}

struct Found {
  std::vector<std::int64_t> ids;
  std::vector<float> distances;
  friend bool operator==(const Found&, const Found&) = default;
  friend void PrintTo(const Found& found, std::ostream* out) {  // for GoogleTest
    for (std::size_t i = 0; i < found.ids.size(); ++i)
      *out << (i == 0 ? "" : ", ") << found.ids[i] << ": " << found.distances[i];
  }
};

// The k nearest rows that `keep` accepts, by comparing with all.
template <class Keep>
Found brute_force(Metric metric, const float* query, const std::vector<float>& rows, std::size_t dim,
                  std::size_t k, Keep&& keep) {
  Neighbours best(k);
  for (std::size_t i = 0; i < rows.size() / dim; ++i)
    if (keep(i))
      best.offer(distance(metric, query, rows.data() + i * dim, dim), static_cast<std::int32_t>(i));
  Found found{std::vector<std::int64_t>(k), std::vector<float>(k)};
  best.write(found.ids.data(), found.distances.data());
  return found;
}

}  // namespace wayseer::hashing
