#include "clustering_common.hpp"
#include "wayseer/clustering/cubic_persistency.hpp"
#include "wayseer/clustering/cubic_solve.hpp"

namespace wayseer::bindings {
namespace {

// A validated problem; Python's CubicProblem makes it of its arrays.
struct CubicHolder {
  std::int32_t n;
  Array<double> pairs, triples;
  std::optional<Array<std::int32_t>> pair_ids, triple_ids;  // both or none
  double constant;

  [[nodiscard]] clustering::CubicView view() const {
    clustering::CubicView problem;
    problem.n = n;
    problem.pairs = bindings::view(pairs);
    problem.triples = bindings::view(triples);
    problem.constant = constant;
    if (pair_ids && triple_ids) {
      problem.sparse = true;
      problem.pair_ids = bindings::view(*pair_ids);
      problem.triple_ids = bindings::view(*triple_ids);
    }
    return problem;
  }
};

template <std::size_t width>
py::array_t<std::int32_t> rows(const std::vector<std::array<std::int32_t, width>>& tuples) {
  py::array_t<std::int32_t> array({tuples.size(), width});
  auto* out = array.mutable_data();
  for (const auto& tuple : tuples) out = std::copy(tuple.begin(), tuple.end(), out);
  return array;
}

py::dict persistency(const CubicHolder& problem, const std::vector<std::string>& criteria, bool gomory_hu,
                     bool relaxed, const std::optional<double>& time_limit) {
  clustering::PersistencyOptions options;
  options.gomory_hu = gomory_hu;
  options.relaxed = relaxed;
  for (std::size_t c = 0; c < clustering::criterion_names.size(); ++c)
    options.criteria[c] =
        std::find(criteria.begin(), criteria.end(), clustering::criterion_names[c]) != criteria.end();
  auto status = core::Status::converged;
  auto found = with_limits({time_limit, std::nullopt, std::nullopt, py::none()}, [&](const auto& rule) {
    core::Run run(rule);
    auto result = clustering::cubic_persistency(problem.view(), options, run);
    status = run.status();
    return result;
  });
  py::dict d, count, seconds;
  d["joined_labels"] = to_numpy(std::move(found.joined));
  d["subproblem_labels"] = to_numpy(std::move(found.subproblem));
  d["cut_pairs"] = rows(found.cut_pairs);
  d["cut_triples"] = rows(found.cut_triples);
  d["remaining"] = found.remaining;
  d["flows"] = found.flows;
  for (std::size_t c = 0; c < clustering::criterion_names.size(); ++c) {
    if (!options.criteria[c]) continue;
    const py::str name(std::string(clustering::criterion_names[c]));
    count[name] = found.count[c];
    seconds[name] = found.seconds[c];
  }
  d["count"] = count;
  d["criterion_seconds"] = seconds;
  d["status"] = std::string(core::to_string(status));
  return d;
}

py::dict solve(const CubicHolder& problem, bool with_persistency, std::uint64_t seed,
               const std::optional<double>& time_limit, const std::optional<std::int64_t>& max_iterations,
               const std::optional<double>& target, const py::object& callback) {
  auto found = with_limits({time_limit, max_iterations, target, callback}, [&](const auto& rule) {
    core::Run run(rule);
    return clustering::cubic_solve(problem.view(), {.persistency = with_persistency, .seed = seed}, run);
  });
  auto d = solution_dict(std::move(found.solution));
  d["fixed_pairs"] = found.fixed_pairs;
  d["pieces"] = found.pieces;
  d["exact_pieces"] = found.exact_pieces;
  d["largest_piece"] = found.largest_piece;
  return d;
}

}  // namespace
}  // namespace wayseer::bindings

void bind_clustering_cubic(pybind11::module_& m) {
  namespace py = pybind11;
  using namespace wayseer::bindings;
  namespace clustering = wayseer::clustering;

  py::class_<CubicHolder>(m, "CubicProblem",
                          "A validated cubic problem; keeps the arrays it was made from alive.")
      .def(py::init<std::int32_t, Array<double>, Array<double>, std::optional<Array<std::int32_t>>,
                    std::optional<Array<std::int32_t>>, double>(),
           py::arg("n"), py::arg("pairs").noconvert(), py::arg("triples").noconvert(),
           py::arg("pair_ids").noconvert(), py::arg("triple_ids").noconvert(), py::arg("constant"));
  m.attr("CUBIC_LARGEST") = clustering::CubicTensor::largest;
  m.def("cubic_persistency", &persistency, py::arg("problem"), py::kw_only(), py::arg("criteria"),
        py::arg("gomory_hu"), py::arg("relaxed"), py::arg("time_limit"));
  m.def("cubic_solve", &solve, py::arg("problem"), py::kw_only(), py::arg("persistency"), py::arg("seed"),
        py::arg("time_limit"), py::arg("max_iterations"), py::arg("target"), py::arg("callback"));
  m.def(
      "cubic_value",
      [](const CubicHolder& problem, const Array<std::int32_t>& labels) {
        return clustering::cubic_value(problem.view(), view(labels));
      },
      py::arg("problem"), py::arg("labels").noconvert());
}
