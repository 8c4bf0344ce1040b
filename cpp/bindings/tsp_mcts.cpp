#include <pybind11/stl.h>

#include "tsp_common.hpp"
#include "wayseer/tsp/mcts.hpp"

namespace wayseer::bindings {

namespace {

template <class T>
T named(const std::string& name, std::initializer_list<std::pair<const char*, T>> values) {
  for (const auto& [key, value] : values)
    if (name == key) return value;
  throw py::value_error("unknown name '" + name + "'");
}

py::dict mcts(const ProblemHolder& holder, const std::optional<EdgeArrays>& heatmap, double alpha,
              double beta, int h_par, int max_candidates, const std::string& candidates,
              const std::string& weights, const std::string& start, int max_depth, bool redraw_depth,
              bool redraw_candidates, bool compat, bool truncated_sampling, std::optional<double> time_limit,
              std::optional<std::int64_t> max_iterations, std::uint64_t seed, const py::object& callback,
              std::optional<double> target, std::int64_t memory_limit, bool raise_on_interrupt) {
  tsp::MctsOptions options;
  options.alpha = alpha;
  options.beta = beta;
  options.h_param = h_par;
  options.max_candidates = max_candidates;
  options.candidates = named<tsp::MctsCandidates>(
      candidates, {{"heatmap", tsp::MctsCandidates::heatmap}, {"nearest", tsp::MctsCandidates::nearest}});
  options.weights = named<tsp::MctsWeights>(
      weights,
      {{"mean", tsp::MctsWeights::mean}, {"raw", tsp::MctsWeights::raw}, {"sum", tsp::MctsWeights::sum}});
  options.start = named<tsp::MctsStart>(
      start, {{"heatmap", tsp::MctsStart::heatmap}, {"random", tsp::MctsStart::random}});
  options.max_depth = max_depth;
  options.redraw_depth = redraw_depth;
  options.redraw_candidates = redraw_candidates;
  options.compat = compat;
  options.truncated_sampling = truncated_sampling;
  options.seed = seed;
  options.memory_limit = memory_limit;
  std::optional<core::EdgeValues> values;
  if (heatmap) values = edge_values(*heatmap);

  PythonRun run(time_limit, max_iterations, target, callback, holder.problem.integer());
  options.stop = run.rule();
  tsp::MctsResult result;
  {
    const py::gil_scoped_release release;
    result = tsp::mcts(holder.problem, values ? &*values : nullptr, options);
  }
  run.finish(raise_on_interrupt);

  py::dict d;
  d["length"] = length_object(holder.problem, result.tour);
  d["lower_bound"] = py::none();
  d["status"] = std::string(core::to_string(result.status));
  d["trace"] = result.trace;
  d["kicks"] = 0;
  d["iterations"] = result.iterations;
  d["restarts"] = result.restarts;
  d["steps"] = result.steps;
  d["seconds"] = result.seconds;
  d["method"] = "mcts";
  d["tour"] = to_numpy(std::move(result.tour));
  return d;
}

}  // namespace

}  // namespace wayseer::bindings

void bind_tsp_mcts(pybind11::module_& tsp) {
  namespace py = pybind11;
  tsp.def("mcts", &wayseer::bindings::mcts, py::arg("problem"), py::kw_only(), py::arg("heatmap"),
          py::arg("alpha"), py::arg("beta"), py::arg("h_par"), py::arg("max_candidates"),
          py::arg("candidates"), py::arg("weights"), py::arg("start"), py::arg("max_depth"),
          py::arg("redraw_depth"), py::arg("redraw_candidates"), py::arg("compat"),
          py::arg("truncated_sampling"), py::arg("time_limit"), py::arg("max_iterations"), py::arg("seed"),
          py::arg("callback"), py::arg("target"), py::arg("memory_limit"), py::arg("raise_on_interrupt"));
}
