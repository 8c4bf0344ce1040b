#include <cmath>
#include <limits>

#include "wayseer/hashing/detail/slots.hpp"

namespace wayseer::hashing::detail {

namespace {

std::int64_t checked_slots(std::int64_t n) {
  if (n < 1) throw core::invalid_argument("n", n, "1..2^40");
  if (n > max_slots) throw std::overflow_error(core::invalid_argument("n", n, "1..2^40").what());
  return n;
}

double checked_delta(double delta) {
  if (!(delta > 0 && delta < 1)) throw core::invalid_argument("delta", delta, "above 0 and below 1");
  return delta;
}

std::size_t bytes(std::int64_t n) {
  if (static_cast<std::uint64_t>(n) > std::numeric_limits<std::size_t>::max() / sizeof(std::int64_t))
    throw std::bad_alloc();
  return static_cast<std::size_t>(n) * sizeof(std::int64_t);
}

}  // namespace

Slots::Slots(std::int64_t n, double delta, std::uint64_t seed)
    : n_(checked_slots(n)),
      capacity_(n - static_cast<std::int64_t>(std::floor(checked_delta(delta) * static_cast<double>(n)))),
      delta_(delta),
      seed_(seed),
      block_(bytes(n)),
      taken_(static_cast<std::uint64_t>(n)) {}

}  // namespace wayseer::hashing::detail
