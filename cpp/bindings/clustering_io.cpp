#include "clustering_common.hpp"

void bind_clustering_io(pybind11::module_&) {}
