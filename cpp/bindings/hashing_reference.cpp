#include <pybind11/stl.h>

#include <algorithm>

#include "arrays.hpp"
#include "wayseer/hashing/elastic_table.hpp"
#include "wayseer/hashing/funnel_table.hpp"
#include "wayseer/hashing/probe_tables.hpp"

namespace wayseer::bindings {

namespace {

using Keys = Array<std::int64_t>;

// work(begin, end) for pieces of a batch, without the GIL; between pieces Ctrl-C gets its chance.
template <class Work>
void in_pieces(std::size_t size, Work&& work) {
  constexpr std::size_t piece = 1 << 14;
  for (std::size_t begin = 0; begin < size; begin += piece) {
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
    const py::gil_scoped_release release;
    work(begin, std::min(size - begin, piece));
  }
}

template <class Table>
py::array_t<std::int64_t> insert(Table& table, const Keys& keys, bool check) {
  const auto all = view(keys);
  py::array_t<std::int64_t> probes(keys.size());
  const std::span<std::int64_t> costs(probes.mutable_data(), all.size());
  in_pieces(all.size(), [&](std::size_t begin, std::size_t size) {
    try {
      table.insert(all.subspan(begin, size), costs.subspan(begin, size), check);
    } catch (const hashing::duplicate_key_error& error) {
      const std::size_t at = begin + error.position;
      throw std::invalid_argument("keys[" + std::to_string(at) + "] = " + std::to_string(all[at]) +
                                  " is in the table already; keys must be distinct");
    } catch (hashing::table_full_error& error) {
      error.inserted += begin;
      throw;
    }
  });
  return probes;
}

// find(keys, slots, probes), on a table or for another order of probes.
template <class Find>
py::tuple find_with(const Keys& keys, Find&& find) {
  const auto all = view(keys);
  py::array_t<std::int64_t> slots(keys.size()), probes(keys.size());
  const std::span<std::int64_t> where(slots.mutable_data(), all.size());
  const std::span<std::int64_t> costs(probes.mutable_data(), all.size());
  in_pieces(all.size(), [&](std::size_t begin, std::size_t size) {
    find(all.subspan(begin, size), where.subspan(begin, size), costs.subspan(begin, size));
  });
  return py::make_tuple(slots, probes);
}

template <class Table>
auto bind_table(py::module_& m, const char* name) {
  return py::class_<Table>(m, name)
      .def("insert", &insert<Table>, py::arg("keys"), py::arg("check"))
      .def(
          "find",
          [](const Table& table, const Keys& keys) {
            return find_with(keys,
                             [&](auto some, auto slots, auto probes) { table.find(some, slots, probes); });
          },
          py::arg("keys"))
      .def_property_readonly("size", &Table::size)
      .def_property_readonly("capacity", &Table::capacity)
      .def("levels", [](const Table& table) { return to_numpy(table.levels()); })
      .def("fill", [](const Table& table) { return to_numpy(std::vector<std::int64_t>(table.fill())); });
}

template <class Table>
void bind_probe_table(py::module_& m, const char* name) {
  bind_table<Table>(m, name).def(py::init<std::int64_t, double, std::uint64_t>(), py::kw_only(), py::arg("n"),
                                 py::arg("delta"), py::arg("seed"));
}

py::array_t<std::int64_t> pairs(const hashing::ElasticTable& table) {
  const auto all = table.pairs();
  py::array_t<std::int64_t> rows({static_cast<py::ssize_t>(all.size()), py::ssize_t{3}});
  auto* cell = rows.mutable_data();
  for (const auto& pair : all) {
    *cell++ = pair.level;
    *cell++ = pair.probe;
    *cell++ = pair.keys;
  }
  return rows;
}

void raise_table_full(std::exception_ptr thrown) {
  try {
    if (thrown) std::rethrow_exception(thrown);
  } catch (const hashing::table_full_error& error) {
    const py::object type = py::module_::import("wayseer.hashing.errors").attr("TableFullError");
    PyErr_SetObject(type.ptr(), type(error.capacity, error.size, error.inserted).ptr());
  }
}

}  // namespace

}  // namespace wayseer::bindings

void bind_hashing_reference(pybind11::module_& m) {
  namespace py = pybind11;
  using namespace wayseer::bindings;
  using namespace wayseer::hashing;

  py::register_local_exception_translator(&raise_table_full);
  m.def("phi", &phi, py::arg("level"), py::arg("probe"));
  bind_probe_table<LinearTable>(m, "LinearTable");
  bind_probe_table<QuadraticTable>(m, "QuadraticTable");
  bind_probe_table<DoubleHashTable>(m, "DoubleHashTable");
  bind_probe_table<UniformTable>(m, "UniformTable");

  bind_table<ElasticTable>(m, "ElasticTable")
      .def(py::init<std::int64_t, double, double, std::uint64_t>(), py::kw_only(), py::arg("n"),
           py::arg("delta"), py::arg("c"), py::arg("seed"))
      .def(
          "find_calibrated",
          [](const ElasticTable& table, const Array<std::int64_t>& keys) {
            return find_with(keys, [&](auto some, auto slots, auto probes) {
              table.find_calibrated(some, slots, probes);
            });
          },
          py::arg("keys"))
      .def("batches", [](const ElasticTable& table) { return to_numpy(table.batches()); })
      .def("cases", &ElasticTable::cases)
      .def("pairs", &pairs);

  bind_table<FunnelTable>(m, "FunnelTable")
      .def(py::init<std::int64_t, double, std::optional<std::int64_t>, std::optional<std::int64_t>,
                    std::uint64_t>(),
           py::kw_only(), py::arg("n"), py::arg("delta"), py::arg("alpha"), py::arg("beta"), py::arg("seed"))
      .def(
          "erase",
          [](FunnelTable& table, const Array<std::int64_t>& keys) {
            std::int64_t erased = 0;
            in_pieces(static_cast<std::size_t>(keys.size()), [&](std::size_t begin, std::size_t size) {
              erased += table.erase(view(keys).subspan(begin, size));
            });
            return erased;
          },
          py::arg("keys"))
      .def_property_readonly("alpha", &FunnelTable::alpha)
      .def_property_readonly("beta", &FunnelTable::beta)
      .def_property_readonly("most_probes", &FunnelTable::most_probes)
      .def("bucket_counts", [](const FunnelTable& table) {
        return to_numpy(std::vector<std::int64_t>(table.bucket_counts()));
      });
}
