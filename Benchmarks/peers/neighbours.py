"""One index library as a peer of Benchmarks/nearest-neighbours: builds, prints a line of JSON, and measures its settings
each time that a line comes in: the recall, queries a second one by one on one thread, and in a batch on two.
"""

import json
import os
import sys
import time

import numpy as np

kind, vectors, queries, truth, k, recalls = sys.argv[1:7]
X, Q, G, K = np.load(vectors), np.load(queries), np.load(truth), int(k)
BATCH = 2


def emit(value):
    print(json.dumps(value), flush=True)


def recall(lists):
    return float(np.mean([len(set(a) & set(b)) / K for a, b in zip(lists, G)]))


def measured(setting, single, batch):
    start = time.perf_counter()
    lists = [np.ravel(single(q)) for q in Q]  # ScaNN may find fewer than k
    alone = len(Q) / (time.perf_counter() - start)
    start = time.perf_counter()
    batch(Q)
    return {"setting": setting, "recall": recall(lists), "single": alone, "batch": len(Q) / (time.perf_counter() - start)}


def scann_settings():
    import scann
    built, seconds, count = [], [], len(X)
    wide = int(np.sqrt(count))
    for leaves, dims, threshold in ((wide, 2, 0.2), (2 * wide, 1, 0.3)):
        start = time.perf_counter()
        builder = scann.scann_ops_pybind.builder(X, K, "dot_product").tree(
            num_leaves=leaves, num_leaves_to_search=leaves // 10, training_sample_size=min(count, 250000))
        built.append((leaves, dims, builder.score_ah(dims, anisotropic_quantization_threshold=threshold).reorder(3 * K)
                      .set_n_training_threads(2).build()))
        seconds.append(time.perf_counter() - start)
    emit({"build": min(seconds), "name": "ScaNN"})
    for leaves, dims, index in built:
        for share in (0.02, 0.025, 0.03, 0.035, 0.04, 0.05, 0.06, 0.08, 0.1, 0.12, 0.16, 0.2, 0.24, 0.32):
            for depth in (2, 3, 4, 5, 7, 10):
                probes = max(1, int(leaves * share))
                more = {"final_num_neighbors": K, "pre_reorder_num_neighbors": K * depth, "leaves_to_search": probes}
                yield (f"{leaves} leaves, {dims} dimensions a block, {probes} searched, {K * depth} reordered",
                       lambda q, i=index, m=more: i.search(q, **m)[0],
                       lambda b, i=index, m=more: i.search_batched_parallel(b, **m))


def hnswlib_settings():
    import hnswlib
    start = time.perf_counter()
    index = hnswlib.Index("ip", X.shape[1])
    index.init_index(len(X), M=16, ef_construction=200)
    index.set_num_threads(2)
    index.add_items(X)
    emit({"build": time.perf_counter() - start, "name": "hnswlib"})

    def asked(q, ef, threads):
        index.set_ef(ef)
        return index.knn_query(q, K, num_threads=threads)[0]
    for ef in (100, 150, 200, 300, 400, 600, 800, 1200):
        yield f"M 16, ef {ef}", lambda q, e=ef: asked(q[None], e, 1), lambda b, e=ef: asked(b, e, BATCH)


def faiss_settings():
    import faiss
    faiss.omp_set_num_threads(2)
    leaves = int(np.sqrt(len(X)))
    start = time.perf_counter()
    index = faiss.index_factory(X.shape[1], f"IVF{leaves},PQ{X.shape[1]}x4fs,RFlat", faiss.METRIC_INNER_PRODUCT)
    index.train(X[: min(len(X), leaves * 64)])
    index.add(X)
    emit({"build": time.perf_counter() - start, "name": "FAISS"})

    def asked(q, probes, depth, threads):
        faiss.omp_set_num_threads(threads)
        more = faiss.IndexRefineSearchParameters(
            k_factor=depth, base_index_params=faiss.IVFSearchParameters(nprobe=probes))
        return index.search(q, K, params=more)[1]
    for share in (0.02, 0.04, 0.08, 0.16, 0.32):
        for depth in (2, 4, 8):
            probes = max(1, int(leaves * share))
            yield (f"IVF{leaves},PQ4fs, {probes} probes, refine {depth}", lambda q, p=probes, d=depth: asked(q[None], p, d, 1),
                   lambda b, p=probes, d=depth: asked(b, p, d, BATCH))


def flat_settings():
    import faiss
    start = time.perf_counter()
    index = faiss.IndexFlatIP(X.shape[1])
    index.add(X)
    emit({"build": time.perf_counter() - start, "name": "FAISS flat"})
    few = Q[:40]

    def batch(b):
        faiss.omp_set_num_threads(BATCH)
        return index.search(b, K)
    faiss.omp_set_num_threads(1)
    while sys.stdin.readline():
        faiss.omp_set_num_threads(1)
        start = time.perf_counter()
        for q in few:
            index.search(q[None], K)
        alone = len(few) / (time.perf_counter() - start)
        start = time.perf_counter()
        batch(Q)
        emit([{"setting": "all", "recall": 1.0, "single": alone, "batch": len(Q) / (time.perf_counter() - start)}])


for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(name, None)
if kind == "flat":
    flat_settings()
else:
    settings = list({"scann": scann_settings, "hnswlib": hnswlib_settings, "faiss": faiss_settings}[kind]())
    useful = None
    while sys.stdin.readline():
        points = [measured(*setting) for setting in (useful or settings)]
        if useful is None:
            # Later rounds look at the settings again that were best for a recall, and at those near them.
            kept = set()
            for target in (float(r) for r in recalls.split(",")):
                reached = [p for p in points if p["recall"] >= target]
                kept |= {p["setting"] for p in sorted(reached, key=lambda p: -p["single"])[:3]}
                kept |= {p["setting"] for p in sorted(reached, key=lambda p: -p["batch"])[:2]}
            useful = [s for s in settings if s[0] in kept] or settings[:1]
        emit(points)
