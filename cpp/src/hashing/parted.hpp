// Grouping by several threads: what group_words and group_texts share. Two ways, which give what one thread
// would, as long as they are quicker:
//
//   stretches  each thread groups a stretch of the keys; their distinct keys, one stretch after the other,
//   are
//              then grouped by one thread. For few distinct keys.
//   parts      keys of equal hash bits form a part, each is grouped by itself. For many distinct keys.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "wayseer/core/block.hpp"
#include "wayseer/core/threads.hpp"
#include "wayseer/hashing/hash.hpp"

namespace wayseer::hashing::detail {

using Positions = std::vector<std::int64_t>;

// Threads that are worth their start; below two of these it is one.
constexpr std::size_t least_stretch = std::size_t{1} << 15;
[[nodiscard]] inline int useful_threads(int threads, std::size_t size) noexcept {
  const std::size_t most = size / least_stretch;
  return threads <= 1 || most < 2 ? 1 : static_cast<int>(std::min(static_cast<std::size_t>(threads), most));
}

enum class Way { whole, stretches, parts };

// Which is done first, by a model of the time in ns a key that was fitted to 4M words of 8 bytes: new keys
// cost more than known ones, stretches leave their distinct keys to one thread, parts pay for the parting.
[[nodiscard]] inline Way quickest(std::size_t expected, std::size_t size, int threads, bool codes) noexcept {
  const auto n = static_cast<double>(size), t = static_cast<double>(threads);
  const auto e = static_cast<double>(expected);
  const double new_key = codes ? 35 : 19, parted = codes ? 45 : 28;
  const double whole = 5 + new_key * e / n, in_parts = parted / t;
  const double in_stretches =
      (5 + new_key * std::min(1.0, e * t / n) + 2) / t + 25 * std::min(1.0, e * t / n);
  if (whole <= std::min(in_stretches, in_parts)) return Way::whole;
  return in_stretches <= in_parts ? Way::stretches : Way::parts;
}

// Among how many there will be in `size`, if in a sample of so many draws so many distinct ones were seen.
[[nodiscard]] std::size_t distinct_from_sample(std::size_t sample, std::size_t seen, std::size_t size);

// How many distinct keys there probably are; word_at(i) stands for key i.
template <class WordAt>
[[nodiscard]] std::size_t expect(std::size_t size, const WordAt& word_at) {
  constexpr std::size_t sample = std::size_t{1} << 14;
  if (size <= 4 * sample) return size;
  std::vector<decltype(word_at(0))> drawn(sample);
  const std::size_t stride = size / sample;  // one from each stretch: no position twice
  for (std::size_t i = 0; i < sample; ++i) drawn[i] = word_at(i * stride + hash_integer(i, 0) % stride);
  std::sort(drawn.begin(), drawn.end());
  const auto seen = std::unique(drawn.begin(), drawn.end()) - drawn.begin();
  return distinct_from_sample(sample, static_cast<std::size_t>(seen), size);
}

// --- stretches --------------------------------------------------------------------------------------------

// group_stretch(begin, end, codes, counts): the first positions in keys[begin, end), relative to begin, and
// the rest as group_words. group_some(positions, codes): the same for the keys at these positions.
template <class GroupStretch, class GroupSome>
Positions group_by_stretches(std::size_t size, std::span<std::int64_t> codes, Positions* counts, int threads,
                             const GroupStretch& group_stretch, const GroupSome& group_some) {
  const core::Pieces pieces{size, threads};
  const auto number = static_cast<std::size_t>(threads);
  std::vector<Positions> first_of(number), counts_of(number);
  core::parallel_for(threads, threads, [&](std::int32_t piece, int) {
    const auto p = static_cast<std::size_t>(piece);
    const std::size_t begin = pieces.begin(piece), end = pieces.end(piece);
    first_of[p] = group_stretch(begin, end, codes.empty() ? codes : codes.subspan(begin, end - begin),
                                counts == nullptr ? nullptr : &counts_of[p]);
    for (auto& position : first_of[p]) position += static_cast<std::int64_t>(begin);
  });
  std::vector<std::size_t> start(number + 1);
  for (std::size_t p = 0; p < number; ++p) start[p + 1] = start[p] + first_of[p].size();
  Positions firsts;
  firsts.reserve(start[number]);
  for (const auto& some : first_of) firsts.insert(firsts.end(), some.begin(), some.end());

  const bool numbered = !codes.empty() || counts != nullptr;
  Positions group(numbered ? firsts.size() : 0);  // of each of the firsts
  Positions first = group_some(firsts, std::span(group));
  for (auto& position : first) position = firsts[static_cast<std::size_t>(position)];
  if (counts != nullptr) {
    counts->assign(first.size(), 0);
    for (std::size_t p = 0; p < number; ++p)
      for (std::size_t g = 0; g < counts_of[p].size(); ++g)
        (*counts)[static_cast<std::size_t>(group[start[p] + g])] += counts_of[p][g];
  }
  if (!codes.empty())
    core::parallel_for(threads, threads, [&](std::int32_t piece, int) {
      const std::int64_t* const of = group.data() + start[static_cast<std::size_t>(piece)];
      for (std::size_t i = pieces.begin(piece); i < pieces.end(piece); ++i) codes[i] = of[codes[i]];
    });
  return first;
}

// --- parts ------------------------------------------------------------------------------------------------

// 0..size-1 sorted by their parts, ascending within each. size < 2^32.
class Parting {
 public:
  static constexpr std::size_t most = 256;

  // part_of(i) in 0..parts-1; placed(i, place) is told where each has come.
  template <class PartOf, class Placed>
  Parting(std::size_t size, std::size_t parts, int threads, const PartOf& part_of, const Placed& placed)
      : pieces_{size, threads},
        threads_(threads),
        begin_(parts + 1),
        place_(static_cast<std::size_t>(threads), std::vector<std::size_t>(parts)),
        part_(size),
        position_(size * sizeof(std::uint32_t)) {
    auto* const part = reinterpret_cast<std::uint8_t*>(part_.data());
    core::parallel_for(threads, threads, [&](std::int32_t piece, int) {
      auto& count = place_[static_cast<std::size_t>(piece)];
      for (std::size_t i = pieces_.begin(piece); i < pieces_.end(piece); ++i)
        ++count[part[i] = static_cast<std::uint8_t>(part_of(i))];
    });
    std::size_t at = 0;
    for (std::size_t p = 0; p < parts; ++p) {
      begin_[p] = at;
      for (auto& place : place_) at += std::exchange(place[p], at);
    }
    begin_[parts] = at;
    auto* const position = reinterpret_cast<std::uint32_t*>(position_.data());
    each([&](std::size_t i, std::size_t, std::size_t place) {
      position[place] = static_cast<std::uint32_t>(i);
      placed(i, place);
    });
  }

  [[nodiscard]] std::size_t size() const noexcept { return pieces_.size; }
  [[nodiscard]] std::int32_t parts() const noexcept { return static_cast<std::int32_t>(begin_.size()) - 1; }
  [[nodiscard]] int threads() const noexcept { return threads_; }
  // Places of a part.
  [[nodiscard]] std::size_t begin(std::size_t part) const noexcept { return begin_[part]; }
  [[nodiscard]] std::size_t end(std::size_t part) const noexcept { return begin_[part + 1]; }
  [[nodiscard]] const std::uint32_t* positions() const noexcept {
    return reinterpret_cast<const std::uint32_t*>(position_.data());
  }
  // fn(i, part, place) for every i.
  template <class F>
  void each(const F& fn) const {
    const auto* const part = reinterpret_cast<const std::uint8_t*>(part_.data());
    core::parallel_for(threads_, threads_, [&](std::int32_t piece, int) {
      auto next = place_[static_cast<std::size_t>(piece)];
      for (std::size_t i = pieces_.begin(piece); i < pieces_.end(piece); ++i) fn(i, part[i], next[part[i]]++);
    });
  }

 private:
  core::Pieces pieces_;
  int threads_;
  std::vector<std::size_t> begin_;
  std::vector<std::vector<std::size_t>> place_;  // of a piece's first position of each part
  core::Block<> part_, position_;                // of each position its part, as 8 bits; of each place
};

// Positions that are marked, numbered in ascending order.
class Ranks {
 public:
  explicit Ranks(std::size_t size) : bits_(size / 64 + 1), before_(size / 64 + 1) {}
  void mark(std::size_t position) noexcept { bits_[position / 64] |= std::uint64_t{1} << position % 64; }
  // While others mark.
  void mark_shared(std::size_t position) noexcept {
    std::atomic_ref(bits_[position / 64])
        .fetch_or(std::uint64_t{1} << position % 64, std::memory_order_relaxed);
  }
  void count() noexcept {
    total_ = 0;
    for (std::size_t w = 0; w < bits_.size(); ++w) {
      before_[w] = static_cast<std::uint32_t>(total_);
      total_ += static_cast<std::size_t>(std::popcount(bits_[w]));
    }
  }
  // After count().
  [[nodiscard]] std::uint32_t operator[](std::size_t position) const noexcept {
    const std::uint64_t lower = bits_[position / 64] & ((std::uint64_t{1} << position % 64) - 1);
    return before_[position / 64] + static_cast<std::uint32_t>(std::popcount(lower));
  }
  [[nodiscard]] std::size_t size() const noexcept { return total_; }
  [[nodiscard]] Positions all(int threads) const {
    Positions marked(total_);
    core::parallel_pieces(threads, bits_.size(), 1 << 12, [&](std::size_t begin, std::size_t end) {
      std::size_t at = before_[begin];
      for (std::size_t w = begin; w < end; ++w)
        for (std::uint64_t rest = bits_[w]; rest != 0; rest &= rest - 1)
          marked[at++] = static_cast<std::int64_t>(64 * w) + std::countr_zero(rest);
    });
    return marked;
  }

 private:
  std::vector<std::uint64_t> bits_;
  std::vector<std::uint32_t> before_;
  std::size_t total_ = 0;
};

// The groups of all parts together. number_part(part, worker, opened, found): for the places of a part in
// order, opened(place) if its key is new in the part, which gives it the part's next number from 0 on, and,
// if numbered, found(place, number).
template <bool numbered, class NumberPart>
Positions group_by_parts(const Parting& parting, std::span<std::int64_t> codes, Positions* counts,
                         const NumberPart& number_part) {
  const auto parts = static_cast<std::size_t>(parting.parts());
  const int threads = parting.threads();
  const std::uint32_t* const position = parting.positions();
  Ranks ranks(parting.size());
  const core::Block<> local_block(numbered && !codes.empty() ? parting.size() * sizeof(std::uint32_t) : 0);
  auto* const local = reinterpret_cast<std::uint32_t*>(const_cast<std::byte*>(local_block.data()));
  // Of each part's groups the first position, later the number among all; and the size.
  std::vector<std::vector<std::uint32_t>> group(numbered ? parts : 0), sizes(counts != nullptr ? parts : 0);
  core::parallel_for(threads, parting.parts(), [&](std::int32_t part, int worker) {
    const auto p = static_cast<std::size_t>(part);
    number_part(
        p, worker,
        [&](std::size_t place) {
          if (threads > 1)
            ranks.mark_shared(position[place]);
          else
            ranks.mark(position[place]);
          if constexpr (numbered) {
            group[p].push_back(position[place]);
            if (counts != nullptr) sizes[p].push_back(0);
          }
        },
        [&](std::size_t place, std::uint32_t number) {
          if (local != nullptr) local[place] = number;
          if (counts != nullptr) ++sizes[p][number];
        });
  });
  ranks.count();
  if constexpr (numbered) {
    if (counts != nullptr) counts->resize(ranks.size());
    core::parallel_for(threads, parting.parts(), [&](std::int32_t part, int) {
      const auto p = static_cast<std::size_t>(part);
      for (std::size_t g = 0; g < group[p].size(); ++g) {
        group[p][g] = ranks[group[p][g]];
        if (counts != nullptr) (*counts)[group[p][g]] = sizes[p][g];
      }
    });
    if (!codes.empty())
      parting.each(
          [&](std::size_t i, std::size_t p, std::size_t place) { codes[i] = group[p][local[place]]; });
  }
  return ranks.all(threads);
}

}  // namespace wayseer::hashing::detail
