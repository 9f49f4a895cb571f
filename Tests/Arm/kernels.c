// Prints what kernels make of numbers that are the same everywhere, a line each: for Scripts/check-arm to compare processors.
#include "CKernels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state = 42;

static uint32_t draw(void) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(state >> 33);
}

static void *filled(size_t bytes, int kind) {
  void *room = calloc(bytes + 64, 1);
  if (!room) abort();
  for (size_t i = 0; kind == 0 && i < bytes / 4; i++) ((float *)room)[i] = (float)(draw() % 20001) / 10000.0f - 1.0f;
  for (size_t i = 0; kind == 1 && i < bytes; i++) ((uint8_t *)room)[i] = (uint8_t)draw();
  return room;
}

static float *floats(size_t n) { return filled(4 * n, 0); }

static void print(const char *name, const void *bytes, size_t n) {
  uint64_t hash = 14695981039346656037u;
  for (size_t i = 0; i < n; i++) hash = (hash ^ ((const uint8_t *)bytes)[i]) * 1099511628211u;
  printf("%s %zu %016llx\n", name, n, (unsigned long long)hash);
}

int main(int count, char **words) {
  ck_variant v = count > 1 && !strcmp(words[1], "best") ? ck_best_variant() : CK_PORTABLE;
  enum { m = 37, n = 96, k = 51 };
  float *a = floats(m * 64), *b = floats(n * 64 * 2), *c = calloc(m * n, 4);
  ck_multiply(v, (ck_matrix){a, 64, 16}, (ck_matrix){b, 16, 16 * k}, (ck_target){c, n, 16}, m, n, k, 0);
  print("multiply", c, 4 * m * n);
  ck_multiply_transposed(
      v, (ck_matrix){a, 64, 16}, (ck_matrix){b, 16, 16 * m}, (ck_target){c, n, 16}, k < m ? k : m, n, m, 0);
  print("multiply_transposed", c, 4 * m * n);

  float *x = floats(1000), *y = floats(1000), *z = floats(1000), *w = floats(1000);
  for (size_t i = 0; i < 1000; i++) z[i] = z[i] * z[i] + 0.01f, w[i] = w[i] * w[i] + 0.01f;
  float sum = ck_dot(v, x, y, 999);
  print("dot", &sum, 4);
  ck_add_scaled(v, y, x, 997, 0.3f);
  print("add_scaled", y, 4000);
  ck_scale(v, y, 997, 1.7f);
  print("scale", y, 4000);
  ck_adagrad(v, y, z, x, 1000, 0.1f, 1e-7f);
  print("adagrad", y, 4000);
  ck_adam(v, y, x, w, z, 1000, 0.01f, 0.1f, 0.001f, 1e-7f);
  print("adam", y, 4000);
  ck_exp(v, x, 999);
  print("exp", x, 4000);
  float *scores = floats(48 * 64), *bias = floats(64);
  float maximum[48], total[48] = {0}, rescale[48];
  for (size_t i = 0; i < 48; i++) maximum[i] = -1e30f;
  ck_softmax_tile(v, scores, 64, 48, 64, bias, maximum, total, rescale);
  print("softmax_tile", scores, 4 * 48 * 64);
  print("softmax_sums", total, sizeof total);
  float sums[8 * 48] = {0};
  ck_raise_maxima(v, (ck_matrix){scores, 16, 16 * 48}, 48, 64, bias, maximum);
  print("raise_maxima", maximum, sizeof maximum);
  ck_add_exponentials(v, (ck_target){scores, 16, 16 * 48}, 48, 64, bias, maximum, sums);
  print("add_exponentials", scores, 4 * 48 * 64);
  print("exponential_sums", sums, sizeof sums);

  double *p = calloc(512, 8), *q = calloc(512, 8);
  for (size_t i = 0; i < 512; i++) p[i] = (double)draw() / 3e9, q[i] = (double)draw() / 3e9 - 0.3;
  double twice = ck_dot_double(v, p, q, 512);
  print("dot_double", &twice, 8);
  ck_rotate_double(v, p, q, 512, 0.6, 0.8);
  print("rotate_double", p, 4096);
  double logarithm = ck_log(1.234567), cosine = ck_cos(0.77);
  print("log", &logarithm, 8);
  print("cos", &cosine, 8);

  uint64_t *keys = calloc(5000, 8);
  size_t equal, found = ck_keys_above(v, b, 4096, 0.5f, 7, keys, &equal);
  print("keys_above", keys, 8 * found);
  ck_sort_keys(keys, found);
  print("sort_keys", keys, 8 * found);
  float best[m];
  int32_t column[m] = {0};
  for (size_t i = 0; i < m; i++) best[i] = -1e30f;
  ck_best_columns(v, b, 64, m, 64, bias, 3, best, column);
  print("best_columns", column, sizeof column);

  uint32_t places[200];
  for (size_t i = 0; i < 200; i++) places[i] = draw() % 90;
  float out[4096];
  ck_score_rows(v, a, 51, b, 64, places, 200, out);
  print("score_rows", out, 800);
  ck_score_places(v, a, 51, b, places, 200 > 96 ? 96 : 200, out);
  print("score_places", out, 4 * 96);
  const float *thresholds = (float[]){0.4f, 0.2f, 0.1f};
  uint64_t *lists[3] = {calloc(300, 8), calloc(300, 8), calloc(300, 8)};
  size_t founds[3] = {0};
  ck_scan_panels(v, a, 64, 3, b, 51, 96, 0, thresholds, lists, founds);
  for (size_t i = 0; i < 3; i++) print("scan_panels", lists[i], 8 * founds[i]);

  uint32_t starts[9] = {0, 4, 8, 16, 20, 30, 40, 48, 51};
  float *books = floats(16 * 51), *room = floats(4096);
  uint8_t codes[8], entries[128];
  ck_encode(v, a, x, 0.5f, books, starts, 8, room, codes);
  print("encode", codes, 8);
  float base, step;
  ck_lookup_table(v, a, books, starts, 8, 255, room, entries, &base, &step);
  print("lookup_table", entries, 128);
  print("lookup_base", &base, 4);
  uint8_t *blocks = filled(16 * 8 * 4, 1);
  uint32_t numbers[128];
  for (uint32_t i = 0; i < 128; i++) numbers[i] = i;
  found = ck_scan_codes(v, blocks, 120, 8, entries, 700, base, step, 0, numbers, NULL, 0, keys);
  print("scan_codes", keys, 8 * found);

  uint8_t *bytes = filled(16 * 52 * 6, 1);
  int16_t pairs[52];
  for (size_t i = 0; i < 52; i++) pairs[i] = (int16_t)(draw() % 255) - 127;
  float *scales = floats(96), *errors = floats(96);
  for (size_t i = 0; i < 96; i++) scales[i] = scales[i] * scales[i] * 0.01f + 0.001f, errors[i] = errors[i] * errors[i] * 0.01f;
  ck_byte_query query = {pairs, 26, 0.01f, 3, 0.1f, 1e-6f};
  found = ck_scan_bytes(v, &query, bytes, 6, scales, errors, 0.0f, 0, places);
  print("scan_bytes", places, 4 * found);
  ck_byte_centroids centroids = {bytes, scales, errors};
  ck_centroid_query asked = {pairs, 26, 0.01f, 1, 0};
  uint32_t panels[6] = {0, 3, 1, 5, 4, 2};
  float bounds[96];
  found = ck_bound_centroids(v, &centroids, &asked, panels, 6, out, bounds, keys);
  print("bound_centroids", bounds, sizeof bounds);
  print("bound_keys", keys, 8 * found);
  found = ck_bound_panels(v, a, 51, b, panels, 6, errors, 1, 0, out, bounds, keys);
  print("bound_panels", bounds, sizeof bounds);
  uint16_t halves[512];
  ck_narrow(b, 500, halves);
  print("narrow", halves, 1000);
  ck_widen(halves, 500, out);
  print("widen", out, 2000);
  uint32_t sumOfBytes = ck_crc32c(0, bytes, 800);
  print("crc32c", &sumOfBytes, 4);
  return 0;
}
