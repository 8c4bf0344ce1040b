#include "wayseer/hashing/funnel_table.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace wayseer::hashing {

namespace {

// Bucket counts a_1 .. a_alpha follow a_{i+1} = 3/4 a_i +- 1, at least 1.
std::int64_t least_next(std::int64_t a) { return std::max<std::int64_t>(1, (3 * a + 3) / 4 - 1); }
std::int64_t most_next(std::int64_t a) { return 3 * a / 4 + 1; }

// The sum of a and `levels` further counts, as small or as large as can be. All sums between occur.
template <class Next>
std::int64_t sum_from(std::int64_t a, std::int64_t levels, Next next) {
  std::int64_t sum = a;
  for (; levels > 0; --levels) {
    const std::int64_t following = next(a);
    if (following == a) return sum + a * levels;  // both rules have fixed points, met after O(log a) steps
    sum += a = following;
  }
  return sum;
}

// Counts for alpha levels with the given sum, which is at least alpha. The first is as close as can be to the
// geometric series with that sum, each further one as large as the rest allows.
std::vector<std::int64_t> counts_of_levels(std::int64_t buckets, std::int64_t alpha) {
  const auto ideal = static_cast<std::int64_t>(
      std::llround(static_cast<double>(buckets) / (4 * (1 - std::pow(0.75, static_cast<double>(alpha))))));
  const auto levels = alpha - 1;
  std::int64_t a = std::clamp<std::int64_t>(ideal, 1, buckets);
  while (a > 1 && sum_from(a, levels, least_next) > buckets) --a;
  while (sum_from(a, levels, most_next) < buckets) ++a;

  std::vector<std::int64_t> counts{a};
  for (std::int64_t rest = buckets - a; static_cast<std::int64_t>(counts.size()) < alpha; rest -= a) {
    const std::int64_t further = alpha - static_cast<std::int64_t>(counts.size()) - 1;
    a = most_next(a);
    while (sum_from(a, further, least_next) > rest) --a;
    counts.push_back(a);
  }
  return counts;
}

struct SpecialRange {
  std::int64_t low, high;
};

SpecialRange special_range(std::int64_t n, double delta) {
  const double free = delta * static_cast<double>(n);
  return {static_cast<std::int64_t>(std::ceil(free / 2)),
          static_cast<std::int64_t>(std::floor(3 * free / 4))};
}

// The largest special array that leaves whole buckets, one per level at least; 0 if there is none.
std::int64_t special_slots(std::int64_t n, double delta, std::int64_t alpha, std::int64_t beta) {
  const auto [low, high] = special_range(n, delta);
  const std::int64_t most = std::min(high, n - alpha * beta);
  if (most < low) return 0;
  const std::int64_t special = most - ((most - n) % beta + beta) % beta;
  return special >= low ? special : 0;
}

// The smallest n from `n` on that can be divided; 0 if there is none up to 2^40. There are gaps while delta n
// / 2 is a few slots and where alpha beta is near n, so it steps, over what the range of the special array
// rules out.
std::int64_t next_valid(std::int64_t n, double delta, std::int64_t alpha, std::int64_t beta) {
  n = std::max(n, alpha * beta + 1);
  while (n <= max_slots && special_slots(n, delta, alpha, beta) == 0) {
    const auto [low, high] = special_range(n, delta);
    if (high >= low) {
      ++n;
      continue;
    }
    const double enough =
        4 * static_cast<double>(low) / (3 * delta);  // where high reaches low, but for rounding
    if (enough > static_cast<double>(max_slots)) return 0;
    n = std::max(n + 1, static_cast<std::int64_t>(enough) - 1);
  }
  return n <= max_slots ? n : 0;
}

double checked_delta(double delta) {
  if (!(delta > 0 && delta <= 0.125)) throw core::invalid_argument("delta", delta, "above 0, up to 1/8");
  return delta;
}

std::int64_t checked_count(std::optional<std::int64_t> given, double preset, std::string_view name) {
  const std::int64_t count = given.value_or(static_cast<std::int64_t>(std::ceil(preset)));
  if (count < 1 || count > (1 << 20)) throw core::invalid_argument(name, count, "1..2^20");
  return count;
}

std::int64_t checked_partition(std::int64_t n, double delta, std::int64_t alpha, std::int64_t beta) {
  if (n >= 1 && n <= max_slots && special_slots(n, delta, alpha, beta) == 0) {
    const std::int64_t valid = next_valid(n, delta, alpha, beta);
    std::ostringstream text;
    text << "capacity too small for delta " << delta << ": n = " << n << " cannot be divided into " << alpha
         << " levels of buckets of " << beta << " and a special array; ";
    if (valid == 0)
      text << "no n up to 2^40 can";
    else
      text << "the smallest valid n from there on is " << valid;
    throw std::invalid_argument(text.str());
  }
  return n;
}

// Numbers of words of a key's hash; below are the levels.
constexpr std::uint64_t in_b = std::uint64_t{1} << 62, in_c = std::uint64_t{1} << 63;

int ceil_log2(std::uint64_t x) { return x <= 1 ? 0 : static_cast<int>(std::bit_width(x - 1)); }

}  // namespace

FunnelTable::FunnelTable(std::int64_t n, double delta, std::optional<std::int64_t> alpha,
                         std::optional<std::int64_t> beta, std::uint64_t seed)
    : alpha_(checked_count(alpha, 10 - 4 * std::log2(checked_delta(delta)), "alpha")),
      beta_(checked_count(beta, -2 * std::log2(delta), "beta")),
      slots_(checked_partition(n, delta, alpha_, beta_), delta, seed),
      alive_(static_cast<std::uint64_t>(n)),
      tries_(std::max(1, ceil_log2(static_cast<std::uint64_t>(ceil_log2(static_cast<std::uint64_t>(n)))))),
      fill_(static_cast<std::size_t>(alpha_) + 2),
      bucket_counts_(static_cast<std::size_t>(alpha_ + tries_) + 3) {
  const std::int64_t special = special_slots(n, delta, alpha_, beta_);
  std::int64_t start = 0;
  for (const std::int64_t count : counts_of_levels((n - special) / beta_, alpha_)) {
    starts_.push_back(static_cast<std::uint64_t>(start));
    start += count * beta_;
  }
  buckets_in_c_ = static_cast<std::uint64_t>(special / (4 * tries_));
  starts_.push_back(static_cast<std::uint64_t>(start));
  starts_.push_back(static_cast<std::uint64_t>(n - special / (4 * tries_) * 2 * tries_));
  starts_.push_back(static_cast<std::uint64_t>(n));
}

// The first slot of the key's bucket in a level, from 0.
std::uint64_t FunnelTable::bucket(std::int64_t level, std::uint64_t hash) const noexcept {
  const auto i = static_cast<std::size_t>(level);
  const auto beta = static_cast<std::uint64_t>(beta_);
  const std::uint64_t word = hash_integer(static_cast<std::uint64_t>(level), hash);
  return starts_[i] + mulhi(word, (starts_[i + 1] - starts_[i]) / beta) * beta;
}

std::uint64_t FunnelTable::slot_in_b(std::int64_t probe, std::uint64_t hash) const noexcept {
  const auto b = static_cast<std::size_t>(alpha_);
  const std::uint64_t word = hash_integer(in_b | static_cast<std::uint64_t>(probe), hash);
  return starts_[b] + mulhi(word, starts_[b + 1] - starts_[b]);
}

// Slot 0, 1, 2, ... of the interleaved sequence u_1 v_1 u_2 v_2 ... Its first free slot is in the emptier
// bucket, in u where they are equal.
std::uint64_t FunnelTable::slot_in_c(std::int64_t probe, std::uint64_t hash) const noexcept {
  const std::uint64_t word = hash_integer(in_c | static_cast<std::uint64_t>(probe & 1), hash);
  const std::uint64_t first = mulhi(word, buckets_in_c_) * static_cast<std::uint64_t>(2 * tries_);
  return starts_[static_cast<std::size_t>(alpha_) + 1] + first + static_cast<std::uint64_t>(probe / 2);
}

std::int64_t FunnelTable::put(std::uint64_t slot, std::int64_t key, std::size_t part, std::int64_t buckets,
                              std::int64_t probes) {
  const auto i = static_cast<std::size_t>(buckets);
  if (i >= bucket_counts_.size()) bucket_counts_.resize(i + 1);
  ++bucket_counts_[i];
  ++fill_[part];
  alive_.set(slot);
  slots_.put(slot, key);
  return probes;
}

std::int64_t FunnelTable::place(std::int64_t key) {
  const std::uint64_t hash = slots_.hash(key);
  for (std::int64_t level = 0; level < alpha_; ++level) {
    const std::uint64_t begin = bucket(level, hash), end = begin + static_cast<std::uint64_t>(beta_);
    const std::uint64_t slot = alive_.first_clear(begin, end);
    if (slot < end)
      return put(slot, key, static_cast<std::size_t>(level), level + 1,
                 level * beta_ + static_cast<std::int64_t>(slot - begin) + 1);
  }
  const std::int64_t in_levels = alpha_ * beta_;
  const auto b = static_cast<std::size_t>(alpha_);
  const bool b_full = fill_[b] == static_cast<std::int64_t>(starts_[b + 1] - starts_[b]);
  if (buckets_in_c_ == 0 && b_full) return 0;
  for (std::int64_t probe = 1; probe <= tries_ || buckets_in_c_ == 0; ++probe) {
    const std::uint64_t slot = slot_in_b(probe, hash);
    if (alive_.test(slot)) continue;
    longest_b_ = std::max(longest_b_, probe);
    return put(slot, key, b, alpha_ + probe, in_levels + probe);
  }
  for (std::int64_t probe = 0; probe < 4 * tries_; ++probe) {
    const std::uint64_t slot = slot_in_c(probe, hash);
    if (!alive_.test(slot))
      return put(slot, key, b + 1, alpha_ + tries_ + (probe == 0 ? 1 : 2), in_levels + tries_ + probe + 1);
  }
  return 0;
}

Lookup FunnelTable::find(std::int64_t key) const noexcept {
  const std::uint64_t hash = slots_.hash(key);
  const auto holds = [&](std::uint64_t slot) { return slots_.key(slot) == key && alive_.test(slot); };
  std::int64_t probes = 0;
  for (std::int64_t level = 0; level < alpha_; ++level) {
    const std::uint64_t begin = bucket(level, hash), end = begin + static_cast<std::uint64_t>(beta_);
    const std::uint64_t stop = slots_.taken().first_clear(begin, end);
    for (std::uint64_t slot = begin; slot < stop; ++slot)
      if (holds(slot))
        return {static_cast<std::int64_t>(slot), probes + static_cast<std::int64_t>(slot - begin) + 1};
    if (stop < end) return {-1, probes + static_cast<std::int64_t>(stop - begin) + 1};
    probes += beta_;
  }
  const auto examine = [&](std::uint64_t slot) -> std::optional<Lookup> {
    ++probes;
    if (!slots_.taken().test(slot)) return Lookup{-1, probes};
    if (holds(slot)) return Lookup{static_cast<std::int64_t>(slot), probes};
    return std::nullopt;
  };
  const std::int64_t tries = buckets_in_c_ == 0 ? longest_b_ : tries_;
  for (std::int64_t probe = 1; probe <= tries; ++probe)
    if (const auto found = examine(slot_in_b(probe, hash))) return *found;
  if (buckets_in_c_ == 0) return {-1, probes};
  for (std::int64_t probe = 0; probe < 4 * tries_; ++probe)
    if (const auto found = examine(slot_in_c(probe, hash))) return *found;
  return {-1, probes};
}

void FunnelTable::insert(std::span<const std::int64_t> keys, std::span<std::int64_t> probes, bool check) {
  detail::insert_each(*this, keys, probes, check);
}

void FunnelTable::find(std::span<const std::int64_t> keys, std::span<std::int64_t> slots,
                       std::span<std::int64_t> probes) const {
  detail::find_each(keys, slots, probes, [this](std::int64_t key) { return find(key); });
}

std::int64_t FunnelTable::erase(std::span<const std::int64_t> keys) noexcept {
  std::int64_t erased = 0;
  for (const std::int64_t key : keys) {
    const std::int64_t found = find(key).slot;
    if (found < 0) continue;
    const auto slot = static_cast<std::uint64_t>(found);
    alive_.reset(slot);
    slots_.lose_one();
    const auto part = std::ranges::upper_bound(starts_, slot) - starts_.begin() - 1;
    --fill_[static_cast<std::size_t>(part)];
    ++erased;
  }
  return erased;
}

std::vector<std::int64_t> FunnelTable::levels() const {
  std::vector<std::int64_t> sizes;
  for (std::size_t i = 0; i + 1 < starts_.size(); ++i)
    sizes.push_back(static_cast<std::int64_t>(starts_[i + 1] - starts_[i]));
  return sizes;
}

std::optional<std::int64_t> FunnelTable::most_probes() const noexcept {
  if (buckets_in_c_ == 0) return std::nullopt;
  return alpha_ * beta_ + 5 * tries_;
}

}  // namespace wayseer::hashing
