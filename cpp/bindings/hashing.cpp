#include "rooms.hpp"

void bind_hashing_lines(pybind11::module_& hashing);
void bind_hashing_functional(pybind11::module_& hashing);
void bind_hashing_ivf(pybind11::module_& hashing);
void bind_hashing_maps(pybind11::module_& hashing);
void bind_hashing_reference(pybind11::module_& hashing);
void bind_hashing_strata(pybind11::module_& hashing);
void bind_hashing_window(pybind11::module_& hashing);

void bind_hashing(pybind11::module_& parent) {
  auto hashing = parent.def_submodule("hashing", "Hash tables; use wayseer.hashing.");
  bind_hashing_lines(hashing);
  bind_hashing_maps(hashing);
  bind_hashing_reference(hashing);
  bind_hashing_strata(hashing);
  bind_hashing_functional(hashing);
  bind_hashing_ivf(hashing);
  bind_hashing_window(hashing);
}
