// WindowIndex in terms of rows: labels are Python's, which turns windows into ranges of ranks.
#include <pybind11/stl.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "arrays.hpp"
#include "python_run.hpp"
#include "wayseer/core/checkpoint.hpp"
#include "wayseer/hashing/window_index.hpp"

namespace wayseer::bindings {

namespace {

using hashing::WindowIndex;
using hashing::WindowMethod;

template <class T>
T named(std::string_view argument, const std::string& name,
        std::initializer_list<std::pair<const char*, T>> values) {
  for (const auto& [key, value] : values)
    if (name == key) return value;
  throw py::value_error(std::string(argument) + ": unknown name '" + name + "'");
}

constexpr std::initializer_list<std::pair<const char*, WindowMethod>> methods{
    {"auto", WindowMethod::automatic},
    {"prefilter", WindowMethod::prefilter},
    {"postfilter", WindowMethod::postfilter},
    {"super", WindowMethod::super},
    {"tree", WindowMethod::tree},
    {"split", WindowMethod::split},
    {"joint", WindowMethod::joint},
};

// Runs f without the interpreter lock. A run that is stopped leaves nothing: what stopped it is raised.
template <class F>
void run_to_end(PythonRun& run, F&& f) {
  try {
    const py::gil_scoped_release release;
    f();
  } catch (const core::Stopped&) {
    run.finish(true);
    throw;
  }
  run.finish(true);
}

std::unique_ptr<WindowIndex> make(const Array<float>& vectors, const Array<std::int32_t>& order,
                                  const std::string& metric, const std::string& inner,
                                  std::int32_t leaf_cutoff, std::int32_t split, double shift,
                                  std::int32_t ef_construction, std::uint64_t seed, int threads,
                                  const std::optional<std::pair<double, double>>& costs,
                                  const py::object& progress) {
  if (vectors.ndim() != 2) throw py::value_error("vectors must have two dimensions");
  hashing::WindowIndexOptions options;
  options.metric = named<hashing::Metric>("metric", metric,
                                          {{"l2", hashing::Metric::l2},
                                           {"inner_product", hashing::Metric::inner_product},
                                           {"cosine", hashing::Metric::cosine}});
  options.inner = named<hashing::InnerIndex>("inner", inner,
                                             {{"flat", hashing::InnerIndex::flat},
                                              {"hnsw", hashing::InnerIndex::hnsw},
                                              {"ivf", hashing::InnerIndex::ivf}});
  options.leaf_cutoff = leaf_cutoff;
  options.split = split;
  options.shift = shift;
  options.ef_construction = ef_construction;
  options.seed = seed;
  options.threads = threads;
  if (costs) options.costs = hashing::WindowCosts{costs->first, costs->second};
  py::object callback = py::none();
  if (!progress.is_none()) {
    const auto total = WindowIndex::insertions(static_cast<std::int32_t>(vectors.shape(0)), options);
    callback = py::cpp_function(
        [progress, total](double, std::int64_t done) { progress(std::min(done, total), total); });
  }
  PythonRun run({}, {}, {}, callback, true);
  options.stop = run.rule();
  std::unique_ptr<WindowIndex> index;
  run_to_end(run, [&] {
    index = std::make_unique<WindowIndex>(view(vectors), static_cast<std::size_t>(vectors.shape(1)),
                                          view(order), options);
  });
  return index;
}

py::tuple search(const WindowIndex& index, const Array<float>& queries, const Array<std::int32_t>& windows,
                 std::int32_t k, std::int32_t beam, std::int32_t final_multiply, const std::string& method,
                 int threads) {
  if (windows.ndim() != 2 || windows.shape(1) != 2) throw py::value_error("windows must have two columns");
  hashing::WindowSearchOptions options;
  options.k = k;
  options.beam = beam;
  options.final_multiply = final_multiply;
  options.method = named<WindowMethod>("method", method, methods);
  options.threads = threads;
  if (k < 1) throw py::value_error("k must be at least 1, got " + std::to_string(k));
  std::vector<hashing::RowRange> ranges;
  ranges.reserve(static_cast<std::size_t>(windows.shape(0)));
  const std::int32_t* bounds = windows.data();
  for (py::ssize_t i = 0; i < windows.shape(0); ++i) ranges.push_back({bounds[2 * i], bounds[2 * i + 1]});
  const std::vector<py::ssize_t> shape{windows.shape(0), k};
  py::array_t<std::int64_t> ids(shape);
  py::array_t<float> distances(shape);
  const std::span<std::int64_t> ids_out(ids.mutable_data(), static_cast<std::size_t>(ids.size()));
  const std::span<float> distances_out(distances.mutable_data(), static_cast<std::size_t>(distances.size()));
  PythonRun run({}, {}, {}, py::none(), true);
  options.stop = run.rule();
  run_to_end(run, [&] { index.search(view(queries), ranges, options, ids_out, distances_out); });
  return py::make_tuple(ids, distances);
}

}  // namespace

}  // namespace wayseer::bindings

void bind_hashing_window(pybind11::module_& hashing) {
  using namespace wayseer::bindings;
  py::class_<WindowIndex>(hashing, "WindowIndex")
      .def(py::init(&make), py::arg("vectors").noconvert(), py::arg("order").noconvert(), py::arg("metric"),
           py::arg("inner"), py::arg("leaf_cutoff"), py::arg("split"), py::arg("shift"),
           py::arg("ef_construction"), py::arg("seed"), py::arg("threads"), py::arg("costs"),
           py::arg("progress"))
      .def("search", &search, py::arg("queries").noconvert(), py::arg("windows").noconvert(), py::arg("k"),
           py::arg("beam"), py::arg("final_multiply"), py::arg("method"), py::arg("threads"))
      .def("__len__", &WindowIndex::size)
      .def_property_readonly("dim", &WindowIndex::dim)
      .def_property_readonly(
          "costs",
          [](const WindowIndex& index) { return std::pair(index.costs().scan, index.costs().visit); })
      .def_property_readonly("index_bytes", &WindowIndex::index_bytes);
}
