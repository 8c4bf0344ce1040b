// The batched look-ups of strata containers of words, compiled for several instruction sets and chosen when
// first used (batch_path() says which): what the Python module calls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "wayseer/hashing/batch.hpp"
#include "wayseer/hashing/detail/strata_view.hpp"
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
};

// The same look-ups in tables whose hash was chosen at run time.
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

template <class Word>
[[nodiscard]] const StrataKernels<Word>& strata_kernels();
extern template const StrataKernels<std::uint32_t>& strata_kernels();
extern template const StrataKernels<std::uint64_t>& strata_kernels();

}  // namespace wayseer::hashing
