#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>

namespace wayseer::hashing {

// What an insertion does with a key that is there already, from before or from the same batch.
enum class duplicates {
  first,  // the stored value stays
  last,   // the new value is assigned
  error   // duplicate_key_error, before anything changes for that key
};

class duplicate_key_error : public std::invalid_argument {
 public:
  explicit duplicate_key_error(std::size_t at)
      : std::invalid_argument("duplicate key at position " + std::to_string(at)), position(at) {}
  std::size_t position;  // in the batch
};

}  // namespace wayseer::hashing
