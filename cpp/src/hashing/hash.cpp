#include "wayseer/hashing/hash.hpp"

#include <random>

namespace wayseer::hashing {

std::uint64_t random_seed() {
  std::random_device device;
  const std::uint64_t high = device();
  return high << 32 | (device() & 0xffffffff);
}

std::uint64_t siphash_by_id(std::uint32_t id, std::uint64_t word, std::uint64_t seed) noexcept {
  return id == hash_id_siphash24 ? siphash_seeded<2, 4>(word, seed) : siphash_seeded<1, 3>(word, seed);
}
std::uint64_t siphash_by_id(std::uint32_t id, const void* data, std::size_t size,
                            std::uint64_t seed) noexcept {
  return id == hash_id_siphash24 ? siphash_seeded<2, 4>(data, size, seed)
                                 : siphash_seeded<1, 3>(data, size, seed);
}

}  // namespace wayseer::hashing
