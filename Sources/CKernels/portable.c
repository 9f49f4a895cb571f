#include "ranked_key.h"
#include "variants.h"

#define NAME(x) ck_##x##_portable
#include "kernels.inc"
