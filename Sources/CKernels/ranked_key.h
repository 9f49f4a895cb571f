#ifndef TANDEM_RANKED_KEY_H
#define TANDEM_RANKED_KEY_H

#include <stdint.h>

// A score in the upper 32 bits, in an order of whole numbers (-0 as 0, which it equals), and the complement of a place in
// the lower: the greater the key, the better the score, or the lower the place of an equal one.
static inline uint64_t ranked_key(float score, uint32_t place) {
  union {
    float value;
    uint32_t bits;
  } pattern = {score + 0.0f};
  uint32_t order = pattern.bits >> 31 ? ~pattern.bits : pattern.bits | 0x80000000u;
  return (uint64_t)order << 32 | (uint32_t)~place;
}

static inline float key_score(uint64_t key) {
  uint32_t order = (uint32_t)(key >> 32);
  union {
    uint32_t bits;
    float value;
  } pattern = {order >> 31 ? order & 0x7fffffffu : ~order};
  return pattern.value;
}

static inline uint32_t key_place(uint64_t key) { return (uint32_t)~key; }

#endif
