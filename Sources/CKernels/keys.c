#include "CKernels.h"

static inline void swap_if_less(uint64_t *a, uint64_t *b) {
  uint64_t x = *a, y = *b;
  *a = x > y ? x : y;
  *b = x > y ? y : x;
}

// Moves the keys above the pivot to the front and gives their number.
static size_t partition(uint64_t *keys, size_t n, uint64_t pivot) {
  size_t front = 0;
  for (size_t i = 0; i < n; i++) {
    uint64_t key = keys[i];
    keys[i] = keys[front];
    keys[front] = key;
    front += key > pivot;
  }
  return front;
}

// The median of the first, middle and last, which is moved to the end.
static uint64_t take_pivot(uint64_t *keys, size_t n) {
  swap_if_less(&keys[0], &keys[n / 2]);
  swap_if_less(&keys[0], &keys[n - 1]);
  swap_if_less(&keys[n / 2], &keys[n - 1]);
  uint64_t pivot = keys[n / 2];
  keys[n / 2] = keys[n - 1];
  keys[n - 1] = pivot;
  return pivot;
}

// Puts the pivot behind the keys above it and gives its place.
static size_t divide(uint64_t *keys, size_t n) {
  uint64_t pivot = take_pivot(keys, n);
  size_t front = partition(keys, n - 1, pivot);
  keys[n - 1] = keys[front];
  keys[front] = pivot;
  return front;
}

static void insertion_sort(uint64_t *keys, size_t n) {
  for (size_t i = 1; i < n; i++) {
    uint64_t key = keys[i];
    size_t j = i;
    for (; j > 0 && keys[j - 1] < key; j--) keys[j] = keys[j - 1];
    keys[j] = key;
  }
}

static void sift(uint64_t *keys, size_t root, size_t n) {
  for (size_t child = 2 * root + 1; child < n; root = child, child = 2 * root + 1) {
    if (child + 1 < n && keys[child + 1] < keys[child]) child++;
    if (keys[root] <= keys[child]) return;
    uint64_t key = keys[root];
    keys[root] = keys[child];
    keys[child] = key;
  }
}

static void heap_sort(uint64_t *keys, size_t n) {
  for (size_t root = n / 2; root-- > 0;) sift(keys, root, n);
  for (size_t end = n; end-- > 1;) {
    uint64_t key = keys[0];
    keys[0] = keys[end];
    keys[end] = key;
    sift(keys, 0, end);
  }
}

// Quicksort; what divides badly too often is left to a heap.
static void sort(uint64_t *keys, size_t n, int depth) {
  while (n > 24) {
    if (depth-- == 0) return heap_sort(keys, n);
    size_t front = divide(keys, n);
    sort(keys + front + 1, n - front - 1, depth);
    n = front;
  }
  insertion_sort(keys, n);
}

void ck_sort_keys(uint64_t *keys, size_t n) {
  int depth = 2;
  for (size_t rest = n; rest > 1; rest /= 2) depth += 2;
  sort(keys, n, depth);
}

uint64_t ck_keep_greatest(uint64_t *keys, size_t n, size_t k, size_t *tied) {
  size_t low = 0, high = n;
  int depth = 64;
  while (high - low > 8) {
    if (depth-- == 0) break;
    size_t front = low + divide(keys + low, high - low);
    if (front + 1 == k || front == k) {
      low = high = k;
    } else if (front < k) {
      low = front + 1;
    } else {
      high = front;
    }
  }
  ck_sort_keys(keys + low, high - low);
  uint64_t least = ~(uint64_t)0;
  for (size_t i = 0; i < k; i++) least = keys[i] < least ? keys[i] : least;
  size_t same = 0;
  for (size_t i = k; i < n; i++) same += keys[i] >> 32 == least >> 32;
  *tied = same;
  return least;
}
