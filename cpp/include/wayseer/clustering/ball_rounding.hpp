// Ball growing: a metric becomes a clustering. While vertices remain, the one with the largest
// L(u) = sum of r1 - f(u,v) over remaining v with f(u,v) <= r1 takes all remaining within r2. Ties go to the
// smaller rank (larger degree, then smaller id).
//
// With the correlation metric and radii (1/5, 2/5) the largest disagreement is at most 40 times the optimum;
// with the adjusted metric (0.14, 0.28); (0.7, 0.7) is better in practice and has no proof.
//
// L is kept in fixed-point integers: removing vertices is exact, nothing drifts. Values of L that agree to
// about 10^-9 are ties. A lazy heap: L only falls. O(P log n) for P near pairs.
//
// Source: M. Charikar, N. Gupta, R. Schwartz, "Local guarantees in graph cuts and clustering" (2017).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "wayseer/clustering/correlation_metric.hpp"
#include "wayseer/core/checkpoint.hpp"

namespace wayseer::clustering {

// Labels by vertex, numbered in order of first appearance. `pairs` must hold all pairs within r2 (r1 <= r2)
// and may hold more. Throws core::Stopped.
[[nodiscard]] std::vector<std::int32_t> ball_rounding(const RankedGraph& graph, const NearPairs& pairs,
                                                      Radius r1, Radius r2,
                                                      const core::Checkpoint& checkpoint = {});

// The same without storing the pairs: O(n + m) memory, each row found twice (wedge or filtered).
[[nodiscard]] std::vector<std::int32_t> ball_rounding_streamed(const RankedGraph& graph, Radius r1, Radius r2,
                                                               const MetricOptions& options,
                                                               const core::Checkpoint& checkpoint = {});

}  // namespace wayseer::clustering
