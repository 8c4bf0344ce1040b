#include "wayseer/clustering/gomory_hu.hpp"

#include <algorithm>
#include <utility>

#include "wayseer/clustering/graph.hpp"

namespace wayseer::clustering {

template <class Capacity>
GomoryHuTree<Capacity> gomory_hu_tree(MaxFlow<Capacity>& network, const core::Checkpoint& checkpoint,
                                      const std::function<void(Capacity)>& on_cut) {
  const auto n = network.nodes();
  GomoryHuTree<Capacity> tree{std::vector<std::int32_t>(at(n), 0), std::vector<Capacity>(at(n), 0)};
  for (std::int32_t v = 1; v < n; ++v) {
    const auto up = tree.parent[at(v)];
    tree.value[at(v)] = network.solve(v, up, MaxFlow<Capacity>::unlimited, checkpoint);
    if (on_cut) on_cut(tree.value[at(v)]);
    for (auto u = v + 1; u < n; ++u)
      if (tree.parent[at(u)] == up && network.on_source_side(u)) tree.parent[at(u)] = v;
  }
  return tree;
}

template <class Capacity>
std::vector<Capacity> all_pairs_min_cuts(const GomoryHuTree<Capacity>& tree) {
  // A parent always has the smaller number, so its row is complete when its children's are filled.
  const std::size_t n = tree.parent.size();
  std::vector<Capacity> cuts(n * n, 0);
  for (std::size_t v = 1; v < n; ++v) {
    const std::size_t up = at(tree.parent[v]);
    for (std::size_t u = 0; u < v; ++u) {
      const Capacity cut = u == up ? tree.value[v] : std::min(tree.value[v], cuts[u * n + up]);
      cuts[v * n + u] = cuts[u * n + v] = cut;
    }
  }
  return cuts;
}

template GomoryHuTree<double> gomory_hu_tree(MaxFlow<double>&, const core::Checkpoint&,
                                             const std::function<void(double)>&);
template GomoryHuTree<std::int64_t> gomory_hu_tree(MaxFlow<std::int64_t>&, const core::Checkpoint&,
                                                   const std::function<void(std::int64_t)>&);
template std::vector<double> all_pairs_min_cuts(const GomoryHuTree<double>&);
template std::vector<std::int64_t> all_pairs_min_cuts(const GomoryHuTree<std::int64_t>&);

}  // namespace wayseer::clustering
