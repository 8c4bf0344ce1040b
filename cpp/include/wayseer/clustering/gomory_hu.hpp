// Minimum cuts between all pairs of nodes of an undirected graph from n - 1 maximum flows: a flow-equivalent
// tree (D. Gusfield, "Very simple methods for all pairs network flow analysis", 1990; after R. E. Gomory,
// T. C. Hu, "Multi-terminal network flows", 1961).
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "wayseer/clustering/max_flow.hpp"
#include "wayseer/core/checkpoint.hpp"

namespace wayseer::clustering {

// The minimum cut of two nodes is the smallest value on the path between them.
template <class Capacity>
struct GomoryHuTree {
  std::vector<std::int32_t> parent;  // of node 0: 0; of v > 0: some node, the way up ends at node 0
  std::vector<Capacity> value;       // minimum cut of v and its parent; of node 0: 0
};

// The network must be undirected: every arc with the same capacity both ways. Throws core::Stopped when told.
// After each flow on_cut(value), if given, may ask the network for the sides of the minimum cut.
template <class Capacity>
GomoryHuTree<Capacity> gomory_hu_tree(MaxFlow<Capacity>& network, const core::Checkpoint& checkpoint = {},
                                      const std::function<void(Capacity)>& on_cut = {});

// The minimum cuts of all pairs, n x n, symmetric, 0 on the diagonal; O(n^2).
template <class Capacity>
std::vector<Capacity> all_pairs_min_cuts(const GomoryHuTree<Capacity>& tree);

extern template GomoryHuTree<double> gomory_hu_tree(MaxFlow<double>&, const core::Checkpoint&,
                                                    const std::function<void(double)>&);
extern template GomoryHuTree<std::int64_t> gomory_hu_tree(MaxFlow<std::int64_t>&, const core::Checkpoint&,
                                                          const std::function<void(std::int64_t)>&);
extern template std::vector<double> all_pairs_min_cuts(const GomoryHuTree<double>&);
extern template std::vector<std::int64_t> all_pairs_min_cuts(const GomoryHuTree<std::int64_t>&);

}  // namespace wayseer::clustering
