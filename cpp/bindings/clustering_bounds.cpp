#include "clustering_common.hpp"
#include "wayseer/clustering/clb.hpp"
#include "wayseer/clustering/clb_plus.hpp"
#include "wayseer/clustering/multicut_reductions.hpp"
#include "wayseer/clustering/triangle_cuts.hpp"
#include "wayseer/clustering/triangle_packing.hpp"

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

py::dict clb_plus(const GraphHolder& graph, const clustering::ClbPlusOptions& options, const Limits& limits) {
  auto found = with_limits(limits, [&](const core::StopRule& rule) {
    core::Run run(rule);
    return clustering::clb_plus(graph.view(), options, run);
  });
  py::dict d;
  d["bound"] = found.bound;
  d["optimal"] = found.optimal;
  d["labels"] = to_numpy(std::move(found.labels));
  d["nodes"] = found.nodes;
  d["status"] = std::string(core::to_string(found.status));
  return d;
}

py::dict pack_triangles(const GraphHolder& graph, std::uint64_t seed, std::int64_t max_rounds,
                        const Limits& limits) {
  auto found = with_limits(limits, [&](const core::StopRule& rule) {
    core::Run run(rule);
    return clustering::pack_triangles(graph.view(), seed, max_rounds, run);
  });
  py::dict d;
  d["triangles"] = to_numpy(std::move(found.triangles));
  d["values"] = to_numpy(std::move(found.values));
  d["bound"] = found.bound;
  d["greedy"] = found.greedy;
  d["rounds"] = found.rounds;
  d["status"] = std::string(core::to_string(found.status));
  return d;
}

// (fault, triangle, sum); fault 0 is none.
std::tuple<int, std::int64_t, double> check_packing(const GraphHolder& graph,
                                                    const Array<std::int32_t>& triangles,
                                                    const Array<double>& values) {
  if (triangles.size() != 3 * values.size()) throw py::value_error("triangles and values do not fit");
  const py::gil_scoped_release release;
  const auto check = clustering::check_packing(graph.view(), view(triangles), view(values));
  return {static_cast<int>(check.fault), check.where, check.sum};
}

// (offsets, items, violations).
template <class Separate>
py::tuple separate(std::optional<double> time_limit, Separate&& find) {
  const Limits limits{time_limit, std::nullopt, std::nullopt, py::none()};
  auto cuts = with_limits(
      limits,
      [&](const core::StopRule& rule) {
        core::Run run(rule);
        return find(run);
      },
      true);
  return py::make_tuple(to_numpy(std::move(cuts.offsets)), to_numpy(std::move(cuts.items)),
                        to_numpy(std::move(cuts.violations)));
}

std::int32_t side_of(const Array<double>& x) {
  if (x.ndim() != 2 || x.shape(0) != x.shape(1)) throw py::value_error("x is not square");
  return static_cast<std::int32_t>(x.shape(0));
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
      [](const GraphHolder& graph, bool probing, std::int64_t branching_nodes,
         const std::optional<Array<std::int32_t>>& start, std::int32_t dense_limit,
         std::optional<double> time_limit) {
        const auto labels = start ? view(*start) : std::span<const std::int32_t>{};
        return clb_plus(graph, {probing, branching_nodes, labels, dense_limit}, only(time_limit));
      },
      py::arg("graph"), py::kw_only(), py::arg("probing"), py::arg("branching_nodes"),
      py::arg("start").noconvert(), py::arg("dense_limit"), py::arg("time_limit"));
  m.def(
      "pack_triangles",
      [](const GraphHolder& graph, std::uint64_t seed, std::int64_t max_rounds,
         std::optional<double> time_limit) {
        return pack_triangles(graph, seed, max_rounds, only(time_limit));
      },
      py::arg("graph"), py::kw_only(), py::arg("seed"), py::arg("max_rounds"), py::arg("time_limit"));
  m.def("check_packing", &check_packing, py::arg("graph"), py::arg("triangles").noconvert(),
        py::arg("values").noconvert());
  m.def(
      "violated_triangles",
      [](const Array<double>& x, double tolerance, std::int32_t per_pair, std::int64_t limit,
         std::optional<double> time_limit) {
        const auto n = side_of(x);
        return separate(time_limit, [&](auto& run) {
          return wayseer::clustering::violated_triangles(view(x), n, tolerance, per_pair, limit, run);
        });
      },
      py::arg("x").noconvert(), py::kw_only(), py::arg("tolerance"), py::arg("per_pair"), py::arg("limit"),
      py::arg("time_limit"));
  m.def(
      "violated_stars",
      [](const Array<double>& x, double tolerance, std::int64_t limit, std::optional<double> time_limit) {
        const auto n = side_of(x);
        return separate(time_limit, [&](auto& run) {
          return wayseer::clustering::violated_stars(view(x), n, tolerance, limit, run);
        });
      },
      py::arg("x").noconvert(), py::kw_only(), py::arg("tolerance"), py::arg("limit"), py::arg("time_limit"));
  m.def(
      "violated_cycles",
      [](const GraphHolder& graph, const Array<double>& x, double tolerance, std::int64_t limit,
         std::optional<double> time_limit) {
        if (2 * x.size() != graph.targets.size()) throw py::value_error("x has not one entry for each edge");
        return separate(time_limit, [&](auto& run) {
          return wayseer::clustering::violated_cycles(graph.view(), view(x), tolerance, limit, run);
        });
      },
      py::arg("graph"), py::arg("x").noconvert(), py::kw_only(), py::arg("tolerance"), py::arg("limit"),
      py::arg("time_limit"));
  m.def(
      "reduce_multicut",
      [](const GraphHolder& graph) {
        auto reduction = [&] {
          const py::gil_scoped_release release;
          return wayseer::clustering::reduce(graph.view());
        }();
        auto arrays = std::move(reduction.graph).release();
        return py::make_tuple(to_numpy(std::move(arrays.indptr)), to_numpy(std::move(arrays.indices)),
                              to_numpy(std::move(arrays.weights)), to_numpy(std::move(reduction.vertex_of)),
                              reduction.constant);
      },
      py::arg("graph"),
      "The reduced graph's arrays, its vertex for each vertex, what the dropped edges cost.");
}
