#include "CPeak.h"

typedef float f8 __attribute__((vector_size(32)));
typedef float f16 __attribute__((vector_size(64)));

#define BODY(VECTOR)                                                                                \
  VECTOR sum[12], x = (VECTOR){0} + 0.5f, y = x;                                                    \
  for (int lane = 0; lane < 12; lane++) sum[lane] = x * (float)lane;                                \
  for (size_t round = 0; round < rounds; round++) {                                                 \
    _Pragma("unroll") for (int lane = 0; lane < 12; lane++)                                         \
      sum[lane] = __builtin_elementwise_fma(sum[lane], x, y);                                       \
    __asm__ volatile("" : : : "memory");                                                            \
  }                                                                                                 \
  for (int lane = 1; lane < 12; lane++) sum[0] += sum[lane];                                        \
  return sum[0][0];

#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) static float wide(size_t rounds) { BODY(f8) }

// Half the rounds are as many operations.
__attribute__((target("avx512f"))) static float widest(size_t rounds) { BODY(f16) }
#endif

static float plain(size_t rounds) { BODY(f8) }

float cp_multiply_add(size_t rounds) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return widest(rounds / 2);
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return wide(rounds);
#endif
  return plain(rounds);
}
