// Batched look-ups in lines of keys; see line_keys.hpp for the layout and simd.hpp for how this is included.
//
// The branches are few and the same every time: a mispredicted one costs as much as a cache miss. A group's
// lines are all asked for before the first is looked at.
namespace wayseer::hashing::WAYSEER_HASHING_ISA {

inline constexpr std::size_t line_group = 256;

// slots[i] = where keys[i] is, or -1. `count` <= line_group. The value of each hit is asked for as well:
// value_size bytes at values + slot * value_size; no values: value_size = 0.
template <class Word, class HashWord>
inline void find_line_group(const LineView<Word>& view, const HashWord& hash, const Word* keys,
                            std::size_t count, std::int64_t* slots, const std::byte* values,
                            std::size_t value_size) noexcept {
  constexpr std::size_t lanes = lanes_of<Word>;
  constexpr Word free = free_word<Word>;
  if (view.lines == 0) {
    for (std::size_t i = 0; i < count; ++i) slots[i] = -1;
    return;
  }
  std::uint64_t home[line_group];
  std::uint32_t retry[line_group];
  for (std::size_t i = 0; i < count; ++i) {
    home[i] = mulhi(hash(keys[i]), view.lines);
    prefetch_line(view.words + home[i] * lanes);
  }
  // Looks at one line for key i and asks for what is next: its value, or the next line if this one is full.
  // Returns whether it goes on.
  const auto look = [&](std::size_t i) -> std::size_t {
    const Word* line = view.words + home[i] * lanes;
    const std::uint32_t hit = match_words(line, keys[i]);
    const auto slot = static_cast<std::int64_t>(home[i] * lanes) + std::countr_zero(hit | 1U << lanes);
    slots[i] = hit != 0 ? slot : -1;
    if (value_size != 0) prefetch_line(values + (hit != 0 ? static_cast<std::size_t>(slot) * value_size : 0));
    const bool on = static_cast<bool>(static_cast<int>(hit == 0) & static_cast<int>(!has_hole(line)));
    home[i] = on ? next_line(home[i], view.lines) : home[i];
    prefetch_line(view.words + home[i] * lanes);
    return on;
  };
  std::size_t retries = 0;
  bool any_free_word = false;
  for (std::size_t i = 0; i < count; ++i) {
    retry[retries] = static_cast<std::uint32_t>(i);
    retries += look(i);
    any_free_word |= keys[i] == free;
  }
  while (retries != 0) {
    std::size_t left = 0;
    for (std::size_t r = 0; r < retries; ++r) {
      const std::uint32_t i = retry[r];
      retry[left] = i;
      left += look(i);
    }
    retries = left;
  }
  if (any_free_word) {  // that word matched holes; its own place is outside the lines
    for (std::size_t i = 0; i < count; ++i)
      if (keys[i] == free) slots[i] = view.side ? static_cast<std::int64_t>(view.lines * lanes) : -1;
  }
}

template <class Word, class HashWord>
void find_lines(const LineView<Word>& view, const HashWord& hash, const Word* keys, std::size_t count,
                std::int64_t* slots) noexcept {
  for (std::size_t start = 0; start < count; start += line_group) {
    const std::size_t group = count - start < line_group ? count - start : line_group;
    find_line_group(view, hash, keys + start, group, slots + start, nullptr, 0);
  }
}

// The first half of grouping: slots[i] of the keys[i] that are there, and the positions of the others, in
// order, in `retry`; returns how many. The key equal to free_word is always among them. `view` has lines.
template <class Word, class HashWord>
std::size_t known_lines(const LineView<Word>& view, const HashWord& hash, const Word* keys, std::size_t count,
                        std::int64_t* slots, std::uint32_t* retry, const std::byte* values,
                        std::size_t value_size) noexcept {
  constexpr std::size_t lanes = lanes_of<Word>;
  std::uint64_t home[line_group];
  for (std::size_t i = 0; i < count; ++i) {
    home[i] = mulhi(hash(keys[i]), view.lines);
    prefetch_line(view.words + home[i] * lanes);
  }
  std::size_t retries = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const Word key = keys[i];
    const std::uint32_t present = key != free_word<Word> ? ~0U : 0U;
    const std::uint32_t hit = match_words(view.words + home[i] * lanes, key) & present;
    const std::size_t slot =
        home[i] * lanes + static_cast<std::size_t>(std::countr_zero(hit | 1U << (lanes - 1)));
    slots[i] = static_cast<std::int64_t>(slot);
    prefetch_line(values + slot * value_size);
    retry[retries] = static_cast<std::uint32_t>(i);
    retries += hit == 0;
  }
  return retries;
}

// out[i] = the value of keys[i], or `missing`; found[i], if asked for, says which.
template <class Word, class HashWord, class Value>
void get_lines(const LineView<Word>& view, const HashWord& hash, const Word* keys, std::size_t count,
               const Value* values, Value missing, Value* out, bool* found) noexcept {
  std::int64_t slots[line_group];
  for (std::size_t start = 0; start < count; start += line_group) {
    const std::size_t group = count - start < line_group ? count - start : line_group;
    find_line_group(view, hash, keys + start, group, slots, reinterpret_cast<const std::byte*>(values),
                    sizeof(Value));
    for (std::size_t i = 0; i < group; ++i) {
      out[start + i] = slots[i] < 0 ? missing : values[slots[i]];
    }
    if (found != nullptr)
      for (std::size_t i = 0; i < group; ++i) found[start + i] = slots[i] >= 0;
  }
}

}  // namespace wayseer::hashing::WAYSEER_HASHING_ISA
