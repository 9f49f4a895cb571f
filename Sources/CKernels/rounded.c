// Numbers of 16 bits (IEEE 754 binary16) and of 8 with a scale a row: rounding to them, and scores of rows of them.

#include <string.h>

#include "CKernels.h"

typedef float f8 __attribute__((vector_size(32), aligned(4)));
typedef uint32_t u8 __attribute__((vector_size(32), aligned(4)));
typedef uint16_t h8 __attribute__((vector_size(16), aligned(2)));
typedef int8_t c8 __attribute__((vector_size(8), aligned(1)));

#define INLINE static inline __attribute__((always_inline))

// Sign apart, exponent and fraction stand where a float of 2^-112 times the value has them; the product is exact,
// also for numbers below the normal ones. Numbers are finite.
INLINE float widen(uint16_t half) {
  uint32_t bits = (uint32_t)(half & 0x7fff) << 13, sign = (uint32_t)(half & 0x8000) << 16;
  float value;
  memcpy(&value, &bits, 4);
  value *= 0x1p112f;
  memcpy(&bits, &value, 4);
  bits |= sign;
  memcpy(&value, &bits, 4);
  return value;
}

// To the nearest, of two to the even one; what is beyond the greatest becomes that.
INLINE uint16_t narrow(float value) {
  uint32_t bits;
  memcpy(&bits, &value, 4);
  uint16_t sign = (uint16_t)(bits >> 16 & 0x8000);
  bits &= 0x7fffffff;
  if (bits >= 0x477ff000) return sign | 0x7bff;
  if (bits < 0x38800000) {
    // Beside a half, a unit in the last place is that of the smallest numbers: the sum rounds.
    float magnitude;
    memcpy(&magnitude, &bits, 4);
    magnitude += 0.5f;
    memcpy(&bits, &magnitude, 4);
    return sign | (uint16_t)(bits - 0x3f000000);
  }
  bits += 0xfff + (bits >> 13 & 1) - (112u << 23);
  return sign | (uint16_t)(bits >> 13);
}

void ck_narrow(const float *values, size_t n, uint16_t *halves) {
  for (size_t i = 0; i < n; i++) halves[i] = narrow(values[i]);
}

void ck_widen(const uint16_t *halves, size_t n, float *values) {
  for (size_t i = 0; i < n; i++) values[i] = widen(halves[i]);
}

#define NAME(x) x##_portable
INLINE f8 NAME(widen8)(const uint16_t *halves) {
  u8 wide = __builtin_convertvector(*(const h8 *)halves, u8);
  f8 value = (f8)((wide & 0x7fff) << 13) * 0x1p112f;
  return (f8)((u8)value | (wide & 0x8000) << 16);
}
#include "rounded.inc"
#undef NAME

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#define NAME(x) x##_avx2
typedef short s8 __attribute__((vector_size(16)));
INLINE f8 NAME(widen8)(const uint16_t *halves) { return (f8)__builtin_ia32_vcvtph2ps256((s8)*(const h8 *)halves); }
#include "rounded.inc"
#undef NAME
#pragma clang attribute pop

static int has_f16c(void) { return __builtin_cpu_supports("f16c"); }
#endif

void ck_score_halves(ck_variant variant, const float *query, size_t columns, const uint16_t *rows,
                     const uint32_t *places, size_t n, float *scores) {
#if defined(__x86_64__)
  if (variant != CK_PORTABLE && has_f16c()) return score_halves_avx2(query, columns, rows, places, n, scores);
#endif
  score_halves_portable(query, columns, rows, places, n, scores);
}

void ck_score_bytes(ck_variant variant, const float *query, size_t columns, const int8_t *rows, const float *scales,
                    const uint32_t *places, size_t n, float *scores) {
#if defined(__x86_64__)
  if (variant != CK_PORTABLE && has_f16c()) return score_bytes_avx2(query, columns, rows, places, n, scores, scales);
#endif
  score_bytes_portable(query, columns, rows, places, n, scores, scales);
}
