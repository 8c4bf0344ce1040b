#include <string_view>

#include "clustering_common.hpp"
#include "wayseer/clustering/graph_generators.hpp"
#include "wayseer/clustering/graph_rows.hpp"
#include "wayseer/clustering/graph_text.hpp"
#include "wayseer/clustering/hypergraph_text.hpp"

namespace wayseer::bindings {
namespace {

// work(checkpoint) without the interpreter lock; Ctrl-C ends it with KeyboardInterrupt, a TextError becomes
// a FormatError with its line and no path, which Python adds.
template <class Work>
auto interruptible(Work&& work) {
  PythonRun python({}, {}, {}, py::none(), false);
  try {
    const py::gil_scoped_release release;
    core::Run run(python.rule());
    return work(run.checkpoint());
  } catch (const core::Stopped&) {
    python.finish(true);
    throw;
  } catch (const clustering::TextError& error) {
    const auto type = py::module_::import("wayseer._common.errors").attr("FormatError");
    const py::object line = error.line() > 0 ? py::object(py::int_(error.line())) : py::none();
    const py::object made = type(error.what(), py::none(), line);
    PyErr_SetObject(type.ptr(), made.ptr());
    throw py::error_already_set();
  }
}

py::dict graph_dict(clustering::TextGraph&& graph) {
  auto arrays = std::move(graph.rows).release();
  py::dict d;
  d["offsets"] = to_numpy(std::move(arrays.indptr));
  d["targets"] = to_numpy(std::move(arrays.indices));
  d["weights"] = graph.weighted ? py::object(to_numpy(std::move(arrays.weights))) : py::none();
  d["symmetric"] = graph.symmetric;
  d["vertex_ids"] = graph.vertex_ids.empty() ? py::object(py::none()) : to_numpy(std::move(graph.vertex_ids));
  return d;
}

py::dict read_graph_text(const py::bytes& bytes, const std::string& layout, const std::string& merge,
                         bool drop_loops, std::int64_t most_vertices) {
  const std::string_view text = bytes;
  clustering::TextOptions options;
  options.policy = {drop_loops ? core::SelfLoops::drop : core::SelfLoops::reject,
                    merge == "error"   ? core::Duplicates::reject
                    : merge == "first" ? core::Duplicates::first
                                       : core::Duplicates::sum};
  options.most_vertices = most_vertices;
  return graph_dict(interruptible([&](core::Checkpoint checkpoint) {
    options.checkpoint = std::move(checkpoint);
    if (layout == "metis") return clustering::read_metis(text, options);
    if (layout == "matrix_market") return clustering::read_matrix_market(text, options);
    if (layout == "multicut") return clustering::read_multicut(text, options);
    return clustering::read_edge_list(text, layout == "signed", options);
  }));
}

py::dict hypergraph_dict(clustering::ColoredEdges&& edges) {
  py::dict d;
  d["offsets"] = to_numpy(std::move(edges.offsets));
  d["members"] = to_numpy(std::move(edges.members));
  d["colors"] = to_numpy(std::move(edges.colors));
  d["vertex_ids"] = to_numpy(std::move(edges.vertex_ids));
  d["color_ids"] = to_numpy(std::move(edges.color_ids));
  return d;
}

clustering::Graph graph_view(const Array<std::int64_t>& offsets, const Array<std::int32_t>& targets,
                             const std::optional<Array<double>>& weights) {
  return {view(offsets), view(targets), weights ? view(*weights) : std::span<const double>{}};
}

py::bytes edge_lines(const GraphHolder& graph, std::int32_t begin, std::int32_t end,
                     const std::optional<Array<std::int64_t>>& ids, std::int32_t base,
                     const std::string& separator, bool lower) {
  std::string out;
  {
    const py::gil_scoped_release release;
    clustering::append_edge_lines(graph.view(), begin, end,
                                  {.ids = ids ? view(*ids) : std::span<const std::int64_t>{},
                                   .base = base,
                                   .separator = separator.at(0),
                                   .lower = lower},
                                  out);
  }
  return out;
}

py::bytes metis_lines(const GraphHolder& graph, std::int32_t begin, std::int32_t end) {
  std::string out;
  {
    const py::gil_scoped_release release;
    clustering::append_metis_lines(graph.view(), begin, end, out);
  }
  return out;
}

std::pair<py::array_t<std::int64_t>, py::array_t<std::int32_t>> row_arrays(clustering::GraphArrays&& rows) {
  return {to_numpy(std::move(rows.indptr)), to_numpy(std::move(rows.indices))};
}

}  // namespace
}  // namespace wayseer::bindings

void bind_clustering_io(pybind11::module_& m) {
  namespace py = pybind11;
  using namespace wayseer::bindings;
  namespace clustering = wayseer::clustering;
  namespace core = wayseer::core;

  m.def("read_graph_text", &read_graph_text, py::arg("text"), py::arg("layout"), py::kw_only(),
        py::arg("merge"), py::arg("drop_loops"), py::arg("most_vertices"));
  m.def(
      "is_multicut", [](const py::bytes& text) { return clustering::is_multicut(std::string_view(text)); },
      py::arg("text"));
  m.def(
      "read_colored_edges",
      [](const py::bytes& bytes) {
        const std::string_view text = bytes;
        return hypergraph_dict(interruptible(
            [&](const auto& checkpoint) { return clustering::read_colored_edges(text, checkpoint); }));
      },
      py::arg("text"));
  m.def(
      "colored_edges_of",
      [](const Array<std::int64_t>& sizes, const Array<std::int64_t>& members,
         const Array<std::int64_t>& colors) {
        return hypergraph_dict(interruptible([&](const auto&) {
          return clustering::colored_edges_of(view(sizes), view(members), view(colors));
        }));
      },
      py::arg("sizes").noconvert(), py::arg("members").noconvert(), py::arg("colors").noconvert());
  m.def(
      "read_integer_table",
      [](const py::bytes& bytes, std::size_t most_columns) {
        const std::string_view text = bytes;
        auto table = interruptible([&](const auto& checkpoint) {
          return clustering::read_integer_table(text, most_columns, checkpoint);
        });
        return std::pair(to_numpy(std::move(table.values)), table.columns);
      },
      py::arg("text"), py::arg("most_columns"), "The integers row by row, and how many a row has.");
  m.def(
      "row_fault",
      [](const Array<std::int64_t>& offsets, const Array<std::int32_t>& targets,
         const std::optional<Array<double>>& weights) {
        const py::gil_scoped_release release;
        return clustering::row_fault(graph_view(offsets, targets, weights));
      },
      py::arg("offsets").noconvert(), py::arg("targets").noconvert(), py::arg("weights").noconvert());
  m.def(
      "asymmetric_arcs",
      [](const GraphHolder& graph) {
        const py::gil_scoped_release release;
        return clustering::asymmetric_arcs(graph.view());
      },
      py::arg("graph"), "How many arcs differ from their mirror image; the rows must have no fault.");
  m.def("edge_lines", &edge_lines, py::arg("graph"), py::arg("begin"), py::arg("end"), py::kw_only(),
        py::arg("ids").noconvert(), py::arg("base"), py::arg("separator"), py::arg("lower"));
  m.def("metis_lines", &metis_lines, py::arg("graph"), py::arg("begin"), py::arg("end"));

  m.def(
      "planted_rows",
      [](std::int32_t n, std::int32_t k, double p_in, double p_out, std::uint64_t seed, int threads) {
        return row_arrays(interruptible([&](const auto& checkpoint) {
          return clustering::planted(n, k, p_in, p_out, seed, threads, checkpoint);
        }));
      },
      py::arg("n"), py::arg("k"), py::arg("p_in"), py::arg("p_out"), py::arg("seed"), py::arg("threads"));
  m.def(
      "rmat_rows",
      [](int scale, std::int64_t edges, double a, double b, double c, std::uint64_t seed, int threads) {
        return row_arrays(interruptible([&](const auto& checkpoint) {
          return clustering::rmat(scale, edges, {a, b, c}, seed, threads, checkpoint);
        }));
      },
      py::arg("scale"), py::arg("edges"), py::arg("a"), py::arg("b"), py::arg("c"), py::arg("seed"),
      py::arg("threads"));
  m.def(
      "power_law_rows",
      [](std::int32_t n, double average_degree, double exponent, double density, std::uint64_t seed,
         int threads) {
        return row_arrays(interruptible([&](const auto& checkpoint) {
          return clustering::power_law(n, average_degree, exponent, density, seed, threads, checkpoint);
        }));
      },
      py::arg("n"), py::arg("average_degree"), py::arg("exponent"), py::arg("density"), py::arg("seed"),
      py::arg("threads"));
}
