// Seeded hash functions. Equal keys and seeds give equal hashes on every platform, so that saved tables can
// be opened anywhere; hash_id names the algorithm and its version in such files.
//
// The fast functions fold 128-bit products (the idea of wyhash and rapidhash by Wang Yi and N. De Carli). The
// seed hides the order of buckets from chance, not from an adversary who sees answers: untrusted keys take
// siphash_hash (J.-P. Aumasson, D. J. Bernstein, "SipHash: a fast short-input PRF", 2012).
#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace wayseer::hashing {

namespace detail {

// Fractional parts of square roots of primes: no one chose them.
inline constexpr std::uint64_t k0 = 0x6a09e667f3bcc909, k1 = 0xbb67ae8584caa73b, k2 = 0x3c6ef372fe94f82b,
                               k3 = 0xa54ff53a5f1d36f1, k4 = 0x510e527fade682d1;

__extension__ using uint128 = unsigned __int128;

template <std::unsigned_integral Word>
[[nodiscard]] inline Word read(const std::byte* p) noexcept {
  Word word;
  std::memcpy(&word, p, sizeof word);
  if constexpr (std::endian::native == std::endian::big) {
    Word swapped = 0;
    for (std::size_t i = 0; i < sizeof word; ++i)
      swapped = static_cast<Word>(swapped << 8 | ((word >> 8 * i) & 0xff));
    word = swapped;
  }
  return word;
}

}  // namespace detail

// Both halves of the product, folded: every bit of the result depends on every bit of a and of b.
[[nodiscard]] constexpr std::uint64_t mum(std::uint64_t a, std::uint64_t b) noexcept {
  const auto halves = std::bit_cast<std::array<std::uint64_t, 2>>(static_cast<detail::uint128>(a) * b);
  return halves[0] ^ halves[1];  // as halves, not by a shift: g++ needs fewer instructions then
}

// The high half: maps a uniform word to [0, range) without a division; the bias is below range / 2^64.
[[nodiscard]] constexpr std::uint64_t mulhi(std::uint64_t word, std::uint64_t range) noexcept {
  return static_cast<std::uint64_t>(static_cast<detail::uint128>(word) * range >> 64);
}

// Two rounds: after one, keys in arithmetic progression fill some buckets ten times as much as others.
[[nodiscard]] constexpr std::uint64_t hash_integer(std::uint64_t x, std::uint64_t seed) noexcept {
  return mum(mum(x ^ seed ^ detail::k0, detail::k1) ^ seed, detail::k3);
}

// Independent words from one hash: further places to probe.
[[nodiscard]] constexpr std::uint64_t remix(std::uint64_t hash, std::uint64_t number) noexcept {
  return mum(hash ^ (number * detail::k4), detail::k3);
}

[[nodiscard]] inline std::uint64_t hash_bytes(const void* data, std::size_t size,
                                              std::uint64_t seed) noexcept {
  using detail::read;
  const auto* p = static_cast<const std::byte*>(data);
  std::uint64_t state = mum(seed ^ detail::k0, detail::k1), a = 0, b = 0;
  if (size > 16) {
    std::size_t rest = size;
    if (rest > 48) {  // three stripes: their products do not wait for each other
      std::uint64_t second = state, third = state;
      for (; rest > 48; rest -= 48, p += 48) {
        state = mum(read<std::uint64_t>(p) ^ detail::k1, read<std::uint64_t>(p + 8) ^ state);
        second = mum(read<std::uint64_t>(p + 16) ^ detail::k2, read<std::uint64_t>(p + 24) ^ second);
        third = mum(read<std::uint64_t>(p + 32) ^ detail::k3, read<std::uint64_t>(p + 40) ^ third);
      }
      state ^= second ^ third;
    }
    for (; rest > 16; rest -= 16, p += 16)
      state = mum(read<std::uint64_t>(p) ^ detail::k1, read<std::uint64_t>(p + 8) ^ state);
    a = read<std::uint64_t>(p + rest - 16);  // the last 16 bytes, some of them for the second time
    b = read<std::uint64_t>(p + rest - 8);
  } else if (size >= 8) {
    a = read<std::uint64_t>(p);
    b = read<std::uint64_t>(p + size - 8);
  } else if (size >= 4) {
    a = read<std::uint32_t>(p);
    b = read<std::uint32_t>(p + size - 4);
  } else if (size > 0) {
    a = std::to_integer<std::uint64_t>(p[0]) << 16 | std::to_integer<std::uint64_t>(p[size / 2]) << 8 |
        std::to_integer<std::uint64_t>(p[size - 1]);
  }
  return mum(detail::k1 ^ size, mum(a ^ detail::k2, b ^ state));
}

// SipHash-c-d with a 128-bit key: c rounds per word, d at the end.
template <int c, int d>
[[nodiscard]] std::uint64_t siphash(const void* data, std::size_t size, std::uint64_t key0,
                                    std::uint64_t key1) noexcept {
  std::uint64_t v0 = key0 ^ 0x736f6d6570736575, v1 = key1 ^ 0x646f72616e646f6d,
                v2 = key0 ^ 0x6c7967656e657261, v3 = key1 ^ 0x7465646279746573;
  const auto rounds = [&](int count) {
    for (int i = 0; i < count; ++i) {
      v0 += v1, v1 = std::rotl(v1, 13) ^ v0, v0 = std::rotl(v0, 32);
      v2 += v3, v3 = std::rotl(v3, 16) ^ v2;
      v0 += v3, v3 = std::rotl(v3, 21) ^ v0;
      v2 += v1, v1 = std::rotl(v1, 17) ^ v2, v2 = std::rotl(v2, 32);
    }
  };
  const auto absorb = [&](std::uint64_t word) {
    v3 ^= word;
    rounds(c);
    v0 ^= word;
  };
  const auto* p = static_cast<const std::byte*>(data);
  std::uint64_t last = static_cast<std::uint64_t>(size) << 56;
  for (std::size_t rest = size; rest >= 8; rest -= 8, p += 8) absorb(detail::read<std::uint64_t>(p));
  for (std::size_t i = 0; i < size % 8; ++i) last |= std::to_integer<std::uint64_t>(p[i]) << 8 * i;
  absorb(last);
  v2 ^= 0xff;
  rounds(d);
  return v0 ^ v1 ^ v2 ^ v3;
}

// One bit pattern for keys that compare equal: -0.0 counts as 0.0, and every NaN as one NaN.
template <std::floating_point Float>
[[nodiscard]] Float canonical(Float x) noexcept {
  if (x == 0) return 0;
  return x != x ? std::numeric_limits<Float>::quiet_NaN() : x;
}

// 64 bits that differ from process to process.
[[nodiscard]] std::uint64_t random_seed();

inline constexpr std::uint32_t hash_id_fold = 1;  // hash_integer, hash_bytes; short strings as byte_keys does
inline constexpr std::uint32_t hash_id_siphash13 = 2;
inline constexpr std::uint32_t hash_id_siphash24 = 3;

// The default hash of the tables: holds the seed. `id` is what files of tables call the algorithm.
template <class Key>
struct hash;

// Whole numbers as they are hashed: those of up to 4 bytes as 4, in two's complement.
template <class Key>
  requires(std::integral<Key> || std::is_enum_v<Key> || std::is_pointer_v<Key>)
[[nodiscard]] inline std::uint64_t hashed_word(Key key) noexcept {
  if constexpr (std::is_pointer_v<Key>)
    return static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(key));
  else if constexpr (sizeof(Key) <= 4)
    return static_cast<std::uint32_t>(key);
  else
    return static_cast<std::uint64_t>(key);
}

template <class Key>
  requires(std::integral<Key> || std::is_enum_v<Key> || std::is_pointer_v<Key>)
struct hash<Key> {
  static constexpr std::uint32_t id = hash_id_fold;
  std::uint64_t seed = 0;
  [[nodiscard]] std::uint64_t operator()(Key key) const noexcept {
    return hash_integer(hashed_word(key), seed);
  }
};

template <std::floating_point Key>
  requires(sizeof(Key) <= 8)
[[nodiscard]] inline std::uint64_t hashed_word(Key key) noexcept {
  using Bits = std::conditional_t<sizeof(Key) == 4, std::uint32_t, std::uint64_t>;
  return std::bit_cast<Bits>(canonical(key));
}

template <std::floating_point Key>
  requires(sizeof(Key) <= 8)
struct hash<Key> {
  static constexpr std::uint32_t id = hash_id_fold;
  std::uint64_t seed = 0;
  [[nodiscard]] std::uint64_t operator()(Key key) const noexcept {
    return hash_integer(hashed_word(key), seed);
  }
};

template <>
struct hash<std::string_view> {
  using is_transparent = void;
  static constexpr std::uint32_t id = hash_id_fold;
  std::uint64_t seed = 0;
  [[nodiscard]] std::uint64_t operator()(std::string_view key) const noexcept {
    return hash_bytes(key.data(), key.size(), seed);
  }
};
template <>
struct hash<std::string> : hash<std::string_view> {};

// Records are hashed by their bytes, where equal records have equal bytes.
template <class Key>
  requires(std::is_class_v<Key> && std::has_unique_object_representations_v<Key>)
struct hash<Key> {
  static constexpr std::uint32_t id = hash_id_fold;
  std::uint64_t seed = 0;
  [[nodiscard]] std::uint64_t operator()(const Key& key) const noexcept {
    return hash_bytes(&key, sizeof key, seed);
  }
};

template <class First, class Second>
struct hash<std::pair<First, Second>> {
  std::uint64_t seed = 0;
  [[nodiscard]] std::uint64_t operator()(const std::pair<First, Second>& key) const noexcept {
    return hash<Second>{hash<First>{seed}(key.first)}(key.second);
  }
};

template <class... Part>
struct hash<std::tuple<Part...>> {
  std::uint64_t seed = 0;
  [[nodiscard]] std::uint64_t operator()(const std::tuple<Part...>& key) const noexcept {
    std::uint64_t state = seed;
    std::apply([&](const auto&... part) { ((state = hash<std::decay_t<decltype(part)>>{state}(part)), ...); },
               key);
    return state;
  }
};

// The hash for keys that someone may have chosen to collide: SipHash with the seed as its secret. Of numbers,
// the 8 bytes of hashed_word are hashed, little-endian; of strings and records, their bytes.
template <int c, int d>
[[nodiscard]] inline std::uint64_t siphash_seeded(const void* data, std::size_t size,
                                                  std::uint64_t seed) noexcept {
  return siphash<c, d>(data, size, seed, std::rotl(seed, 32) ^ detail::k0);
}
template <int c, int d>
[[nodiscard]] inline std::uint64_t siphash_seeded(std::uint64_t word, std::uint64_t seed) noexcept {
  std::byte bytes[8];
  for (unsigned i = 0; i < 8; ++i) bytes[i] = static_cast<std::byte>(word >> 8 * i);
  return siphash_seeded<c, d>(bytes, sizeof bytes, seed);
}

// The same for a hash that is named at run time.
[[nodiscard]] std::uint64_t siphash_by_id(std::uint32_t id, std::uint64_t word, std::uint64_t seed) noexcept;
[[nodiscard]] std::uint64_t siphash_by_id(std::uint32_t id, const void* data, std::size_t size,
                                          std::uint64_t seed) noexcept;

template <class Key, int c = 1, int d = 3>
struct siphash_hash {
  static_assert((c == 1 && d == 3) || (c == 2 && d == 4), "SipHash-1-3 or SipHash-2-4");
  static constexpr std::uint32_t id = c == 1 ? hash_id_siphash13 : hash_id_siphash24;
  std::uint64_t seed = 0;
  [[nodiscard]] std::uint64_t operator()(const Key& key) const noexcept {
    if constexpr (requires { hashed_word(key); }) {
      return siphash_seeded<c, d>(hashed_word(key), seed);
    } else {
      static_assert(std::has_unique_object_representations_v<Key>, "equal keys must have equal bytes");
      return siphash_seeded<c, d>(&key, sizeof key, seed);
    }
  }
};
template <int c, int d>
struct siphash_hash<std::string_view, c, d> {
  using is_transparent = void;
  static constexpr std::uint32_t id = siphash_hash<int, c, d>::id;
  std::uint64_t seed = 0;
  [[nodiscard]] std::uint64_t operator()(std::string_view key) const noexcept {
    return siphash_seeded<c, d>(key.data(), key.size(), seed);
  }
};
template <int c, int d>
struct siphash_hash<std::string, c, d> : siphash_hash<std::string_view, c, d> {};

}  // namespace wayseer::hashing

namespace wayseer {
using hashing::hash;
}
