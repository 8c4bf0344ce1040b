#include "clustering_common.hpp"

void bind_clustering_minmax(pybind11::module_&) {}
