#include "CKernels.h"
#include "ranked_key.h"

// Scores of centroids kept in bytes, and bounds of what lies around them. Sums are whole numbers, and the two steps
// behind them the same in all variants.

enum { PANEL = 16 };

static size_t bound_portable(const ck_byte_centroids *centroids, const ck_centroid_query *query, const uint32_t *list,
                             size_t n, float *scores, float *bounds, uint64_t *keys) {
  size_t found = 0;
  for (size_t p = 0; p < n; p++) {
    const int8_t *codes = (const int8_t *)centroids->codes + (size_t)list[p] * 2 * PANEL * query->pairs;
    int32_t sums[PANEL] = {0};
    for (size_t i = 0; i < query->pairs; i++, codes += 2 * PANEL) {
      int32_t even = query->values[2 * i], odd = query->values[2 * i + 1];
      for (size_t lane = 0; lane < PANEL; lane++) sums[lane] += even * codes[2 * lane] + odd * codes[2 * lane + 1];
    }
    for (size_t lane = 0; lane < PANEL; lane++) {
      size_t leaf = (size_t)list[p] * PANEL + lane;
      scores[leaf] = (float)sums[lane] * query->step * centroids->scales[leaf];
      bounds[leaf] = __builtin_fmaf(query->reach, centroids->spreads[leaf], scores[leaf]);
      if (bounds[leaf] > query->threshold) keys[found++] = ranked_key(bounds[leaf], (uint32_t)leaf);
    }
  }
  return found;
}

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#define AVX2 __attribute__((target("avx2,fma"), always_inline)) static inline

// Eight scores and bounds; a bit for each bound above the threshold.
AVX2 uint32_t finish(const ck_byte_centroids *centroids, const ck_centroid_query *query, __m256i sums, size_t first,
                     float *scores, float *bounds) {
  __m256 score = _mm256_mul_ps(_mm256_mul_ps(_mm256_cvtepi32_ps(sums), _mm256_set1_ps(query->step)),
                               _mm256_loadu_ps(centroids->scales + first));
  __m256 bound = _mm256_fmadd_ps(_mm256_set1_ps(query->reach), _mm256_loadu_ps(centroids->spreads + first), score);
  _mm256_storeu_ps(scores + first, score);
  _mm256_storeu_ps(bounds + first, bound);
  return (uint32_t)_mm256_movemask_ps(_mm256_cmp_ps(bound, _mm256_set1_ps(query->threshold), _CMP_GT_OQ));
}

AVX2 size_t bound_some(int panels, const ck_byte_centroids *centroids, const ck_centroid_query *query,
                       const uint32_t *list, float *scores, float *bounds, uint64_t *keys) {
  __m256i low[4], high[4];
  const uint8_t *codes[4];
  for (int p = 0; p < panels; p++) {
    low[p] = high[p] = _mm256_setzero_si256();
    codes[p] = centroids->codes + (size_t)list[p] * 2 * PANEL * query->pairs;
  }
  for (size_t i = 0; i < query->pairs; i++) {
    int32_t pair;
    memcpy(&pair, query->values + 2 * i, sizeof pair);
    __m256i x = _mm256_set1_epi32(pair);
#pragma unroll
    for (int p = 0; p < panels; p++) {
      const uint8_t *c = codes[p] + 2 * PANEL * i;
      __m256i a = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)c));
      __m256i b = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(c + PANEL)));
      low[p] = _mm256_add_epi32(low[p], _mm256_madd_epi16(a, x));
      high[p] = _mm256_add_epi32(high[p], _mm256_madd_epi16(b, x));
    }
  }
  size_t found = 0;
#pragma unroll
  for (int p = 0; p < panels; p++) {
    size_t first = (size_t)list[p] * PANEL;
    uint32_t mask = finish(centroids, query, low[p], first, scores, bounds) |
                    finish(centroids, query, high[p], first + 8, scores, bounds) << 8;
    for (; mask; mask &= mask - 1) {
      size_t leaf = first + (size_t)__builtin_ctz(mask);
      keys[found++] = ranked_key(bounds[leaf], (uint32_t)leaf);
    }
  }
  return found;
}

__attribute__((target("avx2,fma"))) static size_t bound_avx2(const ck_byte_centroids *centroids,
                                                             const ck_centroid_query *query, const uint32_t *list,
                                                             size_t n, float *scores, float *bounds, uint64_t *keys) {
  size_t found = 0, p = 0;
  for (; p + 4 <= n; p += 4) {
    // Panels lie anywhere: the next ones are on their way while these are summed.
    for (size_t i = p + 4; i < p + 8 && i < n; i++) {
      const uint8_t *next = centroids->codes + (size_t)list[i] * 2 * PANEL * query->pairs;
      for (size_t j = 0; j < 2 * PANEL * query->pairs && j < 1024; j += 64) __builtin_prefetch(next + j);
    }
    found += bound_some(4, centroids, query, list + p, scores, bounds, keys + found);
  }
  for (; p < n; p++) found += bound_some(1, centroids, query, list + p, scores, bounds, keys + found);
  return found;
}
#endif

size_t ck_bound_centroids(ck_variant variant, const ck_byte_centroids *centroids, const ck_centroid_query *query,
                          const uint32_t *list, size_t n, float *scores, float *bounds, uint64_t *keys) {
#if defined(__x86_64__)
  if (variant != CK_PORTABLE) return bound_avx2(centroids, query, list, n, scores, bounds, keys);
#endif
  return bound_portable(centroids, query, list, n, scores, bounds, keys);
}
