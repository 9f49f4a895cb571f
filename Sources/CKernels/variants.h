#ifndef TANDEM_KERNEL_VARIANTS_H
#define TANDEM_KERNEL_VARIANTS_H

#include "CKernels.h"

#define CK_DECLARE_LINEAR(V, REAL)                                                                                \
  void ck_add_transposed_##V(const REAL *, size_t, const REAL *, size_t, REAL *, size_t, size_t, size_t, size_t,  \
                             int);                                                                                \
  size_t ck_cholesky_##V(REAL *, size_t, size_t);                                                                 \
  void ck_solve_cholesky_##V(const REAL *, size_t, size_t, REAL *);                                               \
  void ck_invert_triangle_##V(const REAL *, size_t, REAL *, size_t, size_t);

// Kernels on registers as wide as the variant has them (wide.inc); AVX-512 has no others of its own.
#define CK_DECLARE_WIDE(V)                                                                                        \
  void ck_multiply_##V(ck_matrix, ck_matrix, ck_target, size_t, size_t, size_t, int);                             \
  void ck_multiply_transposed_##V(ck_matrix, ck_matrix, ck_target, size_t, size_t, size_t, int);                  \
  void ck_raise_maxima_##V(ck_matrix, size_t, size_t, const float *, float *);                                    \
  void ck_add_exponentials_##V(ck_target, size_t, size_t, const float *, const float *, float *);                 \
  void ck_softmax_tile_##V(float *, size_t, size_t, size_t, const float *, float *, float *, float *);            \
  size_t ck_keys_above_##V(const float *, size_t, float, uint32_t, uint64_t *, size_t *);                          \
  void ck_fold_maxima_##V(const float *, size_t, float *, size_t);                                                \
  void ck_exp_##V(float *, size_t);

#define CK_DECLARE(V)                                                                                             \
  void ck_copy_block_##V(const float *, size_t, float *, size_t, size_t, size_t);                                 \
  void ck_scale_##V(float *, size_t, float);                                                                      \
  void ck_add_scaled_##V(float *, const float *, size_t, float);                                                  \
  void ck_adagrad_##V(float *, float *, const float *, size_t, float, float);                                     \
  float ck_dot_##V(const float *, const float *, size_t);                                                         \
  void ck_adam_##V(float *, float *, float *, const float *, size_t, float, float, float, float);                 \
  void ck_count_above_##V(const float *, size_t, float, size_t *, size_t *);                                      \
  void ck_best_columns_##V(const float *, size_t, size_t, size_t, const float *, int32_t, float *, int32_t *);    \
  void ck_encode_##V(const float *, const float *, float, const float *, const uint32_t *, size_t, float *,       \
                     uint8_t *);                                                                                  \
  void ck_lookup_table_##V(const float *, const float *, const uint32_t *, size_t, float, float *, uint8_t *,     \
                           float *, float *);                                                                     \
  void ck_score_rows_##V(const float *, size_t, const float *, size_t, const uint32_t *, size_t, float *);         \
  size_t ck_bound_panels_##V(const float *, size_t, const float *, const uint32_t *, size_t, const float *, float, \
                             float, float *, float *, uint64_t *);                                                \
  double ck_dot_double_##V(const double *, const double *, size_t);                                               \
  void ck_rotate_double_##V(double *, double *, size_t, double, double);                                          \
  void ck_scan_panels_##V(const float *, size_t, size_t, const float *, size_t, size_t, uint32_t, const float *,  \
                          uint64_t *const *, size_t *);                                                           \
  void ck_score_places_##V(const float *, size_t, const float *, const uint32_t *, size_t, float *);              \
  void ck_gather_columns_##V(const float *, size_t, const int32_t *, size_t, const float *, const float *, size_t,  \
                             float *, size_t);                                                                    \
  void ck_sum_rows_##V(const float *, size_t, const int32_t *, size_t, const float *, size_t, float *);           \
  void ck_square_columns_##V(const float *, size_t, size_t, size_t, float *, size_t);                             \
  CK_DECLARE_WIDE(V)                                                                                              \
  CK_DECLARE_LINEAR(V, float)                                                                                     \
  CK_DECLARE_LINEAR(double_##V, double)

CK_DECLARE(portable)
#if defined(__x86_64__)
CK_DECLARE(avx2)
CK_DECLARE_WIDE(avx512)
#endif

#endif
