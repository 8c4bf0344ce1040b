#include "wayseer/hashing/functional_hasher.hpp"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <set>
#include <stdexcept>
#include <vector>

#include "wayseer/core/random.hpp"

namespace wayseer::hashing {
namespace {

struct Batch {
  std::vector<std::uint8_t> ops;
  std::vector<std::int32_t> left, right;
  std::vector<std::int64_t> starts{0};
  std::vector<double> constants;

  std::int32_t node(expression_op op, std::int32_t a, std::int32_t b = 0) {
    ops.push_back(static_cast<std::uint8_t>(op));
    left.push_back(a);
    right.push_back(b);
    return static_cast<std::int32_t>(ops.size() - 1 - static_cast<std::size_t>(starts.back()));
  }
  void end() { starts.push_back(static_cast<std::int64_t>(ops.size())); }
  operator expression_batch() const { return {ops, left, right, starts, constants}; }
};

using enum expression_op;

TEST(MantissaRounding, KeepsWhatItSays) {
  const mantissa_rounding nearest(24), shifted(24, true);
  const auto value = [](std::uint64_t bits) { return std::bit_cast<double>(bits); };
  const double inf = std::numeric_limits<double>::infinity();
  EXPECT_EQ(nearest(-0.0), nearest(0.0));
  EXPECT_EQ(nearest(-std::nan("1")), nearest(std::nan("2")));
  EXPECT_EQ(value(nearest(-inf)), -inf);
  EXPECT_LT(value(nearest(std::numeric_limits<double>::max())), inf);
  EXPECT_EQ(shifted(-std::numeric_limits<double>::denorm_min()), 0U);  // not -0.0
  EXPECT_EQ(value(nearest(1 - 0x1p-53)), 1);
  EXPECT_LT(value(shifted(1 - 0x1p-53)), 1);
  EXPECT_EQ(value(nearest(1 + 0x1.8p-24)), 1 + 0x1p-23);
  EXPECT_EQ(value(mantissa_rounding(52)(.1)), .1);
  EXPECT_THROW(mantissa_rounding(53), std::invalid_argument);
}

TEST(OutputFold, OrderShapeAndKindCount) {
  std::set<functional_digest> seen;
  const std::array<std::int64_t, 2> wide{2, 3}, tall{3, 2};
  const std::array<std::int64_t, 1> flat{6};
  const std::array<double, 6> up{0, 1, 2, 3, 4, 5}, down{5, 4, 3, 2, 1, 0};
  for (const std::uint64_t kind : {1U, 2U})
    for (const std::span<const std::int64_t> shape :
         {std::span<const std::int64_t>(wide), std::span<const std::int64_t>(tall),
          std::span<const std::int64_t>(flat)})
      for (const auto& values : {up, down}) {
        output_fold fold(1, mantissa_rounding(24));
        fold.begin(kind, shape);
        fold.add(values);
        seen.insert(fold.finish());
      }
  EXPECT_EQ(seen.size(), 12U);
}

TEST(ExpressionHasher, SharesEqualParts) {
  const std::array<double, 6> inputs{.1, .2, .3, 1, 2, 3};
  const std::array<std::int64_t, 1> shape{3};
  expression_hasher hasher(inputs, 3, shape, 1, 24);
  Batch batch;
  for (int swap = 0; swap < 2; ++swap) {
    const auto x = batch.node(input, swap), y = batch.node(input, 1 - swap);
    batch.node(sin, batch.node(add, x, y));
    batch.end();
  }
  std::array<functional_digest, 2> digests{};
  hasher.hash(batch, digests);
  EXPECT_EQ(digests[0], digests[1]);
  EXPECT_EQ(hasher.evaluations(), 2U);

  std::array<double, 6> values{};
  hasher.evaluate(batch, values);
  EXPECT_NEAR(values[1], std::sin(2.2), 1e-15);
  output_fold fold(1, mantissa_rounding(24));
  fold.begin(output_kind_float64, shape);
  fold.add(std::span(values).first(3));
  EXPECT_EQ(fold.finish(), digests[0]);
}

TEST(ExpressionHasher, ForgetsAndGrowsWithoutChange) {
  core::Random random(3);
  const std::size_t points = 4096;  // memory for 64 nodes
  std::vector<double> inputs(points);
  for (auto& x : inputs) x = static_cast<double>(random.below(1000)) / 64;
  const std::array<std::int64_t, 1> shape{static_cast<std::int64_t>(points)};
  Batch batch;
  for (int e = 0; e < 30; ++e) {
    batch.constants.push_back(e % 10);
    auto node = batch.node(constant, e);
    for (int i = 0; i < 20 * (1 + e % 10); ++i)
      node = batch.node(i % 3 ? add : sin, node, batch.node(input, 0));
    batch.end();
  }
  expression_hasher hasher(inputs, points, shape, 1, 24);
  std::vector<functional_digest> digests(30);
  hasher.hash(batch, digests);
  for (std::size_t e = 0; e < 20; ++e) EXPECT_EQ(digests[e], digests[e + 10]);
  EXPECT_EQ(std::set(digests.begin(), digests.end()).size(), 10U);
}

TEST(ExpressionHasher, RefusesBrokenBatches) {
  const std::array<double, 2> inputs{1, 2};
  const std::array<std::int64_t, 1> shape{2};
  expression_hasher hasher(inputs, 2, shape, 1, 24);
  std::array<functional_digest, 1> digest{};
  const auto refused = [&](expression_op op, std::int32_t a, std::int32_t b) {
    Batch batch;
    batch.node(input, 0);
    batch.node(op, a, b);
    batch.end();
    EXPECT_THROW(hasher.hash(batch, digest), std::invalid_argument);
  };
  refused(input, 1, 0);
  refused(constant, 0, 0);
  refused(sin, 1, 0);
  refused(add, 0, -1);
  refused(static_cast<expression_op>(expression_ops), 0, 0);
  Batch batch;
  batch.node(input, 0);
  EXPECT_THROW(hasher.hash(batch, digest), std::invalid_argument);  // no end
  batch.end();
  EXPECT_THROW(hasher.hash(batch, {}), std::invalid_argument);
  EXPECT_NO_THROW(hasher.hash(batch, digest));
  EXPECT_THROW(expression_hasher({}, 0, shape, 1, 24), std::invalid_argument);
}

}  // namespace
}  // namespace wayseer::hashing
