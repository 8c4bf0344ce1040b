// Wrong input, said the same way in every room: the argument, what was given, what is allowed.
// std::invalid_argument reaches Python as ValueError.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace wayseer::core {

// "weights: got nan, allowed finite numbers". Numbers are written with enough digits to be told apart.
template <class Got>
[[nodiscard]] std::invalid_argument invalid_argument(std::string_view argument, const Got& got,
                                                     std::string_view allowed) {
  std::ostringstream text;
  if constexpr (std::floating_point<Got>) text.precision(std::numeric_limits<Got>::max_digits10);
  text << argument << ": got " << got << ", allowed " << allowed;
  return std::invalid_argument(text.str());
}

// A node id or a count that came from outside as int64. Throws std::invalid_argument unless
// 0 <= value < limit; the default limit leaves room for id + 1 in an int32.
[[nodiscard]] inline std::int32_t checked_index(
    std::int64_t value, std::string_view argument,
    std::int64_t limit = std::numeric_limits<std::int32_t>::max()) {
  limit = std::min<std::int64_t>(limit, std::numeric_limits<std::int32_t>::max());
  if (value < 0 || value >= limit) [[unlikely]] {
    if (limit <= 0) throw invalid_argument(argument, value, "nothing: there are no items");
    throw invalid_argument(argument, value, "0.." + std::to_string(limit - 1));
  }
  return static_cast<std::int32_t>(value);
}

}  // namespace wayseer::core
