#include "wayseer/hashing/probe_tables.hpp"

#include <algorithm>
#include <limits>

namespace wayseer::hashing {

namespace {

bool power_of_two(std::int64_t n) { return n > 0 && (n & (n - 1)) == 0; }

bool prime(std::int64_t n) {
  if (n < 2) return false;
  for (std::int64_t d = 2; d * d <= n; ++d)
    if (n % d == 0) return false;
  return true;
}

template <class Sequence>
std::int64_t checked_for(std::int64_t n) {
  if (n >= 1 && n <= max_slots) Sequence::check(n);  // Slots refuses any other n
  return n;
}

// The probes until a free slot; there is one.
template <class Sequence>
std::int64_t to_free_slot(Sequence& sequence, const detail::Bitmap& taken) noexcept {
  std::int64_t probes = 1;
  for (; taken.test(sequence.slot); ++probes) sequence.advance();
  return probes;
}

// The same for 64 slots at a time: clusters reach millions of slots.
std::int64_t to_free_slot(LinearProbing& sequence, const detail::Bitmap& taken) noexcept {
  const std::uint64_t home = sequence.slot;
  sequence.slot = taken.first_clear(home, sequence.n);
  std::uint64_t passed = sequence.slot - home;
  if (sequence.slot == sequence.n) {
    sequence.slot = taken.first_clear(0, home);
    passed += sequence.slot;
  }
  return static_cast<std::int64_t>(passed) + 1;
}

}  // namespace

void QuadraticProbing::check(std::int64_t n) {
  if (!power_of_two(n)) throw core::invalid_argument("n", n, "powers of two (quadratic probing)");
}

void DoubleHashing::check(std::int64_t n) {
  if (!power_of_two(n) && !prime(n))
    throw core::invalid_argument("n", n, "powers of two and primes (double hashing)");
}

template <class Sequence>
ProbeTable<Sequence>::ProbeTable(std::int64_t n, double delta, std::uint64_t seed)
    : slots_(checked_for<Sequence>(n), delta, seed) {}

template <class Sequence>
void ProbeTable<Sequence>::insert(std::span<const std::int64_t> keys, std::span<std::int64_t> probes,
                                  bool check) {
  detail::insert_each(*this, keys, probes, check);
}

template <class Sequence>
std::int64_t ProbeTable<Sequence>::place(std::int64_t key) noexcept {
  Sequence sequence(slots_.hash(key), static_cast<std::uint64_t>(n()));
  const std::int64_t probes = to_free_slot(sequence, slots_.taken());
  slots_.put(sequence.slot, key);
  longest_ = std::max(longest_, probes);
  return probes;
}

template <class Sequence>
Lookup ProbeTable<Sequence>::find(std::int64_t key) const noexcept {
  const std::int64_t limit = size() == n() ? longest_ : std::numeric_limits<std::int64_t>::max();
  Sequence sequence(slots_.hash(key), static_cast<std::uint64_t>(n()));
  for (std::int64_t probes = 1;; ++probes, sequence.advance()) {
    if (!slots_.taken().test(sequence.slot)) return {-1, probes};
    if (slots_.key(sequence.slot) == key) return {static_cast<std::int64_t>(sequence.slot), probes};
    if (probes == limit) return {-1, probes};
  }
}

template <class Sequence>
void ProbeTable<Sequence>::find(std::span<const std::int64_t> keys, std::span<std::int64_t> slots,
                                std::span<std::int64_t> probes) const {
  detail::find_each(keys, slots, probes, [this](std::int64_t key) { return find(key); });
}

template class ProbeTable<LinearProbing>;
template class ProbeTable<QuadraticProbing>;
template class ProbeTable<DoubleHashing>;
template class ProbeTable<UniformProbing>;

}  // namespace wayseer::hashing
