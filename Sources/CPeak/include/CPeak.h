#ifndef TANDEM_PEAK_H
#define TANDEM_PEAK_H

#include <stddef.h>

// Fused multiply-adds in registers alone, with the instructions that the kernels use: ROUNDS times twelve independent
// vectors of eight floats, or as many operations in wider ones. What it returns says nothing; it keeps the compiler from leaving the work out.
float cp_multiply_add(size_t rounds);

// Floating-point operations of one round.
enum { CP_OPERATIONS = 12 * 8 * 2 };

// Reads contiguous floats and adds them up, which no memory is fast enough for; all but a rest of less than 128.
float cp_read(const float *values, size_t count);

#endif
