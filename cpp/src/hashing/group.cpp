#include "wayseer/hashing/group.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <limits>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

#include "wayseer/core/block.hpp"
#include "wayseer/hashing/batch.hpp"

namespace wayseer::hashing {

namespace {

using Positions = std::vector<std::int64_t>;

// Of a table that stays in the second-level cache beside what passes through it.
constexpr std::size_t part_bytes = std::size_t{1} << 18;
// Tables from which on parting the words pays. The batches of one large table stand well what misses the
// caches, and to bring the codes of parts back in order costs another pass (10M words of 8 bytes, ns each,
// whole | in parts: 1M distinct 10 | 13, with codes 14 | 36; 6M distinct 30 | 23, with codes 74 | 58).
constexpr std::size_t parts_from = std::size_t{1} << 25, parts_from_with_codes = std::size_t{1} << 27;

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

// --- words in order ---------------------------------------------------------------------------------------

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

// --- words of a small range: a table addressed by the word ------------------------------------------------

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

// --- any words --------------------------------------------------------------------------------------------

// Distinct words and, if numbered, the group of each.
template <class Word, bool numbered>
class Table {
  static constexpr std::size_t piece = WAYSEER_HASHING_NATIVE::line_group;

 public:
  Table(std::size_t expected, std::uint64_t seed)
      : hash_{seed}, keys_(expected, 0.5, hash_, {}), group_(numbered ? keys_.slots() : 1) {}

  // Groups of up to `piece` keys; opened(i) gives the number of a new one. `groups` may be null if the table
  // is not numbered.
  template <class Opened>
  void number(std::span<const Word> keys, std::int64_t* groups, Opened&& opened) {
    if (keys_.room() < keys.size()) grow();
    std::int64_t slots[piece];
    std::uint32_t retry[piece];
    const std::size_t retries = kernels_.known(keys_.view(), hash_, keys.data(), keys.size(), slots, retry,
                                               reinterpret_cast<const std::byte*>(group_.data()),
                                               numbered ? sizeof(std::uint32_t) : 0);
    for (std::size_t r = 0; r < retries; ++r) {
      const std::size_t i = retry[r];
      const auto place = keys_.locate(keys[i]);
      slots[i] = static_cast<std::int64_t>(place.slot);
      if (place.present) continue;
      const auto group = static_cast<std::uint32_t>(opened(i));
      if constexpr (numbered) group_[place.slot] = group;
      keys_.put(place.slot, keys[i]);
    }
    if constexpr (numbered)
      for (std::size_t i = 0; i < keys.size(); ++i) groups[i] = group_[static_cast<std::size_t>(slots[i])];
  }
  void clear() noexcept { keys_.clear(); }

 private:
  void grow() {
    auto keys = keys_.empty_for(4 * keys_.size() + 4 * piece);
    std::vector<std::uint32_t> group(numbered ? keys.slots() : 1);
    keys.fill_from(keys_, [&](std::size_t from, std::size_t to) {
      if constexpr (numbered) group[to] = group_[from];
    });
    keys_.swap(keys);
    group_.swap(group);
  }

  HashWord hash_;
  line_keys<Word, HashWord, std::allocator<std::byte>> keys_;
  std::vector<std::uint32_t> group_;
  const LineKernels<Word>& kernels_ = line_kernels<Word>();
};

template <class Word, bool numbered>
Positions group_by_hash(std::span<const Word> keys, std::size_t expected, std::uint64_t seed,
                        const Sink& sink) {
  constexpr std::size_t piece = WAYSEER_HASHING_NATIVE::line_group;
  Table<Word, numbered> table(expected, seed);
  Positions first;
  std::int64_t groups[piece];
  for (std::size_t start = 0; start < keys.size(); start += piece) {
    const auto part = keys.subspan(start, std::min(piece, keys.size() - start));
    std::int64_t* const of = sink.codes.empty() ? groups : sink.codes.data() + start;
    table.number(part, of, [&](std::size_t i) {
      if (numbered && first.size() > std::numeric_limits<std::uint32_t>::max())
        throw std::length_error("more than 2^32 distinct keys cannot be numbered");
      first.push_back(static_cast<std::int64_t>(start + i));
      sink.opened();
      return first.size() - 1;
    });
    if (sink.counts != nullptr)
      for (std::size_t i = 0; i < part.size(); ++i) ++(*sink.counts)[static_cast<std::size_t>(of[i])];
  }
  return first;
}

// --- very many distinct words: part by part, so that the table of each part fits the second-level cache ---

// The words, those of equal low bits of the hash together and otherwise in order.
template <class Word>
struct Parts {
  std::vector<std::uint8_t> of;    // the part of each position
  std::vector<std::size_t> begin;  // of each part, and the end
  core::Block<> words, positions;  // of the parts, one after the other; positions as 32 bits

  Parts(std::span<const Word> keys, std::size_t parts, const HashWord& hash)
      : of(keys.size()),
        begin(parts + 1),
        words(keys.size() * sizeof(Word)),
        positions(keys.size() * sizeof(std::uint32_t)) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      of[i] = static_cast<std::uint8_t>(hash(keys[i]) & (parts - 1));
      ++begin[of[i] + 1U];
    }
    for (std::size_t p = 0; p < parts; ++p) begin[p + 1] += begin[p];
    auto next = begin;
    auto* word = reinterpret_cast<Word*>(words.data());
    auto* position = reinterpret_cast<std::uint32_t*>(positions.data());
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const std::size_t at = next[of[i]]++;
      word[at] = keys[i];
      position[at] = static_cast<std::uint32_t>(i);
    }
  }
  [[nodiscard]] std::span<const Word> part(std::size_t p) const noexcept {
    return {reinterpret_cast<const Word*>(words.data()) + begin[p], begin[p + 1] - begin[p]};
  }
  [[nodiscard]] const std::uint32_t* position(std::size_t p) const noexcept {
    return reinterpret_cast<const std::uint32_t*>(positions.data()) + begin[p];
  }
};

// Positions that are marked, numbered in ascending order.
class Ranks {
 public:
  explicit Ranks(std::size_t size) : bits_(size / 64 + 1), before_(size / 64 + 1) {}
  void mark(std::size_t position) noexcept { bits_[position / 64] |= std::uint64_t{1} << position % 64; }
  void count() noexcept {
    std::uint32_t total = 0;
    for (std::size_t w = 0; w < bits_.size(); ++w) {
      before_[w] = total;
      total += static_cast<std::uint32_t>(std::popcount(bits_[w]));
    }
  }
  [[nodiscard]] std::uint32_t operator[](std::size_t position) const noexcept {
    const std::uint64_t lower = bits_[position / 64] & ((std::uint64_t{1} << position % 64) - 1);
    return before_[position / 64] + static_cast<std::uint32_t>(std::popcount(lower));
  }
  [[nodiscard]] Positions all() const {
    Positions marked;
    marked.reserve(before_.back() + 64U);
    for (std::size_t w = 0; w < bits_.size(); ++w)
      for (std::uint64_t rest = bits_[w]; rest != 0; rest &= rest - 1)
        marked.push_back(static_cast<std::int64_t>(64 * w) + std::countr_zero(rest));
    return marked;
  }

 private:
  std::vector<std::uint64_t> bits_;
  std::vector<std::uint32_t> before_;
};

template <class Word, bool numbered>
Positions group_by_parts(std::span<const Word> keys, std::size_t expected, std::size_t parts,
                         std::uint64_t seed, const Sink& sink) {
  constexpr std::size_t piece = WAYSEER_HASHING_NATIVE::line_group;
  const Parts<Word> parted(keys, parts, HashWord{seed});
  Table<Word, numbered> table(expected / parts * 5 / 4, seed);
  Ranks ranks(keys.size());
  // Of all parts one after the other: the group of each word within its part; the groups' first positions.
  std::vector<std::uint32_t> local(numbered ? keys.size() : 0), first;
  std::vector<std::size_t> first_of(parts + 1);
  Positions counts;
  std::int64_t groups[piece];
  for (std::size_t p = 0; p < parts; ++p) {
    const auto part = parted.part(p);
    const std::uint32_t* position = parted.position(p);
    table.clear();
    for (std::size_t start = 0; start < part.size(); start += piece) {
      const auto some = part.subspan(start, std::min(piece, part.size() - start));
      table.number(some, groups, [&](std::size_t i) {
        ranks.mark(position[start + i]);
        if constexpr (numbered) {
          first.push_back(position[start + i]);
          if (sink.counts != nullptr) counts.push_back(0);
        }
        return first.size() - 1 - first_of[p];
      });
      if constexpr (numbered) {
        for (std::size_t i = 0; i < some.size(); ++i)
          local[parted.begin[p] + start + i] = static_cast<std::uint32_t>(groups[i]);
        if (sink.counts != nullptr)
          for (std::size_t i = 0; i < some.size(); ++i)
            ++counts[first_of[p] + static_cast<std::size_t>(groups[i])];
      }
    }
    first_of[p + 1] = first.size();
  }
  ranks.count();
  if constexpr (numbered) {
    for (auto& position : first) position = ranks[position];  // from here on the group's number among all
    if (sink.counts != nullptr) {
      sink.counts->resize(first.size());
      for (std::size_t g = 0; g < first.size(); ++g) (*sink.counts)[first[g]] = counts[g];
    }
    if (!sink.codes.empty()) {
      auto next = parted.begin;
      for (std::size_t i = 0; i < keys.size(); ++i) {
        const std::uint8_t p = parted.of[i];
        sink.codes[i] = first[first_of[p] + local[next[p]++]];
      }
    }
  }
  return ranks.all();
}

// If `seen` of `sample` draws were distinct, among how many equally likely words were they drawn?
double population(double sample, double seen) {
  const auto distinct = [&](double words) { return -words * std::expm1(-sample / words); };
  double low = seen, high = seen;
  while (distinct(high) < seen && high < 1e15) high *= 2;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (distinct(middle) < seen ? low : high) = middle;
  }
  return high;
}

template <class Word>
std::size_t expect(std::span<const Word> keys) {
  constexpr std::size_t sample = std::size_t{1} << 14;
  if (keys.size() <= 4 * sample) return keys.size();
  std::vector<Word> drawn(sample);
  const std::size_t stride = keys.size() / sample;  // one from each stretch: no position twice
  for (std::size_t i = 0; i < sample; ++i) drawn[i] = keys[i * stride + hash_integer(i, 0) % stride];
  std::sort(drawn.begin(), drawn.end());
  const auto seen = static_cast<double>(std::unique(drawn.begin(), drawn.end()) - drawn.begin());
  const double n = static_cast<double>(keys.size());
  const double words = population(static_cast<double>(sample), seen);
  return std::min(keys.size(), static_cast<std::size_t>(1.05 * -words * std::expm1(-n / words)) + 1);
}

template <class Word>
Positions group(std::span<const Word> keys, std::span<std::int64_t> codes, Positions* counts,
                std::uint64_t seed) {
  using Signed = std::make_signed_t<Word>;
  if (counts != nullptr) counts->clear();
  const Sink sink{codes, counts};
  if (ascending(keys)) return group_runs(keys, sink);
  const auto range = [](std::span<const Word> some) {
    const auto [low, high] = std::minmax_element(some.begin(), some.end(), [](Word a, Word b) {
      return static_cast<Signed>(a) < static_cast<Signed>(b);
    });
    return std::pair(*low, static_cast<Word>(*high - *low));
  };
  const auto small = std::min<std::size_t>(4 * keys.size(), std::numeric_limits<std::uint32_t>::max());
  if (range(keys.first(std::min<std::size_t>(keys.size(), 1024))).second < small) {  // else all are not
    const auto [low, width] = range(keys);
    if (width < small) return group_directly(keys, low, static_cast<std::size_t>(width) + 1, sink);
  }
  const std::size_t expected = std::max<std::size_t>(expect(keys), 1 << 12);
  const bool numbered = !codes.empty() || counts != nullptr;
  const std::size_t bytes = 2 * expected * (sizeof(Word) + (numbered ? sizeof(std::uint32_t) : 0));
  if (bytes > (codes.empty() ? parts_from : parts_from_with_codes) &&
      keys.size() < std::numeric_limits<std::uint32_t>::max()) {
    const std::size_t parts = std::min<std::size_t>(std::bit_ceil(bytes / part_bytes), 256);
    return numbered ? group_by_parts<Word, true>(keys, expected, parts, seed, sink)
                    : group_by_parts<Word, false>(keys, expected, parts, seed, sink);
  }
  if (!numbered) return group_by_hash<Word, false>(keys, expected, seed, sink);
  return group_by_hash<Word, true>(keys, expected, seed, sink);
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

std::size_t expected_distinct(std::span<const std::uint32_t> keys) { return expect(keys); }
std::size_t expected_distinct(std::span<const std::uint64_t> keys) { return expect(keys); }

}  // namespace wayseer::hashing
