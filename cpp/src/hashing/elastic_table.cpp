#include "wayseer/hashing/elastic_table.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace wayseer::hashing {

namespace {

using Wide = detail::uint128;

int bits_of(std::uint64_t x) noexcept { return static_cast<int>(std::bit_width(x)); }

Wide wide_phi(std::uint64_t level, std::uint64_t probe) noexcept {
  Wide code = 0;
  for (int bit = bits_of(probe) - 1; bit >= 0; --bit) code = code << 2 | 2 | (probe >> bit & 1);
  return code << (bits_of(level) + 1) | level;
}

// Probe and level in one word, for the hash function and for the order. Levels are at most 40 and probes far
// below 2^56.
constexpr std::uint64_t pair_number(std::size_t level, std::int64_t probe) {
  return static_cast<std::uint64_t>(probe) << 8 | (level + 1);
}

Wide wide_phi_of(std::uint64_t number) noexcept { return wide_phi(number & 0xff, number >> 8); }

double checked_c(double c) {
  if (!(c > 0 && c <= 0x1p20)) throw core::invalid_argument("c", c, "above 0, up to 2^20");
  return c;
}

}  // namespace

std::uint64_t phi(std::uint64_t level, std::uint64_t probe) {
  if (level == 0) throw core::invalid_argument("level", level, "1 and above");
  if (probe == 0) throw core::invalid_argument("probe", probe, "1 and above");
  const int bits = 2 * bits_of(probe) + 1 + bits_of(level);
  if (bits > 64)
    throw std::overflow_error("phi(" + std::to_string(level) + ", " + std::to_string(probe) + ") has " +
                              std::to_string(bits) + " bits, allowed 64");
  return static_cast<std::uint64_t>(wide_phi(level, probe));
}

ElasticTable::ElasticTable(std::int64_t n, double delta, double c, std::uint64_t seed)
    : slots_(n, delta, seed), c_(checked_c(c)), log_inverse_delta_(-std::log2(delta)) {
  const auto count = std::max(1, bits_of(static_cast<std::uint64_t>(n - 1)));  // ceil(log2 n)
  std::int64_t rest = n;
  for (int i = 1; i <= count; ++i) {
    Level level;
    level.start = static_cast<std::uint64_t>(n - rest);
    level.size = i == count ? rest : (rest + 1) / 2;
    level.free = level.size;
    level.spare = static_cast<std::int64_t>(std::floor(delta * static_cast<double>(level.size) / 2));
    level.quarter = level.size / 4;
    rest -= level.size;
    levels_.push_back(std::move(level));
  }
  left_in_batch_ = batch_size(0);
}

std::int64_t ElasticTable::batch_size(std::size_t batch) const noexcept {
  if (batch == 0) return levels_[0].size - levels_[0].quarter;
  const Level& here = levels_[batch - 1];
  std::int64_t size = here.quarter - here.spare;
  if (batch < levels_.size()) size += levels_[batch].size - levels_[batch].quarter;
  return size;
}

std::vector<std::int64_t> ElasticTable::batches() const {
  std::vector<std::int64_t> sizes;
  std::int64_t rest = capacity();
  for (std::size_t batch = 0; rest > 0; ++batch) {
    sizes.push_back(std::min(rest, batch_size(batch)));
    rest -= sizes.back();
  }
  return sizes;
}

bool ElasticTable::try_slot(std::size_t level, std::int64_t probe, std::int64_t key, std::uint64_t hash) {
  Level& at = levels_[level];
  const std::uint64_t word = hash_integer(pair_number(level, probe), hash);
  const std::uint64_t slot = at.start + mulhi(word, static_cast<std::uint64_t>(at.size));
  if (slots_.taken().test(slot)) return false;
  if (probe > static_cast<std::int64_t>(at.keys.size())) extend_order(level, probe);
  slots_.put(slot, key);
  --at.free;
  ++at.keys[static_cast<std::size_t>(probe - 1)];
  return true;
}

std::int64_t ElasticTable::place_at(std::size_t level, std::int64_t key, std::uint64_t hash) {
  std::int64_t probe = 1;
  while (!try_slot(level, probe, key, hash)) ++probe;
  return probe;
}

// The batches leave at most delta n / 2 slots free in all, so they last until the table has its capacity.
std::int64_t ElasticTable::place(std::int64_t key) {
  const std::uint64_t hash = slots_.hash(key);
  while (left_in_batch_ == 0) left_in_batch_ = batch_size(++batch_);
  --left_in_batch_;
  if (batch_ == 0) {
    ++cases_[0];
    return place_at(0, key, hash);
  }
  const std::size_t i = batch_ - 1;
  const Level& here = levels_[i];
  if (i + 1 == levels_.size() || levels_[i + 1].free <= levels_[i + 1].quarter) {
    ++cases_[4];
    return place_at(i, key, hash);
  }
  if (here.free <= here.spare) {
    ++cases_[3];
    return place_at(i + 1, key, hash);
  }
  const double log_inverse_free = std::log2(static_cast<double>(here.size) / static_cast<double>(here.free));
  const double f = c_ * std::min(log_inverse_free * log_inverse_free, log_inverse_delta_);
  const auto tries = static_cast<std::int64_t>(std::ceil(f));
  for (std::int64_t probe = 1; probe <= tries; ++probe) {
    if (!try_slot(i, probe, key, hash)) continue;
    ++cases_[1];
    return probe;
  }
  ++cases_[2];
  return tries + place_at(i + 1, key, hash);
}

void ElasticTable::extend_order(std::size_t level, std::int64_t longest) {
  Level& at = levels_[level];
  const auto old = static_cast<std::ptrdiff_t>(order_.size());
  // Room first: if there is none, nothing has changed.
  order_.reserve(order_.size() + static_cast<std::size_t>(longest) - at.keys.size());
  const auto from = static_cast<std::int64_t>(at.keys.size());
  at.keys.resize(static_cast<std::size_t>(longest));
  for (std::int64_t probe = from + 1; probe <= longest; ++probe)
    order_.push_back({pair_number(level, probe), at.start, static_cast<std::uint64_t>(at.size),
                      static_cast<std::uint32_t>(level)});
  std::inplace_merge(order_.begin(), order_.begin() + old, order_.end(), [](const Place& a, const Place& b) {
    return wide_phi_of(a.number) < wide_phi_of(b.number);
  });
}

Lookup ElasticTable::find_in(std::span<const Place> order, std::int64_t key) const noexcept {
  const std::uint64_t hash = slots_.hash(key);
  std::int64_t probes = 0;
  for (const Place& place : order) {
    ++probes;
    const std::uint64_t slot = place.start + mulhi(hash_integer(place.number, hash), place.size);
    if (slots_.taken().test(slot) && slots_.key(slot) == key)
      return {static_cast<std::int64_t>(slot), probes};
  }
  return {-1, probes};
}

Lookup ElasticTable::find(std::int64_t key) const noexcept { return find_in(order_, key); }

void ElasticTable::insert(std::span<const std::int64_t> keys, std::span<std::int64_t> probes, bool check) {
  detail::insert_each(*this, keys, probes, check);
}

void ElasticTable::find(std::span<const std::int64_t> keys, std::span<std::int64_t> slots,
                        std::span<std::int64_t> probes) const {
  detail::find_each(keys, slots, probes, [this](std::int64_t key) { return find(key); });
}

void ElasticTable::find_calibrated(std::span<const std::int64_t> keys, std::span<std::int64_t> slots,
                                   std::span<std::int64_t> probes) const {
  std::vector<Place> order = order_;
  const auto count = [this](const Place& place) {
    return levels_[place.level].keys[static_cast<std::size_t>((place.number >> 8) - 1)];
  };
  std::ranges::stable_sort(order, std::greater<>{}, count);
  detail::find_each(keys, slots, probes, [&](std::int64_t key) { return find_in(order, key); });
}

std::vector<ElasticTable::Pair> ElasticTable::pairs() const {
  std::vector<Pair> pairs;
  pairs.reserve(order_.size());
  for (const Place& place : order_) {
    const auto probe = static_cast<std::int64_t>(place.number >> 8);
    pairs.push_back({place.level + 1, probe, levels_[place.level].keys[static_cast<std::size_t>(probe - 1)]});
  }
  return pairs;
}

std::vector<std::int64_t> ElasticTable::levels() const {
  std::vector<std::int64_t> sizes;
  for (const Level& level : levels_) sizes.push_back(level.size);
  return sizes;
}

std::vector<std::int64_t> ElasticTable::fill() const {
  std::vector<std::int64_t> keys;
  for (const Level& level : levels_) keys.push_back(level.size - level.free);
  return keys;
}

}  // namespace wayseer::hashing
