// Whether rows that came from outside are a graph of this room.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "wayseer/clustering/graph.hpp"

namespace wayseer::clustering {

// What is wrong with the rows, one by one: offsets that do not ascend from 0 to the number of targets,
// targets out of range or not strictly ascending in a row, self-loops, weights that are not finite or not one
// for each target. Safe for any content. O(n + m).
[[nodiscard]] std::optional<std::string> row_fault(const Graph& graph);

// How many arcs u -> v have no arc v -> u of the same weight; the rows have no fault. O(n + m) if the answer
// is 0, else O(m log n).
[[nodiscard]] std::int64_t asymmetric_arcs(const Graph& graph);

}  // namespace wayseer::clustering
