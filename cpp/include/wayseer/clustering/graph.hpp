// The graphs of this room: undirected, every edge in both rows, no self-loops, no parallel edges. Without
// weights every edge weighs 1. Labels are int32 per vertex; what the algorithms return is numbered 0..k-1 in
// order of first appearance.
#pragma once

#include <cstddef>
#include <cstdint>

#include "wayseer/core/csr_view.hpp"

namespace wayseer::clustering {

using Graph = core::CsrView<double>;

[[nodiscard]] constexpr std::size_t at(std::int32_t i) noexcept { return static_cast<std::size_t>(i); }

}  // namespace wayseer::clustering
