// Point sets on which neighbour searches go wrong, and the search no one can get wrong.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "wayseer/core/nearest_k.hpp"
#include "wayseer/core/random.hpp"

namespace wayseer::core::test {

struct PointSet {
  std::string name;
  int dim;
  std::vector<double> points;  // row-major

  [[nodiscard]] std::int32_t size() const {
    return static_cast<std::int32_t>(points.size()) / static_cast<std::int32_t>(dim);
  }
  [[nodiscard]] double at(std::int32_t i, int d) const {
    return points[static_cast<std::size_t>(i * dim + d)];
  }
};

// Makes n points from place(i, axis).
template <class Place>
PointSet make_points(std::string name, int dim, std::int32_t n, Place place) {
  PointSet set{std::move(name), dim, {}};
  for (std::int32_t i = 0; i < n; ++i) {
    for (int d = 0; d < dim; ++d) set.points.push_back(place(i, d));
  }
  return set;
}

inline std::vector<PointSet> difficult_point_sets(int dim) {
  Random random(20240607);
  const auto uniform = [&](auto...) { return random.uniform(); };
  std::vector<PointSet> sets;
  sets.push_back(make_points("none", dim, 0, uniform));
  sets.push_back(make_points("one", dim, 1, uniform));
  sets.push_back(make_points("two", dim, 2, uniform));
  sets.push_back(make_points("uniform", dim, 400, uniform));
  sets.push_back(
      make_points("large offset", dim, 300, [&](auto, int d) { return 1e9 * (d + 1) + random.uniform(); }));
  sets.push_back(make_points("negative", dim, 300, [&](auto, auto) { return -1e6 * random.uniform() - 5; }));
  sets.push_back(make_points("lattice", dim, 400, [](std::int32_t i, int d) {
    return d == 0 ? i % 7 : d == 1 ? i / 7 % 8 : i / 56;
  }));
  sets.push_back(
      make_points("shuffled lattice with twins", dim, 400, [&](auto, auto) { return random.below(9); }));
  sets.push_back(make_points("all equal", dim, 150, [](auto, auto) { return 0.1; }));
  sets.push_back(
      make_points("horizontal line", dim, 200, [&](auto, int d) { return d == 0 ? random.uniform() : 3.0; }));
  sets.push_back(
      make_points("vertical line", dim, 200, [&](auto, int d) { return d == 1 ? random.below(50) : -1.0; }));
  sets.push_back(make_points(
      "thin box", dim, 300, [&](auto, int d) { return d == 0 ? 1e6 * random.uniform() : random.uniform(); }));
  sets.push_back(make_points("diagonal", dim, 200, [](std::int32_t i, auto) { return 0.1 * i; }));
  sets.push_back(make_points("falling diagonal", dim, 200,
                             [](std::int32_t i, int d) { return d == 0 ? 0.1 * i : -0.1 * i; }));
  sets.push_back(make_points("circle", dim, 200, [](std::int32_t i, int d) {
    return d == 0 ? std::cos(0.0314159 * i) : std::sin(0.0314159 * i);
  }));
  sets.push_back(make_points("outliers", dim, 300, [&](std::int32_t i, auto) {
    return i % 60 == 7 ? 1e7 * random.uniform() : random.uniform();
  }));
  sets.push_back(make_points("clusters", dim, 400, [&](std::int32_t i, int d) {
    return (i % 5) * (d + 1) + 1e-3 * random.uniform();
  }));
  sets.push_back(make_points("crowd and few", dim, 300,
                             [&](std::int32_t i, auto) { return i % 3 != 0 ? 0.5 : random.uniform(); }));
  sets.push_back(make_points("tiny", dim, 100, [&](auto, auto) { return 5e-324 * random.below(4); }));
  sets.push_back(
      make_points("huge", dim, 100, [&](auto, auto) { return 1e150 * (2 * random.uniform() - 1); }));
  return sets;
}

inline double brute_distance(const PointSet& set, std::int32_t i, const std::vector<double>& centre,
                             Norm norm) {
  double sum = 0, largest = 0, squares = 0;
  for (int d = 0; d < set.dim; ++d) {
    const double gap = std::abs(set.at(i, d) - centre[static_cast<std::size_t>(d)]);
    sum += gap;
    largest = std::max(largest, gap);
    squares += gap * gap;
  }
  return norm == Norm::euclidean ? squares : norm == Norm::maximum ? largest : sum;
}

inline std::vector<double> place_of(const PointSet& set, std::int32_t i) {
  std::vector<double> place;
  for (int d = 0; d < set.dim; ++d) place.push_back(set.at(i, d));
  return place;
}

inline bool same_place(const PointSet& set, std::int32_t i, std::int32_t j) {
  for (int d = 0; d < set.dim; ++d) {
    if (set.at(i, d) != set.at(j, d)) return false;
  }
  return true;
}

// The k nearest points to `centre` that `accept`, ascending by (distance, id).
template <class Accept>
std::vector<std::int32_t> brute_nearest(const PointSet& set, const std::vector<double>& centre, int k,
                                        Norm norm, Accept accept) {
  std::vector<std::pair<double, std::int32_t>> all;
  for (std::int32_t i = 0; i < set.size(); ++i) {
    if (accept(i)) all.emplace_back(brute_distance(set, i, centre, norm), i);
  }
  std::ranges::sort(all);
  std::vector<std::int32_t> ids;
  for (std::size_t j = 0; j < all.size() && j < static_cast<std::size_t>(k); ++j)
    ids.push_back(all[j].second);
  return ids;
}

inline std::vector<std::int32_t> brute_per_orthant(const PointSet& set, std::int32_t i, int m, Norm norm) {
  const auto centre = place_of(set, i);
  std::vector<std::int32_t> ids;
  for (int q = 0; q < 1 << set.dim; ++q) {
    auto part = brute_nearest(set, centre, m, norm, [&](std::int32_t j) {
      if (same_place(set, i, j)) return false;
      const bool right = set.at(j, 0) >= centre[0], up = set.at(j, 1) >= centre[1];
      const int quadrant = up ? (right ? 0 : 1) : (right ? 3 : 2);
      return q == quadrant + (set.dim == 3 && set.at(j, 2) < centre[2] ? 4 : 0);
    });
    part.resize(static_cast<std::size_t>(m), -1);
    ids.insert(ids.end(), part.begin(), part.end());
  }
  return ids;
}

inline constexpr Norm all_norms[] = {Norm::euclidean, Norm::maximum, Norm::manhattan};

}  // namespace wayseer::core::test
