#include "wayseer/hashing/batch.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>

#define WAYSEER_HASHING_KERNELS "wayseer/hashing/detail/line_kernels.inl"
#include "wayseer/hashing/detail/every_isa.inl"

namespace wayseer::hashing {

namespace {

#define WAYSEER_LINE_KERNELS(ISA)                                                          \
  LineKernels<Word> {                                                                      \
    &ISA::find_lines<Word, HashWord>, &ISA::get_lines<Word, HashWord, std::uint32_t>,      \
        &ISA::get_lines<Word, HashWord, std::uint64_t>, &ISA::known_lines<Word, HashWord>, \
  }

#define WAYSEER_STRING(text) #text
#define WAYSEER_NAME(macro) WAYSEER_STRING(macro)

std::string_view choose() noexcept {
  constexpr std::string_view native = WAYSEER_NAME(WAYSEER_HASHING_NATIVE);
  const char* asked = std::getenv("WAYSEER_SIMD");
  const std::string_view name = asked == nullptr ? "" : asked;
  if (name == "scalar") return "scalar";  // `name` may change with the environment
  if (name == "sse2") return native;
  WAYSEER_HASHING_IF_AVX512(if (name != "avx2" && __builtin_cpu_supports("avx512bw") &&
                                __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
                                __builtin_cpu_supports("bmi2")) return "avx512";)
  WAYSEER_HASHING_IF_AVX2(
      if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2")) return "avx2";)
  return native;
}

}  // namespace

std::string_view batch_path() noexcept {
  static const std::string_view chosen = choose();
  return chosen;
}

template <class Word>
const LineKernels<Word>& line_kernels() {
  static const LineKernels<Word> kernels = WAYSEER_HASHING_CHOSEN(WAYSEER_LINE_KERNELS);
  return kernels;
}
template const LineKernels<std::uint32_t>& line_kernels();
template const LineKernels<std::uint64_t>& line_kernels();

// SipHash takes longer than what wider instructions save: one copy of the kernels will do for it.
template <class Word>
void contains_words(const LineView<Word>& lines, const ChosenHash& hash, std::span<const Word> keys,
                    bool* found) {
  constexpr std::size_t piece = 1024;
  std::int64_t slots[piece];
  const auto find = line_kernels<Word>().find;
  for (std::size_t start = 0; start < keys.size(); start += piece) {
    const std::size_t count = std::min(piece, keys.size() - start);
    if (hash.fast())
      find(lines, HashWord{hash.seed}, keys.data() + start, count, slots);
    else
      WAYSEER_HASHING_NATIVE::find_lines(lines, hash, keys.data() + start, count, slots);
    for (std::size_t i = 0; i < count; ++i) found[start + i] = slots[i] >= 0;
  }
}
template <class Word, class Value>
void get_words(const LineView<Word>& lines, const ChosenHash& hash, std::span<const Word> keys,
               const Value* stored, Value missing, Value* values, bool* found) {
  if (!hash.fast())
    return WAYSEER_HASHING_NATIVE::get_lines(lines, hash, keys.data(), keys.size(), stored, missing, values,
                                             found);
  const auto& kernels = line_kernels<Word>();
  if constexpr (sizeof(Value) == 4)
    kernels.get32(lines, HashWord{hash.seed}, keys.data(), keys.size(), stored, missing, values, found);
  else
    kernels.get64(lines, HashWord{hash.seed}, keys.data(), keys.size(), stored, missing, values, found);
}

#define WAYSEER_WORDS(Word)                                                                             \
  template void contains_words(const LineView<Word>&, const ChosenHash&, std::span<const Word>, bool*); \
  template void get_words(const LineView<Word>&, const ChosenHash&, std::span<const Word>,              \
                          const std::uint32_t*, std::uint32_t, std::uint32_t*, bool*);                  \
  template void get_words(const LineView<Word>&, const ChosenHash&, std::span<const Word>,              \
                          const std::uint64_t*, std::uint64_t, std::uint64_t*, bool*)
WAYSEER_WORDS(std::uint32_t);
WAYSEER_WORDS(std::uint64_t);
#undef WAYSEER_WORDS

void canonical_words(std::span<const float> values, std::span<std::uint32_t> words) noexcept {
  for (std::size_t i = 0; i < values.size(); ++i) words[i] = to_word(values[i]);
}
void canonical_words(std::span<const double> values, std::span<std::uint64_t> words) noexcept {
  for (std::size_t i = 0; i < values.size(); ++i) words[i] = to_word(values[i]);
}

}  // namespace wayseer::hashing
