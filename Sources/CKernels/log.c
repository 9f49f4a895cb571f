#include "CKernels.h"

#include <string.h>

// value = 2^e m with m in [1/sqrt 2, sqrt 2); ln m = 2 artanh((m - 1) / (m + 1)), a series in s^2 <= 0.0295.
// Plain double arithmetic without contraction, so every machine gives the same bits; libm's log does not.
double ck_log(double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  int64_t exponent = (int64_t)(bits >> 52) - 1023;
  bits = (bits & 0xfffffffffffffull) | 0x3ff0000000000000ull;
  double m;
  memcpy(&m, &bits, sizeof m);
  if (m > 1.41421356237309515) {
    m *= 0.5;
    exponent += 1;
  }
  double s = (m - 1) / (m + 1), square = s * s, series = 0;
  for (int n = 23; n >= 3; n -= 2) series = (series + 1.0 / n) * square;
  return (double)exponent * 0.693147180559945309 + (2 * s + 2 * s * series);
}

// cos(x) = 1 - 2 sin^2(x / 2), with the Taylor series of the sine to x^21 on [0, pi / 2].
double ck_cos(double angle) {
  double x = angle / 2, square = x * x, series = 0;
  for (int n = 21; n >= 3; n -= 2) series = (1 + series) * -square / (double)(n * (n - 1));
  double sine = x * (1 + series);
  return 1 - 2 * sine * sine;
}
