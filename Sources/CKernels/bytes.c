#include "CKernels.h"

// Places of bytes in text; all variants give the same ones.

static size_t find_portable(const uint8_t *bytes, size_t n, uint8_t a, uint8_t b, uint8_t c, uint32_t first,
                            uint32_t *places, uint8_t *all) {
  size_t found = 0;
  uint8_t seen = 0;
  for (size_t i = 0; i < n; i++) {
    uint8_t byte = bytes[i];
    seen |= byte;
    places[found] = first + (uint32_t)i;
    found += byte == a || byte == b || byte == c;
  }
  *all = seen;
  return found;
}

#if defined(__x86_64__)
#include <immintrin.h>

__attribute__((target("avx2,bmi,popcnt"))) static size_t find_avx2(const uint8_t *bytes, size_t n, uint8_t a, uint8_t b,
                                                                 uint8_t c, uint32_t first, uint32_t *places,
                                                                 uint8_t *all) {
  __m256i as = _mm256_set1_epi8((char)a), bs = _mm256_set1_epi8((char)b), cs = _mm256_set1_epi8((char)c);
  __m256i seen = _mm256_setzero_si256();
  size_t found = 0, i = 0;
  for (; i + 64 <= n; i += 64) {
    uint64_t mask = 0;
    for (int half = 0; half < 2; half++) {
      __m256i text = _mm256_loadu_si256((const __m256i *)(bytes + i + 32 * half));
      seen = _mm256_or_si256(seen, text);
      __m256i hits = _mm256_or_si256(_mm256_or_si256(_mm256_cmpeq_epi8(text, as), _mm256_cmpeq_epi8(text, bs)),
                                     _mm256_cmpeq_epi8(text, cs));
      mask |= (uint64_t)(uint32_t)_mm256_movemask_epi8(hits) << (32 * half);
    }
    // Eight at a time, some of them in vain: to guess their number costs more (simdjson, arXiv 1902.08318).
    size_t hits = (size_t)__builtin_popcountll(mask);
    for (size_t done = 0; done < hits; done += 8)
      for (int k = 0; k < 8; k++) {
        places[found + done + k] = first + (uint32_t)i + (uint32_t)_tzcnt_u64(mask);
        mask = _blsr_u64(mask);
      }
    found += hits;
  }
  uint8_t lanes[32], rest;
  _mm256_storeu_si256((__m256i *)lanes, seen);
  found += find_portable(bytes + i, n - i, a, b, c, first + (uint32_t)i, places + found, &rest);
  for (int k = 0; k < 32; k++) rest |= lanes[k];
  *all = rest;
  return found;
}
#endif

size_t ck_find_bytes(ck_variant variant, const uint8_t *bytes, size_t n, uint8_t a, uint8_t b, uint8_t c,
                     uint32_t first, uint32_t *places, uint8_t *all) {
#if defined(__x86_64__)
  if (variant != CK_PORTABLE) return find_avx2(bytes, n, a, b, c, first, places, all);
#endif
  return find_portable(bytes, n, a, b, c, first, places, all);
}
