// What the tsp bindings share: problems that keep their arrays alive.
#pragma once

#include <pybind11/pybind11.h>

#include <string>

#include "arrays.hpp"
#include "python_run.hpp"
#include "wayseer/core/edge_values.hpp"
#include "wayseer/tsp/problem.hpp"

namespace wayseer::bindings {

// A Problem borrows its input; this holds on to the NumPy array that it reads.
struct ProblemHolder {
  py::array input;
  tsp::Problem problem;
};

// A heatmap as the CSR arrays that wayseer.tsp.heatmaps.as_edge_values returns.
using EdgeArrays = std::tuple<Array<std::int64_t>, Array<std::int32_t>, Array<float>>;

inline core::EdgeValues edge_values(const EdgeArrays& arrays) {
  const auto& [indptr, indices, values] = arrays;
  return {static_cast<std::int32_t>(indptr.size()) - 1, view(indptr), view(indices), view(values)};
}

// An integer length as a Python int, exactly; else a float.
inline py::object length_object(const tsp::Problem& problem, std::span<const tsp::Index> tour) {
  if (problem.integer()) return py::int_(problem.integer_length(tour));
  return py::float_(problem.length(tour));
}

}  // namespace wayseer::bindings
