#include "clustering_common.hpp"

void bind_clustering_cubic(pybind11::module_&) {}
