#include "clustering_common.hpp"
#include "wayseer/clustering/clb.hpp"
#include "wayseer/clustering/clb_plus.hpp"

namespace wayseer::bindings {
namespace {

py::dict clb(const GraphHolder& graph, bool far_pairs, const Limits& limits) {
  auto found = with_limits(limits, [&](const core::StopRule& rule) {
    core::Run run(rule);
    return clustering::clb(graph.view(), far_pairs, run);
  });
  py::dict d;
  d["bound"] = found.bound;
  d["labels"] = to_numpy(std::move(found.labels));
  d["status"] = std::string(core::to_string(found.status));
  return d;
}

py::dict clb_plus(const GraphHolder& graph, bool probing, bool branching, std::int32_t dense_limit,
                  const Limits& limits) {
  auto found = with_limits(limits, [&](const core::StopRule& rule) {
    core::Run run(rule);
    return clustering::clb_plus(graph.view(), {probing, branching, dense_limit}, run);
  });
  py::dict d;
  d["bound"] = found.bound;
  d["optimal"] = found.optimal;
  d["labels"] = to_numpy(std::move(found.labels));
  d["nodes"] = found.nodes;
  d["status"] = std::string(core::to_string(found.status));
  return d;
}

Limits only(std::optional<double> time_limit) { return {time_limit, std::nullopt, std::nullopt, py::none()}; }

}  // namespace
}  // namespace wayseer::bindings

void bind_clustering_bounds(pybind11::module_& m) {
  namespace py = pybind11;
  using namespace wayseer::bindings;

  m.def(
      "clb",
      [](const GraphHolder& graph, bool far_pairs, std::optional<double> time_limit) {
        return clb(graph, far_pairs, only(time_limit));
      },
      py::arg("graph"), py::kw_only(), py::arg("far_pairs"), py::arg("time_limit"));
  m.def(
      "clb_plus",
      [](const GraphHolder& graph, bool probing, bool branching, std::int32_t dense_limit,
         std::optional<double> time_limit) {
        return clb_plus(graph, probing, branching, dense_limit, only(time_limit));
      },
      py::arg("graph"), py::kw_only(), py::arg("probing"), py::arg("branching"), py::arg("dense_limit"),
      py::arg("time_limit"));
}
