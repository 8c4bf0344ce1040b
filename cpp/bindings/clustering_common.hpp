// What the bindings of the clustering room share: graphs that keep their arrays alive, solutions as dicts.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "arrays.hpp"
#include "python_run.hpp"
#include "wayseer/clustering/graph.hpp"
#include "wayseer/clustering/solution.hpp"

namespace wayseer::bindings {

// A validated CSR graph; Python's wayseer.clustering.Graph makes it of its arrays.
struct GraphHolder {
  Array<std::int64_t> offsets;
  Array<std::int32_t> targets;
  std::optional<Array<double>> weights;

  [[nodiscard]] clustering::Graph view() const {
    return {bindings::view(offsets), bindings::view(targets),
            weights ? bindings::view(*weights) : std::span<const double>{}};
  }
};

inline py::dict solution_dict(clustering::Solution&& solution) {
  py::dict d;
  d["labels"] = to_numpy(std::move(solution.labels));
  d["objective"] = solution.objective;
  d["status"] = std::string(core::to_string(solution.status));
  d["seconds"] = solution.seconds;
  d["iterations"] = solution.iterations;
  std::vector<std::pair<double, double>> trajectory;
  trajectory.reserve(solution.trajectory.size());
  for (const auto& point : solution.trajectory) trajectory.emplace_back(point.seconds, point.objective);
  d["trajectory"] = std::move(trajectory);
  return d;
}

// The limits of one run as Python's solvers pass them on: solve(rule) without the interpreter lock, what a
// callback raised rethrown afterwards. With raise_on_interrupt Ctrl-C is a KeyboardInterrupt: for steps of a
// Python solver, which has to be told.
struct Limits {
  std::optional<double> time_limit;
  std::optional<std::int64_t> max_iterations;
  std::optional<double> target;
  py::object callback;
};
template <class Solve>
auto with_limits(const Limits& limits, Solve&& solve, bool raise_on_interrupt = false) {
  PythonRun run(limits.time_limit, limits.max_iterations, limits.target, limits.callback, false);
  auto solution = [&] {
    const py::gil_scoped_release release;
    return solve(run.rule());
  }();
  run.finish(raise_on_interrupt);
  return solution;
}

}  // namespace wayseer::bindings

void bind_clustering_bounds(pybind11::module_& clustering);
void bind_clustering_cubic(pybind11::module_& clustering);
void bind_clustering_ecc(pybind11::module_& clustering);
void bind_clustering_hash(pybind11::module_& clustering);
void bind_clustering_io(pybind11::module_& clustering);
void bind_clustering_minmax(pybind11::module_& clustering);
void bind_clustering_sum(pybind11::module_& clustering);
