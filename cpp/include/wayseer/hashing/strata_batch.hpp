// The batched look-ups and insertions of strata containers of words, compiled for several instruction sets
// and chosen when first used (batch_path() says which): what the Python module calls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "wayseer/hashing/batch.hpp"
#include "wayseer/hashing/detail/strata_view.hpp"
#include "wayseer/hashing/duplicates.hpp"
#include "wayseer/hashing/hash.hpp"

namespace wayseer::hashing {

template <class Word>
using StrataWordHash = detail::StrataHash<hash<Word>>;

// See detail/strata_kernels.inl for what each does. find and contains read no values.
template <class Word>
struct StrataKernels {
  using Same = detail::StrataEqual<std::equal_to<>>;
  template <class Value>
  using View = detail::StrataView<Word, Value>;

  void (*find)(const View<void>&, const StrataWordHash<Word>&, const Same&, std::span<const Word>,
               std::int64_t* slots);
  void (*contains)(const View<void>&, const StrataWordHash<Word>&, const Same&, std::span<const Word>,
                   bool* present);
  void (*get32)(const View<std::uint32_t>&, const StrataWordHash<Word>&, const Same&, std::span<const Word>,
                const std::uint32_t& missing, std::uint32_t* values, bool* present);
  void (*get64)(const View<std::uint64_t>&, const StrataWordHash<Word>&, const Same&, std::span<const Word>,
                const std::uint64_t& missing, std::uint64_t* values, bool* present);
  template <class Value, class Stored>
  using Insert = detail::StrataInserted (*)(const View<Value>&, const StrataWordHash<Word>&, const Same&,
                                            std::span<const Word>, const Stored* values, std::int64_t* slots,
                                            duplicates, std::size_t& size, std::size_t capacity);
  Insert<void, std::uint32_t> insert;
  Insert<std::uint32_t, std::uint32_t> insert32;
  Insert<std::uint64_t, std::uint64_t> insert64;
};

// The same in tables whose hash was chosen at run time.
using ChosenStrataHash = detail::StrataHash<ChosenHash>;

template <class Word>
void find_strata_words(const detail::StrataView<Word, void>&, const ChosenStrataHash&,
                       std::span<const Word> keys, std::int64_t* slots);
template <class Word>
void contains_strata_words(const detail::StrataView<Word, void>&, const ChosenStrataHash&,
                           std::span<const Word> keys, bool* present);
template <class Word, class Value>
void get_strata_words(const detail::StrataView<Word, Value>&, const ChosenStrataHash&,
                      std::span<const Word> keys, Value missing, Value* values, bool* present);
// What strata_map::insert_with calls. Value: void for sets, whose `values` are not read.
template <class Word, class Value, class Stored>
detail::StrataInserted insert_strata_words(const detail::StrataView<Word, Value>&, const ChosenStrataHash&,
                                           std::span<const Word> keys, const Stored* values,
                                           std::int64_t* slots, duplicates, std::size_t& size,
                                           std::size_t capacity);

template <class Word>
[[nodiscard]] const StrataKernels<Word>& strata_kernels();
extern template const StrataKernels<std::uint32_t>& strata_kernels();
extern template const StrataKernels<std::uint64_t>& strata_kernels();

}  // namespace wayseer::hashing
