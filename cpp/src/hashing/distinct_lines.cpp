#include "wayseer/hashing/distinct_lines.hpp"

#include <cstring>
#include <span>

#include "wayseer/hashing/text_array.hpp"

namespace wayseer::hashing {

void distinct_lines::feed(std::string_view bytes, std::string& fresh) {
  const std::size_t last = bytes.rfind('\n');
  if (last == std::string_view::npos) {
    begun_ += bytes;
    return;
  }
  if (!begun_.empty()) {
    const std::size_t first = bytes.find('\n');
    begun_ += bytes.substr(0, first + 1);
    take(begun_, fresh);
    begun_.clear();
    take(bytes.substr(first + 1, last - first), fresh);
  } else {
    take(bytes.substr(0, last + 1), fresh);
  }
  begun_ = bytes.substr(last + 1);
}

void distinct_lines::finish(std::string& fresh) {
  if (begun_.empty()) return;
  begun_ += '\n';
  take(begun_, fresh);
  begun_.clear();
}

void distinct_lines::take(std::string_view lines, std::string& fresh) {
  offsets_.assign(1, 0);
  for (std::size_t at = 0; at < lines.size();) {
    const auto* const end = static_cast<const char*>(std::memchr(lines.data() + at, '\n', lines.size() - at));
    at = static_cast<std::size_t>(end - lines.data()) + 1;
    offsets_.push_back(static_cast<std::int64_t>(at));
  }
  numbers_.resize(offsets_.size() - 1);
  const text_array texts(lines.data(), lines.size(), std::span<const std::int64_t>(offsets_));
  keys_.insert_batch(texts, 0, numbers_, [&](std::size_t i, bool added) {
    if (added) fresh += texts[i];
  });
  if (!counted_) return;
  counts_.resize(keys_.size());
  for (const std::int64_t number : numbers_) ++counts_[static_cast<std::size_t>(number)];
}

}  // namespace wayseer::hashing
