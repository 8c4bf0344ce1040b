// Graphs in text files: edge lists, signed lists, multicut lists, METIS, Matrix Market. Input is a buffer
// that holds the whole file. Whatever it holds, the answer is a valid graph or a TextError that names the
// line; memory is O(size of the text + vertices), time too, save for ids that lie far apart (they are
// sorted).
#pragma once

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "wayseer/clustering/graph.hpp"
#include "wayseer/core/checkpoint.hpp"
#include "wayseer/core/csr_graph.hpp"

namespace wayseer::clustering {

// What is wrong with a text, and in which line, from 1 (0: no line in particular).
class TextError : public std::runtime_error {
 public:
  TextError(std::int64_t line, const std::string& message) : std::runtime_error(message), line_(line) {}
  [[nodiscard]] std::int64_t line() const noexcept { return line_; }

 private:
  std::int64_t line_;
};

struct TextGraph {
  core::CsrGraph<double> rows;
  bool weighted = false;                 // the text gives weights, even if there are no edges
  bool symmetric = true;                 // by construction; else the rows are as given and must be checked
  std::vector<std::int64_t> vertex_ids;  // ascending; empty: 0..n-1
};

struct TextOptions {
  core::EdgePolicy policy;               // Duplicates::reject, first or sum; SelfLoops::reject or drop
  std::int64_t most_vertices = 1 << 30;  // that a header may announce
  core::Checkpoint checkpoint;
};

// True if the first line that is not empty and no comment is MULTICUT.
[[nodiscard]] bool is_multicut(std::string_view text);

// Lines `u v`, `u v w` or `u v w time`, all of one kind, between blanks or commas; a first line of names is
// skipped, as are lines that begin with # or %. Ids are any 64-bit integers. (u, v) and (v, u) are the same
// edge; the fourth field must be a number and is ignored. `need_weights` refuses lines without a weight.
[[nodiscard]] TextGraph read_edge_list(std::string_view text, bool need_weights, const TextOptions& options);

// A line MULTICUT, then lines `u v cost`.
[[nodiscard]] TextGraph read_multicut(std::string_view text, const TextOptions& options);

// G. Karypis, V. Kumar, "METIS: a software package for partitioning unstructured graphs", 1998. Header
// `n m [fmt [ncon]]` with fmt 0, 1, 10 or 11 (leading zeros allowed); vertex weights are checked to be
// numbers and ignored. The rows are those of the file: the caller checks that they are symmetric.
[[nodiscard]] TextGraph read_metis(std::string_view text, const TextOptions& options);

// R. F. Boisvert, R. Pozo, K. A. Remington, "The Matrix Market exchange formats: initial design", 1996.
// Square coordinate matrices, pattern, integer or real, general (the caller checks the symmetry) or
// symmetric. Entries of value 0 are no edges.
[[nodiscard]] TextGraph read_matrix_market(std::string_view text, const TextOptions& options);

// Lines `u v` or `u v w` for the neighbours v of u = begin..end-1 with v > u, or with v < u if `lower`; ids
// are `ids[u]`, or u + `base` without ids. Weights are written so that reading gives the same number back.
struct LineStyle {
  std::span<const std::int64_t> ids;
  std::int32_t base = 0;
  char separator = ' ';
  bool lower = false;
};
void append_edge_lines(const Graph& graph, std::int32_t begin, std::int32_t end, const LineStyle& style,
                       std::string& out);
// One line of METIS for each vertex.
void append_metis_lines(const Graph& graph, std::int32_t begin, std::int32_t end, std::string& out);

}  // namespace wayseer::clustering
