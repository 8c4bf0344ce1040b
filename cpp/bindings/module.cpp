#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <map>
#include <string>

#include "rooms.hpp"
#include "wayseer/version.hpp"

namespace {

std::map<std::string, std::string> build_info() {
  return {{"version", std::string(wayseer::version)},
          {"compiler", std::string(wayseer::compiler)},
          {"flags", std::string(wayseer::compile_flags)},
          {"simd", std::string(wayseer::simd_path())}};
}

}  // namespace

PYBIND11_MODULE(_core, m) {
  m.doc() = "The compiled part of wayseer; use it through the rooms, such as wayseer.tsp.";
  m.def("build_info", &build_info, "Version, compiler, flags and SIMD path of this module.");

  bind_clustering(m);
  bind_hashing(m);
  bind_tsp(m);
}
