#include "wayseer/hashing/group.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <type_traits>

#include "wayseer/hashing/batch.hpp"

namespace wayseer::hashing {

namespace {

using Positions = std::vector<std::int64_t>;

// What happens when the group of a position is known.
struct Sink {
  std::span<std::int64_t> codes;
  Positions* counts;

  void found(std::size_t position, std::int64_t group) const {
    if (!codes.empty()) codes[position] = group;
    if (counts != nullptr) ++(*counts)[static_cast<std::size_t>(group)];
  }
  void opened() const {
    if (counts != nullptr) counts->push_back(0);
  }
};

// --- words in order
// -----------------------------------------------------------------------------------------

template <class Word>
bool ascending(std::span<const Word> keys) {
  using Signed = std::make_signed_t<Word>;
  return std::is_sorted(keys.begin(), keys.end(),
                        [](Word a, Word b) { return static_cast<Signed>(a) < static_cast<Signed>(b); });
}

template <class Word>
Positions group_runs(std::span<const Word> keys, const Sink& sink) {
  Positions first;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (i == 0 || keys[i] != keys[i - 1]) {
      first.push_back(static_cast<std::int64_t>(i));
      sink.opened();
    }
    sink.found(i, static_cast<std::int64_t>(first.size()) - 1);
  }
  return first;
}

// --- words of a small range: a table addressed by the word
// --------------------------------------------------

template <class Word>
Positions group_directly(std::span<const Word> keys, Word least, std::size_t range, const Sink& sink) {
  constexpr std::uint32_t none = ~std::uint32_t{0};
  std::vector<std::uint32_t> group(range, none);
  Positions first;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    auto& of = group[static_cast<Word>(keys[i] - least)];
    if (of == none) {
      of = static_cast<std::uint32_t>(first.size());
      first.push_back(static_cast<std::int64_t>(i));
      sink.opened();
    }
    sink.found(i, of);
  }
  return first;
}

// --- any words
// ----------------------------------------------------------------------------------------------

template <class Word>
class Table {
 public:
  Table(std::size_t expected, std::uint64_t seed)
      : hash_{seed}, keys_(expected, 0.5, hash_, {}), group_(keys_.slots()) {}

  // Groups of keys[start + i], i < count <= line_group; opened(i) when one is new.
  template <class Opened>
  void number(std::span<const Word> keys, std::int64_t* groups, Opened&& opened) {
    if (keys_.room() < keys.size()) grow();
    std::int64_t slots[WAYSEER_HASHING_NATIVE::line_group];
    std::uint32_t retry[WAYSEER_HASHING_NATIVE::line_group];
    const std::size_t retries =
        kernels_.known(keys_.view(), hash_, keys.data(), keys.size(), slots, retry,
                       reinterpret_cast<const std::byte*>(group_.data()), sizeof(std::uint32_t));
    for (std::size_t r = 0; r < retries; ++r) {
      const std::size_t i = retry[r];
      const auto place = keys_.locate(keys[i]);
      slots[i] = static_cast<std::int64_t>(place.slot);
      if (place.present) continue;
      group_[place.slot] = static_cast<std::uint32_t>(opened(i));
      keys_.put(place.slot, keys[i]);
    }
    for (std::size_t i = 0; i < keys.size(); ++i) groups[i] = group_[static_cast<std::size_t>(slots[i])];
  }

  void clear() { keys_.clear(); }

 private:
  void grow() {
    auto keys = keys_.empty_for(4 * keys_.size() + 4 * WAYSEER_HASHING_NATIVE::line_group);
    std::vector<std::uint32_t> group(keys.slots());
    keys.fill_from(keys_, [&](std::size_t from, std::size_t to) { group[to] = group_[from]; });
    keys_.swap(keys);
    group_.swap(group);
  }

  HashWord hash_;
  line_keys<Word, HashWord, std::allocator<std::byte>> keys_;
  std::vector<std::uint32_t> group_;
  const LineKernels<Word>& kernels_ = line_kernels<Word>();
};

template <class Word>
Positions group_by_hash(std::span<const Word> keys, std::uint64_t seed, const Sink& sink) {
  constexpr std::size_t piece = WAYSEER_HASHING_NATIVE::line_group;
  Table<Word> table(std::size_t{1} << 12, seed);
  Positions first;
  std::int64_t groups[piece];
  for (std::size_t start = 0; start < keys.size(); start += piece) {
    const auto part = keys.subspan(start, std::min(piece, keys.size() - start));
    table.number(part, sink.codes.empty() ? groups : sink.codes.data() + start, [&](std::size_t i) {
      first.push_back(static_cast<std::int64_t>(start + i));
      sink.opened();
      return first.size() - 1;
    });
    if (sink.counts != nullptr) {
      const std::int64_t* of = sink.codes.empty() ? groups : sink.codes.data() + start;
      for (std::size_t i = 0; i < part.size(); ++i) ++(*sink.counts)[static_cast<std::size_t>(of[i])];
    }
  }
  return first;
}

template <class Word>
Positions group(std::span<const Word> keys, std::span<std::int64_t> codes, Positions* counts,
                std::uint64_t seed) {
  using Signed = std::make_signed_t<Word>;
  if (counts != nullptr) counts->clear();
  const Sink sink{codes, counts};
  if (ascending(keys)) return group_runs(keys, sink);
  const auto [low, high] = std::minmax_element(keys.begin(), keys.end(), [](Word a, Word b) {
    return static_cast<Signed>(a) < static_cast<Signed>(b);
  });
  const auto width = static_cast<Word>(*high - *low);
  if (width < std::min<std::size_t>(4 * keys.size(), std::numeric_limits<std::uint32_t>::max()))
    return group_directly(keys, *low, static_cast<std::size_t>(width) + 1, sink);
  return group_by_hash(keys, seed, sink);
}

}  // namespace

Positions group_words(std::span<const std::uint32_t> keys, std::span<std::int64_t> codes, Positions* counts,
                      std::uint64_t seed) {
  return group(keys, codes, counts, seed);
}
Positions group_words(std::span<const std::uint64_t> keys, std::span<std::int64_t> codes, Positions* counts,
                      std::uint64_t seed) {
  return group(keys, codes, counts, seed);
}

}  // namespace wayseer::hashing
