#include "wayseer/hashing/strata_batch.hpp"

#include <string_view>
#include <type_traits>

#include "wayseer/hashing/batch.hpp"
#include "wayseer/hashing/strata_map.hpp"

#define WAYSEER_HASHING_KERNELS "wayseer/hashing/detail/strata_kernels.inl"
#include "wayseer/hashing/detail/every_isa.inl"

namespace wayseer::hashing {

namespace {

template <class Word, class Value>
using View = detail::StrataView<Word, Value>;

#define WAYSEER_STRATA_KERNELS(ISA)                                                            \
  StrataKernels<Word> {                                                                        \
    &ISA::find_strata<View<Word, void>, Hash, Same, Word>,                                     \
        &ISA::contains_strata<View<Word, void>, Hash, Same, Word>,                             \
        &ISA::get_strata<View<Word, std::uint32_t>, Hash, Same, Word, std::uint32_t>,          \
        &ISA::get_strata<View<Word, std::uint64_t>, Hash, Same, Word, std::uint64_t>,          \
        &ISA::insert_strata_array<View<Word, void>, Hash, Same, Word, std::uint32_t>,          \
        &ISA::insert_strata_array<View<Word, std::uint32_t>, Hash, Same, Word, std::uint32_t>, \
        &ISA::insert_strata_array<View<Word, std::uint64_t>, Hash, Same, Word, std::uint64_t>, \
  }

template <class Word>
StrataKernels<Word> chosen() {
  using Hash = StrataWordHash<Word>;
  using Same = typename StrataKernels<Word>::Same;
  return WAYSEER_HASHING_CHOSEN(WAYSEER_STRATA_KERNELS);
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

template <class Word, class Value, class Stored>
detail::StrataInserted insert_strata_words(const detail::StrataView<Word, Value>& view,
                                           const ChosenStrataHash& hash, std::span<const Word> keys,
                                           const Stored* values, std::int64_t* slots, duplicates policy,
                                           std::size_t& size, std::size_t capacity) {
  const typename StrataKernels<Word>::Same same{};
  if (!hash.hash.fast())
    return WAYSEER_HASHING_NATIVE::insert_strata_array(view, hash, same, keys, values, slots, policy, size,
                                                       capacity);
  const auto& kernels = strata_kernels<Word>();
  const auto insert = [&] {
    if constexpr (std::is_void_v<Value>)
      return kernels.insert;
    else if constexpr (sizeof(Value) == 4)
      return kernels.insert32;
    else
      return kernels.insert64;
  }();
  return insert(view, fast_hash<Word>(hash), same, keys, values, slots, policy, size, capacity);
}

#define WAYSEER_STRATA_INSERT(Word, Value, Stored)                                                           \
  template detail::StrataInserted insert_strata_words(                                                       \
      const detail::StrataView<Word, Value>&, const ChosenStrataHash&, std::span<const Word>, const Stored*, \
      std::int64_t*, duplicates, std::size_t&, std::size_t)
#define WAYSEER_STRATA_WORDS(Word)                                                                        \
  template void find_strata_words(const detail::StrataView<Word, void>&, const ChosenStrataHash&,         \
                                  std::span<const Word>, std::int64_t*);                                  \
  template void contains_strata_words(const detail::StrataView<Word, void>&, const ChosenStrataHash&,     \
                                      std::span<const Word>, bool*);                                      \
  template void get_strata_words(const detail::StrataView<Word, std::uint32_t>&, const ChosenStrataHash&, \
                                 std::span<const Word>, std::uint32_t, std::uint32_t*, bool*);            \
  template void get_strata_words(const detail::StrataView<Word, std::uint64_t>&, const ChosenStrataHash&, \
                                 std::span<const Word>, std::uint64_t, std::uint64_t*, bool*);            \
  WAYSEER_STRATA_INSERT(Word, void, std::uint32_t);                                                       \
  WAYSEER_STRATA_INSERT(Word, std::uint32_t, std::uint32_t);                                              \
  WAYSEER_STRATA_INSERT(Word, std::uint64_t, std::uint64_t)
WAYSEER_STRATA_WORDS(std::uint32_t);
WAYSEER_STRATA_WORDS(std::uint64_t);
#undef WAYSEER_STRATA_WORDS
#undef WAYSEER_STRATA_INSERT

}  // namespace wayseer::hashing
