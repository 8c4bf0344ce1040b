// Many byte strings that lie in memory one after the other: what Arrow, NumPy and our own tables have.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace wayseer::hashing {

class text_array {
 public:
  text_array() = default;
  // String i is bytes[offsets[i] .. offsets[i + 1]). `readable` bytes from `bytes` on may be read.
  text_array(const char* bytes, std::size_t readable, std::span<const std::int32_t> offsets) noexcept
      : bytes_(bytes), limit_(bytes + readable), short_offsets_(offsets.data()), size_(offsets.size() - 1) {}
  text_array(const char* bytes, std::size_t readable, std::span<const std::int64_t> offsets) noexcept
      : bytes_(bytes), limit_(bytes + readable), long_offsets_(offsets.data()), size_(offsets.size() - 1) {}
  // String i is the `width` bytes from bytes + i * width on, without the zeros at its end.
  text_array(const char* bytes, std::size_t width, std::size_t size) noexcept
      : bytes_(bytes), limit_(bytes + width * size), width_(width), size_(size) {}

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  // End of the memory around the strings that may be read.
  [[nodiscard]] const char* limit() const noexcept { return limit_; }

  [[nodiscard]] std::string_view operator[](std::size_t i) const noexcept {
    std::string_view one;
    views(i, 1, &one);
    return one;
  }
  void views(std::size_t start, std::size_t count, std::string_view* out) const noexcept {
    if (short_offsets_ != nullptr)
      slice(short_offsets_ + start, count, out);
    else if (long_offsets_ != nullptr)
      slice(long_offsets_ + start, count, out);
    else
      for (std::size_t i = 0; i < count; ++i) {
        const char* p = bytes_ + (start + i) * width_;
        std::size_t length = width_;
        while (length != 0 && p[length - 1] == 0) --length;
        out[i] = {p, length};
      }
  }

 private:
  template <class Offset>
  void slice(const Offset* offsets, std::size_t count, std::string_view* out) const noexcept {
    for (std::size_t i = 0; i < count; ++i)
      out[i] = {bytes_ + offsets[i], static_cast<std::size_t>(offsets[i + 1] - offsets[i])};
  }

  const char* bytes_ = nullptr;
  const char* limit_ = nullptr;
  const std::int32_t* short_offsets_ = nullptr;
  const std::int64_t* long_offsets_ = nullptr;
  std::size_t width_ = 0, size_ = 0;
};

}  // namespace wayseer::hashing
