#include "ranked_key.h"
#include "variants.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))), apply_to = function)
#define NAME(x) ck_##x##_avx512
#define INLINE static inline __attribute__((always_inline))
#define WIDTH 16

typedef float f8 __attribute__((vector_size(32), aligned(4)));
typedef float floats __attribute__((vector_size(64), aligned(4)));
typedef int32_t ints __attribute__((vector_size(64), aligned(4)));
typedef uint32_t words __attribute__((vector_size(64), aligned(4)));

INLINE floats NAME(splat)(float x) { return (floats){x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x}; }

INLINE f8 NAME(add_eights)(f8 sum, floats v) {
  sum += __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7);
  return sum + __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
}

#include "wide.inc"
#pragma clang attribute pop
#endif
