#include "wayseer/hashing/hash.hpp"

#include <random>

namespace wayseer::hashing {

std::uint64_t random_seed() {
  std::random_device device;
  const std::uint64_t high = device();
  return high << 32 | (device() & 0xffffffff);
}

}  // namespace wayseer::hashing
