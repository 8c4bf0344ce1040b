// Two cliques of five vertices joined by one edge, clustered.
#include <wayseer/clustering/ils.hpp>
#include <wayseer/core/csr_graph.hpp>

#include <cstdint>
#include <iostream>
#include <vector>

int main() {
  std::vector<std::int32_t> from{4}, to{5};
  for (std::int32_t u = 0; u < 10; ++u) {
    for (std::int32_t v = u + 1; v < u / 5 * 5 + 5; ++v) {
      from.push_back(u);
      to.push_back(v);
    }
  }
  const auto graph =
      wayseer::core::CsrGraph<double>::from_edges(10, from, to, {}, wayseer::core::Direction::undirected);
  const auto problem = wayseer::clustering::SumProblem::disagreements(graph.view());
  const auto found = wayseer::clustering::iterated_local_search(problem, {.seed = 1});
  std::cout << "disagreements " << found.objective << ", labels";
  for (const auto label : found.labels) std::cout << ' ' << label;
  std::cout << '\n';
  return found.objective == 1.0 && found.labels[0] != found.labels[9] ? 0 : 1;
}
