#include "wayseer/clustering/hypergraph_text.hpp"

#include <string>

#include "compact_ids.hpp"
#include "text_scanner.hpp"

namespace wayseer::clustering {
namespace {

// line(e): where hyperedge e stands, 0 if there are no lines.
template <class Line>
ColoredEdges numbered(std::vector<std::int64_t>&& offsets, std::span<const std::int64_t> members,
                      std::span<const std::int64_t> colors, const Line& line) {
  ColoredEdges found;
  found.offsets = std::move(offsets);
  const CompactIds<std::int64_t> vertex(members), color(colors);
  found.vertex_ids = vertex.ids();
  found.color_ids = color.ids();
  found.members.reserve(members.size());
  for (const auto id : members) found.members.push_back(vertex(id));
  found.colors.reserve(colors.size());
  for (const auto id : colors) found.colors.push_back(color(id));
  std::vector<std::int64_t> last(found.vertex_ids.size(), -1);
  for (std::size_t e = 0; e < colors.size(); ++e) {
    for (auto i = static_cast<std::size_t>(found.offsets[e]);
         i < static_cast<std::size_t>(found.offsets[e + 1]); ++i) {
      auto& seen = last[at(found.members[i])];
      if (seen == static_cast<std::int64_t>(e))
        throw TextError(line(e), "vertex " + std::to_string(members[i]) + " is twice in hyperedge " +
                                     std::to_string(e) + "; allowed is once");
      seen = static_cast<std::int64_t>(e);
    }
  }
  return found;
}

[[noreturn]] void fail_hyperedge(const Scanner& scanner) {
  const auto fields = scanner.fields();
  for (const auto field : fields) {
    if (field.empty()) scanner.fail("a vertex is missing between commas in " + scanner.quoted_line());
    if (!is_integer(field))
      scanner.fail(Scanner::quoted(field) + " is no id; allowed are integers of 64 bits");
  }
  // No blank: the commas hold everything together.
  if (scanner.words() < 2) scanner.fail("the colour is missing in " + scanner.quoted_line());
  scanner.fail("malformed line " + scanner.quoted_line() + "; allowed is v1,v2,...,vr colour");
}

}  // namespace

ColoredEdges read_colored_edges(std::string_view text, const core::Checkpoint& checkpoint) {
  Scanner scanner(text);
  std::vector<std::int64_t> offsets{0}, members, colors, lines;
  while (scanner.next_data_line()) {
    checkpoint(static_cast<std::int64_t>(colors.size()));
    lines.push_back(scanner.line());
    Scanner good = scanner;
    std::int64_t id = 0;
    bool read = good.integer(id);
    while (read) {
      members.push_back(id);
      if (!good.character(',')) break;
      good.skip_blanks();
      read = good.integer(id);
    }
    const Scanner before = good;
    good.skip_blanks();
    if (!(read && good.since(before) > 0 && good.integer(id) && good.line_end())) fail_hyperedge(scanner);
    scanner = good;
    colors.push_back(id);
    offsets.push_back(static_cast<std::int64_t>(members.size()));
  }
  return numbered(std::move(offsets), members, colors, [&](std::size_t e) { return lines[e]; });
}

ColoredEdges colored_edges_of(std::span<const std::int64_t> sizes, std::span<const std::int64_t> members,
                              std::span<const std::int64_t> colors) {
  if (colors.size() != sizes.size())
    throw TextError(0, std::to_string(colors.size()) + " colours for " + std::to_string(sizes.size()) +
                           " hyperedges; allowed is one for each");
  const auto total = static_cast<std::int64_t>(members.size());
  std::vector<std::int64_t> offsets{0};
  offsets.reserve(sizes.size() + 1);
  for (std::size_t e = 0; e < sizes.size(); ++e) {
    if (sizes[e] < 1)
      throw TextError(0, "hyperedge " + std::to_string(e) + " has " + std::to_string(sizes[e]) +
                             " vertices; allowed is at least one");
    if (sizes[e] > total - offsets.back())
      throw TextError(0, "hyperedge " + std::to_string(e) + " has " + std::to_string(sizes[e]) +
                             " vertices, " + std::to_string(total - offsets.back()) + " are left");
    offsets.push_back(offsets.back() + sizes[e]);
  }
  if (offsets.back() != total)
    throw TextError(0, "hyperedges have " + std::to_string(offsets.back()) + " vertices together, " +
                           std::to_string(total) + " are given");
  return numbered(std::move(offsets), members, colors, [](std::size_t) { return std::int64_t{0}; });
}

IntegerTable read_integer_table(std::string_view text, std::size_t most_columns,
                                const core::Checkpoint& checkpoint) {
  Scanner scanner(text);
  IntegerTable table;
  for (std::int64_t row = 0; scanner.next_data_line(); ++row) {
    checkpoint(row);
    if (table.columns == 0) {
      table.columns = scanner.fields().size();
      if (table.columns > most_columns)
        scanner.fail("has " + std::to_string(table.columns) + " fields; allowed are at most " +
                     std::to_string(most_columns) + ": " + scanner.quoted_line());
    }
    Scanner good = scanner;
    for (std::size_t i = 0; i < table.columns; ++i) {
      std::int64_t value = 0;
      if ((i > 0 && !good.separator()) || !good.integer(value)) break;
      table.values.push_back(value);
    }
    if (table.values.size() != static_cast<std::size_t>(row + 1) * table.columns || !good.line_end()) {
      const auto fields = scanner.fields();
      for (const auto field : fields)
        if (!is_integer(field))
          scanner.fail(Scanner::quoted(field) + " is no integer; allowed are integers of 64 bits");
      scanner.fail("has " + std::to_string(fields.size()) + " fields, the first line of data has " +
                   std::to_string(table.columns) + ": " + scanner.quoted_line());
    }
    scanner = good;
  }
  return table;
}

}  // namespace wayseer::clustering
