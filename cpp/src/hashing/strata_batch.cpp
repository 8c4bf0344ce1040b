#include "wayseer/hashing/strata_batch.hpp"

#include <string_view>

#include "wayseer/hashing/batch.hpp"
#include "wayseer/hashing/strata_map.hpp"

#define WAYSEER_HASHING_KERNELS "wayseer/hashing/detail/strata_kernels.inl"
#include "wayseer/hashing/detail/every_isa.inl"

namespace wayseer::hashing {

namespace {

#define WAYSEER_STRATA_KERNELS(ISA)                                                                 \
  StrataKernels<Word> {                                                                             \
    &ISA::find_strata<detail::StrataView<Word, void>, Hash, Same, Word>,                            \
        &ISA::contains_strata<detail::StrataView<Word, void>, Hash, Same, Word>,                    \
        &ISA::get_strata<detail::StrataView<Word, std::uint32_t>, Hash, Same, Word, std::uint32_t>, \
        &ISA::get_strata<detail::StrataView<Word, std::uint64_t>, Hash, Same, Word, std::uint64_t>, \
  }

template <class Word>
StrataKernels<Word> chosen() {
  using Hash = StrataWordHash<Word>;
  using Same = typename StrataKernels<Word>::Same;
  const std::string_view path = batch_path();
#ifdef WAYSEER_HASHING_HAS_AVX512
  if (path == "avx512") return WAYSEER_STRATA_KERNELS(avx512);
#endif
#ifdef WAYSEER_HASHING_HAS_AVX2
  if (path == "avx2") return WAYSEER_STRATA_KERNELS(avx2);
#endif
  if (path == "scalar") return WAYSEER_STRATA_KERNELS(scalar);
  return WAYSEER_STRATA_KERNELS(WAYSEER_HASHING_NATIVE);
}

}  // namespace

template <class Word>
const StrataKernels<Word>& strata_kernels() {
  static const StrataKernels<Word> kernels = chosen<Word>();
  return kernels;
}
template const StrataKernels<std::uint32_t>& strata_kernels();
template const StrataKernels<std::uint64_t>& strata_kernels();

namespace {

template <class Word>
StrataWordHash<Word> fast_hash(const ChosenStrataHash& hash) {
  return {wayseer::hash<Word>{}, hash.seed};
}

}  // namespace

template <class Word>
void find_strata_words(const detail::StrataView<Word, void>& view, const ChosenStrataHash& hash,
                       std::span<const Word> keys, std::int64_t* slots) {
  const typename StrataKernels<Word>::Same same{};
  if (hash.hash.fast())
    strata_kernels<Word>().find(view, fast_hash<Word>(hash), same, keys, slots);
  else
    WAYSEER_HASHING_NATIVE::find_strata(view, hash, same, keys, slots);
}
template <class Word>
void contains_strata_words(const detail::StrataView<Word, void>& view, const ChosenStrataHash& hash,
                           std::span<const Word> keys, bool* present) {
  const typename StrataKernels<Word>::Same same{};
  if (hash.hash.fast())
    strata_kernels<Word>().contains(view, fast_hash<Word>(hash), same, keys, present);
  else
    WAYSEER_HASHING_NATIVE::contains_strata(view, hash, same, keys, present);
}
template <class Word, class Value>
void get_strata_words(const detail::StrataView<Word, Value>& view, const ChosenStrataHash& hash,
                      std::span<const Word> keys, Value missing, Value* values, bool* present) {
  const typename StrataKernels<Word>::Same same{};
  const auto& kernels = strata_kernels<Word>();
  if (!hash.hash.fast())
    WAYSEER_HASHING_NATIVE::get_strata(view, hash, same, keys, missing, values, present);
  else if constexpr (sizeof(Value) == 4)
    kernels.get32(view, fast_hash<Word>(hash), same, keys, missing, values, present);
  else
    kernels.get64(view, fast_hash<Word>(hash), same, keys, missing, values, present);
}

#define WAYSEER_STRATA_WORDS(Word)                                                                        \
  template void find_strata_words(const detail::StrataView<Word, void>&, const ChosenStrataHash&,         \
                                  std::span<const Word>, std::int64_t*);                                  \
  template void contains_strata_words(const detail::StrataView<Word, void>&, const ChosenStrataHash&,     \
                                      std::span<const Word>, bool*);                                      \
  template void get_strata_words(const detail::StrataView<Word, std::uint32_t>&, const ChosenStrataHash&, \
                                 std::span<const Word>, std::uint32_t, std::uint32_t*, bool*);            \
  template void get_strata_words(const detail::StrataView<Word, std::uint64_t>&, const ChosenStrataHash&, \
                                 std::span<const Word>, std::uint64_t, std::uint64_t*, bool*)
WAYSEER_STRATA_WORDS(std::uint32_t);
WAYSEER_STRATA_WORDS(std::uint64_t);
#undef WAYSEER_STRATA_WORDS

}  // namespace wayseer::hashing
