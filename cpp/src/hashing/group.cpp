#include "wayseer/hashing/group.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstddef>
#include <limits>
#include <memory>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

#include "parted.hpp"
#include "wayseer/core/block.hpp"
#include "wayseer/core/threads.hpp"
#include "wayseer/hashing/batch.hpp"

namespace wayseer::hashing {

namespace {

using detail::Positions;

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
bool ascending(std::span<const Word> keys, int threads) {
  using Signed = std::make_signed_t<Word>;
  const auto sorted = [](std::span<const Word> some) {
    return std::is_sorted(some.begin(), some.end(),
                          [](Word a, Word b) { return static_cast<Signed>(a) < static_cast<Signed>(b); });
  };
  if (!sorted(keys.first(std::min<std::size_t>(keys.size(), 1024)))) return false;
  std::atomic<bool> all{true};
  core::parallel_pieces(threads, keys.size(), detail::least_stretch, [&](std::size_t begin, std::size_t end) {
    begin -= begin != 0;  // each piece with the key before it
    if (all.load(std::memory_order_relaxed) && !sorted(keys.subspan(begin, end - begin)))
      all.store(false, std::memory_order_relaxed);
  });
  return all.load(std::memory_order_relaxed);
}

template <class Word>
Positions group_runs(std::span<const Word> keys, const Sink& sink, int threads) {
  const auto opens = [&](std::size_t i) { return i == 0 || keys[i] != keys[i - 1]; };
  const core::Pieces pieces{keys.size(), threads};
  std::vector<std::size_t> before(static_cast<std::size_t>(threads) + 1);  // groups before each piece
  core::parallel_for(threads, threads, [&](std::int32_t piece, int) {
    std::size_t count = 0;
    for (std::size_t i = pieces.begin(piece); i < pieces.end(piece); ++i) count += opens(i);
    before[static_cast<std::size_t>(piece) + 1] = count;
  });
  for (std::size_t p = 1; p < before.size(); ++p) before[p] += before[p - 1];
  Positions first(before.back());
  core::parallel_for(threads, threads, [&](std::int32_t piece, int) {
    std::size_t groups = before[static_cast<std::size_t>(piece)];
    for (std::size_t i = pieces.begin(piece); i < pieces.end(piece); ++i) {
      if (opens(i)) first[groups++] = static_cast<std::int64_t>(i);
      if (!sink.codes.empty()) sink.codes[i] = static_cast<std::int64_t>(groups) - 1;
    }
  });
  if (sink.counts != nullptr) {
    sink.counts->resize(first.size());
    for (std::size_t g = 0; g < first.size(); ++g)
      (*sink.counts)[g] =
          (g + 1 == first.size() ? static_cast<std::int64_t>(keys.size()) : first[g + 1]) - first[g];
  }
  return first;
}

// --- words of a small range: a table addressed by the word ------------------------------------------------

// Not inlined: group() has so much in hand that this loop would take half as long again there.
template <class Word>
[[gnu::noinline]] Positions group_directly(std::span<const Word> keys, Word least, std::size_t range,
                                           const Sink& sink) {
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

// The same by several threads: the least position of each word, then the ranks of these. < 2^32 words.
template <class Word>
Positions group_directly(std::span<const Word> keys, Word least, std::size_t range, const Sink& sink,
                         int threads) {
  constexpr std::uint32_t none = ~std::uint32_t{0};
  std::vector<std::uint32_t> first(range, none);
  const auto first_of = [&](std::size_t i) {
    return std::atomic_ref(first[static_cast<Word>(keys[i] - least)]);
  };
  const auto each = [&](const auto& f) {
    core::parallel_pieces(threads, keys.size(), detail::least_stretch,
                          [&](std::size_t begin, std::size_t end) {
                            for (std::size_t i = begin; i < end; ++i) f(i);
                          });
  };
  each([&](std::size_t i) {
    const auto of = first_of(i);
    const auto position = static_cast<std::uint32_t>(i);
    for (std::uint32_t known = of.load(std::memory_order_relaxed);
         known > position && !of.compare_exchange_weak(known, position, std::memory_order_relaxed);) {
    }
  });
  detail::Ranks ranks(keys.size());
  core::parallel_pieces(threads, range, detail::least_stretch, [&](std::size_t begin, std::size_t end) {
    for (std::size_t w = begin; w < end; ++w)
      if (first[w] != none) ranks.mark_shared(first[w]);
  });
  ranks.count();
  if (sink.counts != nullptr) sink.counts->assign(ranks.size(), 0);
  if (!sink.codes.empty() || sink.counts != nullptr)
    each([&](std::size_t i) {
      const std::uint32_t group = ranks[first[static_cast<Word>(keys[i] - least)]];
      if (!sink.codes.empty()) sink.codes[i] = group;
      if (sink.counts != nullptr)
        std::atomic_ref((*sink.counts)[group]).fetch_add(1, std::memory_order_relaxed);
    });
  return ranks.all(threads);
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

template <class Word, bool numbered>
Positions group_by_parts(std::span<const Word> keys, std::size_t expected, std::size_t parts,
                         std::uint64_t seed, const Sink& sink, int threads) {
  constexpr std::size_t piece = WAYSEER_HASHING_NATIVE::line_group;
  core::Block<> block(keys.size() * sizeof(Word));
  auto* const words = reinterpret_cast<Word*>(block.data());
  const detail::Parting parting(
      keys.size(), parts, threads,
      [&, hash = HashWord{seed}](std::size_t i) { return hash(keys[i]) & (parts - 1); },
      [&](std::size_t i, std::size_t place) { words[place] = keys[i]; });
  std::vector<std::unique_ptr<Table<Word, numbered>>> tables(static_cast<std::size_t>(threads));
  return detail::group_by_parts<numbered>(
      parting, sink.codes, sink.counts,
      [&](std::size_t part, int worker, const auto& opened, const auto& found) {
        auto& table = tables[static_cast<std::size_t>(worker)];
        if (table == nullptr)
          table = std::make_unique<Table<Word, numbered>>(expected / parts * 5 / 4, seed);
        else
          table->clear();
        std::int64_t groups[piece];
        std::size_t count = 0;
        for (std::size_t start = parting.begin(part); start < parting.end(part); start += piece) {
          const std::span<const Word> some(words + start, std::min(piece, parting.end(part) - start));
          table->number(some, groups, [&](std::size_t i) {
            opened(start + i);
            return count++;
          });
          if constexpr (numbered)
            for (std::size_t i = 0; i < some.size(); ++i)
              found(start + i, static_cast<std::uint32_t>(groups[i]));
        }
      });
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
  return detail::expect(keys.size(), [&](std::size_t i) { return keys[i]; });
}

template <class Word>
Positions group(std::span<const Word> keys, std::span<std::int64_t> codes, Positions* counts,
                std::uint64_t seed, int threads);

template <class Word>
Positions group_by_stretches(std::span<const Word> keys, std::span<std::int64_t> codes, Positions* counts,
                             std::uint64_t seed, int threads) {
  return detail::group_by_stretches(
      keys.size(), codes, counts, threads,
      [&](std::size_t begin, std::size_t end, std::span<std::int64_t> some_codes, Positions* some_counts) {
        return group(keys.subspan(begin, end - begin), some_codes, some_counts, seed, 1);
      },
      [&](const Positions& positions, std::span<std::int64_t> some_codes) {
        std::vector<Word> some;
        some.reserve(positions.size());
        for (const auto position : positions) some.push_back(keys[static_cast<std::size_t>(position)]);
        return group(std::span<const Word>(some), some_codes, nullptr, seed, 1);
      });
}

template <class Word>
Positions group(std::span<const Word> keys, std::span<std::int64_t> codes, Positions* counts,
                std::uint64_t seed, int threads) {
  using Signed = std::make_signed_t<Word>;
  threads = detail::useful_threads(threads, keys.size());
  if (counts != nullptr) counts->clear();
  const Sink sink{codes, counts};
  if (ascending(keys, threads)) return group_runs(keys, sink, threads);
  const bool numbered = !codes.empty() || counts != nullptr;
  std::size_t expected = 0;
  auto way = detail::Way::whole;
  if (threads > 1) {
    expected = expect(keys);
    way = detail::quickest(expected, keys.size(), threads, numbered);
    if (way == detail::Way::stretches) return group_by_stretches(keys, codes, counts, seed, threads);
  }
  const bool short_positions = keys.size() < std::numeric_limits<std::uint32_t>::max();
  const auto range = [](std::span<const Word> some) {  // without branches: minmax_element's are unpredictable
    auto low = static_cast<Signed>(some[0]), high = low;
    for (const Word word : some) {
      low = std::min(low, static_cast<Signed>(word));
      high = std::max(high, static_cast<Signed>(word));
    }
    return std::pair(static_cast<Word>(low),
                     static_cast<Word>(static_cast<Word>(high) - static_cast<Word>(low)));
  };
  const auto small = std::min<std::size_t>(4 * keys.size(), std::numeric_limits<std::uint32_t>::max());
  if (range(keys.first(std::min<std::size_t>(keys.size(), 1024))).second < small) {  // else all are not
    const auto [low, width] = range(keys);
    if (width < small)
      return threads > 2 && short_positions  // for two, atomic access costs as much as they save
                 ? group_directly(keys, low, static_cast<std::size_t>(width) + 1, sink, threads)
                 : group_directly(keys, low, static_cast<std::size_t>(width) + 1, sink);
  }
  expected = std::max<std::size_t>(threads > 1 ? expected : expect(keys), 1 << 12);
  const std::size_t bytes = 2 * expected * (sizeof(Word) + (numbered ? sizeof(std::uint32_t) : 0));
  if ((way == detail::Way::parts || bytes > (codes.empty() ? parts_from : parts_from_with_codes)) &&
      short_positions) {
    const std::size_t parts =
        std::clamp(std::bit_ceil(bytes / part_bytes), threads > 1 ? std::size_t{32} : std::size_t{1},
                   detail::Parting::most);
    return numbered ? group_by_parts<Word, true>(keys, expected, parts, seed, sink, threads)
                    : group_by_parts<Word, false>(keys, expected, parts, seed, sink, threads);
  }
  if (!numbered) return group_by_hash<Word, false>(keys, expected, seed, sink);
  return group_by_hash<Word, true>(keys, expected, seed, sink);
}

}  // namespace

std::size_t detail::distinct_from_sample(std::size_t sample, std::size_t seen, std::size_t size) {
  const double words = population(static_cast<double>(sample), static_cast<double>(seen));
  const double distinct = -words * std::expm1(-static_cast<double>(size) / words);
  return std::min(size, static_cast<std::size_t>(1.05 * distinct) + 1);
}

Positions group_words(std::span<const std::uint32_t> keys, std::span<std::int64_t> codes, Positions* counts,
                      std::uint64_t seed, int threads) {
  return group(keys, codes, counts, seed, threads);
}
Positions group_words(std::span<const std::uint64_t> keys, std::span<std::int64_t> codes, Positions* counts,
                      std::uint64_t seed, int threads) {
  return group(keys, codes, counts, seed, threads);
}

std::size_t expected_distinct(std::span<const std::uint32_t> keys) { return expect(keys); }
std::size_t expected_distinct(std::span<const std::uint64_t> keys) { return expect(keys); }

}  // namespace wayseer::hashing
