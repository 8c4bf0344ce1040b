#include "wayseer/clustering/graph_text.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "wayseer/clustering/graph_generators.hpp"
#include "wayseer/clustering/graph_rows.hpp"
#include "wayseer/clustering/hypergraph_text.hpp"
#include "wayseer/core/random.hpp"

namespace wayseer::clustering::test {
namespace {

using core::Duplicates;
using core::SelfLoops;

TextOptions options(Duplicates duplicates = Duplicates::reject, SelfLoops loops = SelfLoops::reject) {
  TextOptions made;
  made.policy = {loops, duplicates};
  return made;
}

// "LINE: message" of what reading throws, or "" if it does not.
template <class Read>
std::string fault(Read&& read) {
  try {
    (void)read();
    return "";
  } catch (const TextError& error) {
    return std::to_string(error.line()) + ": " + error.what();
  }
}
std::string edge_fault(const std::string& text, const TextOptions& how = options()) {
  return fault([&] { return read_edge_list(text, false, how); });
}

// (u, v, w) of every edge, by the ids of the file.
std::vector<std::tuple<std::int64_t, std::int64_t, double>> edges(const TextGraph& graph) {
  std::vector<std::tuple<std::int64_t, std::int64_t, double>> found;
  const auto name = [&](std::int32_t v) { return graph.vertex_ids.empty() ? v : graph.vertex_ids[at(v)]; };
  for (std::int32_t u = 0; u < graph.rows.size(); ++u) {
    for (std::size_t i = 0; i < graph.rows.neighbors(u).size(); ++i) {
      const auto v = graph.rows.neighbors(u)[i];
      if (u < v) found.emplace_back(name(u), name(v), graph.weighted ? graph.rows.neighbor_weights(u)[i] : 1);
    }
  }
  return found;
}
using Edge = std::tuple<std::int64_t, std::int64_t, double>;

TEST(EdgeList, ReadsBlanksTabsCommasCommentsAndCarriageReturns) {
  const auto graph =
      read_edge_list("# a comment\n% another\n\n 0 1\r\n1\t2\n 0 , 2 \n  # more\n3,0", false, options());
  EXPECT_EQ(edges(graph), (std::vector<Edge>{{0, 1, 1}, {0, 2, 1}, {0, 3, 1}, {1, 2, 1}}));
  EXPECT_TRUE(graph.vertex_ids.empty());
  EXPECT_FALSE(graph.weighted);
}

TEST(EdgeList, NumbersIdsInAscendingOrder) {
  const auto graph = read_edge_list("source,target\n30,-5\n-5,7\n", false, options());
  EXPECT_EQ(graph.vertex_ids, (std::vector<std::int64_t>{-5, 7, 30}));
  EXPECT_EQ(edges(graph), (std::vector<Edge>{{-5, 7, 1}, {-5, 30, 1}}));
}

TEST(EdgeList, TakesIdsOf64BitsThatLieFarApart) {
  const auto graph = read_edge_list(
      "9223372036854775807 -9223372036854775808 0.5 1\n0 9223372036854775807 -2 1\n", true, options());
  EXPECT_EQ(graph.vertex_ids, (std::vector<std::int64_t>{INT64_MIN, 0, INT64_MAX}));
  EXPECT_EQ(edges(graph), (std::vector<Edge>{{INT64_MIN, INT64_MAX, 0.5}, {0, INT64_MAX, -2}}));
}

TEST(EdgeList, NamesTheLineAndWhatIsWrong) {
  EXPECT_EQ(edge_fault("1 2\n\n3\n"), "3: has 1 field, the first line of data has 2: '3'");
  EXPECT_EQ(edge_fault("1 2\n3 x"), "2: 'x' is no vertex id; allowed are integers of 64 bits");
  EXPECT_EQ(edge_fault("1 2 1\n3 4 nan"), "2: 'nan' is no finite number");
  EXPECT_EQ(edge_fault("1 2 1e999"), "1: '1e999' is no finite number");
  EXPECT_EQ(edge_fault("1,,2"), "1: '' is no vertex id; allowed are integers of 64 bits");
  EXPECT_EQ(edge_fault("1 9223372036854775808"),
            "1: '9223372036854775808' is no vertex id; allowed are integers of 64 bits");
  EXPECT_EQ(edge_fault("1 2\n2 2"), "2: edge 2 - 2 is a self-loop; drop_loops=True drops self-loops");
  EXPECT_EQ(edge_fault("#\n9 5\n1 2\n\n5 9"),
            "5: edge 5 - 9 is given again (first in line 2); merge='first' or 'sum' allows it");
  EXPECT_EQ(edge_fault("1 2 3 4 5"), "1: has 5 fields; allowed are u v [w [time]]: '1 2 3 4 5'");
  EXPECT_EQ(edge_fault(std::string("\x01\xff\t1", 4)),
            "1: '\\x01\\xff' is no vertex id; allowed are integers of 64 bits");
}

TEST(EdgeList, MergesAndDropsWhereItMay) {
  const std::string text = "1 2 5\n2 1 -3\n2 2 9\n1 3 0\n";
  EXPECT_EQ(edges(read_edge_list(text, false, options(Duplicates::sum, SelfLoops::drop))),
            (std::vector<Edge>{{1, 2, 2}, {1, 3, 0}}));
  EXPECT_EQ(edges(read_edge_list(text, false, options(Duplicates::first, SelfLoops::drop))),
            (std::vector<Edge>{{1, 2, 5}, {1, 3, 0}}));
  EXPECT_EQ(edge_fault("1 2 1e308\n2 1 1e308", options(Duplicates::sum)),
            "0: weights of parallel edges add up to infinity");
}

TEST(EdgeList, RoundsWeightsAsTheLibraryDoes) {
  core::Random random(1);
  std::string text;
  std::vector<double> expected;
  for (int i = 1; i <= 20000; ++i) {
    std::string number = i % 7 == 0 ? "-" : "";
    number += std::to_string(random.below(2'000'000'000));
    if (i % 3 != 0) {
      number += '.';
      number += std::to_string(random.below(1'000'000'000));
      if (i % 2 != 0) number += "25";
    }
    if (i % 5 == 0) {
      number += 'e';
      number += std::to_string(random.below(80) - 40);
    }
    expected.push_back(std::stod(number));
    text.append("0 ").append(std::to_string(i)).append(" ").append(number).append("\n");
  }
  const auto graph = read_edge_list(text, true, options());
  const auto row = graph.rows.neighbor_weights(0);
  EXPECT_EQ(std::vector<double>(row.begin(), row.end()), expected);
}

TEST(Multicut, NeedsItsHeaderAndCosts) {
  EXPECT_TRUE(is_multicut("\n# x\nMULTICUT\n"));
  EXPECT_FALSE(is_multicut("MULTICUTS\n"));
  EXPECT_EQ(edges(read_multicut("MULTICUT\n0 1 -2.5\n1 2 3\n", options())),
            (std::vector<Edge>{{0, 1, -2.5}, {1, 2, 3}}));
  EXPECT_EQ(fault([] { return read_multicut("0 1 2\n", options()); }),
            "1: starts with '0 1 2'; a multicut file starts with 'MULTICUT'");
  EXPECT_EQ(fault([] { return read_multicut("MULTICUT\n0 1\n", options()); }),
            "2: has 2 fields; allowed are u v cost: '0 1'");
}

TEST(Metis, ReadsAllFourFormats) {
  const std::vector<Edge> plain{{0, 1, 1}, {1, 2, 1}}, weighted{{0, 1, 7}, {1, 2, 9}};
  EXPECT_EQ(edges(read_metis("% c\n4 2\n2\n1 3\n% c\n2\n\n", options())), plain);
  EXPECT_EQ(edges(read_metis("4 2 001\n2 7\n1 7 3 9\n2 9\n", options())), weighted);
  EXPECT_EQ(edges(read_metis("3 2 10 2\n5 5 2\n5 5 1 3\n5 5 2\n", options())), plain);
  EXPECT_EQ(edges(read_metis("3 2 11\n5 2 7\n5 1 7 3 9\n5 2 9", options())), weighted);
}

TEST(Metis, RefusesWhatItsHeaderDoesNotPromise) {
  const auto metis_fault = [](const std::string& text) {
    return fault([&] { return read_metis(text, options()); });
  };
  EXPECT_EQ(metis_fault("4 2\n2\n1 3\n"), "4: ends after 2 of 4 vertices");
  EXPECT_EQ(metis_fault("3 3\n2\n1 3\n2\n"),
            "1: the header says 3 edges, the lines have 4 neighbours; allowed are twice as many as edges");
  EXPECT_EQ(metis_fault("2 1\n2\n3\n"), "3: neighbour 3 is out of range; allowed are 1..2");
  EXPECT_EQ(metis_fault("2 1\n2\n1\n1\n"), "4: line after the last of 2 vertices: '1'");
  EXPECT_EQ(metis_fault("2 1 100\n2\n1\n"), "1: fmt is '100'; allowed are 0, 1, 10 and 11");
  EXPECT_EQ(metis_fault("2 2\n2 2\n1 1\n"),
            "2: neighbour 2 is given twice; merge='first' or 'sum' allows it");
  EXPECT_EQ(metis_fault("2 1 1\n2\n1 1\n"), "2: neighbour 2 has no finite weight in '2'");
  EXPECT_EQ(metis_fault("1000000000 0\n"), "1: n is 1000000000; there are not so many lines");
}

TEST(MatrixMarket, ReadsPatternsAndNumbers) {
  const std::string banner = "%%MatrixMarket matrix coordinate ";
  EXPECT_EQ(edges(read_matrix_market(banner + "pattern symmetric\n%\n3 3 2\n2 1\n3 2\n", options())),
            (std::vector<Edge>{{0, 1, 1}, {1, 2, 1}}));
  const auto graph =
      read_matrix_market(banner + "real general\n3 3 4\n1 2 .5\n2 1 .5\n3 3 0\n1 3 2\n", options());
  EXPECT_FALSE(graph.symmetric);
  EXPECT_EQ(asymmetric_arcs(graph.rows.view()), 1);
  const auto matrix_fault = [&](const std::string& rest) {
    return fault([&] { return read_matrix_market(banner + rest, options()); });
  };
  EXPECT_EQ(matrix_fault("pattern symmetric\n3 3 2\n2 1\n"), "4: ends after 1 of 2 entries");
  EXPECT_EQ(matrix_fault("pattern symmetric\n3 3 1\n4 1\n"),
            "3: entry (4, 1) is out of range; allowed are 1..3");
  EXPECT_EQ(matrix_fault("complex general\n"),
            "1: field is 'complex'; allowed are pattern, real and integer");
  EXPECT_EQ(matrix_fault("real general\n2 3 0\n"), "2: matrix is 2 x 3; allowed is n x n");
  EXPECT_EQ(matrix_fault("real symmetric\n2 2 2\n2 1 1\n1 2 1\n"),
            "4: edge 1 - 2 is given again (first in line 3); merge='first' or 'sum' allows it");
}

TEST(Writing, GivesBackTheSameGraph) {
  const auto made = planted(300, 20, 0.5, 0.01, 5);
  std::vector<std::int32_t> u, v;
  std::vector<double> w;
  core::Random random(2);
  for (std::int32_t a = 0; a < 300; ++a) {
    for (auto e = made.indptr[at(a)]; e < made.indptr[at(a) + 1]; ++e) {
      if (made.indices[static_cast<std::size_t>(e)] < a) continue;
      u.push_back(a);
      v.push_back(made.indices[static_cast<std::size_t>(e)]);
      w.push_back(random.uniform() - 0.5);
    }
  }
  const auto graph = core::CsrGraph<double>::from_edges(300, u, v, w, core::Direction::undirected);
  std::string text;
  append_edge_lines(graph.view(), 0, 300, {.ids = {}, .base = 0, .separator = ','}, text);
  EXPECT_EQ(read_edge_list(text, true, options()).rows, graph);
  text = "300 " + std::to_string(graph.arcs() / 2) + " 1\n";
  append_metis_lines(graph.view(), 0, 300, text);
  EXPECT_EQ(read_metis(text, options()).rows, graph);
}

TEST(ColoredEdges, NumbersVerticesAndColours) {
  const auto found = read_colored_edges("# c\n5,2,9 4\n2 7\n", {});
  EXPECT_EQ(found.offsets, (std::vector<std::int64_t>{0, 3, 4}));
  EXPECT_EQ(found.members, (std::vector<std::int32_t>{1, 0, 2, 0}));
  EXPECT_EQ(found.colors, (std::vector<std::int32_t>{0, 1}));
  EXPECT_EQ(found.vertex_ids, (std::vector<std::int64_t>{2, 5, 9}));
  EXPECT_EQ(found.color_ids, (std::vector<std::int64_t>{4, 7}));
}

TEST(ColoredEdges, NamesTheLineAndWhatIsWrong) {
  const auto colored_fault = [](const std::string& text) {
    return fault([&] { return read_colored_edges(text, {}); });
  };
  EXPECT_EQ(colored_fault("1,2 3\n1,2,3\n"), "2: the colour is missing in '1,2,3'");
  EXPECT_EQ(colored_fault("1,2 3\n4,5,4 1\n"), "2: vertex 4 is twice in hyperedge 1; allowed is once");
  EXPECT_EQ(colored_fault(",2 3\n"), "1: a vertex is missing between commas in ',2 3'");
  EXPECT_EQ(colored_fault("1,a 3\n"), "1: 'a' is no id; allowed are integers of 64 bits");
}

TEST(Rows, FindsEveryFault) {
  const auto rows = [](std::vector<std::int64_t> offsets, std::vector<std::int32_t> targets,
                       std::vector<double> weights = {}) {
    return row_fault({offsets, targets, weights}).value_or("");
  };
  EXPECT_EQ(rows({0, 1, 2}, {1, 0}), "");
  EXPECT_EQ(rows({0}, {}), "");
  EXPECT_EQ(rows({}, {}), "offsets is empty; allowed are n + 1 values");
  EXPECT_EQ(rows({1, 2}, {0, 0}), "offsets[0] is 1; allowed is 0");
  EXPECT_EQ(rows({0, 3, 2}, {1, 0}), "offsets[2] = 2 is less than the one before, 3");
  EXPECT_EQ(rows({0, 1, 3}, {1, 0}), "offsets ends with 3; there are 2 targets");
  EXPECT_EQ(rows({0, 1, 2}, {1, 2}), "row 1 has the target 2; allowed are 0..1");
  EXPECT_EQ(rows({0, 1, 2}, {1, -1}), "row 1 has the target -1; allowed are 0..1");
  EXPECT_EQ(rows({0, 1, 2}, {1, 1}), "row 1 has the target 1, a self-loop");
  EXPECT_EQ(rows({0, 2, 3, 4}, {2, 1, 0, 0}),
            "row 0 has the target 1 after 2; allowed are ascending targets, none twice");
  EXPECT_EQ(rows({0, 1, 2}, {1, 0}, {1}), "1 weights; there are 2 targets");
  EXPECT_EQ(rows({0, 1, 2}, {1, 0}, {1, NAN}), "weights[1] is nan; all must be finite");
}

TEST(Rows, CountsEveryArcThatHasNoMirrorImage) {
  core::Random random(3);
  for (int round = 0; round < 300; ++round) {
    const std::int32_t n = 2 + random.below(8);
    std::vector<std::int64_t> offsets{0};
    std::vector<std::int32_t> targets;
    std::vector<double> weights;
    std::vector<std::vector<double>> matrix(at(n), std::vector<double>(at(n), 0));
    const bool nearly = random.below(2) == 0;
    for (std::int32_t u = 0; u < n; ++u)
      for (std::int32_t v = 0; v < n; ++v)
        if (u != v) matrix[at(u)][at(v)] = nearly && v < u ? matrix[at(v)][at(u)] : random.below(3);
    if (nearly && round % 3 == 0) matrix[at(random.below(n))][at(random.below(n))] += 1;
    std::int64_t expected = 0;
    for (std::int32_t u = 0; u < n; ++u) {
      matrix[at(u)][at(u)] = 0;
      for (std::int32_t v = 0; v < n; ++v) {
        if (matrix[at(u)][at(v)] == 0) continue;
        targets.push_back(v);
        weights.push_back(matrix[at(u)][at(v)]);
      }
      offsets.push_back(static_cast<std::int64_t>(targets.size()));
    }
    for (std::int32_t u = 0; u < n; ++u)
      for (std::int32_t v = 0; v < n; ++v)
        expected += matrix[at(u)][at(v)] != 0 && matrix[at(u)][at(v)] != matrix[at(v)][at(u)] ? 1 : 0;
    EXPECT_EQ(asymmetric_arcs({offsets, targets, weights}), expected);
  }
}

TEST(Generators, MakeGraphsThatDoNotDependOnThreads) {
  const auto check = [](auto&& make) {
    const GraphArrays one = make(1), two = make(2);
    const Graph graph{one.indptr, one.indices, {}};
    EXPECT_EQ(row_fault(graph), std::nullopt);
    EXPECT_EQ(asymmetric_arcs(graph), 0);
    EXPECT_EQ(one.indptr, two.indptr);
    EXPECT_EQ(one.indices, two.indices);
    EXPECT_GT(graph.arcs(), 0);
  };
  check([](int threads) { return planted(5000, 70, 0.3, 0.002, 1, threads); });
  check([](int threads) { return rmat(11, 40000, {0.57, 0.19, 0.19}, 1, threads); });
  check([](int threads) { return power_law(5000, 12, 2.3, 0.9, 1, threads); });
}

TEST(Generators, StopWhenTold) {
  const core::Checkpoint stop([] { return true; });
  EXPECT_THROW((void)planted(5000, 70, 0.3, 0.002, 1, 1, stop), core::Stopped);
  EXPECT_THROW((void)rmat(11, 40000, {0.57, 0.19, 0.19}, 1, 1, stop), core::Stopped);
  EXPECT_THROW((void)power_law(5000, 12, 2.3, 0.9, 1, 1, stop), core::Stopped);
}

// Whatever happens to a file, reading it gives a valid graph or a TextError.
TEST(Fuzz, DamagedTextGivesAnErrorOrAGraph) {
  const std::vector<std::string> texts = {
      "# c\n0 1 5\n1 2 -3.25e1\n7 0 1\n", "source,target\n1,2\n2,3\n",
      "4 2 11 1\n5 2 7\n5 1 7 3 9\n5 2 9\n5\n",
      "%%MatrixMarket matrix coordinate real symmetric\n3 3 2\n2 1 4\n3 2 -1\n", "MULTICUT\n0 1 2\n1 2 -1\n"};
  const std::string bytes = "0123456789-+. ,\n\r\t#%eE\xff" + std::string(1, '\0');
  core::Random random(7);
  auto how = options(Duplicates::sum, SelfLoops::drop);
  how.most_vertices = 1 << 16;
  const auto check = [](auto&& read) {
    try {
      const TextGraph graph = read();
      EXPECT_EQ(row_fault(graph.rows.view()), std::nullopt);
      if (graph.symmetric) {
        EXPECT_EQ(asymmetric_arcs(graph.rows.view()), 0);
      }
    } catch (const TextError&) {
    }
  };
  for (int round = 0; round < 20000; ++round) {
    std::string text = texts[at(random.below(5))];
    for (int changes = 1 + random.below(4); changes > 0; --changes) {
      if (text.empty()) break;
      const auto place = at(random.below(static_cast<std::int32_t>(text.size())));
      const char byte = bytes[at(random.below(static_cast<std::int32_t>(bytes.size())))];
      switch (random.below(4)) {
        case 0:
          text[place] = byte;
          break;
        case 1:
          text.insert(place, 1, byte);
          break;
        case 2:
          text.erase(place, 1);
          break;
        default:
          text.resize(place);
          break;
      }
    }
    check([&] { return read_edge_list(text, false, how); });
    check([&] { return read_multicut(text, how); });
    check([&] { return read_metis(text, how); });
    check([&] { return read_matrix_market(text, how); });
    try {
      (void)read_colored_edges(text, {});
      (void)read_integer_table(text, 2, {});
    } catch (const TextError&) {
    }
  }
}

}  // namespace
}  // namespace wayseer::clustering::test
