#include "clustering_common.hpp"
#include "rooms.hpp"
#include "wayseer/clustering/objective.hpp"
#include "wayseer/core/csr_graph.hpp"

namespace wayseer::bindings {
namespace {

using Edges = std::tuple<py::array_t<std::int64_t>, py::array_t<std::int32_t>, py::object>;

core::EdgePolicy policy_named(const std::string& merge, bool drop_loops) {
  const auto duplicates = merge == "error"   ? core::Duplicates::reject
                          : merge == "first" ? core::Duplicates::first
                          : merge == "sum"   ? core::Duplicates::sum
                                             : throw py::value_error("unknown merge '" + merge + "'");
  return {drop_loops ? core::SelfLoops::drop : core::SelfLoops::reject, duplicates};
}

Edges build_graph(std::int32_t n, const Array<std::int32_t>& u, const Array<std::int32_t>& v,
                  const std::optional<Array<double>>& w, const std::string& merge, bool drop_loops) {
  const auto policy = policy_named(merge, drop_loops);
  auto arrays = [&] {
    const py::gil_scoped_release release;
    return core::CsrGraph<double>::from_edges(n, view(u), view(v), w ? view(*w) : std::span<const double>{},
                                              core::Direction::undirected, policy)
        .release();
  }();
  auto offsets = to_numpy(std::move(arrays.indptr));
  auto targets = to_numpy(std::move(arrays.indices));
  py::object weights = w ? py::object(to_numpy(std::move(arrays.weights))) : py::none();
  return {std::move(offsets), std::move(targets), std::move(weights)};
}

using Labels = Array<std::int32_t>;

}  // namespace
}  // namespace wayseer::bindings

void bind_clustering(pybind11::module_& parent) {
  namespace py = pybind11;
  using namespace wayseer::bindings;
  namespace clustering = wayseer::clustering;

  auto m = parent.def_submodule("clustering", "Clustering of graphs; use wayseer.clustering.");

  py::class_<GraphHolder>(m, "Graph", "A validated graph; keeps the arrays it was made from alive.")
      .def(py::init<Array<std::int64_t>, Array<std::int32_t>, std::optional<Array<double>>>(),
           py::arg("offsets").noconvert(), py::arg("targets").noconvert(), py::arg("weights").noconvert());
  py::class_<Limits>(m, "Limits", "When a solver stops, and whom it tells.")
      .def(py::init<std::optional<double>, std::optional<std::int64_t>, std::optional<double>, py::object>(),
           py::arg("time_limit"), py::arg("max_iterations"), py::arg("target"), py::arg("callback"));
  m.def("build_graph", &build_graph, py::arg("n"), py::arg("u").noconvert(), py::arg("v").noconvert(),
        py::arg("w").noconvert(), py::kw_only(), py::arg("merge"), py::arg("drop_loops"));

  m.def(
      "renumber",
      [](const Labels& labels) {
        std::vector<std::int32_t> numbered(labels.data(), labels.data() + labels.size());
        const auto count = clustering::renumber(numbered);
        return std::pair(to_numpy(std::move(numbered)), count);
      },
      py::arg("labels").noconvert(),
      "Labels 0..n-1, numbered in order of first appearance, and their count.");
  m.def(
      "inside",
      [](const GraphHolder& graph, const Labels& labels, const std::optional<Array<double>>& node_weights) {
        const auto found = clustering::inside(graph.view(), view(labels),
                                              node_weights ? view(*node_weights) : std::span<const double>{});
        return std::tuple(found.edges, found.weight, found.pairs, found.pair_weight);
      },
      py::arg("graph"), py::arg("labels").noconvert(), py::arg("node_weights").noconvert());
  m.def(
      "disagreement_vector",
      [](const GraphHolder& graph, const Labels& labels) {
        return to_numpy(clustering::disagreement_vector(graph.view(), view(labels)));
      },
      py::arg("graph"), py::arg("labels").noconvert());
  m.def(
      "attraction",
      [](const GraphHolder& graph, double gamma, const std::optional<Array<double>>& node_weights) {
        return clustering::attraction(graph.view(), gamma,
                                      node_weights ? view(*node_weights) : std::span<const double>{});
      },
      py::arg("graph"), py::arg("gamma"), py::arg("node_weights").noconvert());
  m.def(
      "multicut_value",
      [](const GraphHolder& graph, const Labels& labels) {
        return clustering::multicut_value(graph.view(), view(labels));
      },
      py::arg("graph"), py::arg("labels").noconvert());

  bind_clustering_bounds(m);
  bind_clustering_cubic(m);
  bind_clustering_ecc(m);
  bind_clustering_hash(m);
  bind_clustering_io(m);
  bind_clustering_minmax(m);
  bind_clustering_sum(m);
}
