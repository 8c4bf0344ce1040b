#include "wayseer/hashing/hash.hpp"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "wayseer/core/random.hpp"

namespace wayseer::hashing {
namespace {

TEST(Hash, SipHashVector) {  // from the paper's appendix
  std::array<unsigned char, 15> message{};
  for (unsigned i = 0; i < 15; ++i) message[i] = static_cast<unsigned char>(i);
  EXPECT_EQ((siphash<2, 4>(message.data(), 15, 0x0706050403020100, 0x0f0e0d0c0b0a0908)), 0xa129ca6149be45e5U);
}

TEST(Hash, SipHashOfKeysIsThatOfTheirBytes) {
  const std::uint64_t seed = 0x0706050403020100, second = std::rotl(seed, 32) ^ detail::k0;
  const std::int32_t key = -2;
  const unsigned char bytes[8] = {0xfe, 0xff, 0xff, 0xff};
  EXPECT_EQ((siphash_hash<std::int32_t>{seed}(key)), (siphash<1, 3>(bytes, 8, seed, second)));
  EXPECT_EQ((siphash_hash<std::uint64_t, 2, 4>{seed}(0xfffffffe)), (siphash<2, 4>(bytes, 8, seed, second)));
  EXPECT_EQ((siphash_hash<std::string>{seed}("tea")), (siphash<1, 3>("tea", 3, seed, second)));
  EXPECT_EQ((siphash_hash<double>{seed}(-0.0)), (siphash_hash<double>{seed}(0.0)));
  EXPECT_NE((siphash_hash<int>{1}(5)), (siphash_hash<int>{2}(5)));
}

TEST(Hash, EveryByteAndLengthCounts) {
  core::Random random(1);
  std::vector<unsigned char> text(200);
  for (auto& c : text) c = static_cast<unsigned char>(random.below(256));
  std::set<std::uint64_t> seen;
  std::size_t count = 0;
  for (std::size_t size = 0; size <= text.size(); ++size) {
    seen.insert(hash_bytes(text.data(), size, 7));
    ++count;
    for (std::size_t i = 0; i < size; ++i) {
      text[i] ^= 1;
      seen.insert(hash_bytes(text.data(), size, 7));
      text[i] ^= 1;
      ++count;
    }
  }
  EXPECT_EQ(seen.size(), count);
}

TEST(Hash, ZerosOfEveryLengthDiffer) {
  const std::vector<unsigned char> zeros(300);
  std::set<std::uint64_t> seen;
  for (std::size_t size = 0; size <= zeros.size(); ++size) seen.insert(hash_bytes(zeros.data(), size, 0));
  EXPECT_EQ(seen.size(), zeros.size() + 1);
}

TEST(Hash, FlippedBitsFlipHalfOfTheHash) {
  core::Random random(2);
  for (int bit = 0; bit < 64; ++bit) {
    double flipped = 0;
    for (int trial = 0; trial < 500; ++trial) {
      const std::uint64_t x = random(), seed = random();
      flipped += std::popcount(hash_integer(x, seed) ^ hash_integer(x ^ std::uint64_t{1} << bit, seed));
    }
    EXPECT_NEAR(flipped / 500, 32, 1) << bit;
  }
}

// Home buckets of structured keys: chi-square per degree of freedom is about 1 for random ones and may be
// lower (more even than random) but not much higher.
TEST(Hash, StructuredKeysSpreadEvenly) {
  constexpr std::size_t buckets = 1000, keys = 100'000;
  const auto spread = [&](auto&& key) {
    std::vector<int> load(buckets);
    for (std::uint64_t i = 0; i < keys; ++i) ++load[mulhi(hash_integer(key(i), 12345), buckets)];
    double chi = 0;
    for (const int count : load) chi += (count - 100.0) * (count - 100.0) / 100.0;
    return chi / (buckets - 1);
  };
  for (int shift = 0; shift <= 47; ++shift)
    EXPECT_LT(spread([=](std::uint64_t i) { return i << shift; }), 1.2) << "stride 2^" << shift;
  EXPECT_LT(spread([](std::uint64_t i) { return std::bit_cast<std::uint64_t>(static_cast<double>(i)); }),
            1.2);
  EXPECT_LT(spread([](std::uint64_t i) { return 0x7f0000000000 + 64 * i; }), 1.2);
  EXPECT_LT(spread([](std::uint64_t i) { return i * 1000003; }), 1.2);
}

TEST(Hash, EqualKeysHashEqually) {
  EXPECT_EQ(hash<double>{3}(0.0), hash<double>{3}(-0.0));
  EXPECT_EQ(hash<double>{3}(std::nan("1")), hash<double>{3}(-std::nan("2")));
  EXPECT_EQ(hash<std::string>{3}("abc"), hash<std::string_view>{3}("abc"));
  EXPECT_NE(hash<std::string>{3}("abc"), hash<std::string>{4}("abc"));
  EXPECT_NE((hash<std::pair<int, int>>{3}({1, 2})), (hash<std::pair<int, int>>{3}({2, 1})));
  EXPECT_NE((hash<std::tuple<int, std::string>>{3}({1, "a"})),
            (hash<std::tuple<int, std::string>>{3}({1, "b"})));
}

TEST(Hash, SeedsOfTheSystemDiffer) { EXPECT_NE(random_seed(), random_seed()); }

}  // namespace
}  // namespace wayseer::hashing
