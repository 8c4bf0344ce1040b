// The set beside strata_map: the same table, with its guarantees and costs, without values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <string>
#include <utility>

#include "wayseer/hashing/strata_map.hpp"

namespace wayseer::hashing {

template <class Key, class Hash = wayseer::hash<Key>, class Eq = std::equal_to<>,
          class Alloc = std::allocator<std::byte>>
class strata_set : public strata_map<Key, void, Hash, Eq, Alloc> {
 public:
  using strata_map<Key, void, Hash, Eq, Alloc>::strata_map;
  // Again, for deduction from a braced list.
  strata_set(std::initializer_list<Key> keys, double max_load = 0.99, std::uint64_t seed = 0)
      : strata_map<Key, void, Hash, Eq, Alloc>(keys, max_load, seed) {}

  [[nodiscard]] static strata_set map_readonly(const std::string& path, verify how = verify::meta) {
    return strata_set(strata_map<Key, void, Hash, Eq, Alloc>::map_readonly(path, how));
  }

 private:
  explicit strata_set(strata_map<Key, void, Hash, Eq, Alloc>&& table)
      : strata_map<Key, void, Hash, Eq, Alloc>(std::move(table)) {}
};

template <std::forward_iterator It, class End>
strata_set(It, End, double = 0.99, std::uint64_t = 0) -> strata_set<std::iter_value_t<It>>;
template <class Key>
strata_set(std::initializer_list<Key>, double = 0.99, std::uint64_t = 0) -> strata_set<Key>;

}  // namespace wayseer::hashing
