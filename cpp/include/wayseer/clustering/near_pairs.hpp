// The pairs of vertices with a common closed neighbour, row by row, with the number of common ones. N[v] is v
// and its neighbours. Rows are stored while the wedges of the graph fit 512 MiB, else counted anew at each
// visit: O(sum over w of |N[w]|^2) time either way, O(n) memory in the second.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "wayseer/clustering/graph.hpp"
#include "wayseer/core/checkpoint.hpp"

namespace wayseer::clustering {

struct NearPair {
  std::int32_t vertex;
  std::int32_t common;  // |N[u] in N[vertex]|
};

class NearPairs {
 public:
  // Throws core::Stopped when the checkpoint does.
  explicit NearPairs(const Graph& graph, const core::Checkpoint& checkpoint = {});

  // All near pairs of u, without u itself, in no particular order. Valid until the next call.
  [[nodiscard]] std::span<const NearPair> row(std::int32_t u);

 private:
  void count(std::int32_t u);

  Graph graph_;
  std::vector<std::int32_t> counts_;
  std::vector<NearPair> current_;
  std::vector<NearPair> stored_;
  std::vector<std::int64_t> offsets_;
};

}  // namespace wayseer::clustering
