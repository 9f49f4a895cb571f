#ifndef TANDEM_KERNELS_H
#define TANDEM_KERNELS_H

#include <stddef.h>
#include <stdint.h>

// Every kernel exists as a portable twin and as an AVX2 variant of the same body (kernels.inc), those that take most of
// the time (wide.inc) as an AVX-512 variant too: the same operations in the same written order, so their results agree
// bit for bit. On arm64 the portable build is NEON.

enum { CK_PANEL = 16 };  // columns that the inner loops of ck_multiply take at once

typedef enum { CK_PORTABLE = 0, CK_AVX2 = 1, CK_AVX512 = 2 } ck_variant;

ck_variant ck_best_variant(void);

// A matrix in panels of CK_PANEL columns: element (i, j) is values[j / 16 * panel + i * row + j % 16]. A row-major matrix
// has panels of 16 and its stride from row to row; what is packed has rows of 16.
typedef struct {
  const float *values;
  size_t row, panel;
} ck_matrix;

typedef struct {
  float *values;
  size_t row, panel;
} ck_target;

// C = A B (or C += A B), with A [m x k], B [k x n] and C [m x n]; n is a multiple of CK_PANEL. Each element is one chain
// of fused multiply-adds in the order of k.
void ck_multiply(ck_variant variant, ck_matrix a, ck_matrix b, ck_target c, size_t m, size_t n, size_t k,
                 int accumulate);

// The same with the transpose of A, which is [k x m] and row-major.
void ck_multiply_transposed(ck_variant variant, ck_matrix a, ck_matrix b, ck_target c, size_t m, size_t n, size_t k,
                            int accumulate);

// Raises maximum[row] to the highest score + bias of each of m rows of n scores (n a multiple of CK_PANEL).
void ck_raise_maxima(ck_variant variant, ck_matrix scores, size_t m, size_t n, const float *bias, float *maximum);

// Replaces the scores by exp(score + bias - level), with a level for each row, and adds them to sums, eight a row: column
// j to the sum j % 8.
void ck_add_exponentials(ck_variant variant, ck_target scores, size_t m, size_t n, const float *bias,
                         const float *levels, float *sums);

// Copies m rows of n floats (n a multiple of 8) that lie far apart to where a product reads them as contiguous memory.
void ck_copy_block(ck_variant variant, const float *source, size_t stride, float *target, size_t target_stride,
                   size_t m, size_t n);

// One tile of an online softmax (Milakov & Gimelshein, arXiv 1805.02867). For each of m rows of n scores
// (n a multiple of 16): adds bias[n], raises maximum[row] where the tile is higher, replaces the scores by
// exp(score - maximum) and adds their total to sum[row]; rescale[row] is what earlier totals were multiplied with.
void ck_softmax_tile(ck_variant variant, float *scores, size_t stride, size_t m, size_t n, const float *bias,
                     float *maximum, float *sum, float *rescale);

// y[i] *= factor
void ck_scale(ck_variant variant, float *y, size_t n, float factor);

// y[i] += factor * x[i]
void ck_add_scaled(ck_variant variant, float *y, const float *x, size_t n, float factor);

// Adagrad as Keras has it: accumulator += g^2, row -= rate * g / sqrt(accumulator + epsilon).
void ck_adagrad(ck_variant variant, float *row, float *accumulator, const float *gradient, size_t n, float rate,
                float epsilon);

// Adam (Kingma & Ba, 2015) as Keras has it: mean += gain (g - mean), square += square_gain (g^2 - square),
// row -= rate * mean / (sqrt(square) + epsilon); the rate holds the correction of the bias.
void ck_adam(ck_variant variant, float *row, float *mean, float *square, const float *gradient, size_t n, float rate,
             float gain, float square_gain, float epsilon);

// The sum of x[i] y[i] in eight lanes of fused multiply-adds.
float ck_dot(ck_variant variant, const float *x, const float *y, size_t n);

// How many of n scores are greater than, and equal to, the threshold.
void ck_count_above(ck_variant variant, const float *scores, size_t n, float threshold, size_t *greater,
                    size_t *equal);

// The scores above a threshold as keys: their order in the upper 32 bits, the complement of first + place in the lower,
// so that a greater key is a better score, or an equal one of a lower place. Gives how many, and how many scores
// equal the threshold; NaN is neither. KEYS has room for one more than there are scores.
size_t ck_keys_above(ck_variant variant, const float *scores, size_t n, float threshold, uint32_t first,
                     uint64_t *keys, size_t *equal);

// The greatest score of each group, of which there are so many and in which scores stand one behind the other in turn;
// NaN is left out, and -infinity stands for nothing. The k-th greatest of all scores is at least that of the groups.
void ck_fold_maxima(ck_variant variant, const float *scores, size_t n, float *maxima, size_t groups);

// Puts the k greatest of n different keys (k < n) first, in any order. Gives the least of them, and how many of the
// others have its upper 32 bits.
uint64_t ck_keep_greatest(uint64_t *keys, size_t n, size_t k, size_t *tied);

// Sorts different keys, the greatest first.
void ck_sort_keys(uint64_t *keys, size_t n);

// exp to within 2 units in the last place on [-87.33, 88.37]; below that 0, above it exp(88.37), of NaN NaN.
// n may be anything.
void ck_exp(ck_variant variant, float *values, size_t n);

// The sum of x[i] y[i] in sixteen lanes of fused multiply-adds; n is a multiple of 16.
double ck_dot_double(ck_variant variant, const double *x, const double *y, size_t n);

// A Givens rotation: x[i] = cosine x[i] - sine y[i], y[i] = sine x[i] + cosine y[i]; n is a multiple of 4.
void ck_rotate_double(ck_variant variant, double *x, double *y, size_t n, double cosine, double sine);

// Natural logarithm of a positive normal number, within 4e-16 relative (the worst of 5,000,000 was 3.5e-16, 2 units in
// the last place), the same on every machine.
double ck_log(double value);

// Cosine of an angle from 0 to pi, within 1e-15, the same on every machine.
double ck_cos(double angle);

// Scores of product-quantised candidates: base + step times the sum over an even number of subspaces of one byte of each
// one's table of 16, chosen by the candidate's 4-bit code. Codes lie in blocks of 32 candidates, 16 bytes a subspace:
// byte j has candidate j low and candidate j + 16 high. Writes the keys (see ck_keys_above) of those whose sums reach
// the threshold, counted from first, and gives their number; there must be room for all. Where allowed is not null,
// only those whose numbers are less than `bits` and have their bits set. Sums must not exceed 65,535.
size_t ck_scan_codes(ck_variant variant, const uint8_t *codes, size_t candidates, size_t subspaces,
                     const uint8_t *tables, uint16_t threshold, float base, float step, uint32_t first,
                     const uint32_t *numbers, const uint64_t *allowed, size_t bits, uint64_t *keys);

// Centroids in signed bytes, in panels of 16: of each pair of dimensions two bytes a centroid; and how far from each its
// candidates lie. Scales and spreads have whole panels.
typedef struct {
  const uint8_t *codes;
  const float *scales, *spreads;
} ck_byte_centroids;

// A query in whole numbers, in pairs, times a step; what bounds are asked.
typedef struct {
  const int16_t *values;
  size_t pairs;
  float step, reach, threshold;
} ck_centroid_query;

// For the n panels that a list names: scores, step * scale * sum of products, and bounds, score + reach * spread, both
// written where the centroids stand among all. Writes the keys (see ck_keys_above) of the bounds above the threshold and
// gives their number.
size_t ck_bound_centroids(ck_variant variant, const ck_byte_centroids *centroids, const ck_centroid_query *query,
                          const uint32_t *list, size_t n, float *scores, float *bounds, uint64_t *keys);

// A search through leaves of product-quantised candidates. Leaf l has the places starts[l] to starts[l + 1] and begins
// with block blocks[l] of codes; its candidates score scores[l] + base + step times their sums.
typedef struct {
  const uint8_t *codes;
  const uint64_t *starts, *blocks;
  size_t subspaces;
  const uint8_t *tables;
  float base, step;
  const float *scores;
  const uint32_t *numbers;
  const uint64_t *allowed;
  size_t bits;
  // The list asked for, how many candidates are kept for it, and how many leaves may be scanned once there are k.
  size_t k, kept, probes;
  // By leaf; -infinity is written for those that were scanned.
  float *bounds;
  // Room for 2 kept + CK_LEAF_SCAN_CHUNK.
  uint64_t *keys;
  size_t survivors, probed, scanned;
  // The score of the worst that is kept, and of the k-th best: -infinity at first.
  float threshold, bar;
} ck_leaf_scan;

#define CK_LEAF_SCAN_CHUNK 1024

// Scans n leaves, named by the keys of their bounds, but those whose bounds are below the bar.
void ck_scan_leaves(ck_variant variant, ck_leaf_scan *scan, const uint64_t *leaves, size_t n);

// Keys of scores above low, by 32 steps of the score, the highest first; in a step in the order that they had.
void ck_order_roughly(const uint64_t *keys, size_t n, float low, uint64_t *ordered);

// The keys of scores and of the numbers of their places, without those that are NaN, numbers from count on, and those
// without a bit in allowed, unless it is null; gives how many they are.
size_t ck_exact_keys(const float *scores, const uint32_t *places, const uint32_t *numbers, size_t n,
                     const uint64_t *allowed, uint32_t count, uint64_t *keys);

// Leaves the best survivors and raises threshold and bar.
void ck_prune_leaf_scan(ck_leaf_scan *scan);

// For each of m rows of n scores (n a multiple of 8) the highest score + bias so far and its column, counted from
// first; of equal ones the first. best and column are read and written.
void ck_best_columns(ck_variant variant, const float *scores, size_t stride, size_t m, size_t n, const float *bias,
                     int32_t first, float *best, int32_t *column);

// One of 16 codewords for each subspace, dimensions starts[s] to starts[s + 1] of a vector: those that make
// |error|^2 + weight <error, direction>^2 small. By squared distance alone where weight is 0, of equal ones the first;
// else from there by coordinate descent. Element i of codeword c is codebooks[16 i + c]; room for 32 subspaces floats.
void ck_encode(ck_variant variant, const float *residual, const float *direction, float weight,
               const float *codebooks, const uint32_t *starts, size_t subspaces, float *room, uint8_t *codes);

// What each codeword adds to the product with a query, in bytes of at most `greatest` times a common step, the least of
// each subspace taken out into the base. Room for 16 subspaces floats, and as many entries.
void ck_lookup_table(ck_variant variant, const float *query, const float *codebooks, const uint32_t *starts,
                     size_t subspaces, float greatest, float *room, uint8_t *entries, float *base, float *step);

// scores[i] = query . rows[places[i]], each one chain of fused multiply-adds in the order of the columns.
void ck_score_rows(ck_variant variant, const float *query, size_t columns, const float *rows, size_t stride,
                   const uint32_t *places, size_t n, float *scores);

// Scores of a query with the n panels of 16 rows (see ck_multiply) that a list names, each one chain of fused
// multiply-adds in the order of the columns, and bounds: scores + reach * spreads. Both are written where the rows
// stand among all, and the keys (see ck_keys_above) of the bounds above a threshold; their number is given. KEYS has room
// for one more than there are rows in the panels.
size_t ck_bound_panels(ck_variant variant, const float *query, size_t columns, const float *panels,
                       const uint32_t *list, size_t n, const float *spreads, float reach, float threshold,
                       float *scores, float *bounds, uint64_t *keys);

// CRC-32C (Castagnoli) of bytes, continuing from CRC (0 at the start).
uint32_t ck_crc32c(uint32_t crc, const void *bytes, size_t count);
uint32_t ck_crc32c_portable(uint32_t crc, const void *bytes, size_t count);

// Exact search: scores of m queries (rows at a stride) with n candidates in panels of 16, column by column, each one chain
// of fused multiply-adds in the order of the columns. Of each query those above its threshold are written as keys, as
// ck_keys_above has them, from keys[query] on, which has room for n; found[query] is their number. A last panel that
// is not full is padded.
void ck_scan_panels(ck_variant variant, const float *queries, size_t stride, size_t m, const float *panels,
                    size_t columns, size_t n, uint32_t first, const float *thresholds, uint64_t *const *keys,
                    size_t *found);

// The same scores of one query with n >= 1 candidates anywhere in the panels.
void ck_score_places(ck_variant variant, const float *query, size_t columns, const float *panels,
                     const uint32_t *places, size_t n, float *scores);

// A query in whole numbers: step * values[i] stands for its element i. An odd number of columns is filled up by 0.
typedef struct {
  const int16_t *values;
  size_t pairs;  // of columns
  float step;
  float norm;   // the query's, at least
  float slack;  // error of all that is the query's own, in units of a candidate's scale
  float least;  // error of what is too small for a float
} ck_byte_query;

// Writes first + place of those of n candidates for which scale (step sum + error norm + slack) + least, in fused
// multiply-adds, is above the threshold; sum is that of products with the candidate's signed bytes. Codes lie in panels
// of 16 candidates: of each pair of columns two bytes a candidate. Scales are padded to whole panels, errors one a
// panel; sums must fit 32 bits. There must be room for n places.
size_t ck_scan_bytes(ck_variant variant, const ck_byte_query *query, const uint8_t *codes, size_t n,
                     const float *scales, const float *errors, float threshold, uint32_t first, uint32_t *places);

// Numbers of 16 bits (IEEE 754 binary16): the nearest, of two the even one, at most 65,504; and back, finite ones only.
void ck_narrow(const float *values, size_t n, uint16_t *halves);
void ck_widen(const uint16_t *halves, size_t n, float *values);

// ck_score_rows for contiguous rows of such numbers, and for rows of bytes that stand for scales[row] * byte.
void ck_score_halves(ck_variant variant, const float *query, size_t columns, const uint16_t *rows,
                     const uint32_t *places, size_t n, float *scores);
void ck_score_bytes(ck_variant variant, const float *query, size_t columns, const int8_t *rows, const float *scales,
                    const uint32_t *places, size_t n, float *scores);

// The rows of a table that a list names, as columns side by side: target[k][i] = factors[i] scales[k] table[list[i]][k],
// factors 1 each where they are null. columns is a multiple of 8; target has n rounded up to 8 columns, the last ones 0.
void ck_gather_columns(ck_variant variant, const float *table, size_t stride, const int32_t *list, size_t n,
                       const float *factors, const float *scales, size_t columns, float *target,
                       size_t target_stride);

// sum = the sum of factors[i] times row list[i] of a table, each element one chain of fused multiply-adds in the order of
// the list; columns is a multiple of 16.
void ck_sum_rows(ck_variant variant, const float *table, size_t stride, const int32_t *list, size_t n,
                 const float *factors, size_t columns, float *sum);

// The upper triangle of T^T T in n rows, rounded up to 4, of n rounded up to 16, where T is [columns x n], its columns
// rounded up to 8 with zeros: each element one chain of fused multiply-adds in the order of T's rows. What is written
// left of the diagonal means nothing; the columns from n on are 0.
void ck_square_columns(ck_variant variant, const float *t, size_t stride, size_t columns, size_t n, float *square,
                       size_t square_stride);

// Linear algebra in float and in double (linear.inc). CK_LINEAR(, float) declares ck_add_transposed and so on,
// CK_LINEAR(_double, double) ck_add_transposed_double.
//
// add_transposed: C += A^T B, or C -= A^T B where subtract is not 0; A is [k x m] at stride lda, B [k x n] at ldb, C
//   [m x n] at ldc, all row-major; n is a multiple of 16 for float, of 8 for double. Each element is one chain of
//   fused multiply-adds in the order of k that begins with what C holds.
// cholesky: the upper triangle R of A = R^T R in place of A's upper triangle; the lower one is neither read nor kept.
//   lda is at least n rounded up to 16, and columns from n on are zero. Returns n, or the first pivot that is not
//   a positive finite number.
// solve_cholesky: x of R^T R x = b in place of b.
// invert_triangle: T = R^-1 of an upper triangle, zeros below the diagonal included.
#define CK_LINEAR(KERNEL, REAL)                                                                                   \
  void ck_add_transposed##KERNEL(ck_variant variant, const REAL *a, size_t lda, const REAL *b, size_t ldb, REAL *c, \
                                 size_t ldc, size_t m, size_t n, size_t k, int subtract);                         \
  size_t ck_cholesky##KERNEL(ck_variant variant, REAL *a, size_t lda, size_t n);                                  \
  void ck_solve_cholesky##KERNEL(ck_variant variant, const REAL *r, size_t ldr, size_t n, REAL *b);               \
  void ck_invert_triangle##KERNEL(ck_variant variant, const REAL *r, size_t ldr, REAL *t, size_t ldt, size_t n);

CK_LINEAR(, float)
CK_LINEAR(_double, double)

// The places of three bytes (some of them may be equal) in text, counted from first, in order; gives how many they are.
// PLACES has room for n + CK_PLACES_SLACK; *all is the bits that any byte of the text has.
enum { CK_PLACES_SLACK = 8 };
size_t ck_find_bytes(ck_variant variant, const uint8_t *bytes, size_t n, uint8_t a, uint8_t b, uint8_t c,
                     uint32_t first, uint32_t *places, uint8_t *all);

#endif
