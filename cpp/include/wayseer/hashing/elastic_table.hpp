// Elastic hashing, exact and instrumented: M. Farach-Colton, A. Krapivin, W. Kuszmaul, "Optimal bounds for
// open addressing without reordering" (2025), section 2. The contract is that of probe_tables.hpp, but for
// look-ups.
//
// Levels A_1, A_2, ... halve. A key's probes h(i, j) are independent slots of A_i. Insertions come in
// batches: batch 0 fills A_1 to 3/4, batch i >= 1 goes on with A_i until delta/2 of it is free while A_{i+1}
// fills to 3/4. With e = the free fraction of A_i and f = c min(log^2(1/e), log(1/delta)), an insertion of
// batch i takes the first free slot
//   case 1  of h(i, 1..ceil(f)), else of h(i+1, 1), h(i+1, 2), ...;
//   case 2  of h(i+1, ...) alone if A_i has its keys;
//   case 3  of h(i, ...) alone if A_{i+1} is 3/4 full. Unbounded: rare where c is large enough.
// A_{i+1} is at least a quarter free in cases 1 and 2, so an insertion costs f + O(1) = O(log 1/delta)
// outside case 3. It passes free slots by (is not greedy), and so beats the O(log 1/delta) average of greedy
// schemes: a key at (i, j) is found after phi(i, j) = O(i j^2) probes, whose mean is O(1), as level i has
// 2^-i of the keys and j is geometric with mean 1/e, cut at f.
//
// Look-ups probe the pairs (i, j) by increasing phi. Pairs beyond the largest j that level i has used are
// left out: that is all that ends a look-up of an absent key, which costs the number of such pairs.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "wayseer/hashing/detail/slots.hpp"

namespace wayseer::hashing {

// The place of probe j of level i in the one-dimensional order: with bits b of j and a of i, most significant
// first, the number 1 b_1 1 b_2 ... 1 b_q 0 a_1 ... a_p. Injective: each 1 announces one more bit of j. i and
// j start at 1; throws std::invalid_argument below and std::overflow_error where it needs more than 64 bits.
[[nodiscard]] std::uint64_t phi(std::uint64_t level, std::uint64_t probe);

class ElasticTable {
 public:
  // A pair (level, probe), both from 1, and the keys that were put there.
  struct Pair {
    std::int64_t level = 0, probe = 0, keys = 0;
  };

  // n: slots, 1..2^40; delta: free fraction at the end, in (0, 1); c: above 0, up to 2^20. With c = 1 case 3
  // happens to a fraction of a per cent of the keys, at Theta(1/delta) probes and more; with 2 never in our
  // runs.
  ElasticTable(std::int64_t n, double delta, double c = 2.0, std::uint64_t seed = 0);

  // Spans for results are empty or as long as keys.
  void insert(std::span<const std::int64_t> keys, std::span<std::int64_t> probes = {}, bool check = true);
  void find(std::span<const std::int64_t> keys, std::span<std::int64_t> slots,
            std::span<std::int64_t> probes) const;
  [[nodiscard]] Lookup find(std::int64_t key) const noexcept;
  // Probes the pairs by decreasing number of keys put there, ties by phi. Not from the paper.
  void find_calibrated(std::span<const std::int64_t> keys, std::span<std::int64_t> slots,
                       std::span<std::int64_t> probes) const;

  [[nodiscard]] std::int64_t n() const noexcept { return slots_.n(); }
  [[nodiscard]] double delta() const noexcept { return slots_.delta(); }
  [[nodiscard]] double c() const noexcept { return c_; }
  [[nodiscard]] std::uint64_t seed() const noexcept { return slots_.seed(); }
  [[nodiscard]] std::int64_t size() const noexcept { return slots_.size(); }
  [[nodiscard]] std::int64_t capacity() const noexcept { return slots_.capacity(); }
  [[nodiscard]] std::vector<std::int64_t> levels() const;  // slots of A_1, A_2, ...
  [[nodiscard]] std::vector<std::int64_t> fill() const;    // keys in them

  // Insertions of batch 0, 1, ... up to capacity().
  [[nodiscard]] std::vector<std::int64_t> batches() const;
  // Insertions so far: of batch 0, case 1 into A_i, case 1 into A_{i+1}, case 2, case 3.
  [[nodiscard]] const std::array<std::int64_t, 5>& cases() const noexcept { return cases_; }
  // The pairs that a look-up probes, by increasing phi. As a key is first met at the pair of its insertion, a
  // key of the k-th pair is found after exactly k probes.
  [[nodiscard]] std::vector<Pair> pairs() const;

 private:
  template <class Table>
  friend void detail::insert_each(Table&, std::span<const std::int64_t>, std::span<std::int64_t>, bool);

  struct Level {
    std::uint64_t start = 0;
    std::int64_t size = 0, free = 0;
    std::int64_t spare = 0;          // slots that stay free: floor(delta size / 2)
    std::int64_t quarter = 0;        // floor(size / 4) are free when 3/4, rounded up, are taken
    std::vector<std::int64_t> keys;  // that were put at probe 1, 2, ...
  };
  struct Place {  // what find needs of a pair
    std::uint64_t number, start, size;
    std::uint32_t level;
  };

  std::int64_t place(std::int64_t key);
  std::int64_t place_at(std::size_t level, std::int64_t key, std::uint64_t hash);
  bool try_slot(std::size_t level, std::int64_t probe, std::int64_t key, std::uint64_t hash);
  [[nodiscard]] std::int64_t batch_size(std::size_t batch) const noexcept;
  void extend_order(std::size_t level, std::int64_t longest);
  [[nodiscard]] Lookup find_in(std::span<const Place> order, std::int64_t key) const noexcept;

  detail::Slots slots_;
  double c_, log_inverse_delta_;
  std::vector<Level> levels_;
  std::vector<Place> order_;  // by increasing phi
  std::size_t batch_ = 0;
  std::int64_t left_in_batch_ = 0;
  std::array<std::int64_t, 5> cases_{};
};

}  // namespace wayseer::hashing
