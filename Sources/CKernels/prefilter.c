#include "CKernels.h"

// Bounds of scores from vectors of bytes, 16 candidates to a panel. Sums are whole numbers, and the few steps behind
// them the same fused multiply-adds in all variants.

enum { PANEL = 16, AHEAD = 8192 };

static inline float bound(const ck_byte_query *query, int32_t sum, float error, float scale) {
  float slack = __builtin_fmaf(error, query->norm, query->slack);
  return __builtin_fmaf(scale, __builtin_fmaf(query->step, (float)sum, slack), query->least);
}

static size_t scan_portable(const ck_byte_query *query, const uint8_t *codes, size_t n, const float *scales,
                            const float *errors, float threshold, uint32_t first, uint32_t *places) {
  size_t found = 0;
  for (size_t j = 0; j < n; j += PANEL, codes += 2 * PANEL * query->pairs) {
    int32_t sums[PANEL] = {0};
    for (size_t i = 0; i < query->pairs; i++) {
      int32_t even = query->values[2 * i], odd = query->values[2 * i + 1];
      const int8_t *pair = (const int8_t *)codes + 2 * PANEL * i;
      for (size_t lane = 0; lane < PANEL; lane++) sums[lane] += even * pair[2 * lane] + odd * pair[2 * lane + 1];
    }
    for (size_t lane = 0; lane < PANEL && j + lane < n; lane++) {
      places[found] = first + (uint32_t)(j + lane);
      found += bound(query, sums[lane], errors[j / PANEL], scales[j + lane]) > threshold;
    }
  }
  return found;
}

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#define AVX2 __attribute__((target("avx2,fma"), always_inline)) static inline

// A bit for each of eight candidates whose bound is above the level.
AVX2 uint32_t above(const ck_byte_query *query, __m256i sums, __m256 slack, const float *scales, __m256 level) {
  __m256 inner = _mm256_fmadd_ps(_mm256_set1_ps(query->step), _mm256_cvtepi32_ps(sums), slack);
  __m256 bounds = _mm256_fmadd_ps(_mm256_loadu_ps(scales), inner, _mm256_set1_ps(query->least));
  return (uint32_t)_mm256_movemask_ps(_mm256_cmp_ps(bounds, level, _CMP_GT_OQ));
}

// Some panels at once, so that their sums do not wait for each other.
AVX2 uint64_t scan_panels(int panels, const ck_byte_query *query, const uint8_t *codes, const float *scales,
                          const float *errors, __m256 level) {
  __m256i low[4], high[4];
  for (int p = 0; p < panels; p++) low[p] = high[p] = _mm256_setzero_si256();
  size_t size = 2 * PANEL * query->pairs;
  for (size_t i = 0; i < query->pairs; i++) {
    int32_t pair;
    memcpy(&pair, query->values + 2 * i, sizeof pair);
    __m256i x = _mm256_set1_epi32(pair);
#pragma unroll
    for (int p = 0; p < panels; p++) {
      const uint8_t *c = codes + (size_t)p * size + 2 * PANEL * i;
      // What comes after these panels is on its way, in the order of memory; beyond the end is harmless.
      if (p % 2 == 0) __builtin_prefetch(codes + 2 * PANEL * (i * (size_t)panels + (size_t)p) + AHEAD);
      __m256i a = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)c));
      __m256i b = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(c + PANEL)));
      low[p] = _mm256_add_epi32(low[p], _mm256_madd_epi16(a, x));
      high[p] = _mm256_add_epi32(high[p], _mm256_madd_epi16(b, x));
    }
  }
  uint64_t mask = 0;
#pragma unroll
  for (int p = 0; p < panels; p++) {
    __builtin_prefetch((const char *)(scales + PANEL * p) + AHEAD / 8);
    __m256 slack = _mm256_set1_ps(__builtin_fmaf(errors[p], query->norm, query->slack));
    uint64_t pair = above(query, low[p], slack, scales + PANEL * p, level) |
                    above(query, high[p], slack, scales + PANEL * p + 8, level) << 8;
    mask |= pair << (PANEL * p);
  }
  return mask;
}

__attribute__((target("avx2,fma"))) static size_t scan_avx2(const ck_byte_query *query, const uint8_t *codes, size_t n,
                                                            const float *scales, const float *errors, float threshold,
                                                            uint32_t first, uint32_t *places) {
  __m256 level = _mm256_set1_ps(threshold);
  size_t found = 0, size = 2 * PANEL * query->pairs, j = 0;
  while (j < n) {
    const uint8_t *c = codes + j / PANEL * size;
    const float *e = errors + j / PANEL;
    size_t width = j + 4 * PANEL <= n ? 4 * PANEL : PANEL;
    uint64_t mask = width == 4 * PANEL ? scan_panels(4, query, c, scales + j, e, level)
                                       : scan_panels(1, query, c, scales + j, e, level);
    if (n - j < PANEL) mask &= ((uint64_t)1 << (n - j)) - 1;
    for (; mask; mask &= mask - 1) places[found++] = first + (uint32_t)(j + (size_t)__builtin_ctzll(mask));
    j += width;
  }
  return found;
}
#endif

size_t ck_scan_bytes(ck_variant variant, const ck_byte_query *query, const uint8_t *codes, size_t n,
                     const float *scales, const float *errors, float threshold, uint32_t first, uint32_t *places) {
#if defined(__x86_64__)
  if (variant != CK_PORTABLE) return scan_avx2(query, codes, n, scales, errors, threshold, first, places);
#endif
  return scan_portable(query, codes, n, scales, errors, threshold, first, places);
}
