#include "CKernels.h"
#include "ranked_key.h"

// Product-quantised scores by table look-ups, 32 candidates at a time, as in ScaNN and FAISS' fast scan (André et al.,
// "Cache locality is not enough", VLDB 2015). Whole numbers only, so all variants agree by nature.

// What the candidates of a block that reach the threshold are written with.
typedef struct {
  float base, step;
  uint32_t first;
  const uint32_t *numbers;
  const uint64_t *allowed;
  size_t bits;
} listing;

static inline size_t emit(uint32_t mask, const uint16_t *sums, uint32_t block, const listing *list, uint64_t *keys) {
  size_t count = 0;
  while (mask) {
    uint32_t j = (uint32_t)__builtin_ctz(mask);
    uint32_t place = list->first + 32 * block + j;
    mask &= mask - 1;
    if (list->allowed) {
      uint32_t number = list->numbers[place];
      if (number >= list->bits || !(list->allowed[number / 64] >> (number % 64) & 1)) continue;
    }
    keys[count++] = ranked_key(list->base + (float)sums[j] * list->step, place);
  }
  return count;
}

static inline uint32_t present(size_t candidates, size_t block) {
  size_t left = candidates - 32 * block;
  return left >= 32 ? 0xffffffffu : (1u << left) - 1;
}

static size_t scan_portable(const uint8_t *codes, size_t candidates, size_t subspaces, const uint8_t *tables,
                            uint16_t threshold, const listing *list, uint64_t *keys) {
  size_t found = 0;
  for (size_t block = 0; 32 * block < candidates; block++) {
    uint16_t total[32] = {0};
    for (size_t s = 0; s < subspaces; s++, codes += 16) {
      for (size_t j = 0; j < 16; j++) {
        total[j] += tables[16 * s + (codes[j] & 15)];
        total[j + 16] += tables[16 * s + (codes[j] >> 4)];
      }
    }
    uint32_t mask = 0;
    for (uint32_t j = 0; j < 32; j++) mask |= (uint32_t)(total[j] >= threshold) << j;
    mask &= present(candidates, block);
    found += emit(mask, total, (uint32_t)block, list, keys + found);
  }
  return found;
}

#if defined(__x86_64__)
#include <immintrin.h>

__attribute__((target("avx2"))) static size_t scan_avx2(const uint8_t *codes, size_t candidates, size_t subspaces,
                                                        const uint8_t *tables, uint16_t threshold,
                                                        const listing *list, uint64_t *keys) {
  const __m256i low = _mm256_set1_epi8(15);
  const __m128i level = _mm_set1_epi16((short)threshold);
  size_t found = 0;
  for (size_t block = 0; 32 * block < candidates; block++) {
    // Sums of even bytes with those of odd ones 256 times above them, and of odd bytes alone.
    __m256i a = _mm256_setzero_si256(), b = a, c = a, d = a;
    for (size_t s = 0; s < subspaces; s += 2, codes += 32) {
      __m256i pair = _mm256_loadu_si256((const __m256i *)codes);
      __m256i table = _mm256_loadu_si256((const __m256i *)(tables + 16 * s));
      __m256i first = _mm256_shuffle_epi8(table, _mm256_and_si256(pair, low));
      __m256i second = _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(pair, 4), low));
      a = _mm256_add_epi16(a, first);
      b = _mm256_add_epi16(b, _mm256_srli_epi16(first, 8));
      c = _mm256_add_epi16(c, second);
      d = _mm256_add_epi16(d, _mm256_srli_epi16(second, 8));
    }
    a = _mm256_sub_epi16(a, _mm256_slli_epi16(b, 8));
    c = _mm256_sub_epi16(c, _mm256_slli_epi16(d, 8));
    __m128i even = _mm_add_epi16(_mm256_castsi256_si128(a), _mm256_extracti128_si256(a, 1));
    __m128i odd = _mm_add_epi16(_mm256_castsi256_si128(b), _mm256_extracti128_si256(b, 1));
    __m128i even2 = _mm_add_epi16(_mm256_castsi256_si128(c), _mm256_extracti128_si256(c, 1));
    __m128i odd2 = _mm_add_epi16(_mm256_castsi256_si128(d), _mm256_extracti128_si256(d, 1));
    __m128i t0 = _mm_unpacklo_epi16(even, odd), t1 = _mm_unpackhi_epi16(even, odd);
    __m128i t2 = _mm_unpacklo_epi16(even2, odd2), t3 = _mm_unpackhi_epi16(even2, odd2);
    __m128i m0 = _mm_packs_epi16(_mm_cmpeq_epi16(_mm_max_epu16(t0, level), t0),
                                 _mm_cmpeq_epi16(_mm_max_epu16(t1, level), t1));
    __m128i m1 = _mm_packs_epi16(_mm_cmpeq_epi16(_mm_max_epu16(t2, level), t2),
                                 _mm_cmpeq_epi16(_mm_max_epu16(t3, level), t3));
    uint32_t mask = (uint32_t)_mm_movemask_epi8(m0) | (uint32_t)_mm_movemask_epi8(m1) << 16;
    mask &= present(candidates, block);
    if (!mask) continue;
    uint16_t total[32];
    _mm_storeu_si128((__m128i *)total, t0);
    _mm_storeu_si128((__m128i *)(total + 8), t1);
    _mm_storeu_si128((__m128i *)(total + 16), t2);
    _mm_storeu_si128((__m128i *)(total + 24), t3);
    found += emit(mask, total, (uint32_t)block, list, keys + found);
  }
  return found;
}
#endif

size_t ck_scan_codes(ck_variant variant, const uint8_t *codes, size_t candidates, size_t subspaces,
                     const uint8_t *tables, uint16_t threshold, float base, float step, uint32_t first,
                     const uint32_t *numbers, const uint64_t *allowed, size_t bits, uint64_t *keys) {
  listing list = {base, step, first, numbers, allowed, bits};
#if defined(__x86_64__)
  if (variant != CK_PORTABLE) return scan_avx2(codes, candidates, subspaces, tables, threshold, &list, keys);
#endif
  return scan_portable(codes, candidates, subspaces, tables, threshold, &list, keys);
}

void ck_prune_leaf_scan(ck_leaf_scan *scan) {
  size_t tied;
  if (scan->survivors > scan->kept) {
    scan->threshold = key_score(ck_keep_greatest(scan->keys, scan->survivors, scan->kept, &tied));
    scan->survivors = scan->kept;
  }
  if (scan->survivors > scan->k)
    scan->bar = key_score(ck_keep_greatest(scan->keys, scan->survivors, scan->k, &tied));
}

// The least sum whose score reaches the threshold; 65,536 if none can.
static inline uint32_t least_sum(float threshold, float base, float step) {
  float missing = threshold - base;
  if (!(missing > 0)) return 0;
  float wanted = missing / step;
  return wanted <= 65535.0f ? (uint32_t)__builtin_ceilf(wanted) : 65536;
}

static inline void prefetch(const ck_leaf_scan *scan, size_t leaf) {
  // Leaves lie anywhere, so the processor does not foresee where the next one begins; what follows it does.
  __builtin_prefetch(scan->codes + scan->blocks[leaf] * 16 * scan->subspaces);
}

// How many steps above the lowest a score is.
static inline size_t step(float score, float low, float scale, size_t steps) {
  float above = (score - low) * scale;
  return !(scale > 0) ? 0 : above < (float)steps ? (size_t)above : steps - 1;
}

void ck_order_roughly(const uint64_t *keys, size_t n, float low, uint64_t *ordered) {
  enum { steps = 32 };
  float high = low;
  for (size_t i = 0; i < n; i++) high = key_score(keys[i]) > high ? key_score(keys[i]) : high;
  float scale = (float)steps / (high - low);
  // Where bounds are not finite, or all the same, all are in one step.
  if (!(scale < 3.0e38f)) scale = 0;
  size_t ends[steps + 1] = {0};
  for (size_t i = 0; i < n; i++) ends[steps - step(key_score(keys[i]), low, scale, steps)]++;
  for (size_t i = 1; i <= steps; i++) ends[i] += ends[i - 1];
  for (size_t i = 0; i < n; i++) ordered[ends[steps - 1 - step(key_score(keys[i]), low, scale, steps)]++] = keys[i];
}

size_t ck_exact_keys(const float *scores, const uint32_t *places, const uint32_t *numbers, size_t n,
                     const uint64_t *allowed, uint32_t count, uint64_t *keys) {
  size_t found = 0;
  const size_t ahead = 16;
  for (size_t i = 0; i < n; i++) {
    if (i + ahead < n) __builtin_prefetch(numbers + places[i + ahead]);
    uint32_t number = numbers[places[i]];
    keys[found] = ranked_key(scores[i], number);
    // A damaged file may name candidates that there are not, or others than the scan took; NaN has no order.
    found += number < count && scores[i] == scores[i] && (!allowed || (allowed[number / 64] >> (number % 64) & 1));
  }
  return found;
}

void ck_scan_leaves(ck_variant variant, ck_leaf_scan *scan, const uint64_t *leaves, size_t n) {
  const size_t chunk = CK_LEAF_SCAN_CHUNK, ahead = 3;
  for (size_t i = 0; i < ahead && i < n; i++) prefetch(scan, key_place(leaves[i]));
  for (size_t i = 0; i < n; i++) {
    if (i + ahead < n) prefetch(scan, key_place(leaves[i + ahead]));
    if (scan->survivors >= scan->k) {
      if (scan->probed >= scan->probes) return;
      if (key_score(leaves[i]) < scan->bar) continue;
    }
    size_t leaf = key_place(leaves[i]);
    scan->bounds[leaf] = -__builtin_inff();
    scan->probed++;
    const uint8_t *codes = scan->codes + scan->blocks[leaf] * 16 * scan->subspaces;
    float base = scan->scores[leaf] + scan->base;
    size_t end = scan->starts[leaf + 1];
    for (size_t first = scan->starts[leaf]; first < end; first += chunk, codes += chunk / 2 * scan->subspaces) {
      uint32_t least = least_sum(scan->threshold, base, scan->step);
      if (least > 65535) break;
      size_t count = end - first < chunk ? end - first : chunk;
      scan->scanned += count;
      scan->survivors += ck_scan_codes(variant, codes, count, scan->subspaces, scan->tables, (uint16_t)least, base,
                                       scan->step, (uint32_t)first, scan->numbers, scan->allowed, scan->bits,
                                       scan->keys + scan->survivors);
      if (scan->survivors >= 2 * scan->kept) ck_prune_leaf_scan(scan);
    }
  }
}
