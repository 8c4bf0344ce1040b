// Candidate edges as a rectangular table in the problem's own ids: what users ask for and give back.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "wayseer/core/run.hpp"
#include "wayseer/tsp/problem.hpp"

namespace wayseer::tsp {

enum class CandidateMethod : std::uint8_t { automatic, knn, quadrant, alpha, delaunay };

struct CandidateTable {
  Index n = 0;
  int width = 0;
  std::vector<Index> ids;             // n * width, -1 where a row is shorter
  std::optional<double> lower_bound;  // alpha: the certified 1-tree bound, if there was time for it
};

// Rows ascend by (distance, id), for alpha by (alpha, distance). `k`: neighbours per node, for quadrant the
// total aimed at (k / 4 in each quadrant, at least one, then the nearest); defaults 10, automatic's own rule,
// alpha 7. Throws std::invalid_argument where a method does not fit the problem: quadrant and Delaunay need
// points (Delaunay in the plane), only knn works for an asymmetric matrix. Throws core::Stopped when `run` is
// stopped.
[[nodiscard]] CandidateTable candidate_table(const Problem& problem, CandidateMethod method,
                                             std::optional<int> k, core::Run& run);

}  // namespace wayseer::tsp
