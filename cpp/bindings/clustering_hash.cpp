#include "clustering_common.hpp"

void bind_clustering_hash(pybind11::module_&) {}
