// distinct_lines, fed with bytes.
#include <pybind11/pybind11.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "wayseer/hashing/distinct_lines.hpp"

namespace wayseer::bindings {

namespace {

namespace py = pybind11;
using hashing::distinct_lines;

template <class F>
py::bytes collected(F&& f) {
  std::string out;
  {
    const py::gil_scoped_release release;
    f(out);
  }
  return out;
}

// Lines from `start` on as far as they fit `room` bytes, at least one; (bytes, first line that is not in
// them)
py::tuple some_lines(const distinct_lines& lines, std::size_t start, std::size_t room, bool counts,
                     bool repeated) {
  std::size_t line = start;
  py::bytes text = collected([&](std::string& out) {
    for (; line < lines.size() && out.size() < room; ++line) {
      if (repeated && lines.count(line) < 2) continue;
      if (counts) {  // as uniq -c does
        const std::string count = std::to_string(lines.count(line));
        out.append(count.size() < 7 ? 7 - count.size() : 0, ' ').append(count).append(1, ' ');
      }
      out += lines[line];
    }
  });
  return py::make_tuple(text, line);
}

}  // namespace

}  // namespace wayseer::bindings

void bind_hashing_lines(pybind11::module_& hashing) {
  using namespace wayseer::bindings;
  py::class_<distinct_lines>(hashing, "DistinctLines")
      .def(py::init<bool, std::uint64_t>(), py::arg("counted"), py::arg("seed"))
      .def(
          "feed",
          [](distinct_lines& lines, const py::bytes& bytes) {
            const std::string_view all = bytes;
            return collected([&](std::string& out) { lines.feed(all, out); });
          },
          py::arg("bytes"))
      .def("finish",
           [](distinct_lines& lines) { return collected([&](std::string& out) { lines.finish(out); }); })
      .def("lines", &some_lines, py::arg("start"), py::arg("room"), py::arg("counts"), py::arg("repeated"))
      .def("__len__", &distinct_lines::size);
}
