// The distinct lines of a stream, in order of first appearance.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "wayseer/hashing/byte_keys.hpp"

namespace wayseer::hashing {

// Lines end at LF and at nothing else; all other bytes are theirs. A last line without LF is the same line
// as one with. Memory: the distinct lines, the longest line, and 8 bytes a distinct line if they are counted.
class distinct_lines {
 public:
  explicit distinct_lines(bool counted, std::uint64_t seed = 0)
      : keys_(0, dense_index::default_load, seed), counted_(counted) {}

  // Takes the next bytes of the stream. Appends the lines that are new, each with its LF, to `fresh`.
  void feed(std::string_view bytes, std::string& fresh);
  // The stream has ended.
  void finish(std::string& fresh);

  [[nodiscard]] std::size_t size() const noexcept { return keys_.size(); }
  // With its LF; lasts until the next call of feed.
  [[nodiscard]] std::string_view operator[](std::size_t line) const noexcept { return keys_[line]; }
  // How often it came. Only if they are counted.
  [[nodiscard]] std::uint64_t count(std::size_t line) const noexcept { return counts_[line]; }

 private:
  void take(std::string_view lines, std::string& fresh);

  byte_keys keys_;
  bool counted_;
  std::string begun_;  // a line whose LF has not come yet
  std::vector<std::int64_t> offsets_, numbers_;
  std::vector<std::uint64_t> counts_;
};

}  // namespace wayseer::hashing
