// HybridIvf. Filters come as a list of conditions: (attribute, lo, hi) or (attribute, array of values).
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "arrays.hpp"
#include "hashing_files.hpp"
#include "python_run.hpp"
#include "wayseer/core/checkpoint.hpp"
#include "wayseer/core/run.hpp"
#include "wayseer/hashing/hybrid_ivf.hpp"

namespace wayseer::bindings {

namespace {

using hashing::HybridIvf;

constexpr const char* metric_names[] = {"l2", "inner_product", "cosine"};

hashing::Metric metric_named(std::string_view name) {
  for (std::size_t i = 0; i < 3; ++i)
    if (name == metric_names[i]) return static_cast<hashing::Metric>(i);
  throw py::value_error("unknown metric '" + std::string(name) + "'");
}

// f(checkpoint) without the interpreter lock, to its end: Ctrl-C becomes KeyboardInterrupt.
template <class F>
void run_stoppable(F&& f) {
  PythonRun python({}, {}, {}, py::none(), true);
  try {
    const py::gil_scoped_release release;
    core::Run run(python.rule());
    f(run.checkpoint());
  } catch (const core::Stopped&) {
    python.finish(true);
    throw;
  }
  python.finish(true);
}

std::unique_ptr<HybridIvf> build(const Array<float>& rows, const std::vector<std::string>& names,
                                 const std::vector<Array<std::int64_t>>& values, const std::string& metric,
                                 std::int32_t lists, std::uint64_t seed, int threads) {
  if (rows.ndim() != 2) throw py::value_error("vectors must have two dimensions");
  if (names.size() != values.size()) throw py::value_error("as many names as columns are needed");
  std::vector<hashing::Attribute> attributes;
  for (std::size_t i = 0; i < names.size(); ++i) attributes.push_back({names[i], view(values[i])});
  hashing::KMeansOptions options;
  options.seed = seed;
  options.threads = threads;
  const auto measure = metric_named(metric);
  const auto dim = static_cast<std::size_t>(rows.shape(1));
  const auto count = static_cast<std::int32_t>(rows.shape(0));
  std::unique_ptr<HybridIvf> index;
  run_stoppable([&](const core::Checkpoint& checkpoint) {
    index =
        std::make_unique<HybridIvf>(measure, rows.data(), dim, count, attributes, lists, options, checkpoint);
  });
  return index;
}

hashing::AttributeFilter read_filter(const py::list& conditions) {
  hashing::AttributeFilter filter;
  for (const py::handle& item : conditions) {
    const auto parts = item.cast<py::tuple>();
    hashing::Condition condition;
    condition.attribute = parts[0].cast<std::int32_t>();
    condition.listed = parts.size() == 2;
    if (condition.listed) {
      const auto values = view(parts[1].cast<Array<std::int64_t>>());
      condition.values.assign(values.begin(), values.end());
    } else {
      condition.lo = parts[1].cast<std::int64_t>();
      condition.hi = parts[2].cast<std::int64_t>();
    }
    filter.push_back(std::move(condition));
  }
  return filter;
}

// (ids, distances)
py::tuple search(const HybridIvf& index, const Array<float>& queries, const std::vector<py::list>& filters,
                 const Array<std::int32_t>& filter_of, std::int32_t k, std::int32_t nprobe, int threads) {
  if (queries.ndim() != 2 || static_cast<std::size_t>(queries.shape(1)) != index.dim())
    throw py::value_error("queries must have shape (n, " + std::to_string(index.dim()) + ")");
  std::vector<hashing::AttributeFilter> read;
  read.reserve(filters.size());
  for (const py::list& filter : filters) read.push_back(read_filter(filter));
  if (k < 1) throw py::value_error("k must be at least 1, got " + std::to_string(k));
  const std::vector<py::ssize_t> shape{queries.shape(0), k};
  py::array_t<std::int64_t> ids(shape);
  py::array_t<float> distances(shape);
  std::int64_t* const ids_out = ids.mutable_data();
  float* const distances_out = distances.mutable_data();
  const HybridIvf::Query query{
      queries.data(), static_cast<std::int32_t>(queries.shape(0)), read, view(filter_of), k, nprobe, threads};
  run_stoppable(
      [&](const core::Checkpoint& checkpoint) { index.search(query, ids_out, distances_out, checkpoint); });
  return py::make_tuple(ids, distances);
}

// (name, smallest value, largest value, bytes of a value) of each attribute
py::list attributes(const HybridIvf& index) {
  py::list all;
  for (std::size_t i = 0; i < index.attributes(); ++i)
    all.append(py::make_tuple(index.attribute_name(i), index.attribute_min(i), index.attribute_max(i),
                              index.attribute_width(i)));
  return all;
}

}  // namespace

}  // namespace wayseer::bindings

void bind_hashing_ivf(pybind11::module_& hashing) {
  using namespace wayseer::bindings;
  py::class_<HybridIvf>(hashing, "HybridIvf")
      .def(py::init(&build), py::arg("vectors").noconvert(), py::arg("names"), py::arg("values"),
           py::arg("metric"), py::arg("lists"), py::arg("seed"), py::arg("threads"))
      .def("search", &search, py::arg("queries").noconvert(), py::arg("filters"),
           py::arg("filter_of").noconvert(), py::arg("k"), py::arg("nprobe"), py::arg("threads"))
      .def(
          "save",
          [](const HybridIvf& index, const std::string& path) { with_file(path, [&] { index.save(path); }); },
          py::arg("path"))
      .def_static(
          "open",
          [](const std::string& path, bool copy, const std::string& verify) {
            const auto how = verify_named(verify);
            return with_file(path,
                             [&] { return std::make_unique<HybridIvf>(HybridIvf::open(path, copy, how)); });
          },
          py::arg("path"), py::arg("copy"), py::arg("verify"))
      .def("attributes", &attributes)
      .def("__len__", &HybridIvf::size)
      .def_property_readonly("dim", &HybridIvf::dim)
      .def_property_readonly("lists", &HybridIvf::lists)
      .def_property_readonly(
          "metric",
          [](const HybridIvf& index) { return metric_names[static_cast<std::size_t>(index.metric())]; })
      .def_property_readonly("bytes", &HybridIvf::bytes);
}
