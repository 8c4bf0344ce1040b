#include <memory>

#include "clustering_common.hpp"
#include "wayseer/clustering/ecc.hpp"
#include "wayseer/clustering/ecc_cover.hpp"
#include "wayseer/clustering/ecc_dual.hpp"
#include "wayseer/clustering/ecc_flow.hpp"
#include "wayseer/clustering/ecc_kernel.hpp"
#include "wayseer/clustering/ecc_solve.hpp"

namespace wayseer::bindings {
namespace {

// A validated hypergraph; keeps its arrays alive.
struct EccHolder {
  Array<std::int64_t> offsets;
  Array<std::int32_t> members;
  Array<std::int32_t> colors;
  std::optional<Array<double>> weights;
  std::int32_t n = 0, n_colors = 0;

  [[nodiscard]] clustering::EccView view() const {
    return {n,
            n_colors,
            bindings::view(offsets),
            bindings::view(members),
            bindings::view(colors),
            weights ? bindings::view(*weights) : std::span<const double>{}};
  }
};

template <class T>
py::array_t<T> copied(std::span<const T> values) {
  return to_numpy(std::vector<T>(values.begin(), values.end()));
}

py::dict solve(const EccHolder& hypergraph, std::uint64_t seed, bool flow, std::optional<double> time_limit,
               std::optional<std::int64_t> max_iterations, std::optional<double> target,
               py::object callback) {
  auto found =
      with_limits({time_limit, max_iterations, target, std::move(callback)}, [&](const core::StopRule& rule) {
        core::Run run(rule);
        return clustering::ecc_solve(hypergraph.view(), {.seed = seed, .flow = flow}, run);
      });
  auto d = solution_dict(std::move(found.solution));
  d["bound"] = found.bound;
  d["shares"] = found.shares.empty() ? py::object(py::none()) : py::object(to_numpy(std::move(found.shares)));
  d["dual_steps"] = found.dual_steps;
  d["core_vertices"] = found.core_vertices;
  d["core_edges"] = found.core_edges;
  return d;
}

py::dict cover(const EccHolder& hypergraph, const std::string& rule, std::int64_t draws, std::uint64_t seed,
               std::optional<double> time_limit, std::optional<std::int64_t> max_iterations,
               std::optional<double> target, py::object callback) {
  const auto kind = rule == "match"  ? clustering::EccCoverRule::match
                    : rule == "pitt" ? clustering::EccCoverRule::pitt
                                     : clustering::EccCoverRule::hybrid;
  auto found =
      with_limits({time_limit, max_iterations, target, std::move(callback)}, [&](const core::StopRule& stop) {
        core::Run run(stop);
        return clustering::ecc_best_cover(hypergraph.view(), kind, draws, seed, run);
      });
  auto d = solution_dict(std::move(found.solution));
  d["bound"] = found.bound;
  d["unvoted_cost"] = found.unvoted_cost;
  d["mean"] = found.mean;
  d["mean_unvoted"] = found.mean_unvoted;
  return d;
}

py::dict bound(const EccHolder& hypergraph, std::int64_t steps, double enough,
               std::optional<double> time_limit, py::object callback) {
  auto found = with_limits({time_limit, std::nullopt, std::nullopt, std::move(callback)},
                           [&](const core::StopRule& rule) {
                             core::Run run(rule);
                             return clustering::ecc_bound(hypergraph.view(), steps, enough, run);
                           });
  py::dict d;
  d["bound"] = found.bound;
  d["shares"] = to_numpy(std::move(found.shares));
  d["steps"] = found.steps;
  d["status"] = std::string(core::to_string(found.status));
  d["seconds"] = found.seconds;
  return d;
}

// What the linear and integer programs of Python work on; `persistent` also fixes what the half-integral
// relaxation decides.
class Reduced {
 public:
  Reduced(const EccHolder& hypergraph, bool persistent, const core::StopRule& rule)
      : problem_(hypergraph.view()), kernel_(problem_) {
    if (!persistent) return;
    core::Run run(rule);
    try {
      const auto fixed = clustering::ecc_persistency(kernel_.core, run.checkpoint());
      kernel_ = clustering::EccKernel(problem_, kernel_.lift(fixed.labels));
    } catch (const core::Stopped&) {  // no time for it
    }
  }
  [[nodiscard]] const clustering::EccKernel& kernel() const noexcept { return kernel_; }
  [[nodiscard]] clustering::EccView core() const { return kernel_.core.view(); }
  [[nodiscard]] std::vector<double> original_shares(const EccHolder& hypergraph,
                                                    std::span<const double> shares) const {
    return problem_.original_shares(hypergraph.view(), kernel_.lift_shares(problem_, shares));
  }

 private:
  clustering::EccProblem problem_;
  clustering::EccKernel kernel_;
};

}  // namespace
}  // namespace wayseer::bindings

void bind_clustering_ecc(pybind11::module_& m) {
  namespace py = pybind11;
  using namespace wayseer::bindings;
  namespace clustering = wayseer::clustering;
  namespace core = wayseer::core;

  py::class_<EccHolder>(m, "EccHypergraph", "A validated hypergraph; keeps its arrays alive.")
      .def(py::init<Array<std::int64_t>, Array<std::int32_t>, Array<std::int32_t>,
                    std::optional<Array<double>>, std::int32_t, std::int32_t>(),
           py::arg("offsets").noconvert(), py::arg("members").noconvert(), py::arg("colors").noconvert(),
           py::arg("weights").noconvert(), py::arg("n"), py::arg("n_colors"));
  m.def(
      "ecc_mistakes",
      [](const EccHolder& hypergraph, const Array<std::int32_t>& labels) {
        return clustering::ecc_mistakes(hypergraph.view(), view(labels));
      },
      py::arg("hypergraph"), py::arg("labels").noconvert());
  m.def(
      "ecc_majority",
      [](const EccHolder& hypergraph) {
        const py::gil_scoped_release release;
        auto labels = clustering::ecc_majority(hypergraph.view());
        const py::gil_scoped_acquire acquire;
        return to_numpy(std::move(labels));
      },
      py::arg("hypergraph"));
  m.def("ecc_cover", &cover, py::arg("hypergraph"), py::arg("rule"), py::arg("draws"), py::arg("seed"),
        py::arg("time_limit"), py::arg("max_iterations"), py::arg("target"), py::arg("callback"));
  m.def("ecc_solve", &solve, py::arg("hypergraph"), py::arg("seed"), py::arg("flow"), py::arg("time_limit"),
        py::arg("max_iterations"), py::arg("target"), py::arg("callback"));
  m.def("ecc_bound", &bound, py::arg("hypergraph"), py::arg("steps"), py::arg("enough"),
        py::arg("time_limit"), py::arg("callback"));
  m.def(
      "ecc_share_bound",
      [](const EccHolder& hypergraph, const Array<double>& shares) {
        return clustering::ecc_share_bound(hypergraph.view(), view(shares));
      },
      py::arg("hypergraph"), py::arg("shares").noconvert());

  py::class_<Reduced>(m, "EccReduced", "A reduced problem and the way back.")
      .def(py::init([](const EccHolder& hypergraph, bool persistent, std::optional<double> time_limit) {
             return with_limits({time_limit, std::nullopt, std::nullopt, py::none()},
                                [&](const core::StopRule& rule) {
                                  return std::make_unique<Reduced>(hypergraph, persistent, rule);
                                });
           }),
           py::arg("hypergraph"), py::arg("persistent"), py::arg("time_limit"))
      .def_property_readonly("offsets", [](const Reduced& r) { return copied(r.core().offsets); })
      .def_property_readonly("members", [](const Reduced& r) { return copied(r.core().members); })
      .def_property_readonly("colors", [](const Reduced& r) { return copied(r.core().colors); })
      .def_property_readonly("weights", [](const Reduced& r) { return copied(r.core().weights); })
      .def_property_readonly("n", [](const Reduced& r) { return r.kernel().core.n(); })
      .def_property_readonly("fixed_cost", [](const Reduced& r) { return r.kernel().fixed_cost; })
      .def(
          "lift",
          [](const Reduced& r, const Array<std::int32_t>& labels) {
            return to_numpy(r.kernel().lift(view(labels)));
          },
          py::arg("labels").noconvert())
      .def(
          "original_shares",
          [](const Reduced& r, const EccHolder& hypergraph, const Array<double>& shares) {
            return to_numpy(r.original_shares(hypergraph, view(shares)));
          },
          py::arg("hypergraph"), py::arg("shares").noconvert());
}
