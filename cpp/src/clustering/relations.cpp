#include "wayseer/clustering/relations.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

// The popcount instruction is not in the base set; one build uses it where it is. The sanitizers run before
// the choice can be made.
#if defined(__x86_64__) && defined(__gnu_linux__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define WAYSEER_POPCOUNT __attribute__((target_clones("arch=icelake-server", "avx2", "popcnt", "default")))
#else
#define WAYSEER_POPCOUNT
#endif

namespace wayseer::clustering {
namespace {

template <class Visit>
void for_each_bit(const std::uint64_t* words, std::size_t count, Visit&& visit) {
  for (std::size_t i = 0; i < count; ++i) {
    for (auto rest = words[i]; rest != 0; rest &= rest - 1)
      visit(static_cast<std::int32_t>(i * 64) + std::countr_zero(rest));
  }
}

// What the rules need to know of a pair (u, v); v's class is given by its two rows.
struct PairCounts {
  std::int32_t common, differing;
};
struct MoveCounts {
  std::int32_t if_together, if_apart;
};

WAYSEER_POPCOUNT PairCounts count_pair(const std::uint64_t* pu, const std::uint64_t* qu,
                                       const std::uint64_t* pv, const std::uint64_t* qv, std::size_t words) {
  std::int32_t common = 0, differing = 0;
  for (std::size_t i = 0; i < words; ++i) {
    common += std::popcount(pu[i] & pv[i]);
    differing += std::popcount((pu[i] & qv[i]) | (qu[i] & pv[i]));  // the two are disjoint: pu, qu are
  }
  return {common, differing};
}

WAYSEER_POPCOUNT MoveCounts count_move(const std::uint64_t* pu, const std::uint64_t* qu,
                                       const std::uint64_t* members, const std::uint64_t* apart,
                                       std::size_t words) {
  std::int32_t if_together = 0, if_apart = 0;
  for (std::size_t i = 0; i < words; ++i) {
    if_together += std::popcount((qu[i] & members[i]) | (pu[i] & apart[i]));
    if_apart += std::popcount(pu[i] & members[i]);
  }
  return {if_together, if_apart};
}

}  // namespace

Relations::Relations(const Graph& graph, std::int32_t d)
    : n_(graph.size()),
      d_(d),
      words_((at(n_) + 63) / 64),
      positive_(at(n_) * words_, 0),
      negative_(at(n_) * words_, 0),
      members_(at(n_) * words_, 0),
      apart_(at(n_) * words_, 0),
      class_(at(n_)),
      spent_(at(n_), 0),
      queued_(at(n_), 1),
      scratch_(words_) {
  std::iota(class_.begin(), class_.end(), 0);
  queue_.resize(at(n_));
  std::iota(queue_.rbegin(), queue_.rend(), 0);  // popped from the back: ascending
  const auto set = [&](std::vector<Word>& matrix, std::int32_t u, std::int32_t v) {
    row(matrix, u)[at(v) / 64] |= Word{1} << (v & 63);
  };
  for (std::int32_t u = 0; u < n_; ++u) {
    set(members_, u, u);
    set(positive_, u, u);
    for (const std::int32_t v : graph.neighbors(u)) set(positive_, u, v);
    Word* negative = row(negative_, u);
    for (std::size_t i = 0; i < words_; ++i) negative[i] = ~row(positive_, u)[i];
    if ((n_ & 63) != 0) negative[words_ - 1] &= (Word{1} << (n_ & 63)) - 1;
  }
}

bool Relations::spend(std::vector<Word>& matrix, std::int32_t u, const Word* mask) {
  Word* free = row(matrix, u);
  std::int32_t lost = 0;
  for (std::size_t i = 0; i < words_; ++i) {
    const Word gone = free[i] & mask[i];
    if (gone != 0) [[unlikely]] {
      lost += std::popcount(gone);
      free[i] ^= gone;
    }
  }
  if (lost == 0) return true;
  spent_[at(u)] += lost;
  if (queued_[at(u)] == 0) {
    queued_[at(u)] = 1;
    queue_.push_back(u);
  }
  return spent_[at(u)] <= d_;
}

bool Relations::join(std::int32_t u, std::int32_t v) {
  std::int32_t a = class_[at(u)], b = class_[at(v)];
  if (a == b) return true;
  if (test(apart_, a, b)) return false;
  if (a > b) std::swap(a, b);
  Word* members = row(members_, a);
  Word* apart = row(apart_, a);
  const Word* other_members = row(members_, b);
  const Word* other_apart = row(apart_, b);
  // Whoever was apart from one of the two is now apart from both.
  for (std::size_t i = 0; i < words_; ++i) scratch_[i] = apart[i] ^ other_apart[i];
  bool possible = true;
  for_each_bit(scratch_.data(), words_, [&](std::int32_t w) {
    const Word* gained = (apart[at(w) / 64] >> (w & 63) & 1) != 0 ? other_members : members;
    Word* of_w = row(apart_, class_[at(w)]);
    for (std::size_t i = 0; i < words_; ++i) of_w[i] |= gained[i];
    possible = spend(positive_, w, gained) && possible;
  });
  for_each_bit(other_members, words_, [&](std::int32_t w) { class_[at(w)] = a; });
  for (std::size_t i = 0; i < words_; ++i) {
    members[i] |= other_members[i];
    apart[i] |= other_apart[i];
  }
  for_each_bit(members, words_, [&](std::int32_t w) {
    possible = spend(negative_, w, members) && possible;
    possible = spend(positive_, w, apart) && possible;
  });
  return possible;
}

bool Relations::separate(std::int32_t u, std::int32_t v) {
  const std::int32_t a = class_[at(u)], b = class_[at(v)];
  if (a == b) return false;
  if (test(apart_, a, b)) return true;
  const Word* of_a = row(members_, a);
  const Word* of_b = row(members_, b);
  for (std::size_t i = 0; i < words_; ++i) {
    row(apart_, a)[i] |= of_b[i];
    row(apart_, b)[i] |= of_a[i];
  }
  bool possible = true;
  for_each_bit(of_a, words_, [&](std::int32_t w) { possible = spend(positive_, w, of_b) && possible; });
  for_each_bit(of_b, words_, [&](std::int32_t w) { possible = spend(positive_, w, of_a) && possible; });
  return possible;
}

void Relations::scan(std::int32_t u) {
  to_join_.clear();
  to_separate_.clear();
  const Word* pu = row(positive_, u);
  const Word* qu = row(negative_, u);
  const std::int32_t left = d_ - spent_[at(u)];
  // Known pairs too: what contradicts the known relation refutes d.
  for (std::int32_t v = 0; v < n_; ++v) {
    if (v == u) continue;
    const auto pair = count_pair(pu, qu, row(positive_, v), row(negative_, v), words_);
    const std::int32_t budget = left + d_ - spent_[at(v)];
    bool joins = pair.common > budget, separates = pair.differing > budget;
    if (class_[at(v)] == v && !known(u, v)) {
      const auto move = count_move(pu, qu, row(members_, v), row(apart_, v), words_);
      joins = joins || move.if_apart > left;
      separates = separates || move.if_together > left;
    }
    if (joins && !together(u, v)) to_join_.push_back(v);
    if (separates && !apart(u, v)) to_separate_.push_back(v);
  }
}

bool Relations::propagate(const core::Checkpoint& checkpoint) {
  std::int64_t step = 0;
  const std::int64_t rows_between = std::max<std::int64_t>(1, 4'000'000 / (std::int64_t{n_} * n_ + 1));
  while (!queue_.empty()) {
    if (++step % rows_between == 0) checkpoint();
    const std::int32_t u = queue_.back();
    queue_.pop_back();
    queued_[at(u)] = 0;
    scan(u);
    for (const std::int32_t v : to_join_) {
      if (!join(u, v)) return false;
    }
    for (const std::int32_t v : to_separate_) {
      if (!separate(u, v)) return false;
    }
  }
  return true;
}

bool Relations::add_common(const Relations& a, const Relations& b, bool& contradiction) {
  bool changed = false;
  contradiction = false;
  std::vector<Word> joined(words_), separated(words_);
  for (std::int32_t u = 0; u < n_ && !contradiction; ++u) {
    const Word* in_a = a.row(a.members_, a.class_[at(u)]);
    const Word* in_b = b.row(b.members_, b.class_[at(u)]);
    const Word* out_a = a.row(a.apart_, a.class_[at(u)]);
    const Word* out_b = b.row(b.apart_, b.class_[at(u)]);
    const Word* in = row(members_, class_[at(u)]);
    const Word* out = row(apart_, class_[at(u)]);
    for (std::size_t i = 0; i < words_; ++i) {
      joined[i] = in_a[i] & in_b[i] & ~in[i];
      separated[i] = out_a[i] & out_b[i] & ~out[i];
    }
    const auto apply = [&](const std::vector<Word>& bits,
                           bool (Relations::*relate)(std::int32_t, std::int32_t)) {
      for_each_bit(bits.data(), words_, [&](std::int32_t v) {
        if (contradiction) return;
        changed = true;
        contradiction = !(this->*relate)(u, v);
      });
    };
    apply(joined, &Relations::join);
    if (!contradiction) apply(separated, &Relations::separate);
  }
  return changed;
}

std::int64_t Relations::known_pairs() const noexcept {
  std::int64_t total = 0;
  for (std::int32_t u = 0; u < n_; ++u) {
    const Word* in = row(members_, class_[at(u)]);
    const Word* out = row(apart_, class_[at(u)]);
    for (std::size_t i = 0; i < words_; ++i) total += std::popcount(in[i] | out[i]);
  }
  return total;
}

}  // namespace wayseer::clustering
