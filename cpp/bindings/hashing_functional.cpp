// Hashes of outputs and of expressions. A digest is a row of two words: high, low.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "arrays.hpp"
#include "wayseer/hashing/functional_hasher.hpp"

namespace wayseer::bindings {

namespace {

using Words = Array<std::uint64_t>;
using hashing::functional_digest;

py::tuple pair_of(functional_digest digest) { return py::make_tuple(digest.high, digest.low); }

// Digests are written straight into the rows of an array.
static_assert(sizeof(functional_digest) == 16);

struct Digests {
  explicit Digests(std::size_t count)
      : rows({static_cast<py::ssize_t>(count), py::ssize_t{2}}), found(count) {}
  py::array_t<std::uint64_t> rows;
  std::vector<functional_digest> found;
  py::array_t<std::uint64_t> filled() {
    std::uint64_t* out = rows.mutable_data();
    for (const auto& digest : found) *out++ = digest.high, *out++ = digest.low;
    return rows;
  }
};

// The interpreter lock is released, so the hasher, which is for one thread, needs one of its own.
class ExpressionHasher {
 public:
  ExpressionHasher(const Array<double>& inputs, const std::vector<std::int64_t>& shape, std::uint64_t seed,
                   int mantissa_bits)
      : hasher_(view(inputs), points_of(inputs), shape, seed, mantissa_bits) {}

  py::tuple hash(const Array<std::uint8_t>& ops, const Array<std::int32_t>& left,
                 const Array<std::int32_t>& right, const Array<std::int64_t>& starts,
                 const Array<double>& constants, bool shifted) {
    const hashing::expression_batch batch{view(ops), view(left), view(right), view(starts), view(constants)};
    Digests digests(batch.size()), second(shifted ? batch.size() : 0);
    {
      const py::gil_scoped_release release;
      const std::lock_guard lock(mutex_);
      hasher_.hash(batch, digests.found, second.found);
    }
    return py::make_tuple(digests.filled(), shifted ? py::object(second.filled()) : py::none());
  }

  py::array_t<double> evaluate(const Array<std::uint8_t>& ops, const Array<std::int32_t>& left,
                               const Array<std::int32_t>& right, const Array<std::int64_t>& starts,
                               const Array<double>& constants) {
    const hashing::expression_batch batch{view(ops), view(left), view(right), view(starts), view(constants)};
    py::array_t<double> values(
        {static_cast<py::ssize_t>(batch.size()), static_cast<py::ssize_t>(hasher_.points())});
    const std::span<double> out(values.mutable_data(), static_cast<std::size_t>(values.size()));
    {
      const py::gil_scoped_release release;
      const std::lock_guard lock(mutex_);
      hasher_.evaluate(batch, out);
    }
    return values;
  }

  [[nodiscard]] std::size_t evaluations() const { return hasher_.evaluations(); }

 private:
  static std::size_t points_of(const Array<double>& inputs) {
    if (inputs.ndim() != 2)
      throw py::value_error("inputs must have two dimensions, a row for each argument; got " +
                            std::to_string(inputs.ndim()));
    return static_cast<std::size_t>(inputs.shape(1));
  }
  hashing::expression_hasher hasher_;
  std::mutex mutex_;
};

}  // namespace

}  // namespace wayseer::bindings

void bind_hashing_functional(pybind11::module_& hashing) {
  using namespace wayseer::bindings;
  namespace wh = wayseer::hashing;
  py::class_<wh::output_fold>(hashing, "OutputFold")
      .def(py::init([](std::uint64_t seed, int mantissa_bits, bool shifted) {
             return wh::output_fold(seed, wh::mantissa_rounding(mantissa_bits, shifted));
           }),
           py::arg("seed"), py::arg("mantissa_bits"), py::arg("shifted"))
      .def(
          "begin",
          [](wh::output_fold& fold, std::uint64_t kind, const std::vector<std::int64_t>& shape) {
            fold.begin(kind, shape);
          },
          py::arg("kind"), py::arg("shape"))
      .def(
          "add", [](wh::output_fold& fold, const Array<double>& values) { fold.add(view(values)); },
          py::arg("values").noconvert())
      .def(
          "add_words", [](wh::output_fold& fold, const Words& words) { fold.add_words(view(words)); },
          py::arg("words").noconvert())
      .def("finish", [](const wh::output_fold& fold) { return pair_of(fold.finish()); });
  hashing.def(
      "round_mantissa",
      [](const Array<double>& values, int mantissa_bits, bool shifted) {
        const wh::mantissa_rounding rounding(mantissa_bits, shifted);
        py::array_t<std::uint64_t> bits(values.size());
        std::uint64_t* out = bits.mutable_data();
        for (const double x : view(values)) *out++ = rounding(x);
        return bits;
      },
      py::arg("values").noconvert(), py::arg("mantissa_bits"), py::arg("shifted"));
  hashing.def("expression_ops", [] {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < wh::expression_ops; ++i)
      names.emplace_back(wh::name_of(static_cast<wh::expression_op>(i)));
    return names;
  });
  py::class_<ExpressionHasher>(hashing, "ExpressionHasher")
      .def(py::init<const Array<double>&, const std::vector<std::int64_t>&, std::uint64_t, int>(),
           py::arg("inputs").noconvert(), py::arg("shape"), py::arg("seed"), py::arg("mantissa_bits"))
      .def("hash", &ExpressionHasher::hash, py::arg("ops").noconvert(), py::arg("left").noconvert(),
           py::arg("right").noconvert(), py::arg("starts").noconvert(), py::arg("constants").noconvert(),
           py::arg("shifted"))
      .def("evaluate", &ExpressionHasher::evaluate, py::arg("ops").noconvert(), py::arg("left").noconvert(),
           py::arg("right").noconvert(), py::arg("starts").noconvert(), py::arg("constants").noconvert())
      .def_property_readonly("evaluations", &ExpressionHasher::evaluations);
}
