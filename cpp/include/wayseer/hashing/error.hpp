#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>

namespace wayseer::hashing {

// A table of fixed capacity met one key more than that.
class table_full_error : public std::runtime_error {
 public:
  table_full_error(std::size_t table_capacity, std::size_t table_size, std::size_t done = 0)
      : std::runtime_error("table is full: " + std::to_string(table_size) + " keys, capacity " +
                           std::to_string(table_capacity)),
        capacity(table_capacity),
        size(table_size),
        inserted(done) {}
  std::size_t capacity, size;
  std::size_t inserted;  // leading positions of the batch that are done; 0 outside batches
};

}  // namespace wayseer::hashing
