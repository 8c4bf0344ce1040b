// Greedy joining for the largest disagreement: from singletons, the vertex w with the most disagreements M
// tries to have its cluster joined with those of its neighbours, most similar first; a join is made if
// afterwards no vertex of the union exceeds M. Ends when the worst vertex has no neighbour left to try. A
// neighbour tried is used up for w. No guarantee; 24 variants, the best of which is a strong baseline.
//
// One variant is O(sum over joins and failed trials of the smaller cluster's degrees and both sizes).
// Preparation is O(sum over edges of the smaller degree), shared by all variants. 4 bytes per edge and
// variant.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "wayseer/clustering/graph.hpp"
#include "wayseer/clustering/solution.hpp"
#include "wayseer/core/checkpoint.hpp"
#include "wayseer/core/run.hpp"

namespace wayseer::clustering {

struct JoinVariant {
  bool reach = true;                   // a vertex below M may come to reach it
  bool larger_degree_worst = true;     // of equally bad vertices; then the smaller id
  bool smaller_degree_partner = true;  // of equally similar neighbours; then the smaller id
  std::int64_t penalty = 1;            // s: similarity is |N[w] & N[v]| - s |N[w] ^ N[v]|
};
[[nodiscard]] std::array<JoinVariant, 24> join_variants() noexcept;

class GreedyJoining {
 public:
  explicit GreedyJoining(const Graph& graph, const core::Checkpoint& checkpoint = {});

  // Labels, numbered in order of first appearance. Throws core::Stopped. May be called by several threads.
  [[nodiscard]] std::vector<std::int32_t> run(const JoinVariant& variant,
                                              const core::Checkpoint& checkpoint = {}) const;

 private:
  Graph graph_;
  std::vector<std::int32_t> common_;  // per arc u -> v: |N[u] & N[v]|
};

// A*: the best of the 24 variants by the l_p norm of the disagreements (p infinite: the largest); of equal
// ones the first. The result does not depend on the number of threads, unless the run is stopped.
[[nodiscard]] Solution best_of_joinings(const Graph& graph, double p, int threads, core::StopRule rule = {});

}  // namespace wayseer::clustering
