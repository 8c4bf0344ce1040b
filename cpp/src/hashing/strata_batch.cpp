#include "wayseer/hashing/strata_batch.hpp"

#include <string_view>

#include "wayseer/hashing/batch.hpp"
#include "wayseer/hashing/strata_map.hpp"

// As in batch.cpp: the same files again, in other namespaces and for other processors. compare.inl of the
// scalar and native paths comes with simd.hpp or here.
#if WAYSEER_HASHING_NATIVE_LEVEL != 0
#define WAYSEER_HASHING_ISA scalar
#define WAYSEER_HASHING_LEVEL 0
#include "wayseer/hashing/detail/compare.inl"
#include "wayseer/hashing/detail/strata_kernels.inl"
#undef WAYSEER_HASHING_ISA
#undef WAYSEER_HASHING_LEVEL
#endif

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#ifndef __AVX2__
#define WAYSEER_STRATA_AVX2
#pragma GCC push_options
#pragma GCC target("avx2,bmi,bmi2")
#define WAYSEER_HASHING_ISA avx2
#define WAYSEER_HASHING_LEVEL 2
#include "wayseer/hashing/detail/compare.inl"
#include "wayseer/hashing/detail/strata_kernels.inl"
#undef WAYSEER_HASHING_ISA
#undef WAYSEER_HASHING_LEVEL
#pragma GCC pop_options
#endif
#ifndef __AVX512BW__
#define WAYSEER_STRATA_AVX512
#pragma GCC push_options
#pragma GCC target("avx2,bmi,bmi2,avx512f,avx512bw,avx512vl,avx512dq,prefer-vector-width=256")
#define WAYSEER_HASHING_ISA avx512
#define WAYSEER_HASHING_LEVEL 3
#include "wayseer/hashing/detail/compare.inl"
#include "wayseer/hashing/detail/strata_kernels.inl"
#undef WAYSEER_HASHING_ISA
#undef WAYSEER_HASHING_LEVEL
#pragma GCC pop_options
#endif
#endif

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
#ifdef WAYSEER_STRATA_AVX512
  if (path == "avx512") return WAYSEER_STRATA_KERNELS(avx512);
#endif
#ifdef WAYSEER_STRATA_AVX2
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

}  // namespace wayseer::hashing
