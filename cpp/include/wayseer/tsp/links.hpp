// A tour as the two neighbours of each node: what edge assembly crossover rewires.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "wayseer/tsp/metric.hpp"

namespace wayseer::tsp {

using Links = std::vector<std::array<Index, 2>>;

[[nodiscard]] inline Links links_of(std::span<const Index> order) {
  Links links(order.size());
  Index previous = order.back();
  for (std::size_t i = 0; i < order.size(); ++i) {
    const Index next = order[i + 1 == order.size() ? 0 : i + 1];
    links[static_cast<std::size_t>(order[i])] = {previous, next};
    previous = order[i];
  }
  return links;
}

// Nodes in tour order from node 0 on. `links` must be one cycle.
inline void order_of(const Links& links, std::vector<Index>& order) {
  order.clear();
  order.reserve(links.size());
  Index previous = links[0][0];
  Index v = 0;
  do {
    order.push_back(v);
    const auto& [first, second] = links[static_cast<std::size_t>(v)];
    const Index next = first == previous ? second : first;
    previous = v;
    v = next;
  } while (v != 0 && order.size() < links.size());
}

[[nodiscard]] inline bool linked(const Links& links, Index u, Index v) noexcept {
  const auto& pair = links[static_cast<std::size_t>(u)];
  return pair[0] == v || pair[1] == v;
}

}  // namespace wayseer::tsp
