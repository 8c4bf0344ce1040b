// Small random edge-coloured hypergraphs and their optima, by trying all labels.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

#include "wayseer/clustering/ecc.hpp"
#include "wayseer/core/random.hpp"

namespace wayseer::clustering::testing {

struct EccInstance {
  std::int32_t n = 0, k = 0;
  std::vector<std::int64_t> offsets{0};
  std::vector<std::int32_t> members{}, colors{};
  std::vector<double> weights{};

  [[nodiscard]] EccView view() const { return {n, k, offsets, members, colors, weights}; }
};

// m edges of 1 to r vertices; integer weights 0..4, or fractions. Members are in no order.
inline EccInstance random_ecc(std::uint64_t seed, std::int32_t n, std::int32_t m, std::int32_t k,
                              std::int32_t r, bool fractions = false) {
  core::Random random(seed);
  EccInstance h{.n = n, .k = k};
  std::vector<std::int32_t> vertices(at(n));
  std::iota(vertices.begin(), vertices.end(), 0);
  for (std::int32_t e = 0; e < m; ++e) {
    core::shuffle(std::span(vertices), random);
    const auto size = 1 + random.below(std::min(n, r));
    h.members.insert(h.members.end(), vertices.begin(), vertices.begin() + size);
    h.offsets.push_back(static_cast<std::int64_t>(h.members.size()));
    h.colors.push_back(random.below(k));
    h.weights.push_back(fractions ? random.uniform() : random.below(5));
  }
  return h;
}

// visit(labels, cost) for all labels.
template <class Visit>
void for_all_labels(const EccInstance& h, Visit&& visit) {
  std::vector<std::int32_t> labels(at(h.n), 0);
  for (;;) {
    visit(labels, ecc_mistakes(h.view(), labels));
    std::size_t v = 0;
    while (v < labels.size() && ++labels[v] == h.k) labels[v++] = 0;
    if (v == labels.size()) return;
  }
}

inline double optimum_of(const EccInstance& h) {
  double best = std::numeric_limits<double>::infinity();
  for_all_labels(h, [&](const auto&, double cost) { best = std::min(best, cost); });
  return best;
}

}  // namespace wayseer::clustering::testing
