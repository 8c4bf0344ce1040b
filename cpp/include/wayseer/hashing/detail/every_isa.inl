// Compiles the kernels file WAYSEER_HASHING_KERNELS once more for each instruction set that is chosen at run
// time, in a namespace of its name. Defines WAYSEER_HASHING_HAS_AVX2 and _AVX512 where there is such a copy.
// What the kernels call outside is either inlined or compiled for the baseline.
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
#define WAYSEER_HASHING_HAS_AVX2
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
#define WAYSEER_HASHING_HAS_AVX512
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
