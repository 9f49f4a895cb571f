#include "variants.h"

ck_variant ck_best_variant(void) {
#if defined(__x86_64__)
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return CK_PORTABLE;
  int wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
             __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  return wide ? CK_AVX512 : CK_AVX2;
#else
  return CK_PORTABLE;
#endif
}

// WIDE has a form of its own for AVX-512; elsewhere that is AVX2's.
#if defined(__x86_64__)
#define GIVE(kernel, ...) \
  return variant == CK_PORTABLE ? ck_##kernel##_portable(__VA_ARGS__) : ck_##kernel##_avx2(__VA_ARGS__)
#define GIVE_WIDE(kernel, ...) \
  if (variant == CK_AVX512) return ck_##kernel##_avx512(__VA_ARGS__); \
  GIVE(kernel, __VA_ARGS__)
#else
#define GIVE(kernel, ...) return ck_##kernel##_portable(__VA_ARGS__)
#define GIVE_WIDE(kernel, ...) GIVE(kernel, __VA_ARGS__)
#endif

void ck_multiply(ck_variant variant, ck_matrix a, ck_matrix b, ck_target c, size_t m, size_t n, size_t k,
                 int accumulate) {
  GIVE_WIDE(multiply, a, b, c, m, n, k, accumulate);
}

void ck_multiply_transposed(ck_variant variant, ck_matrix a, ck_matrix b, ck_target c, size_t m, size_t n, size_t k,
                            int accumulate) {
  GIVE_WIDE(multiply_transposed, a, b, c, m, n, k, accumulate);
}

void ck_raise_maxima(ck_variant variant, ck_matrix scores, size_t m, size_t n, const float *bias, float *maximum) {
  GIVE_WIDE(raise_maxima, scores, m, n, bias, maximum);
}

void ck_add_exponentials(ck_variant variant, ck_target scores, size_t m, size_t n, const float *bias,
                         const float *levels, float *sums) {
  GIVE_WIDE(add_exponentials, scores, m, n, bias, levels, sums);
}

void ck_copy_block(ck_variant variant, const float *source, size_t stride, float *target, size_t target_stride,
                   size_t m, size_t n) {
  GIVE(copy_block, source, stride, target, target_stride, m, n);
}

void ck_softmax_tile(ck_variant variant, float *scores, size_t stride, size_t m, size_t n, const float *bias,
                     float *maximum, float *sum, float *rescale) {
  GIVE_WIDE(softmax_tile, scores, stride, m, n, bias, maximum, sum, rescale);
}

void ck_scale(ck_variant variant, float *y, size_t n, float factor) { GIVE(scale, y, n, factor); }

void ck_add_scaled(ck_variant variant, float *y, const float *x, size_t n, float factor) {
  GIVE(add_scaled, y, x, n, factor);
}

void ck_adagrad(ck_variant variant, float *row, float *accumulator, const float *gradient, size_t n, float rate,
                float epsilon) {
  GIVE(adagrad, row, accumulator, gradient, n, rate, epsilon);
}

void ck_adam(ck_variant variant, float *row, float *mean, float *square, const float *gradient, size_t n, float rate,
             float gain, float square_gain, float epsilon) {
  GIVE(adam, row, mean, square, gradient, n, rate, gain, square_gain, epsilon);
}

float ck_dot(ck_variant variant, const float *x, const float *y, size_t n) { GIVE(dot, x, y, n); }

void ck_count_above(ck_variant variant, const float *scores, size_t n, float threshold, size_t *greater,
                    size_t *equal) {
  GIVE(count_above, scores, n, threshold, greater, equal);
}

void ck_fold_maxima(ck_variant variant, const float *scores, size_t n, float *maxima, size_t groups) {
  GIVE_WIDE(fold_maxima, scores, n, maxima, groups);
}

size_t ck_keys_above(ck_variant variant, const float *scores, size_t n, float threshold, uint32_t first, uint64_t *keys,
                     size_t *equal) {
  GIVE_WIDE(keys_above, scores, n, threshold, first, keys, equal);
}

void ck_scan_panels(ck_variant variant, const float *queries, size_t stride, size_t m, const float *panels,
                    size_t columns, size_t n, uint32_t first, const float *thresholds, uint64_t *const *keys,
                    size_t *found) {
  GIVE(scan_panels, queries, stride, m, panels, columns, n, first, thresholds, keys, found);
}

void ck_score_places(ck_variant variant, const float *query, size_t columns, const float *panels,
                     const uint32_t *places, size_t n, float *scores) {
  GIVE(score_places, query, columns, panels, places, n, scores);
}

void ck_exp(ck_variant variant, float *values, size_t n) { GIVE_WIDE(exp, values, n); }

void ck_gather_columns(ck_variant variant, const float *table, size_t stride, const int32_t *list, size_t n,
                       const float *factors, const float *scales, size_t columns, float *target,
                       size_t target_stride) {
  GIVE(gather_columns, table, stride, list, n, factors, scales, columns, target, target_stride);
}

void ck_sum_rows(ck_variant variant, const float *table, size_t stride, const int32_t *list, size_t n,
                 const float *factors, size_t columns, float *sum) {
  GIVE(sum_rows, table, stride, list, n, factors, columns, sum);
}

void ck_square_columns(ck_variant variant, const float *t, size_t stride, size_t columns, size_t n, float *square,
                       size_t square_stride) {
  GIVE(square_columns, t, stride, columns, n, square, square_stride);
}

#define LINEAR(KERNEL, REAL)                                                                                      \
  void ck_add_transposed##KERNEL(ck_variant variant, const REAL *a, size_t lda, const REAL *b, size_t ldb, REAL *c, \
                                 size_t ldc, size_t m, size_t n, size_t k, int subtract) {                        \
    GIVE(add_transposed##KERNEL, a, lda, b, ldb, c, ldc, m, n, k, subtract);                                      \
  }                                                                                                               \
  size_t ck_cholesky##KERNEL(ck_variant variant, REAL *a, size_t lda, size_t n) {                                 \
    GIVE(cholesky##KERNEL, a, lda, n);                                                                           \
  }                                                                                                               \
  void ck_solve_cholesky##KERNEL(ck_variant variant, const REAL *r, size_t ldr, size_t n, REAL *b) {              \
    GIVE(solve_cholesky##KERNEL, r, ldr, n, b);                                                                   \
  }                                                                                                               \
  void ck_invert_triangle##KERNEL(ck_variant variant, const REAL *r, size_t ldr, REAL *t, size_t ldt, size_t n) { \
    GIVE(invert_triangle##KERNEL, r, ldr, t, ldt, n);                                                             \
  }

LINEAR(, float)
LINEAR(_double, double)

double ck_dot_double(ck_variant variant, const double *x, const double *y, size_t n) { GIVE(dot_double, x, y, n); }

void ck_rotate_double(ck_variant variant, double *x, double *y, size_t n, double cosine, double sine) {
  GIVE(rotate_double, x, y, n, cosine, sine);
}

void ck_best_columns(ck_variant variant, const float *scores, size_t stride, size_t m, size_t n, const float *bias,
                     int32_t first, float *best, int32_t *column) {
  GIVE(best_columns, scores, stride, m, n, bias, first, best, column);
}

void ck_encode(ck_variant variant, const float *residual, const float *direction, float weight,
               const float *codebooks, const uint32_t *starts, size_t subspaces, float *room, uint8_t *codes) {
  GIVE(encode, residual, direction, weight, codebooks, starts, subspaces, room, codes);
}

void ck_lookup_table(ck_variant variant, const float *query, const float *codebooks, const uint32_t *starts,
                     size_t subspaces, float greatest, float *room, uint8_t *entries, float *base, float *step) {
  GIVE(lookup_table, query, codebooks, starts, subspaces, greatest, room, entries, base, step);
}

void ck_score_rows(ck_variant variant, const float *query, size_t columns, const float *rows, size_t stride,
                   const uint32_t *places, size_t n, float *scores) {
  GIVE(score_rows, query, columns, rows, stride, places, n, scores);
}

size_t ck_bound_panels(ck_variant variant, const float *query, size_t columns, const float *panels,
                       const uint32_t *list, size_t n, const float *spreads, float reach, float threshold,
                       float *scores, float *bounds, uint64_t *keys) {
  GIVE(bound_panels, query, columns, panels, list, n, spreads, reach, threshold, scores, bounds, keys);
}
