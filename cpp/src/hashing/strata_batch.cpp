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

}  // namespace wayseer::hashing
