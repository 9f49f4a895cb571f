#include "CPeak.h"

typedef float f8 __attribute__((vector_size(32), aligned(4)));

#define BODY                                                                                 \
  f8 sum[16] = {0};                                                                          \
  for (size_t i = 0; i + 128 <= count; i += 128) {                                           \
    _Pragma("unroll") for (size_t lane = 0; lane < 16; lane++) {                             \
      if (lane % 2 == 0) __builtin_prefetch(values + i + 8 * lane + CP_AHEAD);               \
      sum[lane] += *(const f8 *)(values + i + 8 * lane);                                     \
    }                                                                                        \
  }                                                                                          \
  for (int lane = 1; lane < 16; lane++) sum[0] += sum[lane];                                 \
  return ((sum[0][0] + sum[0][1]) + (sum[0][2] + sum[0][3])) +                               \
         ((sum[0][4] + sum[0][5]) + (sum[0][6] + sum[0][7]));

// Floats that are fetched before they are read.
enum { CP_AHEAD = 1024 };

#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) static float wide(const float *values, size_t count) { BODY }
#endif

static float plain(const float *values, size_t count) { BODY }

float cp_read(const float *values, size_t count) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return wide(values, count);
#endif
  return plain(values, count);
}
