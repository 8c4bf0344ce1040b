// Hashes of what a program does: of its outputs on fixed inputs, rounded so that the order of additions and
// the last digits of a library's sine do not count. Two programs with one hash compute, all but surely, the
// same function as far as those inputs tell.
//
// 128 bits; the chance that any two of N different output vectors share a hash is about N^2 / 2^129, with 64
// bits N^2 / 2^65. The hash hides nothing from an adversary.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace wayseer::hashing {

struct functional_digest {
  std::uint64_t high = 0, low = 0;  // `low` alone is a 64-bit hash
  auto operator<=>(const functional_digest&) const = default;
};

// Keeps sign, exponent and the top `mantissa_bits` of the 52. -0.0 becomes 0.0, all NaN are one, infinities
// stay, and no finite number becomes one.
class mantissa_rounding {
 public:
  // To the nearest, ties away from zero. `shifted` moves the cells by half a step: it truncates. Values that
  // differ by less than half a step fall into one cell of at least one of the two.
  // std::invalid_argument unless 0 <= mantissa_bits <= 52.
  explicit mantissa_rounding(int mantissa_bits = 24, bool shifted = false);
  [[nodiscard]] std::uint64_t operator()(double x) const noexcept;  // the bits of the rounded number
  [[nodiscard]] std::uint64_t id() const noexcept { return mask_ ^ half_; }

 private:
  std::uint64_t mask_, half_;
};

// Folds outputs in order: each array's kind and shape, then each number's sign and exponent, then its
// mantissa.
class output_fold {
 public:
  output_fold(std::uint64_t seed, mantissa_rounding rounding) noexcept;
  void begin(std::uint64_t kind, std::span<const std::int64_t> shape) noexcept;  // of the next array
  void add(std::span<const double> values) noexcept;
  void add_words(std::span<const std::uint64_t> words) noexcept;  // not rounded
  [[nodiscard]] functional_digest finish() const noexcept;        // the fold can go on

 private:
  void word(std::uint64_t w) noexcept;
  mantissa_rounding rounding_;
  std::uint64_t first_, second_;
};

inline constexpr std::uint64_t output_kind_float64 = 1;

// What a node computes; the names and meanings are NumPy's. The values stand in no file.
enum class expression_op : std::uint8_t {
  input,     // left: which
  constant,  // left: which
  negative,  // the first function of one argument
  absolute,
  square,
  sqrt,
  reciprocal,
  sign,
  floor,
  exp,
  log,
  sin,
  cos,
  tan,
  tanh,
  arctan,
  add,  // the first function of two
  subtract,
  multiply,
  divide,
  power,
  minimum,
  maximum,
};
inline constexpr std::size_t expression_ops = 23;
[[nodiscard]] std::string_view name_of(expression_op op) noexcept;

// Many expressions end to end. Nodes starts[i] .. starts[i + 1] - 1 are one expression; arguments come before
// the nodes that use them and are counted from the expression's start; its last node is its value.
struct expression_batch {
  std::span<const std::uint8_t> ops;  // expression_op
  std::span<const std::int32_t> left, right;
  std::span<const std::int64_t> starts;
  std::span<const double> constants;
  [[nodiscard]] std::size_t size() const noexcept { return starts.empty() ? 0 : starts.size() - 1; }
};

// Evaluates expressions at all canonical inputs at once and hashes their values. Equal subexpressions, also
// of different expressions and calls, are evaluated once while they are remembered: the memory is emptied
// when it is full. Commuted operands of add and multiply count as equal. One thread at a time.
//
// + - * / sqrt sin cos and what is made of them give the same bits on every machine (sin and cos up to
// 10^5 in absolute value); exp, log, tan, tanh, arctan and power those of the C library.
class expression_hasher {
 public:
  // `inputs`: for each argument `points` numbers; `shape`: of an output, with a product of `points`.
  expression_hasher(std::span<const double> inputs, std::size_t points, std::span<const std::int64_t> shape,
                    std::uint64_t seed, int mantissa_bits);

  // The digest of each expression, and that under the shifted rounding if `shifted` is not empty. It equals
  // output_fold's of one float64 array. std::invalid_argument, before any work, names what is wrong with the
  // batch or the spans.
  void hash(const expression_batch& batch, std::span<functional_digest> digests,
            std::span<functional_digest> shifted = {});

  // The values of each expression, `points` numbers each.
  void evaluate(const expression_batch& batch, std::span<double> values);

  [[nodiscard]] std::size_t points() const noexcept { return points_; }
  [[nodiscard]] std::size_t evaluations() const noexcept { return evaluations_; }  // of nodes, so far

 private:
  struct node {
    std::uint32_t left, right;  // nodes; the input's number; the two halves of a constant
    expression_op op;
    bool operator==(const node&) const = default;
  };

  void check(const expression_batch& batch) const;
  std::uint32_t resolve(const expression_batch& batch, std::size_t expression);
  std::uint32_t intern(node n);
  void forget();
  void grow_table();

  std::vector<double> inputs_;
  std::size_t points_, arguments_, limit_;
  output_fold fold_, shifted_fold_;  // after the header
  std::vector<node> nodes_;
  std::vector<double> values_;
  std::vector<functional_digest> digests_;
  std::vector<std::uint8_t> hashed_;
  std::vector<std::int32_t> table_;   // open addressing: nodes, -1 = free
  std::vector<std::uint32_t> local_;  // nodes of the expression at hand
  std::size_t evaluations_ = 0;
};

}  // namespace wayseer::hashing
