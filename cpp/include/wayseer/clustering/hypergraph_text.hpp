// Edge-coloured hypergraphs in text files, and tables of integers. Errors are TextError, as in
// graph_text.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "wayseer/clustering/graph_text.hpp"

namespace wayseer::clustering {

struct ColoredEdges {
  std::vector<std::int64_t> offsets;  // of each hyperedge, from 0
  std::vector<std::int32_t> members;  // 0..n-1, in ascending order of vertex_ids
  std::vector<std::int32_t> colors;   // the same of color_ids
  std::vector<std::int64_t> vertex_ids, color_ids;
};

// Lines `v1,v2,...,vr colour` (I. Amburg, N. Veldt, A. R. Benson, "Clustering in graphs and hypergraphs with
// categorical edge labels", 2020); lines that begin with # or % are skipped. O(size of the text).
[[nodiscard]] ColoredEdges read_colored_edges(std::string_view text, const core::Checkpoint& checkpoint);

// The same of three lists: sizes, members one after the other, colours. What is wrong is a TextError without
// a line.
[[nodiscard]] ColoredEdges colored_edges_of(std::span<const std::int64_t> sizes,
                                            std::span<const std::int64_t> members,
                                            std::span<const std::int64_t> colors);

// Lines of the same number of integers, at least 1 and at most `most_columns`, row by row.
struct IntegerTable {
  std::size_t columns = 0;  // 0 without lines
  std::vector<std::int64_t> values;
};
[[nodiscard]] IntegerTable read_integer_table(std::string_view text, std::size_t most_columns,
                                              const core::Checkpoint& checkpoint);

}  // namespace wayseer::clustering
