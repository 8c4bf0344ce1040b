#include "clustering_common.hpp"
#include "wayseer/clustering/ils.hpp"
#include "wayseer/clustering/multicut.hpp"
#include "wayseer/clustering/multilevel.hpp"
#include "wayseer/clustering/pivot.hpp"
#include "wayseer/clustering/sum_problem.hpp"

namespace wayseer::bindings {
namespace {

using Weights = std::optional<Array<double>>;
using Labels = std::optional<Array<std::int32_t>>;

std::span<const double> values(const Weights& weights) {
  return weights ? view(*weights) : std::span<const double>{};
}
std::span<const std::int32_t> values(const Labels& labels) {
  return labels ? view(*labels) : std::span<const std::int32_t>{};
}

// "disagreements", "cost" (LambdaCC) or "multicut".
clustering::SumProblem problem_named(const std::string& name, const clustering::Graph& graph, double gamma,
                                     const Weights& node_weights) {
  if (name == "disagreements") return clustering::SumProblem::disagreements(graph);
  if (name == "cost") return clustering::SumProblem::lambda_cc(graph, gamma, values(node_weights));
  if (name == "multicut") return clustering::SumProblem::multicut(graph);
  throw py::value_error("unknown problem '" + name + "'");
}

}  // namespace
}  // namespace wayseer::bindings

void bind_clustering_sum(pybind11::module_& m) {
  namespace py = pybind11;
  using namespace wayseer::bindings;
  namespace clustering = wayseer::clustering;

  m.def(
      "multilevel",
      [](const GraphHolder& graph, const std::string& problem, double gamma, const Weights& node_weights,
         const Labels& init, std::uint64_t seed, int threads, const Limits& limits) {
        return solution_dict(with_limits(limits, [&](const auto& rule) {
          return clustering::multilevel(problem_named(problem, graph.view(), gamma, node_weights), seed, rule,
                                        values(init), threads);
        }));
      },
      py::arg("graph"), py::arg("problem"), py::kw_only(), py::arg("gamma"),
      py::arg("node_weights").noconvert(), py::arg("init").noconvert(), py::arg("seed"), py::arg("threads"),
      py::arg("limits"));
  m.def(
      "ils",
      [](const GraphHolder& graph, const std::string& problem, double gamma, const Weights& node_weights,
         const Labels& init, std::uint64_t seed, int threads, int population, std::int64_t patience,
         const Limits& limits) {
        return solution_dict(with_limits(limits, [&](const auto& rule) {
          return clustering::iterated_local_search(problem_named(problem, graph.view(), gamma, node_weights),
                                                   {.seed = seed,
                                                    .stop = rule,
                                                    .init = values(init),
                                                    .population = population,
                                                    .patience = patience,
                                                    .threads = threads});
        }));
      },
      py::arg("graph"), py::arg("problem"), py::kw_only(), py::arg("gamma"),
      py::arg("node_weights").noconvert(), py::arg("init").noconvert(), py::arg("seed"), py::arg("threads"),
      py::arg("population"), py::arg("patience"), py::arg("limits"));
  m.def(
      "pivot",
      [](const GraphHolder& graph, std::uint64_t seed, std::int64_t runs, int threads, const Limits& limits) {
        return solution_dict(with_limits(limits, [&](const auto& rule) {
          return clustering::best_pivot(graph.view(), seed, runs, rule, threads);
        }));
      },
      py::arg("graph"), py::kw_only(), py::arg("seed"), py::arg("runs"), py::arg("threads"),
      py::arg("limits"));
  m.def(
      "multicut",
      [](const GraphHolder& graph, const std::string& method, const Labels& init, std::uint64_t seed,
         int threads, std::int64_t patience, const Limits& limits) {
        using enum clustering::MulticutMethod;
        const auto chosen = method == "gaec"   ? gaec
                            : method == "klj"  ? klj
                            : method == "auto" ? everything
                                               : throw py::value_error("unknown method '" + method + "'");
        return solution_dict(with_limits(limits, [&](const auto& rule) {
          return clustering::multicut(graph.view(), {.method = chosen,
                                                     .seed = seed,
                                                     .stop = rule,
                                                     .init = values(init),
                                                     .patience = patience,
                                                     .threads = threads});
        }));
      },
      py::arg("graph"), py::kw_only(), py::arg("method"), py::arg("init").noconvert(), py::arg("seed"),
      py::arg("threads"), py::arg("patience"), py::arg("limits"));
}
