// Funnel hashing, exact and instrumented: M. Farach-Colton, A. Krapivin, W. Kuszmaul, "Optimal bounds for
// open addressing without reordering" (2025), section 3. The contract is that of probe_tables.hpp.
//
// Levels A_1 .. A_alpha of buckets of beta slots, each level 3/4 of the one before, and a special array of
// about delta n / 2 .. 3 delta n / 4 slots: first B, probed uniformly at LL = log log n slots, then C, two
// buckets of 2 LL slots. A key tries one bucket in each level, then B, then C, and takes the first free slot.
// About four times as many keys are thrown at a level as it has slots, so its buckets fill almost completely,
// and what is left shrinks by 3/4 per level; only O(delta n) keys are expected in the special array. So no
// look-up takes more than alpha beta + 5 LL = O(log^2 1/delta + log log n) probes (where C exists). With the
// default alpha and beta the special array stays empty in practice.
//
// erase leaves a tombstone, which look-ups pass over and an insertion may take. The theory is about
// insertions only: its guarantees do not hold once keys are erased.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "wayseer/hashing/detail/slots.hpp"

namespace wayseer::hashing {

class FunnelTable {
 public:
  // n: slots, 1..2^40; delta: free fraction at the end, above 0, up to 1/8; alpha, beta: 1..2^20, by default
  // ceil(4 log(1/delta) + 10) and ceil(2 log(1/delta)). Throws std::invalid_argument where n slots cannot be
  // divided as above; the message names the smallest n from there on that can.
  FunnelTable(std::int64_t n, double delta, std::optional<std::int64_t> alpha = {},
              std::optional<std::int64_t> beta = {}, std::uint64_t seed = 0);

  // Spans for results are empty or as long as keys. insert throws table_full_error also where the two buckets
  // in C are full, which the theory makes unlikely, not impossible.
  void insert(std::span<const std::int64_t> keys, std::span<std::int64_t> probes = {}, bool check = true);
  void find(std::span<const std::int64_t> keys, std::span<std::int64_t> slots,
            std::span<std::int64_t> probes) const;
  [[nodiscard]] Lookup find(std::int64_t key) const noexcept;
  // Returns the number of keys that were there; absent ones are ignored.
  std::int64_t erase(std::span<const std::int64_t> keys) noexcept;

  [[nodiscard]] std::int64_t n() const noexcept { return slots_.n(); }
  [[nodiscard]] double delta() const noexcept { return slots_.delta(); }
  [[nodiscard]] std::int64_t alpha() const noexcept { return alpha_; }
  [[nodiscard]] std::int64_t beta() const noexcept { return beta_; }
  [[nodiscard]] std::uint64_t seed() const noexcept { return slots_.seed(); }
  [[nodiscard]] std::int64_t size() const noexcept { return slots_.size(); }
  [[nodiscard]] std::int64_t capacity() const noexcept { return slots_.capacity(); }
  [[nodiscard]] std::vector<std::int64_t> levels() const;  // slots of A_1 .. A_alpha, B and C
  [[nodiscard]] const std::vector<std::int64_t>& fill() const noexcept { return fill_; }  // keys in them

  // LL: probes in B, and half the slots of a bucket of C.
  [[nodiscard]] std::int64_t special_probes() const noexcept { return tries_; }
  // Most slots that an insertion or look-up examines; without C there is no bound (std::nullopt).
  [[nodiscard]] std::optional<std::int64_t> most_probes() const noexcept;
  // Insertions so far by the number of buckets that they examined, from 0; a slot of B counts as one.
  [[nodiscard]] const std::vector<std::int64_t>& bucket_counts() const noexcept { return bucket_counts_; }

 private:
  template <class Table>
  friend void detail::insert_each(Table&, std::span<const std::int64_t>, std::span<std::int64_t>, bool);

  [[nodiscard]] std::uint64_t bucket(std::int64_t level, std::uint64_t hash) const noexcept;
  [[nodiscard]] std::uint64_t slot_in_b(std::int64_t probe, std::uint64_t hash) const noexcept;
  [[nodiscard]] std::uint64_t slot_in_c(std::int64_t probe, std::uint64_t hash) const noexcept;
  std::int64_t place(std::int64_t key);
  std::int64_t put(std::uint64_t slot, std::int64_t key, std::size_t part, std::int64_t buckets,
                   std::int64_t probes);

  std::int64_t alpha_, beta_;
  detail::Slots slots_;                // taken: by a key or a tombstone
  detail::Bitmap alive_;               // taken by a key
  std::vector<std::uint64_t> starts_;  // of A_1 .. A_alpha, B, C; then n
  std::uint64_t buckets_in_c_ = 0;
  std::int64_t tries_;          // LL
  std::int64_t longest_b_ = 0;  // probes in B of the costliest insertion: without C they end a look-up
  std::vector<std::int64_t> fill_, bucket_counts_;
};

}  // namespace wayseer::hashing
