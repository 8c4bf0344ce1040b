#include "clustering_common.hpp"
#include "wayseer/clustering/ball_rounding.hpp"
#include "wayseer/clustering/correlation_metric.hpp"
#include "wayseer/clustering/greedy_joining.hpp"
#include "wayseer/clustering/minmax_search.hpp"

namespace wayseer::bindings {
namespace {

namespace cl = wayseer::clustering;
using Seconds = std::optional<double>;
using Labels = Array<std::int32_t>;

cl::MetricOptions options_of(const std::string& engine, int threads, std::uint64_t seed,
                             std::int64_t most_pairs) {
  const auto which = engine == "auto"             ? cl::MetricEngine::automatic
                     : engine == "exact_wedge"    ? cl::MetricEngine::wedge
                     : engine == "exact_filtered" ? cl::MetricEngine::filtered
                     : engine == "minhash"        ? cl::MetricEngine::minhash
                                                  : throw py::value_error("unknown engine '" + engine + "'");
  return {which, threads, seed, most_pairs};
}

// work(checkpoint) without the interpreter lock; nullopt if the time was up. An interrupt is a
// KeyboardInterrupt.
template <class Work>
auto stoppable(Seconds time_limit, Work&& work) -> std::optional<decltype(work(core::Checkpoint{}))> {
  std::optional<decltype(work(core::Checkpoint{}))> result;
  PythonRun python(time_limit, std::nullopt, std::nullopt, py::none(), false);
  {
    const py::gil_scoped_release release;
    core::Run run(python.rule());
    try {
      result.emplace(work(run.checkpoint()));
    } catch (const core::Stopped&) {
    }
  }
  python.finish(true);
  return result;
}

// Near pairs that stay here while several radii are rounded.
struct Metric {
  cl::RankedGraph graph;
  cl::NearPairs pairs;
};

// nullopt if the time is up or there are more than most_pairs pairs.
std::optional<Metric> near_pairs(const GraphHolder& graph, double r, const std::string& engine,
                                 std::optional<double> far, double isolate, int threads, std::uint64_t seed,
                                 std::int64_t most_pairs, Seconds time_limit) {
  const auto options = options_of(engine, threads, seed, most_pairs);
  auto made = stoppable(time_limit, [&](const core::Checkpoint& checkpoint) -> std::optional<Metric> {
    cl::RankedGraph ranked(graph.view(), checkpoint);
    auto pairs = cl::near_pairs(ranked, cl::Radius(r), options, checkpoint);
    if (!pairs) return std::nullopt;
    if (far) cl::adjust(ranked, cl::Radius(*far), isolate, *pairs, checkpoint);
    return Metric{std::move(ranked), std::move(*pairs)};
  });
  return made ? std::move(*made) : std::nullopt;
}

auto csr(const Metric& metric, double r) {
  std::vector<std::int64_t> offsets;
  std::vector<std::int32_t> ids;
  std::vector<double> distances;
  {
    const py::gil_scoped_release release;
    const auto& [graph, pairs] = metric;
    const cl::Radius radius(r);
    const std::int32_t n = graph.size();
    offsets.assign(cl::at(n) + 1, 0);
    const auto near = [&](std::int32_t u, const cl::NearPair& pair) {
      return radius.near(pair.common, graph.closed(u), graph.closed(pair.other));
    };
    for (std::int32_t v = 0; v < n; ++v) {
      const std::int32_t u = graph.rank[cl::at(v)];
      offsets[cl::at(v) + 1] = offsets[cl::at(v)];
      for (const auto& pair : pairs.row(u)) offsets[cl::at(v) + 1] += near(u, pair) ? 1 : 0;
    }
    ids.resize(static_cast<std::size_t>(offsets.back()));
    distances.resize(ids.size());
    std::vector<std::int64_t> place(offsets.begin(), offsets.end() - 1);
    for (std::int32_t v = 0; v < n; ++v) {  // in ascending order into the rows of its partners
      const std::int32_t u = graph.rank[cl::at(v)];
      for (const auto& pair : pairs.row(u)) {
        if (!near(u, pair)) continue;
        const auto to = static_cast<std::size_t>(place[cl::at(graph.vertex[cl::at(pair.other)])]++);
        ids[to] = v;
        const double all = static_cast<double>(graph.closed(u)) + graph.closed(pair.other) - pair.common;
        distances[to] = (all - pair.common) / all;
      }
    }
  }
  return std::tuple(to_numpy(std::move(offsets)), to_numpy(std::move(ids)), to_numpy(std::move(distances)));
}

template <class T>
std::optional<py::array_t<T>> optional_numpy(std::optional<std::vector<T>>&& values) {
  if (!values) return std::nullopt;
  return to_numpy(std::move(*values));
}

}  // namespace
}  // namespace wayseer::bindings

void bind_clustering_minmax(pybind11::module_& m) {
  namespace py = pybind11;
  using namespace wayseer::bindings;
  namespace cl = wayseer::clustering;
  namespace core = wayseer::core;

  py::class_<Metric>(m, "Metric", "Near pairs of the correlation metric.")
      .def_property_readonly("entries", [](const Metric& metric) { return metric.pairs.entries.size(); })
      .def("csr", &csr, py::arg("r"))
      .def(
          "round",
          [](const Metric& metric, double r1, double r2, Seconds time_limit) {
            return optional_numpy(stoppable(time_limit, [&](const core::Checkpoint& checkpoint) {
              return cl::ball_rounding(metric.graph, metric.pairs, cl::Radius(r1), cl::Radius(r2),
                                       checkpoint);
            }));
          },
          py::arg("r1"), py::arg("r2"), py::kw_only(), py::arg("time_limit"));
  m.def("near_pairs", &near_pairs, py::arg("graph"), py::arg("r"), py::kw_only(), py::arg("engine"),
        py::arg("far"), py::arg("isolate"), py::arg("threads"), py::arg("seed"), py::arg("most_pairs"),
        py::arg("time_limit"));
  m.def(
      "minhash_miss_probability", [](double r) { return cl::minhash_miss_probability(cl::Radius(r)); },
      py::arg("r"));
  m.def(
      "ball_rounding_streamed",
      [](const GraphHolder& graph, double r1, double r2, const std::string& engine, int threads,
         std::uint64_t seed, Seconds time_limit) {
        const auto options = options_of(engine, threads, seed, 0);
        return optional_numpy(stoppable(time_limit, [&](const core::Checkpoint& checkpoint) {
          return cl::ball_rounding_streamed(cl::RankedGraph(graph.view(), checkpoint), cl::Radius(r1),
                                            cl::Radius(r2), options, checkpoint);
        }));
      },
      py::arg("graph"), py::arg("r1"), py::arg("r2"), py::kw_only(), py::arg("engine"), py::arg("threads"),
      py::arg("seed"), py::arg("time_limit"));
  m.def(
      "greedy_joining",
      [](const GraphHolder& graph, double p, int threads, Seconds time_limit,
         std::optional<std::int64_t> max_iterations, std::optional<double> target, py::object callback) {
        return solution_dict(with_limits({time_limit, max_iterations, target, std::move(callback)},
                                         [&](const core::StopRule& rule) {
                                           return cl::best_of_joinings(graph.view(), p, threads, rule);
                                         }));
      },
      py::arg("graph"), py::kw_only(), py::arg("p"), py::arg("threads"), py::arg("time_limit"),
      py::arg("max_iterations"), py::arg("target"), py::arg("callback"));
  m.def(
      "minmax_search",
      [](const GraphHolder& graph, const std::vector<Labels>& starts, double p, std::uint64_t seed,
         Seconds time_limit, std::optional<std::int64_t> max_iterations, std::optional<double> target,
         py::object callback) {
        std::vector<std::vector<std::int32_t>> copies;
        for (const auto& start : starts) copies.emplace_back(start.data(), start.data() + start.size());
        return solution_dict(with_limits({time_limit, max_iterations, target, std::move(callback)},
                                         [&](const core::StopRule& rule) {
                                           cl::MinMaxOptions options;
                                           options.p = p;
                                           options.seed = seed;
                                           return cl::minmax_search(graph.view(), copies, options, rule);
                                         }));
      },
      py::arg("graph"), py::arg("starts"), py::kw_only(), py::arg("p"), py::arg("seed"),
      py::arg("time_limit"), py::arg("max_iterations"), py::arg("target"), py::arg("callback"));
}
