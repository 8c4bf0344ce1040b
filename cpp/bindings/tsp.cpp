#include "tsp_common.hpp"

#include <pybind11/stl.h>

#include "rooms.hpp"
#include "wayseer/tsp/candidate_table.hpp"
#include "wayseer/tsp/solve.hpp"

void bind_tsp_mcts(pybind11::module_& tsp);

namespace wayseer::bindings {

namespace {

using tsp::Index;

tsp::MetricKind metric_named(const std::string& name) {
  for (int kind = 0; kind < static_cast<int>(tsp::MetricKind::matrix); ++kind)
    if (name == tsp::to_string(static_cast<tsp::MetricKind>(kind))) return static_cast<tsp::MetricKind>(kind);
  throw py::value_error("unknown metric '" + name + "'");
}

tsp::Method method_named(const std::string& name) {
  if (name == "auto") return tsp::Method::automatic;
  if (name == "ils") return tsp::Method::ils;
  if (name == "eax") return tsp::Method::eax;
  if (name == "exact") return tsp::Method::exact;
  throw py::value_error("unknown method '" + name + "'; choose from auto, ils, eax, exact");
}

const char* name_of(tsp::Method method) {
  switch (method) {
    case tsp::Method::automatic:
      return "auto";
    case tsp::Method::ils:
      return "ils";
    case tsp::Method::eax:
      return "eax";
    case tsp::Method::exact:
      return "exact";
  }
  return "";
}

ProblemHolder from_points(const Array<double>& points, const std::string& metric) {
  if (points.ndim() != 2) throw py::value_error("points must have shape (n, 2) or (n, 3)");
  return {points,
          tsp::Problem::from_points(view(points), static_cast<int>(points.shape(1)), metric_named(metric))};
}

template <class T>
ProblemHolder from_matrix(const Array<T>& matrix, tsp::MatrixType type) {
  if (matrix.ndim() != 2 || matrix.shape(0) != matrix.shape(1))
    throw py::value_error("matrix must be square");
  const auto n = static_cast<Index>(matrix.shape(0));
  const tsp::MatrixView matrix_view{matrix.data(), type, n};
  const auto problem = [&] {
    const py::gil_scoped_release release;
    return tsp::Problem::from_matrix(matrix_view);
  }();
  return {matrix, problem};
}

tsp::CandidateLists candidate_lists(const Array<std::int32_t>& table) {
  if (table.ndim() != 2) throw py::value_error("candidates must have shape (n, K)");
  tsp::CandidateLists lists;
  lists.ids.assign(table.data(), table.data() + table.size());
  for (py::ssize_t i = 1; i <= table.shape(0); ++i) lists.offset.push_back(i * table.shape(1));
  return lists;
}

py::dict result_dict(const tsp::Problem& problem, tsp::Result&& result) {
  py::dict d;
  d["length"] =
      problem.integer() ? py::object(py::int_(result.integer_length)) : py::object(py::float_(result.length));
  if (!result.lower_bound)
    d["lower_bound"] = py::none();
  else if (problem.integer())
    d["lower_bound"] = py::int_(std::llround(*result.lower_bound));
  else
    d["lower_bound"] = py::float_(*result.lower_bound);
  d["status"] = std::string(core::to_string(result.status));
  std::vector<std::pair<double, double>> trace;
  trace.reserve(result.trace.size());
  for (const auto& point : result.trace) trace.emplace_back(point.seconds, point.length);
  d["trace"] = trace;
  d["kicks"] = result.kicks;
  d["iterations"] = result.iterations;
  d["seconds"] = result.seconds;
  d["method"] = name_of(result.method);
  d["tour"] = to_numpy(std::move(result.tour));
  return d;
}

py::dict solve(const ProblemHolder& holder, std::optional<double> time_limit, std::uint64_t seed,
               const std::optional<Array<std::int32_t>>& init,
               const std::optional<Array<std::int32_t>>& candidates, const std::optional<EdgeArrays>& heatmap,
               const std::string& method, int threads, std::optional<std::int64_t> max_kicks,
               std::optional<std::int64_t> max_iterations, const py::object& callback,
               std::optional<double> target, bool bound, std::int64_t memory_limit,
               std::optional<int> population, bool raise_on_interrupt) {
  tsp::SolveOptions options;
  options.seed = seed;
  options.method = method_named(method);
  options.threads = threads;
  options.population = population;
  options.bound = bound;
  options.memory_limit = memory_limit;
  if (max_kicks) options.max_kicks = *max_kicks;
  if (init) options.init = view(*init);
  std::optional<tsp::CandidateLists> lists;
  if (candidates) options.candidates = &lists.emplace(candidate_lists(*candidates));
  core::EdgeValues values;
  if (heatmap) {
    values = edge_values(*heatmap);
    options.heatmap = &values;
  }
  PythonRun run(time_limit, max_iterations, target, callback, holder.problem.integer());
  options.stop = run.rule();
  tsp::Result result;
  {
    const py::gil_scoped_release release;
    result = tsp::solve(holder.problem, options);
  }
  run.finish(raise_on_interrupt);
  return result_dict(holder.problem, std::move(result));
}

template <class F>
py::dict descend(const ProblemHolder& holder, std::optional<double> time_limit, F&& search) {
  PythonRun run(time_limit, std::nullopt, std::nullopt, py::none(), holder.problem.integer());
  tsp::Result result;
  {
    const py::gil_scoped_release release;
    result = search(run.rule());
  }
  run.finish(false);
  return result_dict(holder.problem, std::move(result));
}

std::pair<py::array_t<Index>, std::optional<double>> candidates(const ProblemHolder& holder,
                                                                const std::string& method,
                                                                std::optional<int> k) {
  const auto kind = method == "auto"       ? tsp::CandidateMethod::automatic
                    : method == "knn"      ? tsp::CandidateMethod::knn
                    : method == "quadrant" ? tsp::CandidateMethod::quadrant
                    : method == "alpha"    ? tsp::CandidateMethod::alpha
                    : method == "delaunay"
                        ? tsp::CandidateMethod::delaunay
                        : throw py::value_error("unknown candidate method '" + method + "'");
  PythonRun python(std::nullopt, std::nullopt, std::nullopt, py::none(), false);
  tsp::CandidateTable table;
  {
    const py::gil_scoped_release release;
    core::Run run(python.rule());
    try {
      table = tsp::candidate_table(holder.problem, kind, k, run);
    } catch (const core::Stopped&) {
      // finish() tells why.
    }
  }
  python.finish(true);
  auto ids = to_numpy(std::move(table.ids));
  return {ids.reshape({py::ssize_t{table.n}, py::ssize_t{table.width}}), table.lower_bound};
}

}  // namespace

}  // namespace wayseer::bindings

void bind_tsp(pybind11::module_& parent) {
  namespace py = pybind11;
  using namespace wayseer::bindings;
  namespace tsp = wayseer::tsp;

  auto m = parent.def_submodule("tsp", "Travelling salesman problems; use wayseer.tsp.");

  py::class_<ProblemHolder>(m, "Problem", "A validated problem; keeps the array it was made from alive.")
      .def_static("from_points", &from_points, py::arg("points").noconvert(), py::arg("metric"))
      .def_static(
          "from_matrix", [](const Array<std::int32_t>& a) { return from_matrix(a, tsp::MatrixType::int32); },
          py::arg("matrix").noconvert())
      .def_static(
          "from_matrix", [](const Array<std::int64_t>& a) { return from_matrix(a, tsp::MatrixType::int64); },
          py::arg("matrix").noconvert())
      .def_static(
          "from_matrix", [](const Array<float>& a) { return from_matrix(a, tsp::MatrixType::float32); },
          py::arg("matrix").noconvert())
      .def_static(
          "from_matrix", [](const Array<double>& a) { return from_matrix(a, tsp::MatrixType::float64); },
          py::arg("matrix").noconvert())
      .def("__len__", [](const ProblemHolder& p) { return p.problem.size(); })
      .def_property_readonly(
          "metric", [](const ProblemHolder& p) { return std::string(tsp::to_string(p.problem.metric())); })
      .def_property_readonly("symmetric", [](const ProblemHolder& p) { return p.problem.symmetric(); })
      .def_property_readonly("integer", [](const ProblemHolder& p) { return p.problem.integer(); })
      .def(
          "cost",
          [](const ProblemHolder& p, Index i, Index j) {
            if (i < 0 || j < 0 || i >= p.problem.size() || j >= p.problem.size()) throw py::index_error();
            return p.problem.cost(i, j);
          },
          py::arg("i"), py::arg("j"))
      .def(
          "length",
          [](const ProblemHolder& p, const Array<std::int32_t>& tour) {
            tsp::check_permutation(view(tour), p.problem.size(), "tour");
            return length_object(p.problem, view(tour));
          },
          py::arg("tour").noconvert());

  m.def("solve", &solve, py::arg("problem"), py::kw_only(), py::arg("time_limit"), py::arg("seed"),
        py::arg("init"), py::arg("candidates"), py::arg("heatmap"), py::arg("method"), py::arg("threads"),
        py::arg("max_kicks"), py::arg("max_iterations"), py::arg("callback"), py::arg("target"),
        py::arg("bound"), py::arg("memory_limit"), py::arg("population"), py::arg("raise_on_interrupt"));
  m.def(
      "or_opt",
      [](const ProblemHolder& holder, const Array<std::int32_t>& tour, std::optional<double> time_limit) {
        return descend(holder, time_limit,
                       [&](const auto& rule) { return tsp::or_opt(holder.problem, view(tour), rule); });
      },
      py::arg("problem"), py::arg("tour").noconvert(), py::kw_only(), py::arg("time_limit"));
  m.def(
      "k_opt",
      [](const ProblemHolder& holder, const Array<std::int32_t>& tour, int depth,
         const std::vector<int>& breadth, std::optional<double> time_limit) {
        return descend(holder, time_limit, [&](const auto& rule) {
          return tsp::k_opt(holder.problem, view(tour), depth, breadth, rule);
        });
      },
      py::arg("problem"), py::arg("tour").noconvert(), py::kw_only(), py::arg("depth"), py::arg("breadth"),
      py::arg("time_limit"));
  m.def("candidates", &candidates, py::arg("problem"), py::kw_only(), py::arg("method"), py::arg("k"));

  bind_tsp_mcts(m);
}
