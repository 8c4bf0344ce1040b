// The classical open addressing schemes, exact and instrumented: each key goes to the first free slot of its
// probe sequence and never moves. Contract of all reference tables (these, ElasticTable, FunnelTable):
//
// - Keys are int64, any value, distinct; at most n - floor(delta n) of them (else table_full_error).
// - A probe is one slot examined, the one taken included.
// - insert looks each key up first (uncounted) and throws duplicate_key_error; check = false skips that, and
//   then the keys must be distinct. After an exception the keys before the offending one are in.
// - A look-up ends at the key or, being greedy, at the first free slot. Without any free slot it ends after
// as
//   many probes as the costliest insertion took.
// - Same n, delta, seed and keys: same slots, on every platform. Concurrent look-ups are safe.
//
// Sources: D. E. Knuth, "The Art of Computer Programming", vol. 3, section 6.4; J. D. Ullman, "A note on the
// efficiency of hashing functions" (1972); A. C. Yao, "Uniform hashing is optimal" (1985). An insertion at
// load 1 - delta is expected to cost (1 + 1 / delta^2) / 2 by linear probing, 1 / delta by uniform and double
// ones.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "wayseer/hashing/detail/slots.hpp"

namespace wayseer::hashing {

// Probe sequences. check throws std::invalid_argument where a sequence would miss slots of a table of n.

struct LinearProbing {  // h + t
  static void check(std::int64_t) {}
  LinearProbing(std::uint64_t hash, std::uint64_t slots) noexcept : slot(mulhi(hash, slots)), n(slots) {}
  void advance() noexcept {
    if (++slot == n) slot = 0;
  }
  std::uint64_t slot, n;
};

struct QuadraticProbing {  // h + t (t + 1) / 2, which meets all slots where n is a power of two
  static void check(std::int64_t n);
  QuadraticProbing(std::uint64_t hash, std::uint64_t n) noexcept : slot(mulhi(hash, n)), mask(n - 1) {}
  void advance() noexcept { slot = (slot + ++t) & mask; }
  std::uint64_t slot, mask, t = 0;
};

struct DoubleHashing {  // h + t g, g coprime to n: odd for a power of two, any for a prime
  static void check(std::int64_t n);
  DoubleHashing(std::uint64_t hash, std::uint64_t slots) noexcept
      : slot(mulhi(hash, slots)), n(slots), g(step(hash_integer(1, hash), slots)) {}
  void advance() noexcept {
    slot += g;
    if (slot >= n) slot -= n;
  }
  std::uint64_t slot, n, g;

 private:
  static std::uint64_t step(std::uint64_t word, std::uint64_t slots) noexcept {
    return std::has_single_bit(slots) ? mulhi(word, slots) | 1 : 1 + mulhi(word, slots - 1);
  }
};

struct UniformProbing {  // an independent slot each time, so slots may repeat
  static void check(std::int64_t) {}
  UniformProbing(std::uint64_t key_hash, std::uint64_t slots) noexcept
      : slot(mulhi(key_hash, slots)), n(slots), hash(key_hash) {}
  void advance() noexcept { slot = mulhi(hash_integer(++t, hash), n); }
  std::uint64_t slot, n, hash, t = 0;
};

template <class Sequence>
class ProbeTable {
 public:
  // n: slots, 1..2^40; delta: free fraction at the end, in (0, 1).
  ProbeTable(std::int64_t n, double delta, std::uint64_t seed = 0);

  // Spans for results are empty or as long as keys.
  void insert(std::span<const std::int64_t> keys, std::span<std::int64_t> probes = {}, bool check = true);
  void find(std::span<const std::int64_t> keys, std::span<std::int64_t> slots,
            std::span<std::int64_t> probes) const;
  [[nodiscard]] Lookup find(std::int64_t key) const noexcept;

  [[nodiscard]] std::int64_t n() const noexcept { return slots_.n(); }
  [[nodiscard]] double delta() const noexcept { return slots_.delta(); }
  [[nodiscard]] std::uint64_t seed() const noexcept { return slots_.seed(); }
  [[nodiscard]] std::int64_t size() const noexcept { return slots_.size(); }
  [[nodiscard]] std::int64_t capacity() const noexcept { return slots_.capacity(); }
  // Slots and keys of each level; there is one here.
  [[nodiscard]] std::vector<std::int64_t> levels() const { return {n()}; }
  [[nodiscard]] std::vector<std::int64_t> fill() const { return {size()}; }

 private:
  template <class Table>
  friend void detail::insert_each(Table&, std::span<const std::int64_t>, std::span<std::int64_t>, bool);
  std::int64_t place(std::int64_t key) noexcept;

  detail::Slots slots_;
  std::int64_t longest_ = 0;  // probes of the costliest insertion
};

using LinearTable = ProbeTable<LinearProbing>;
using QuadraticTable = ProbeTable<QuadraticProbing>;
using DoubleHashTable = ProbeTable<DoubleHashing>;
using UniformTable = ProbeTable<UniformProbing>;

extern template class ProbeTable<LinearProbing>;
extern template class ProbeTable<QuadraticProbing>;
extern template class ProbeTable<DoubleHashing>;
extern template class ProbeTable<UniformProbing>;

}  // namespace wayseer::hashing
