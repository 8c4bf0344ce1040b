// What the bindings of classes that are saved and mapped share.
#pragma once

#include <pybind11/pybind11.h>

#include <cstring>
#include <string>
#include <system_error>

#include "wayseer/hashing/block_file.hpp"

namespace wayseer::bindings {

namespace py = pybind11;

// f() without the interpreter lock; its errors as wayseer.FormatError and OSError.
template <class F>
auto with_file(const std::string& path, F&& f) {
  try {
    const py::gil_scoped_release release;
    return f();
  } catch (const hashing::format_error& error) {
    const auto type = py::module_::import("wayseer._common.errors").attr("FormatError");
    const auto made = type(error.what(), error.path, py::none(), error.offset);
    PyErr_SetObject(type.ptr(), made.ptr());
    throw py::error_already_set();
  } catch (const std::system_error& error) {
    const auto about = py::make_tuple(error.code().value(), std::strerror(error.code().value()), path);
    PyErr_SetObject(PyExc_OSError, about.ptr());
    throw py::error_already_set();
  }
}

inline hashing::verify verify_named(const std::string& name) {
  if (name == "header") return hashing::verify::header;
  if (name == "meta") return hashing::verify::meta;
  if (name == "all") return hashing::verify::all;
  throw py::value_error("unknown verify '" + name + "'");
}

}  // namespace wayseer::bindings
