#include "clustering_common.hpp"

void bind_clustering_bounds(pybind11::module_&) {}
