// Compiles the kernels file WAYSEER_HASHING_KERNELS once more for each instruction set that is chosen at run
// time, in a namespace of its name. What the kernels call outside is either inlined or compiled for the
// baseline. WAYSEER_HASHING_CHOSEN(MAKE) is MAKE(ISA) of the copy that batch_path() names, made anew each time.
// The copy for the instruction set of this file comes from a header, or from native_isa.inl.
#if WAYSEER_HASHING_NATIVE_LEVEL != 0
#define WAYSEER_HASHING_ISA scalar
#define WAYSEER_HASHING_LEVEL 0
#include "wayseer/hashing/detail/compare.inl"
#include WAYSEER_HASHING_KERNELS
#undef WAYSEER_HASHING_ISA
#undef WAYSEER_HASHING_LEVEL
#endif

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#ifndef __AVX2__
#define WAYSEER_HASHING_IF_AVX2(code) code
#pragma GCC push_options
#pragma GCC target("avx2,bmi,bmi2")
#define WAYSEER_HASHING_ISA avx2
#define WAYSEER_HASHING_LEVEL 2
#include "wayseer/hashing/detail/compare.inl"
#include WAYSEER_HASHING_KERNELS
#undef WAYSEER_HASHING_ISA
#undef WAYSEER_HASHING_LEVEL
#pragma GCC pop_options
#endif
#ifndef __AVX512BW__
#define WAYSEER_HASHING_IF_AVX512(code) code
#pragma GCC push_options
#pragma GCC target("avx2,bmi,bmi2,avx512f,avx512bw,avx512vl,avx512dq,prefer-vector-width=256")
#define WAYSEER_HASHING_ISA avx512
#define WAYSEER_HASHING_LEVEL 3
#include "wayseer/hashing/detail/compare.inl"
#include WAYSEER_HASHING_KERNELS
#undef WAYSEER_HASHING_ISA
#undef WAYSEER_HASHING_LEVEL
#pragma GCC pop_options
#endif
#endif

#ifndef WAYSEER_HASHING_IF_AVX2
#define WAYSEER_HASHING_IF_AVX2(code)
#endif
#ifndef WAYSEER_HASHING_IF_AVX512
#define WAYSEER_HASHING_IF_AVX512(code)
#endif
#define WAYSEER_HASHING_CHOSEN(MAKE)                                    \
  [] {                                                                  \
    const std::string_view path = batch_path();                         \
    WAYSEER_HASHING_IF_AVX512(if (path == "avx512") return MAKE(avx512);) \
    WAYSEER_HASHING_IF_AVX2(if (path == "avx2") return MAKE(avx2);)     \
    if (path == "scalar") return MAKE(scalar);                          \
    return MAKE(WAYSEER_HASHING_NATIVE);                                \
  }()
