#include "ranked_key.h"
#include "variants.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define NAME(x) ck_##x##_avx2
#include "kernels.inc"
#pragma clang attribute pop
#endif
