// Which instruction set the headers use: the one this file is compiled for. The batch functions that Python
// calls are compiled for each of them and chosen at run time (every_isa.inl).
//
// compare.inl and the *_kernels.inl files are included once per instruction set, inside a namespace of its
// name, so that code for different processors never shares a symbol.
#pragma once

#if defined(__AVX512BW__) && defined(__AVX512VL__)
#define WAYSEER_HASHING_NATIVE avx512
#define WAYSEER_HASHING_NATIVE_LEVEL 3
#elif defined(__AVX2__)
#define WAYSEER_HASHING_NATIVE avx2
#define WAYSEER_HASHING_NATIVE_LEVEL 2
#elif defined(__SSE2__)
#define WAYSEER_HASHING_NATIVE sse2
#define WAYSEER_HASHING_NATIVE_LEVEL 1
#elif defined(__ARM_NEON) && defined(__aarch64__)
#define WAYSEER_HASHING_NATIVE neon
#define WAYSEER_HASHING_NATIVE_LEVEL 1
#else
#define WAYSEER_HASHING_NATIVE scalar
#define WAYSEER_HASHING_NATIVE_LEVEL 0
#endif

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace wayseer::hashing {

// For batches: into the second-level cache, which can wait for more lines at a time than the first (measured:
// 9 ns a key instead of 23 in a table of 10M).
inline void prefetch_line(const void* p) noexcept { __builtin_prefetch(p, 0, 1); }

}  // namespace wayseer::hashing

#define WAYSEER_HASHING_ISA WAYSEER_HASHING_NATIVE
#define WAYSEER_HASHING_LEVEL WAYSEER_HASHING_NATIVE_LEVEL
#include "wayseer/hashing/detail/compare.inl"
#undef WAYSEER_HASHING_ISA
#undef WAYSEER_HASHING_LEVEL
