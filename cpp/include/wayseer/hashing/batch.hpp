// The batched look-ups of line_keys on words hashed by hash_integer, compiled for several instruction sets
// and chosen when first used: what the Python module calls, so that one build runs everywhere at full speed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "wayseer/hashing/line_keys.hpp"

namespace wayseer::hashing {

struct HashWord {
  std::uint64_t seed = 0;
  std::uint64_t operator()(std::uint64_t word) const noexcept { return hash_integer(word, seed); }
};

// The hash that a table was asked for: the fast one, or SipHash by its id.
struct ChosenHash {
  std::uint64_t seed = 0;
  std::uint32_t id = hash_id_fold;
  [[nodiscard]] bool fast() const noexcept { return id == hash_id_fold; }
  std::uint64_t operator()(std::uint64_t word) const noexcept {
    if (fast()) [[likely]]
      return hash_integer(word, seed);
    return siphash_by_id(id, word, seed);
  }
};

// See detail/line_kernels.inl for what each does.
template <class Word>
struct LineKernels {
  void (*find)(const LineView<Word>&, const HashWord&, const Word* keys, std::size_t, std::int64_t* slots);
  void (*get32)(const LineView<Word>&, const HashWord&, const Word* keys, std::size_t,
                const std::uint32_t* values, std::uint32_t missing, std::uint32_t* out, bool* found);
  void (*get64)(const LineView<Word>&, const HashWord&, const Word* keys, std::size_t,
                const std::uint64_t* values, std::uint64_t missing, std::uint64_t* out, bool* found);
  std::size_t (*known)(const LineView<Word>&, const HashWord&, const Word* keys, std::size_t,
                       std::int64_t* slots, std::uint32_t* retry, const std::byte* values,
                       std::size_t value_size);
};

template <class Word>
[[nodiscard]] const LineKernels<Word>& line_kernels();
extern template const LineKernels<std::uint32_t>& line_kernels();
extern template const LineKernels<std::uint64_t>& line_kernels();

// found[i]: whether keys[i] is there. values[i]: its value, or `missing`; `found` may be null.
template <class Word>
void contains_words(const LineView<Word>&, const ChosenHash&, std::span<const Word> keys, bool* found);
template <class Word, class Value>
void get_words(const LineView<Word>&, const ChosenHash&, std::span<const Word> keys, const Value* stored,
               Value missing, Value* values, bool* found);

// Floats as words: equal floats get equal words, and so does every NaN. `words` is as long as `values`.
void canonical_words(std::span<const float> values, std::span<std::uint32_t> words) noexcept;
void canonical_words(std::span<const double> values, std::span<std::uint64_t> words) noexcept;

// What was chosen: "avx512", "avx2", "sse2", "neon" or "scalar". The environment variable WAYSEER_SIMD asks
// for one of them; one that the processor has not is ignored.
[[nodiscard]] std::string_view batch_path() noexcept;

}  // namespace wayseer::hashing
