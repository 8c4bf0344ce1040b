#include "clustering_common.hpp"

void bind_clustering_ecc(pybind11::module_&) {}
