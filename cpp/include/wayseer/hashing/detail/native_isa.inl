// Compiles the kernels file WAYSEER_HASHING_KERNELS for the instruction set that this file is compiled for: for
// kernels that no header has.
#define WAYSEER_HASHING_ISA WAYSEER_HASHING_NATIVE
#define WAYSEER_HASHING_LEVEL WAYSEER_HASHING_NATIVE_LEVEL
#include WAYSEER_HASHING_KERNELS
#undef WAYSEER_HASHING_ISA
#undef WAYSEER_HASHING_LEVEL
