#include "clustering_common.hpp"
#include "wayseer/clustering/multilevel.hpp"
#include "wayseer/clustering/sum_problem.hpp"

void bind_clustering_hash(pybind11::module_& m) {
  namespace py = pybind11;
  using namespace wayseer::bindings;
  namespace clustering = wayseer::clustering;

  m.def(
      "bipartite_modularity",
      [](const GraphHolder& graph, double resolution, const Array<double>& user_degrees,
         const Array<double>& item_degrees, const Array<std::int32_t>& labels) {
        const auto problem = clustering::SumProblem::bipartite_modularity(
            graph.view(), resolution, view(user_degrees), view(item_degrees));
        return -problem.objective(clustering::quality(problem, view(labels)));
      },
      py::arg("graph"), py::arg("resolution"), py::arg("user_degrees").noconvert(),
      py::arg("item_degrees").noconvert(), py::arg("labels").noconvert());
  m.def(
      "maximize_bipartite_modularity",
      [](const GraphHolder& graph, double resolution, const Array<double>& user_degrees,
         const Array<double>& item_degrees, const std::optional<Array<std::int32_t>>& init,
         std::uint64_t seed, int threads, const Limits& limits) {
        return solution_dict(with_limits(limits, [&](const auto& rule) {
          const auto problem = clustering::SumProblem::bipartite_modularity(
              graph.view(), resolution, view(user_degrees), view(item_degrees));
          return clustering::multilevel(problem, seed, rule,
                                        init ? view(*init) : std::span<const std::int32_t>{}, threads);
        }));
      },
      py::arg("graph"), py::arg("resolution"), py::arg("user_degrees").noconvert(),
      py::arg("item_degrees").noconvert(), py::kw_only(), py::arg("init").noconvert(), py::arg("seed"),
      py::arg("threads"), py::arg("limits"));
}
