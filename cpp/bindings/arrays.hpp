// NumPy arrays in and out, without copies.
#pragma once

#include <pybind11/numpy.h>

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace wayseer::bindings {

namespace py = pybind11;

template <class T>
using Array = py::array_t<T, py::array::c_style>;

template <class T>
py::array_t<T> to_numpy(std::vector<T>&& values) {
  auto* owner = new std::vector<T>(std::move(values));
  const py::capsule free(owner, [](void* p) { delete static_cast<std::vector<T>*>(p); });
  return py::array_t<T>(static_cast<py::ssize_t>(owner->size()), owner->data(), free);
}

template <class T>
std::span<const T> view(const Array<T>& array) {
  return {array.data(), static_cast<std::size_t>(array.size())};
}

// One entry for each key, or a ValueError that says what was given.
template <class Given, class Keys>
void require_size(const char* name, Given given, Keys keys) {
  if (static_cast<std::size_t>(given) != static_cast<std::size_t>(keys))
    throw py::value_error(std::string(name) + " has " + std::to_string(given) + " entries, keys has " +
                          std::to_string(keys));
}

}  // namespace wayseer::bindings
