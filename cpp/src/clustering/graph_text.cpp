#include "wayseer/clustering/graph_text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <concepts>
#include <optional>

#include "compact_ids.hpp"
#include "text_scanner.hpp"
#include "wayseer/core/error.hpp"

namespace wayseer::clustering {
namespace {

using core::Direction;
using core::Duplicates;
using core::SelfLoops;
using Rows = core::CsrGraph<double>;

// The line of each edge, as the places where edges and lines part company.
class EdgeLines {
 public:
  void add(std::size_t edge, std::int64_t line) {
    const std::int64_t shift = line - static_cast<std::int64_t>(edge);
    if (shift == last_shift_) return;
    last_shift_ = shift;
    marks_.push_back({edge, shift});
  }
  [[nodiscard]] std::int64_t operator()(std::size_t edge) const {
    const auto after = std::ranges::upper_bound(marks_, edge, {}, &Mark::edge);
    return static_cast<std::int64_t>(edge) + (after - 1)->shift;
  }

 private:
  struct Mark {
    std::size_t edge;
    std::int64_t shift;
  };
  std::int64_t last_shift_ = -1;
  std::vector<Mark> marks_;
};

template <class Id>
struct Edges {
  std::vector<Id> u, v;
  std::vector<double> w;
  EdgeLines lines;

  void reserve(std::size_t count, bool weighted) {
    u.reserve(count);
    v.reserve(count);
    if (weighted) w.reserve(count);
  }
};

std::string count_text(std::size_t count, std::string_view what) {
  return std::to_string(count) + " " + std::string(what) + (count == 1 ? "" : "s");
}

// Finite weights stay finite unless parallel edges are summed.
void check_sums(const Rows& rows, Duplicates duplicates) {
  if (duplicates != Duplicates::sum) return;
  for (std::int32_t u = 0; u < rows.size() && rows.weighted(); ++u)
    for (const double weight : rows.neighbor_weights(u))
      if (!std::isfinite(weight)) throw TextError(0, "weights of parallel edges add up to infinity");
}

// name(vertex) is what the file calls it, line(edge) where it stands.
template <class Name, class Line>
Rows build(std::int32_t n, std::span<const std::int32_t> u, std::span<const std::int32_t> v,
           std::span<const double> w, Direction direction, const core::EdgePolicy& policy, const Name& name,
           const Line& line) {
  try {
    auto rows = Rows::from_edges(n, u, v, w, direction, policy);
    check_sums(rows, policy.duplicates);
    return rows;
  } catch (const std::invalid_argument&) {
    // Loops, ids and weights have been checked, so an edge is there twice: which one?
    if (policy.duplicates != Duplicates::reject) throw;
    auto kept = policy;
    kept.duplicates = Duplicates::keep;
    const auto rows = Rows::from_edges(n, u, v, {}, direction, kept);
    for (std::int32_t a = 0; a < n; ++a) {
      const auto row = rows.neighbors(a);
      const auto twice = std::ranges::adjacent_find(row);
      if (twice == row.end()) continue;
      const auto b = *twice;
      std::optional<std::size_t> first;
      for (std::size_t e = 0; e < u.size(); ++e) {
        const bool same =
            (u[e] == a && v[e] == b) || (direction == Direction::undirected && u[e] == b && v[e] == a);
        if (!same) continue;
        if (first)
          throw TextError(line(e), "edge " + name(u[e]) + " - " + name(v[e]) +
                                       " is given again (first in line " + std::to_string(line(*first)) +
                                       "); merge='first' or 'sum' allows it");
        first = e;
      }
    }
    throw;
  }
}

constexpr std::string_view loop_text = "; drop_loops=True drops self-loops";

// ---- edge lists ----

bool is_name(std::string_view field) {
  if (field.empty()) return false;
  const auto c = static_cast<unsigned char>(field.front());
  return std::isalpha(c) != 0 || c == '_' || c == '"' || c == '\'';
}

[[noreturn]] void fail_edge_line(const Scanner& scanner, std::size_t columns) {
  const auto fields = scanner.fields();
  if (fields.size() != columns)
    scanner.fail("has " + count_text(fields.size(), "field") + ", the first line of data has " +
                 std::to_string(columns) + ": " + scanner.quoted_line());
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const bool good = i < 2 ? is_integer(fields[i]) : is_real(fields[i]);
    if (good) continue;
    scanner.fail(Scanner::quoted(fields[i]) +
                 (i < 2 ? " is no vertex id; allowed are integers of 64 bits" : " is no finite number"));
  }
  scanner.fail("malformed line " + scanner.quoted_line());
}

// False if an id does not fit Id.
template <class Id, bool weighted>
bool parse_edges(Scanner scanner, std::size_t columns, const TextOptions& options, Edges<Id>& edges) {
  const bool loops = options.policy.self_loops != SelfLoops::reject;
  const Scanner start = scanner;
  while (scanner.next_data_line()) {
    const auto count = edges.u.size();
    if (count % 4096 == 0) {
      options.checkpoint();
      if (count == 4096) {  // by now the length of a line is known
        const double each = static_cast<double>(scanner.since(start)) / 4096;
        edges.reserve(4096 + static_cast<std::size_t>(static_cast<double>(scanner.remaining()) / each * 1.02),
                      weighted);
      }
    }
    const auto line = scanner.line();
    std::int64_t u = 0, v = 0;
    double w = 0, time = 0;
    Scanner good = scanner;
    bool read = good.integer(u) && good.separator() && good.integer(v);
    if constexpr (weighted) {
      read = read && good.separator() && good.real(w);
      if (columns > 3) read = read && good.separator() && good.real(time);
    }
    if (!read || !good.line_end()) [[unlikely]]
      fail_edge_line(scanner, columns);
    if (u == v && !loops) [[unlikely]]
      scanner.fail("edge " + std::to_string(u) + " - " + std::to_string(v) + " is a self-loop" +
                   std::string(loop_text));
    scanner = good;
    if constexpr (std::same_as<Id, std::int32_t>) {
      if (u != static_cast<Id>(u) || v != static_cast<Id>(v)) [[unlikely]]
        return false;
    }
    edges.lines.add(count, line);
    edges.u.push_back(static_cast<Id>(u));
    edges.v.push_back(static_cast<Id>(v));
    if constexpr (weighted) edges.w.push_back(w);
  }
  return true;
}

template <class Id>
TextGraph numbered(Edges<Id>&& edges, bool weighted, const TextOptions& options) {
  TextGraph graph;
  graph.weighted = weighted;
  const CompactIds<Id> number(edges.u, edges.v);
  std::vector<std::int32_t> u, v;
  const bool trivial = number.trivial();
  if constexpr (std::same_as<Id, std::int32_t>) {
    u = std::move(edges.u);
    v = std::move(edges.v);
    if (!trivial) {
      for (auto* ends : {&u, &v}) {
        options.checkpoint();
        for (auto& id : *ends) id = number(id);
      }
    }
  } else {
    for (const auto& [from, to] : {std::pair{&edges.u, &u}, std::pair{&edges.v, &v}}) {
      options.checkpoint();
      to->reserve(from->size());
      for (const auto id : *from) to->push_back(number(id));
      *from = {};
    }
  }
  if (!trivial) graph.vertex_ids = number.ids();
  options.checkpoint();
  graph.rows = build(
      number.size(), u, v, edges.w, Direction::undirected, options.policy,
      [&](std::int32_t x) { return std::to_string(trivial ? x : graph.vertex_ids[at(x)]); },
      [&](std::size_t edge) { return edges.lines(edge); });
  return graph;
}

template <class Id, bool weighted>
std::optional<TextGraph> edge_list(const Scanner& scanner, std::size_t columns, const TextOptions& options) {
  Edges<Id> edges;
  if (!parse_edges<Id, weighted>(scanner, columns, options, edges)) return std::nullopt;
  return numbered(std::move(edges), weighted, options);
}

TextGraph edge_list(const Scanner& scanner, std::size_t columns, const TextOptions& options) {
  // Ids that fit 32 bits halve the memory; nearly all do.
  auto graph = columns > 2 ? edge_list<std::int32_t, true>(scanner, columns, options)
                           : edge_list<std::int32_t, false>(scanner, columns, options);
  if (!graph)
    graph = columns > 2 ? edge_list<std::int64_t, true>(scanner, columns, options)
                        : edge_list<std::int64_t, false>(scanner, columns, options);
  return std::move(*graph);
}

TextGraph no_edges(bool weighted) {
  TextGraph graph;
  graph.weighted = weighted;
  return graph;
}

// ---- METIS ----

struct MetisHeader {
  std::int64_t n = 0, m = 0, vertex_weights = 0;
  bool edge_weights = false;
};

MetisHeader metis_header(const Scanner& scanner, const TextOptions& options) {
  const auto fields = scanner.fields();
  if (fields.size() < 2 || fields.size() > 4)
    scanner.fail("the header has " + count_text(fields.size(), "field") +
                 "; allowed are n m [fmt [ncon]]: " + scanner.quoted_line());
  std::array<std::int64_t, 4> values{0, 0, 0, 1};
  for (std::size_t i = 0; i < fields.size(); ++i) {
    Scanner field(fields[i]);
    if (!field.integer(values[i]) || !field.at_end() || values[i] < 0)
      scanner.fail("header: " + Scanner::quoted(fields[i]) + " is no integer of at least 0");
  }
  const auto [n, m, layout, constraints] = values;
  if (layout != 0 && layout != 1 && layout != 10 && layout != 11)
    scanner.fail("fmt is " + Scanner::quoted(fields[2]) + "; allowed are 0, 1, 10 and 11");
  if (fields.size() == 4 && (layout < 10 || constraints < 1))
    scanner.fail("ncon is " + Scanner::quoted(fields[3]) + " with fmt " + Scanner::quoted(fields[2]) +
                 "; allowed is at least 1, with fmt 10 or 11");
  if (n > options.most_vertices)
    scanner.fail("n is " + std::to_string(n) + "; memory_limit allows " +
                 std::to_string(options.most_vertices));
  return {n, m, layout >= 10 ? constraints : 0, layout % 10 == 1};
}

std::int64_t metis_neighbour(Scanner& scanner, const MetisHeader& header, double& weight) {
  std::int64_t v = 0;
  if (!scanner.integer(v)) scanner.fail("no neighbour id can be read in " + scanner.quoted_line());
  if (v < 1 || v > header.n)
    scanner.fail("neighbour " + std::to_string(v) + " is out of range; allowed are 1.." +
                 std::to_string(header.n));
  if (header.edge_weights) {
    scanner.skip_blanks();
    if (!scanner.real(weight))
      scanner.fail("neighbour " + std::to_string(v) + " has no finite weight in " + scanner.quoted_line());
  }
  if (!scanner.at_line_end() && !scanner.separator()) scanner.fail("malformed line " + scanner.quoted_line());
  return v - 1;
}

// ---- Matrix Market ----

std::string lower(std::string_view text) {
  std::string out(text);
  for (auto& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

struct MatrixHeader {
  bool weighted = false, symmetric = false;
};

MatrixHeader matrix_header(const Scanner& scanner) {
  const auto fields = scanner.fields();
  if (fields.size() != 5 || lower(fields[0]) != "%%matrixmarket" || lower(fields[1]) != "matrix")
    scanner.fail("starts with " + scanner.quoted_line() +
                 "; a Matrix Market file starts with '%%MatrixMarket matrix coordinate FIELD SYMMETRY'");
  if (lower(fields[2]) != "coordinate")
    scanner.fail("matrix is " + Scanner::quoted(fields[2]) + "; allowed is coordinate");
  const auto field = lower(fields[3]), symmetry = lower(fields[4]);
  if (field != "pattern" && field != "real" && field != "integer" && field != "double")
    scanner.fail("field is " + Scanner::quoted(fields[3]) + "; allowed are pattern, real and integer");
  if (symmetry != "general" && symmetry != "symmetric")
    scanner.fail("symmetry is " + Scanner::quoted(fields[4]) + "; allowed are general and symmetric");
  return {field != "pattern", symmetry == "symmetric"};
}

}  // namespace

bool is_multicut(std::string_view text) {
  Scanner scanner(text);
  if (!scanner.next_data_line()) return false;
  const auto fields = scanner.fields();
  return fields.size() == 1 && fields[0] == "MULTICUT";
}

TextGraph read_edge_list(std::string_view text, bool need_weights, const TextOptions& options) {
  Scanner scanner(text);
  if (!scanner.next_data_line()) return no_edges(need_weights);
  auto fields = scanner.fields();
  if (fields.size() >= 2 && std::ranges::all_of(fields, is_name)) {
    scanner.next_line();
    if (!scanner.next_data_line()) return no_edges(need_weights || fields.size() > 2);
    fields = scanner.fields();
  }
  const std::size_t fewest = need_weights ? 3 : 2;
  if (fields.size() < fewest || fields.size() > 4)
    scanner.fail("has " + count_text(fields.size(), "field") + "; allowed are " +
                 (need_weights ? "u v w [time]: " : "u v [w [time]]: ") + scanner.quoted_line());
  return edge_list(scanner, fields.size(), options);
}

TextGraph read_multicut(std::string_view text, const TextOptions& options) {
  Scanner scanner(text);
  if (!scanner.next_data_line() || scanner.fields() != std::vector<std::string_view>{"MULTICUT"})
    scanner.fail("starts with " + scanner.quoted_line() + "; a multicut file starts with 'MULTICUT'");
  scanner.next_line();
  if (!scanner.next_data_line()) return no_edges(true);
  if (const auto fields = scanner.fields(); fields.size() != 3)
    scanner.fail("has " + count_text(fields.size(), "field") +
                 "; allowed are u v cost: " + scanner.quoted_line());
  return edge_list(scanner, 3, options);
}

TextGraph read_metis(std::string_view text, const TextOptions& options) {
  Scanner scanner(text);
  if (!scanner.next_data_line()) scanner.fail("is empty; allowed is a header n m [fmt [ncon]]");
  const auto header = metis_header(scanner, options);
  // Each vertex but the last takes a byte at least, so a header cannot ask for more than the text is worth.
  if (header.n > static_cast<std::int64_t>(text.size()))
    scanner.fail("n is " + std::to_string(header.n) + "; there are not so many lines");
  scanner.next_line();
  const auto n = static_cast<std::int32_t>(header.n);
  const bool loops = options.policy.self_loops != SelfLoops::reject;
  std::vector<std::int64_t> offsets{0};
  offsets.reserve(at(n) + 1);
  std::vector<std::int32_t> targets;
  std::vector<double> weights;
  std::int64_t found_loops = 0;
  std::vector<std::int64_t> lines(at(n));
  for (std::int32_t u = 0; u < n; ++u) {
    options.checkpoint(u);
    scanner.skip_percent_lines();
    if (scanner.at_end() && u + 1 < n)
      scanner.fail("ends after " + std::to_string(u) + " of " + std::to_string(n) + " vertices");
    lines[at(u)] = scanner.line();
    scanner.skip_blanks();
    for (std::int64_t c = 0; c < header.vertex_weights; ++c) {
      double ignored = 0;
      if (!scanner.real(ignored) || (!scanner.at_line_end() && !scanner.separator()))
        scanner.fail("vertex weight " + std::to_string(c + 1) + " is missing in " + scanner.quoted_line());
    }
    while (!scanner.at_line_end()) {
      double weight = 1;
      const auto v = metis_neighbour(scanner, header, weight);
      if (v == u) {
        if (!loops)
          scanner.fail("vertex " + std::to_string(v + 1) + " is its own neighbour" + std::string(loop_text));
        ++found_loops;
      }
      targets.push_back(static_cast<std::int32_t>(v));
      if (header.edge_weights) weights.push_back(weight);
    }
    scanner.line_end();
    offsets.push_back(static_cast<std::int64_t>(targets.size()));
  }
  scanner.skip_percent_lines();
  if (scanner.next_data_line())
    scanner.fail("line after the last of " + std::to_string(n) + " vertices: " + scanner.quoted_line());
  const auto arcs = static_cast<std::int64_t>(targets.size());
  if (found_loops == 0 && (arcs % 2 != 0 || arcs / 2 != header.m))
    throw TextError(1, "the header says " + std::to_string(header.m) + " edges, the lines have " +
                           std::to_string(arcs) + " neighbours; allowed are twice as many as edges");
  TextGraph graph;
  graph.weighted = header.edge_weights;
  graph.symmetric = false;
  try {
    graph.rows = Rows::from_csr(n, offsets, targets, weights, options.policy);
  } catch (const std::invalid_argument&) {
    for (std::int32_t u = 0; u < n; ++u) {
      const auto row =
          std::span(targets).subspan(static_cast<std::size_t>(offsets[at(u)]),
                                     static_cast<std::size_t>(offsets[at(u) + 1] - offsets[at(u)]));
      std::ranges::sort(row);
      if (const auto twice = std::ranges::adjacent_find(row); twice != row.end())
        throw TextError(lines[at(u)], "neighbour " + std::to_string(*twice + 1) +
                                          " is given twice; merge='first' or 'sum' allows it");
    }
    throw;
  }
  check_sums(graph.rows, options.policy.duplicates);
  return graph;
}

TextGraph read_matrix_market(std::string_view text, const TextOptions& options) {
  Scanner scanner(text);
  const auto header = matrix_header(scanner);
  scanner.next_line();
  if (!scanner.next_data_line()) scanner.fail("ends before the line of sizes");
  std::int64_t rows = 0, columns = 0, count = 0;
  Scanner sizes = scanner;
  if (!(sizes.integer(rows) && sizes.separator() && sizes.integer(columns) && sizes.separator() &&
        sizes.integer(count) && sizes.line_end()) ||
      rows < 0 || columns < 0 || count < 0)
    scanner.fail("sizes are " + scanner.quoted_line() + "; allowed are three integers of at least 0");
  if (rows != columns)
    scanner.fail("matrix is " + std::to_string(rows) + " x " + std::to_string(columns) +
                 "; allowed is n x n");
  if (rows > options.most_vertices)
    scanner.fail("n is " + std::to_string(rows) + "; memory_limit allows " +
                 std::to_string(options.most_vertices));
  scanner = sizes;
  Edges<std::int32_t> edges;
  edges.reserve(static_cast<std::size_t>(std::min(count, scanner.remaining() / 4 + 1)), header.weighted);
  std::int64_t found = 0;
  for (; scanner.next_data_line(); ++found) {
    options.checkpoint(found);
    if (found == count) scanner.fail("line after the last of " + std::to_string(count) + " entries");
    std::int64_t i = 0, j = 0;
    double w = 1;
    Scanner good = scanner;
    if (!(good.integer(i) && good.separator() && good.integer(j) &&
          (!header.weighted || (good.separator() && good.real(w))) && good.line_end()))
      scanner.fail("malformed entry " + scanner.quoted_line() + "; allowed is i j" +
                   (header.weighted ? " value, finite" : ""));
    if (i < 1 || j < 1 || i > rows || j > rows)
      scanner.fail("entry (" + std::to_string(i) + ", " + std::to_string(j) +
                   ") is out of range; allowed are 1.." + std::to_string(rows));
    if (w != 0) {
      if (i == j && options.policy.self_loops == SelfLoops::reject)
        scanner.fail("entry (" + std::to_string(i) + ", " + std::to_string(j) + ") is a self-loop" +
                     std::string(loop_text));
      edges.lines.add(edges.u.size(), scanner.line());
      edges.u.push_back(static_cast<std::int32_t>(i - 1));
      edges.v.push_back(static_cast<std::int32_t>(j - 1));
      if (header.weighted) edges.w.push_back(w);
    }
    scanner = good;
  }
  if (found != count)
    scanner.fail("ends after " + std::to_string(found) + " of " + std::to_string(count) + " entries");
  TextGraph graph;
  graph.weighted = header.weighted;
  graph.symmetric = header.symmetric;
  options.checkpoint();
  graph.rows = build(
      static_cast<std::int32_t>(rows), edges.u, edges.v, edges.w,
      header.symmetric ? Direction::undirected : Direction::directed, options.policy,
      [](std::int32_t x) { return std::to_string(x + 1); },
      [&](std::size_t edge) { return edges.lines(edge); });
  return graph;
}

// ---- writing ----

namespace {

template <class Number>
void append_number(std::string& out, Number value) {
  std::array<char, 32> digits;
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  out.append(digits.data(), end);
}

}  // namespace

void append_edge_lines(const Graph& graph, std::int32_t begin, std::int32_t end, const LineStyle& style,
                       std::string& out) {
  const auto name = [&](std::int32_t u) {
    return style.ids.empty() ? std::int64_t{u} + style.base : style.ids[at(u)];
  };
  for (auto u = begin; u < end; ++u) {
    for (auto e = graph.begin(u); e < graph.end(u); ++e) {
      const auto v = graph.indices[static_cast<std::size_t>(e)];
      if ((v < u) != style.lower) continue;
      append_number(out, name(u));
      out += style.separator;
      append_number(out, name(v));
      if (graph.weighted()) {
        out += style.separator;
        append_number(out, graph.weights[static_cast<std::size_t>(e)]);
      }
      out += '\n';
    }
  }
}

void append_metis_lines(const Graph& graph, std::int32_t begin, std::int32_t end, std::string& out) {
  for (auto u = begin; u < end; ++u) {
    for (auto e = graph.begin(u); e < graph.end(u); ++e) {
      if (e > graph.begin(u)) out += ' ';
      append_number(out, std::int64_t{graph.indices[static_cast<std::size_t>(e)]} + 1);
      if (graph.weighted()) {
        out += ' ';
        append_number(out, graph.weights[static_cast<std::size_t>(e)]);
      }
    }
    out += '\n';
  }
}

}  // namespace wayseer::clustering
