// Each room's bindings, one function per file: it adds a submodule of the room's name to `parent`.
#pragma once

#include <pybind11/pybind11.h>

void bind_clustering(pybind11::module_& parent);
void bind_hashing(pybind11::module_& parent);
void bind_tsp(pybind11::module_& parent);
