// A cursor over lines of numbers. The functions that read say only whether they could: what is wrong with a
// line is found out afterwards, by splitting it again, so that the fast path carries no messages.
#pragma once

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "wayseer/clustering/graph_text.hpp"

namespace wayseer::clustering {

class Scanner {
 public:
  explicit Scanner(std::string_view text) noexcept
      : place_(text.data()), end_(text.data() + text.size()), line_start_(place_) {}

  [[nodiscard]] std::int64_t line() const noexcept { return line_; }
  [[nodiscard]] bool at_end() const noexcept { return place_ == end_; }
  // Bytes from `other`'s place to here.
  [[nodiscard]] std::int64_t since(const Scanner& other) const noexcept { return place_ - other.place_; }
  [[nodiscard]] std::int64_t remaining() const noexcept { return end_ - place_; }

  // To the first character of the next line that has one other than blanks and is no comment; false at the
  // end. Called at the start of a line.
  bool next_data_line() noexcept {
    for (;; next_line()) {
      line_start_ = place_;
      skip_blanks();
      if (at_end()) return false;
      if (*place_ == '\n') continue;
      if (*place_ != '#' && *place_ != '%') return true;
    }
  }
  // Over lines that begin with % only: in METIS files an empty line is a vertex.
  void skip_percent_lines() noexcept {
    while (!at_end() && *place_ == '%') next_line();
    line_start_ = place_;
  }
  // To the start of the next line.
  void next_line() noexcept {
    const void* found = std::memchr(place_, '\n', static_cast<std::size_t>(end_ - place_));
    place_ = found == nullptr ? end_ : static_cast<const char*>(found) + 1;
    ++line_;
    line_start_ = place_;
  }

  void skip_blanks() noexcept {
    while (!at_end() && (*place_ == ' ' || *place_ == '\t' || *place_ == '\r')) ++place_;
  }
  [[nodiscard]] bool at_line_end() const noexcept { return at_end() || *place_ == '\n'; }
  // Over the end of a line; false if something else is there.
  bool line_end() noexcept {
    skip_blanks();
    if (at_end()) return true;
    if (*place_ != '\n') return false;
    ++place_;
    ++line_;
    line_start_ = place_;
    return true;
  }
  // Over blanks with at most one comma; false if there are none.
  bool separator() noexcept {
    const char* before = place_;
    skip_blanks();
    if (!at_end() && *place_ == ',') {
      ++place_;
      skip_blanks();
    }
    return place_ != before;
  }
  bool character(char c) noexcept {
    if (at_end() || *place_ != c) return false;
    ++place_;
    return true;
  }

  bool integer(std::int64_t& value) noexcept {
    const char* p = place_;
    const bool negative = p != end_ && *p == '-';
    p += negative ? 1 : 0;
    const char* first = p;
    std::uint64_t x = 0;
    for (; p != end_; ++p) {
      const auto digit = static_cast<unsigned>(static_cast<unsigned char>(*p)) - '0';
      if (digit > 9) break;
      x = x * 10 + digit;
    }
    if (p == first) return false;
    if (p - first > 18) [[unlikely]] {
      const auto [stop, error] = std::from_chars(place_, end_, value);
      if (error != std::errc{}) return false;
      place_ = stop;
      return true;
    }
    value = negative ? -static_cast<std::int64_t>(x) : static_cast<std::int64_t>(x);
    place_ = p;
    return true;
  }

  // A finite number, correctly rounded.
  bool real(double& value) noexcept {
    const char* p = place_;
    const bool negative = p != end_ && *p == '-';
    if (p != end_ && (*p == '-' || *p == '+')) ++p;
    const char* first = p;
    std::uint64_t x = 0;
    int digits = 0, decimals = 0;
    const auto take_digits = [&] {
      const char* begin = p;
      for (; p != end_; ++p, ++digits) {
        const auto digit = static_cast<unsigned>(static_cast<unsigned char>(*p)) - '0';
        if (digit > 9) break;
        x = x * 10 + digit;
      }
      return static_cast<int>(p - begin);
    };
    take_digits();
    if (p != end_ && *p == '.') {
      ++p;
      decimals = take_digits();
    }
    // Below 2^53 over a power of ten up to 10^15, both exact, so the quotient is rounded once.
    if (digits > 0 && digits <= 15 && (p == end_ || (*p != 'e' && *p != 'E'))) [[likely]] {
      const double size = static_cast<double>(x) / powers_of_ten[decimals];
      value = negative ? -size : size;
      place_ = p;
      return true;
    }
    if (first != end_ && (*first == '-' || *first == '+')) return false;
    const auto [stop, error] = std::from_chars(first, end_, value);
    if (error != std::errc{} || !std::isfinite(value)) return false;
    if (negative) value = -value;
    place_ = stop;
    return true;
  }

  // The fields of the current line, between blanks and commas; an empty field between two commas counts.
  [[nodiscard]] std::vector<std::string_view> fields() const {
    std::vector<std::string_view> found;
    const char* stop = line_stop();
    bool after_comma = false;
    for (const char* p = line_start_;;) {
      while (p != stop && (*p == ' ' || *p == '\t' || *p == '\r')) ++p;
      const char* first = p;
      while (p != stop && *p != ' ' && *p != '\t' && *p != '\r' && *p != ',') ++p;
      if (p != first || after_comma || (p != stop && *p == ','))
        found.emplace_back(first, static_cast<std::size_t>(p - first));
      while (p != stop && (*p == ' ' || *p == '\t' || *p == '\r')) ++p;
      after_comma = p != stop && *p == ',';
      if (after_comma)
        ++p;
      else if (p == stop)
        return found;
    }
  }
  // How many words the current line has, between blanks alone.
  [[nodiscard]] std::size_t words() const noexcept {
    std::size_t count = 0;
    bool inside = false;
    const char* stop = line_stop();
    for (const char* p = line_start_; p != stop; ++p) {
      const bool blank = *p == ' ' || *p == '\t' || *p == '\r';
      count += !blank && !inside ? 1 : 0;
      inside = !blank;
    }
    return count;
  }
  // The current line as a quotation for a message.
  [[nodiscard]] std::string quoted_line() const {
    return quoted({line_start_, static_cast<std::size_t>(line_stop() - line_start_)});
  }
  // Short, of one line, printable.
  [[nodiscard]] static std::string quoted(std::string_view text) {
    constexpr std::size_t longest = 60;
    constexpr std::string_view hex = "0123456789abcdef";
    std::string out = "'";
    for (const char c : text.substr(0, longest)) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte >= 0x20 && byte < 0x7f) {
        out += c;
      } else if (c == '\t') {
        out += "\\t";
      } else {
        out += "\\x";
        out += hex[byte >> 4];
        out += hex[byte & 15];
      }
    }
    return out + (text.size() > longest ? "...'" : "'");
  }
  [[noreturn]] void fail(const std::string& message) const { throw TextError(line_, message); }

 private:
  static constexpr double powers_of_ten[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                             1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

  [[nodiscard]] const char* line_stop() const noexcept {
    const void* found = std::memchr(line_start_, '\n', static_cast<std::size_t>(end_ - line_start_));
    return found == nullptr ? end_ : static_cast<const char*>(found);
  }

  const char* place_;
  const char* end_;
  const char* line_start_;
  std::int64_t line_ = 1;
};

[[nodiscard]] inline bool is_integer(std::string_view text) noexcept {
  Scanner scanner(text);
  std::int64_t value = 0;
  return scanner.integer(value) && scanner.at_end();
}
[[nodiscard]] inline bool is_real(std::string_view text) noexcept {
  Scanner scanner(text);
  double value = 0;
  return scanner.real(value) && scanner.at_end();
}

}  // namespace wayseer::clustering
