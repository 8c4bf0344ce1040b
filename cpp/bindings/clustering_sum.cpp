#include "clustering_common.hpp"

void bind_clustering_sum(pybind11::module_&) {}
