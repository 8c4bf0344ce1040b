#include "wayseer/hashing/functional_hasher.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

#include "wayseer/hashing/hash.hpp"

// One build runs everywhere and uses wide registers where they are. Without fused operations (see
// CompileOptions.cmake) every width gives the same bits. The sanitizers run before the choice can be made.
#if defined(__x86_64__) && defined(__gnu_linux__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define WAYSEER_WIDE __attribute__((target_clones("avx2", "default")))
#else
#define WAYSEER_WIDE
#endif

namespace wayseer::hashing {

namespace {

constexpr std::uint64_t exponent_mask = 0x7ff0000000000000, mantissa_mask = 0x000fffffffffffff;

constexpr std::array<std::string_view, expression_ops> names{
    "input", "constant", "negative", "absolute", "square", "sqrt",    "reciprocal", "sign",
    "floor", "exp",      "log",      "sin",      "cos",    "tan",     "tanh",       "arctan",
    "add",   "subtract", "multiply", "divide",   "power",  "minimum", "maximum"};

bool is_binary(expression_op op) { return op >= expression_op::add; }

constexpr double sine_limit = 1e5;

// sin(x + turns pi/2) for |x| <= sine_limit: Cody and Waite's reduction and the polynomials of FDLIBM (Sun
// Microsystems, 1993), written without branches so that it becomes vector code. Error: about one unit in the
// last place, and near multiples of pi more, below 10^-20 in absolute value.
inline double sine(double x, std::int64_t turns) {
  constexpr double to_integer = 0x1.8p52;
  const double shifted = x * 6.36619772367581382433e-01 + to_integer;
  const double n = shifted - to_integer;
  // pi/2 in three parts; the products with the first two are exact
  const double head = (x - n * 1.57079632673412561417e+00) - n * 6.07710050630396597660e-11;
  const double r = head - n * 2.02226624879595063154e-21;
  const double z = r * r;
  const double s =
      r + r * z *
              (-1.66666666666666324348e-01 +
               z * (8.33333333332248946124e-03 +
                    z * (-1.98412698298579493134e-04 +
                         z * (2.75573137070700676789e-06 +
                              z * (-2.50507602534068634195e-08 + z * 1.58969099521155010221e-10)))));
  const double half = .5 * z, w = 1 - half;
  const double c =
      w + (((1 - w) - half) +
           z * z *
               (4.16666666666666019037e-02 +
                z * (-1.38888888888741095749e-03 +
                     z * (2.48015872894767294178e-05 +
                          z * (-2.75573143513906633035e-07 +
                               z * (2.08757232129817482790e-09 + z * -1.13596475577881948265e-11))))));
  const auto quadrant = static_cast<std::uint64_t>(std::bit_cast<std::int64_t>(shifted) + turns);
  const std::uint64_t odd = 0 - (quadrant & 1);  // a mask: cosine
  const std::uint64_t bits =
      (std::bit_cast<std::uint64_t>(s) & ~odd) | (std::bit_cast<std::uint64_t>(c) & odd);
  return std::bit_cast<double>(bits ^ (quadrant & 2) << 62);
}

WAYSEER_WIDE void sines(const double* a, double* out, std::size_t n, std::int64_t turns) {
  bool all_small = true;
  for (std::size_t i = 0; i < n; ++i) all_small &= std::fabs(a[i]) <= sine_limit;
  for (std::size_t i = 0; i < n; ++i) out[i] = sine(a[i], turns);
  if (all_small) return;
  for (std::size_t i = 0; i < n; ++i)
    if (!(std::fabs(a[i]) <= sine_limit)) out[i] = turns == 0 ? std::sin(a[i]) : std::cos(a[i]);
}

template <class F>
inline void each(const double* a, double* out, std::size_t n, F f) {
  for (std::size_t i = 0; i < n; ++i) out[i] = f(a[i]);
}

template <class F>
inline void each(const double* a, const double* b, double* out, std::size_t n, F f) {
  for (std::size_t i = 0; i < n; ++i) out[i] = f(a[i], b[i]);
}

void apply(expression_op op, const double* a, const double* b, double* out, std::size_t n) {
  switch (op) {
    using enum expression_op;
    case input:
    case constant:
      break;  // not computed
    case negative:
      return each(a, out, n, [](double x) { return -x; });
    case absolute:
      return each(a, out, n, [](double x) { return std::fabs(x); });
    case square:
      return each(a, out, n, [](double x) { return x * x; });
    case sqrt:
      return each(a, out, n, [](double x) { return std::sqrt(x); });
    case reciprocal:
      return each(a, out, n, [](double x) { return 1 / x; });
    case sign:
      return each(a, out, n, [](double x) { return x > 0 ? 1. : x < 0 ? -1. : x; });
    case floor:
      return each(a, out, n, [](double x) { return std::floor(x); });
    case exp:
      return each(a, out, n, [](double x) { return std::exp(x); });
    case log:
      return each(a, out, n, [](double x) { return std::log(x); });
    case sin:
      return sines(a, out, n, 0);
    case cos:
      return sines(a, out, n, 1);
    case tan:
      return each(a, out, n, [](double x) { return std::tan(x); });
    case tanh:
      return each(a, out, n, [](double x) { return std::tanh(x); });
    case arctan:
      return each(a, out, n, [](double x) { return std::atan(x); });
    case add:
      return each(a, b, out, n, [](double x, double y) { return x + y; });
    case subtract:
      return each(a, b, out, n, [](double x, double y) { return x - y; });
    case multiply:
      return each(a, b, out, n, [](double x, double y) { return x * y; });
    case divide:
      return each(a, b, out, n, [](double x, double y) { return x / y; });
    case power:
      return each(a, b, out, n, [](double x, double y) { return std::pow(x, y); });
    case minimum:
      return each(a, b, out, n, [](double x, double y) { return x < y || x != x ? x : y; });
    case maximum:
      return each(a, b, out, n, [](double x, double y) { return x > y || x != x ? x : y; });
  }
}

[[noreturn]] void wrong(std::size_t expression, std::size_t node, const std::string& what) {
  throw std::invalid_argument("expression " + std::to_string(expression) + ", node " + std::to_string(node) +
                              ": " + what);
}

output_fold fold_with_header(std::uint64_t seed, mantissa_rounding rounding,
                             std::span<const std::int64_t> shape) {
  output_fold fold(seed, rounding);
  fold.begin(output_kind_float64, shape);
  return fold;
}

}  // namespace

std::string_view name_of(expression_op op) noexcept { return names[static_cast<std::size_t>(op)]; }

mantissa_rounding::mantissa_rounding(int mantissa_bits, bool shifted) {
  if (mantissa_bits < 0 || mantissa_bits > 52)
    throw std::invalid_argument("mantissa_bits must be in 0..52, got " + std::to_string(mantissa_bits));
  const int dropped = 52 - mantissa_bits;
  mask_ = ~std::uint64_t{0} << dropped;
  half_ = shifted || dropped == 0 ? 0 : std::uint64_t{1} << (dropped - 1);
}

std::uint64_t mantissa_rounding::operator()(double x) const noexcept {
  if (x != x) return std::bit_cast<std::uint64_t>(std::numeric_limits<double>::quiet_NaN());
  const auto bits = std::bit_cast<std::uint64_t>(x);
  std::uint64_t rounded = (bits + half_) & mask_;  // a carry out of the mantissa raises the exponent: right
  if ((rounded & exponent_mask) == exponent_mask) rounded = bits & mask_;  // infinite only if x is
  return rounded << 1 == 0 ? 0 : rounded;                                  // also -0.0
}

output_fold::output_fold(std::uint64_t seed, mantissa_rounding rounding) noexcept
    : rounding_(rounding),
      first_(hash_integer(seed, detail::k2 ^ rounding.id())),
      second_(hash_integer(seed, detail::k4 ^ rounding.id())) {}

inline void output_fold::word(std::uint64_t w) noexcept {
  first_ = mum(first_ ^ w, detail::k1);
  second_ = mum(second_ ^ w, detail::k3);
}

void output_fold::begin(std::uint64_t kind, std::span<const std::int64_t> shape) noexcept {
  word(kind);
  word(shape.size());
  for (const std::int64_t length : shape) word(static_cast<std::uint64_t>(length));
}

void output_fold::add(std::span<const double> values) noexcept {
  for (const double x : values) {
    const std::uint64_t bits = rounding_(x);
    word(bits >> 52);
    word(bits & mantissa_mask);
  }
}

void output_fold::add_words(std::span<const std::uint64_t> words) noexcept {
  for (const std::uint64_t w : words) word(w);
}

functional_digest output_fold::finish() const noexcept {
  return {hash_integer(second_, detail::k0), hash_integer(first_, detail::k2)};
}

expression_hasher::expression_hasher(std::span<const double> inputs, std::size_t points,
                                     std::span<const std::int64_t> shape, std::uint64_t seed,
                                     int mantissa_bits)
    : inputs_(inputs.begin(), inputs.end()),
      points_(points),
      arguments_(points == 0 ? 0 : inputs.size() / points),
      // 1 MiB of values, which a second-level cache holds
      limit_(std::max<std::size_t>(64, points == 0 ? 0 : (std::size_t{1} << 17) / points)),
      fold_(fold_with_header(seed, mantissa_rounding(mantissa_bits), shape)),
      shifted_fold_(fold_with_header(seed, mantissa_rounding(mantissa_bits, true), shape)) {
  if (points == 0) throw std::invalid_argument("inputs must have at least one point");
  if (inputs.size() % points != 0) throw std::invalid_argument("inputs must have as many points each");
  forget();
}

void expression_hasher::forget() {
  nodes_.clear();
  values_.clear();
  hashed_.clear();
  table_.assign(std::bit_ceil(4 * limit_), -1);
}

void expression_hasher::check(const expression_batch& batch) const {
  const std::size_t count = batch.ops.size();
  if (batch.left.size() != count || batch.right.size() != count)
    throw std::invalid_argument("left and right must have an entry for each node");
  if (batch.starts.empty() || batch.starts.front() != 0 ||
      batch.starts.back() != static_cast<std::int64_t>(count))
    throw std::invalid_argument("starts must go from 0 to the number of nodes");
  for (std::size_t e = 0; e < batch.size(); ++e) {
    if (batch.starts[e] >= batch.starts[e + 1] || batch.starts[e + 1] > static_cast<std::int64_t>(count))
      throw std::invalid_argument("expression " + std::to_string(e) + " has no nodes");
    const auto start = static_cast<std::size_t>(batch.starts[e]);
    const auto length = static_cast<std::size_t>(batch.starts[e + 1]) - start;
    if (length > (std::size_t{1} << 30)) throw std::invalid_argument("an expression has over 2^30 nodes");
    for (std::size_t i = 0; i < length; ++i) {
      const std::size_t at = start + i;
      if (batch.ops[at] >= expression_ops) wrong(e, i, "unknown operation");
      const auto op = static_cast<expression_op>(batch.ops[at]);
      const auto below = [](std::int32_t id, std::size_t bound) {
        return id >= 0 && static_cast<std::size_t>(id) < bound;
      };
      if (op == expression_op::input) {
        if (!below(batch.left[at], arguments_))
          wrong(e, i, "input " + std::to_string(batch.left[at]) + " of " + std::to_string(arguments_));
      } else if (op == expression_op::constant) {
        if (!below(batch.left[at], batch.constants.size())) wrong(e, i, "no such constant");
      } else if (!below(batch.left[at], i) || (is_binary(op) && !below(batch.right[at], i))) {
        wrong(e, i, "an argument that is no earlier node");
      }
    }
  }
}

void expression_hasher::grow_table() {
  table_.assign(2 * table_.size(), -1);
  for (std::size_t id = 0; id < nodes_.size(); ++id) {
    const node& n = nodes_[id];
    std::size_t at = hash_integer(std::uint64_t{n.left} << 32 | n.right, static_cast<std::uint64_t>(n.op));
    while (table_[at & (table_.size() - 1)] >= 0) ++at;
    table_[at & (table_.size() - 1)] = static_cast<std::int32_t>(id);
  }
}

std::uint32_t expression_hasher::intern(node n) {
  std::size_t at = hash_integer(std::uint64_t{n.left} << 32 | n.right, static_cast<std::uint64_t>(n.op));
  for (;; ++at) {
    const std::int32_t id = table_[at & (table_.size() - 1)];
    if (id < 0) break;
    if (nodes_[static_cast<std::size_t>(id)] == n) return static_cast<std::uint32_t>(id);
  }
  const std::size_t id = nodes_.size();
  nodes_.push_back(n);
  hashed_.push_back(0);
  values_.resize(values_.size() + points_);
  table_[at & (table_.size() - 1)] = static_cast<std::int32_t>(id);
  if (2 * nodes_.size() > table_.size()) grow_table();
  double* out = values_.data() + id * points_;
  if (n.op == expression_op::input) {
    std::copy_n(inputs_.data() + n.left * points_, points_, out);
  } else if (n.op == expression_op::constant) {
    std::fill_n(out, points_, std::bit_cast<double>(std::uint64_t{n.left} << 32 | n.right));
  } else {
    apply(n.op, values_.data() + n.left * points_,
          is_binary(n.op) ? values_.data() + n.right * points_ : nullptr, out, points_);
    ++evaluations_;
  }
  return static_cast<std::uint32_t>(id);
}

std::uint32_t expression_hasher::resolve(const expression_batch& batch, std::size_t expression) {
  const auto start = static_cast<std::size_t>(batch.starts[expression]);
  const auto length = static_cast<std::size_t>(batch.starts[expression + 1]) - start;
  if (nodes_.size() + length > limit_ && !nodes_.empty()) forget();
  local_.resize(length);
  for (std::size_t i = 0; i < length; ++i) {
    node n{0, 0, static_cast<expression_op>(batch.ops[start + i])};
    const auto left = static_cast<std::uint32_t>(batch.left[start + i]);
    if (n.op == expression_op::input) {
      n.left = left;
    } else if (n.op == expression_op::constant) {
      const auto bits = std::bit_cast<std::uint64_t>(batch.constants[left]);
      n.left = static_cast<std::uint32_t>(bits >> 32);
      n.right = static_cast<std::uint32_t>(bits);
    } else {
      n.left = local_[left];
      if (is_binary(n.op)) {
        n.right = local_[static_cast<std::size_t>(batch.right[start + i])];
        if ((n.op == expression_op::add || n.op == expression_op::multiply) && n.left > n.right)
          std::swap(n.left, n.right);
      }
    }
    local_[i] = intern(n);
  }
  return local_.back();
}

void expression_hasher::hash(const expression_batch& batch, std::span<functional_digest> digests,
                             std::span<functional_digest> shifted) {
  check(batch);
  if (digests.size() != batch.size() || (!shifted.empty() && shifted.size() != batch.size()))
    throw std::invalid_argument("digests must have room for each expression");
  for (std::size_t e = 0; e < batch.size(); ++e) {
    const std::size_t root = resolve(batch, e);
    const std::span<const double> values(values_.data() + root * points_, points_);
    if (!hashed_[root]) {
      output_fold fold = fold_;
      fold.add(values);
      if (digests_.size() <= root) digests_.resize(nodes_.size());
      digests_[root] = fold.finish();
      hashed_[root] = 1;
    }
    digests[e] = digests_[root];
    if (!shifted.empty()) {
      output_fold fold = shifted_fold_;
      fold.add(values);
      shifted[e] = fold.finish();
    }
  }
}

void expression_hasher::evaluate(const expression_batch& batch, std::span<double> values) {
  check(batch);
  if (values.size() != batch.size() * points_)
    throw std::invalid_argument("values must have room for each expression at each point");
  for (std::size_t e = 0; e < batch.size(); ++e) {
    const std::size_t root = resolve(batch, e);  // moves values_
    std::copy_n(values_.data() + root * points_, points_, values.data() + e * points_);
  }
}

}  // namespace wayseer::hashing
