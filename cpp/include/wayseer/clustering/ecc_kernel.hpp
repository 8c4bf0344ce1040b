// An exact reduction of edge-coloured clustering. Vertex v takes colour c at once if the edges of colour c
// that hang on v alone weigh at least as much as all live edges of any other colour at v: whatever else
// happens, v gains as much there as elsewhere. Then the other edges at v are mistakes, those of colour c lose
// v, and the neighbours are tested again. This keeps an optimum, the optimum of the linear relaxation, and
// (by `lift`) a dual certificate. O(sum of edge sizes * colours at a vertex).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "wayseer/clustering/ecc.hpp"

namespace wayseer::clustering {

struct EccKernel {
  // `given`, if not empty: colours that some optimum has, -1 where unknown (then only that optimum is kept,
  // not that of the relaxation). The problem need not outlive the kernel.
  explicit EccKernel(const EccProblem& problem, std::span<const std::int32_t> given = {},
                     const core::Checkpoint& checkpoint = {});

  EccProblem core;                     // what is left
  double fixed_cost = 0;               // weight of the edges that are mistakes already
  std::vector<std::int32_t> labels;    // of the problem's vertices; -1 in the core
  std::vector<std::int32_t> vertices;  // the core's vertices in the problem, ascending

  // Labels of the problem from labels of the core, and back.
  [[nodiscard]] std::vector<std::int32_t> lift(std::span<const std::int32_t> core_labels) const;
  [[nodiscard]] std::vector<std::int32_t> restrict(std::span<const std::int32_t> problem_labels) const;

  // A split of every problem edge's weight over its members, from one of the core's edges (both parallel to
  // the members): its bound is the core's plus fixed_cost.
  [[nodiscard]] std::vector<double> lift_shares(const EccProblem& problem,
                                                std::span<const double> core_shares) const;

 private:
  std::vector<std::int32_t> core_edge_;  // of each problem edge: >= 0 in the core, else
  static constexpr std::int32_t satisfied = -1, mistake = -2;
  std::vector<std::int32_t> owner_;  // the vertex that decided an edge which is not in the core
};

}  // namespace wayseer::clustering
