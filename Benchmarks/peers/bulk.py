"""implicit's recommend for all users with given factors: the time of the best of some batch sizes, and its lists.

Usage: bulk.py QUERIES.npy CANDIDATES.npy STARTS.npy SEEN.npy K THREADS LISTS.npy
Row 0 of both tables stands for what is out of vocabulary, and is left out. Prints one line of JSON.
"""

import json
import resource
import sys
import time

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from scipy.sparse import csr_matrix

queries, candidates, starts, seen = (np.load(path) for path in sys.argv[1:5])
k, threads, target = int(sys.argv[5]), int(sys.argv[6]), sys.argv[7]
queries, candidates = np.ascontiguousarray(queries[1:]), np.ascontiguousarray(candidates[1:])
liked = csr_matrix(
    (np.ones(len(seen), np.float32), seen.astype(np.int32), starts.astype(np.int64)),
    shape=(len(queries), len(candidates)))
model = AlternatingLeastSquares(factors=queries.shape[1], num_threads=threads)
model.user_factors, model.item_factors = queries, candidates


def run(batch, count):
    lists = []
    for first in range(0, count, batch):
        users = np.arange(first, min(first + batch, count))
        lists.append(model.recommend(users, liked[users], N=k, filter_already_liked_items=True)[0])
    return np.concatenate(lists)


def rate(batch):
    count = min(len(queries), max(batch, 8192))
    start = time.monotonic()
    run(batch, count)
    return count / (time.monotonic() - start)


run(64, 64)
best = max([256, 1024, 4096, 16384], key=rate)
start = time.monotonic()
lists = run(best, len(queries))
seconds = time.monotonic() - start
np.save(target, lists.astype(np.uint32))
print(json.dumps({
    "seconds": seconds, "batch": best, "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))
