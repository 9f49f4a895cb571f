#!/usr/bin/env python3
"""Runs the TensorFlow Recommenders tutorial "Recommending movies: retrieval" on MovieLens 100K and measures it.

Model, objective, optimizer and batches are the tutorial's: https://www.tensorflow.org/recommenders/examples/basic_retrieval.
What differs, and why:
- The split of a seed is the one that Tandem's `split --by random --seed SEED` draws (the generator is written out
  below), so both are judged by the same pairs. The tutorial's own is a random split of the same sizes.
- Top-k accuracy is not counted during training unless --train-metrics asks for it, as the tutorial does; that costs
  much of the time of `fit`, and changes no other number.
- Losses are collected batch by batch. What `fit` and `evaluate` return is the loss of the last batch only, and what
  their progress bars end with is the mean over batches in which the last one counts twice (Keras 2.15).
- The tutorial sets TensorFlow's seed only, which leaves the initial embeddings to chance: two runs of one seed differ by
  as much as two seeds. Here everything is seeded, and a seed's losses and accuracies come out the same again.
- Accuracies are counted three times: over all 1,682 rows of the catalog as the tutorial does, 18 of which repeat a
  title; over the 1,664 distinct titles; and over those by the definition, in float64. FactorizedTopK adds up the
  positive's score in another order than the score of the same candidate in its index, so a candidate may beat itself
  by a rounding step, and its accuracies come out too low: at k = 1 by a third or more.

Every seed runs in a process of its own, whose time and memory are the kernel's count (wait4). Needs Python
3.9 ... 3.11 and
    pip install tensorflow-cpu==2.15.1 tensorflow-recommenders==0.7.3 numpy==1.26.4
"""

import argparse
import hashlib
import json
import os
import platform
import re
import resource
import statistics
import struct
import subprocess
import sys
import tempfile
import time

TRAIN, TEST = 80_000, 20_000
TRAIN_BATCH, TEST_BATCH = 8_192, 4_096
DIMENSION, EPOCHS, LEARNING_RATE = 32, 3, 0.1
KS = [1, 5, 10, 50, 100]


def tandem_permutation(seed, stream, count):
    """xoshiro256++ seeded by SplitMix64, bounded by Lemire's rule, Fisher-Yates from the end.

    The same as RandomGenerator.permutation of Sources/RandomNumbers/RandomGenerator.swift.
    """
    mask = (1 << 64) - 1
    mixed = seed
    for byte in stream.encode():
        mixed = ((mixed ^ byte) * 0x100000001B3) & mask
    state = []
    for _ in range(4):
        mixed = (mixed + 0x9E3779B97F4A7C15) & mask
        z = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        state.append(z ^ (z >> 31))

    def rotated(value, by):
        return ((value << by) | (value >> (64 - by))) & mask

    def number():
        a, b, c, d = state
        result = (rotated((a + d) & mask, 23) + a) & mask
        c ^= a
        d ^= b
        state[:] = a ^ d, b ^ c, c ^ ((b << 17) & mask), rotated(d, 45)
        return result

    def below(bound):
        product = number() * bound
        if product & mask < bound:
            threshold = ((1 << 64) - bound) % bound
            while product & mask < threshold:
                product = number() * bound
        return product >> 64

    order = list(range(count))
    for place in range(count - 1, 0, -1):
        other = below(place + 1)
        order[place], order[other] = order[other], order[place]
    return order


def read_movielens(folder):
    """User ids, titles and timestamps of the ratings, and the titles of the catalog, of either layout."""

    def lines(name, encoding, separator, header):
        with open(os.path.join(folder, name), encoding=encoding) as file:
            rows = [line.rstrip("\n").split(separator) for line in file]
        return rows[1:] if header else rows

    if os.path.exists(os.path.join(folder, "u.data")):
        ratings = lines("u.data", "latin-1", "\t", False)
        titles = {row[0]: row[1] for row in lines("u.item", "latin-1", "|", False)}
    elif os.path.exists(os.path.join(folder, "ml-100k.inter")):
        ratings = lines("ml-100k.inter", "utf-8", "\t", True)
        # One movie of GroupLens's has no year and is called "unknown".
        titles = {
            row[0]: "unknown" if row[1] == "unkonwn" else f"{row[1]} ({row[2]})"
            for row in lines("ml-100k.item", "utf-8", "\t", True)
        }
    else:
        sys.exit(f"{folder} holds no MovieLens 100K; run Scripts/fetch-movielens-100k")
    users, movies = [row[0] for row in ratings], [titles[row[1]] for row in ratings]
    catalog = list(titles.values())
    if (len(users), len(catalog), len(set(catalog))) != (100_000, 1_682, 1_664):
        sys.exit(f"{folder}: {len(users)} ratings, {len(catalog)} movies, {len(set(catalog))} titles is not 100K")
    return users, movies, [int(float(row[3])) for row in ratings], catalog


def digest_of_rows(timestamps, rows):
    """SHA-256 of the rows' timestamps in the order of the data, as 64-bit integers: it tells two splits apart."""
    return hashlib.sha256(struct.pack(f"<{len(rows)}q", *(timestamps[row] for row in sorted(rows)))).hexdigest()


class Clock:
    """Wall and CPU seconds of each part of the work."""

    def __init__(self):
        self.parts = {}
        self.mark = self.now()

    @staticmethod
    def now():
        usage = resource.getrusage(resource.RUSAGE_SELF)
        return time.monotonic(), usage.ru_utime + usage.ru_stime

    def lap(self, part):
        now = self.now()
        self.parts[part] = {"wall": round(now[0] - self.mark[0], 3), "cpu": round(now[1] - self.mark[1], 3)}
        self.mark = now


def run(seed, folder, train_metrics):
    clock = Clock()
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import numpy as np
    import tensorflow as tf
    import tensorflow_recommenders as tfrs

    clock.lap("import")
    users, movies, timestamps, catalog = read_movielens(folder)
    order = tandem_permutation(seed, "split", len(users))
    users, movies = np.array(users, "S"), np.array([title.encode() for title in movies], "S")
    catalog = np.array([title.encode() for title in catalog], "S")
    clock.lap("read and split")

    # tf.random.set_seed, as in the tutorial, leaves the initial embeddings of Keras 2.15 to chance.
    tf.keras.utils.set_random_seed(seed)

    def pairs(rows):
        return tf.data.Dataset.from_tensor_slices({"user_id": users[rows], "movie_title": movies[rows]})

    train = pairs(order[:TRAIN]).shuffle(100_000, seed=seed).batch(TRAIN_BATCH).cache()
    test = pairs(order[TRAIN : TRAIN + TEST]).batch(TEST_BATCH).cache()
    candidates = tf.data.Dataset.from_tensor_slices(catalog)
    titles = tf.data.Dataset.from_tensor_slices(np.unique(catalog))

    def tower(vocabulary):
        return tf.keras.Sequential(
            [
                tf.keras.layers.StringLookup(vocabulary=vocabulary, mask_token=None),
                tf.keras.layers.Embedding(len(vocabulary) + 1, DIMENSION),
            ]
        )

    class Retrieval(tfrs.Model):
        def __init__(self):
            super().__init__()
            self.user_model = tower(np.unique(users))
            self.movie_model = tower(np.unique(catalog))
            self.task = tfrs.tasks.Retrieval(
                metrics=tfrs.metrics.FactorizedTopK(candidates=candidates.batch(128).map(self.movie_model), ks=KS)
            )

        def compute_loss(self, features, training=False):
            return self.task(
                self.user_model(features["user_id"]),
                self.movie_model(features["movie_title"]),
                compute_metrics=train_metrics or not training,
            )

    class BatchLosses(tf.keras.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.values = []

        def on_train_batch_end(self, batch, logs=None):
            self.values.append(float(logs["loss"]))

        def on_test_batch_end(self, batch, logs=None):
            self.values.append(float(logs["loss"]))

    model = Retrieval()
    model.compile(optimizer=tf.keras.optimizers.Adagrad(learning_rate=LEARNING_RATE))
    clock.lap("build")
    fitted = BatchLosses()
    history = model.fit(train, epochs=EPOCHS, verbose=0, callbacks=[fitted]).history
    clock.lap("fit")
    tested = BatchLosses()
    evaluated = model.evaluate(test, return_dict=True, verbose=0, callbacks=[tested])
    clock.lap("evaluate")
    index = tfrs.layers.factorized_top_k.BruteForce(model.user_model)
    index.index_from_dataset(candidates.batch(100).map(lambda title: (title, model.movie_model(title))))
    index(tf.constant(["42"]))
    clock.lap("index")
    with tempfile.TemporaryDirectory() as scratch:
        tf.saved_model.save(index, scratch)
    clock.lap("save")

    distinct = tfrs.metrics.FactorizedTopK(candidates=titles.batch(128).map(model.movie_model), ks=KS)
    for features in test:
        distinct.update_state(model.user_model(features["user_id"]), model.movie_model(features["movie_title"]))

    test_users, test_movies = users[order[TRAIN : TRAIN + TEST]], movies[order[TRAIN : TRAIN + TEST]]
    names = np.unique(catalog)
    q = model.user_model(tf.constant(test_users)).numpy().astype(np.float64)
    c = model.movie_model(tf.constant(names)).numpy().astype(np.float64)
    better = []
    for start in range(0, TEST, 1000):
        scores = q[start : start + 1000] @ c.T
        own = scores[np.arange(len(scores)), np.searchsorted(names, test_movies[start : start + 1000])]
        # The same dot product may round otherwise here and there; a candidate never beats itself.
        better.append((scores > own[:, None]).sum(1))
    better = np.concatenate(better)

    batches = len(fitted.values) // EPOCHS
    epochs = [fitted.values[number * batches : (number + 1) * batches] for number in range(EPOCHS)]
    return {
        "seed": seed,
        "test_timestamps_sha256": digest_of_rows(timestamps, order[TRAIN : TRAIN + TEST]),
        "train_metrics": train_metrics,
        "epochs": [
            {
                "loss_per_batch": round(statistics.fmean(losses), 3),
                "loss_per_pair": round(sum(losses) / TRAIN, 6),
                "losses_of_batches": [round(loss, 2) for loss in losses],
                "loss_in_history": round(history["loss"][number], 2),
            }
            for number, losses in enumerate(epochs)
        ],
        "test": {
            "loss_per_batch": round(statistics.fmean(tested.values), 3),
            "loss_per_pair": round(sum(tested.values) / TEST, 6),
            "losses_of_batches": [round(loss, 2) for loss in tested.values],
            "loss_in_evaluate": round(float(evaluated["loss"]), 2),
        },
        "hit_rate_1682_rows": {
            str(k): round(float(evaluated[f"factorized_top_k/top_{k}_categorical_accuracy"]), 6) for k in KS
        },
        "hit_rate_1664_titles": {str(k): round(float(value), 6) for k, value in zip(KS, distinct.result())},
        "hit_rate_by_definition": {str(k): round(float((better < k).mean()), 6) for k in KS},
        "seconds": clock.parts,
        "versions": {"numpy": np.__version__, "tensorflow": tf.__version__, "tensorflow-recommenders": tfrs.__version__},
    }


def run_in_process(seed, folder, train_metrics):
    """One seed in a process of its own, with what the kernel counted for it."""
    with tempfile.TemporaryDirectory() as scratch:
        output = os.path.join(scratch, "result.json")
        words = [sys.executable, os.path.abspath(__file__), "--data", folder, "--one-seed", str(seed), "--output", output]
        words += ["--train-metrics"] if train_metrics else []
        start = time.monotonic()
        process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
        errors = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - start
        if process.returncode != 0:
            sys.exit(f"seed {seed} failed\n{errors}")
        with open(output) as file:
            result = json.load(file)
    result["process"] = {
        "wall_seconds": round(wall, 2),
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 2),
        "peak_memory_bytes": usage.ru_maxrss * 1024,
    }
    return result


def processor():
    try:
        with open("/proc/cpuinfo") as file:
            return re.search(r"model name\s*:\s*(.+)", file.read())[1]
    except (OSError, TypeError):
        return platform.machine()


def main():
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=os.path.join(root, "data", "ml-100k"), help="folder of MovieLens 100K")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--output", required=True, help="the JSON file to write")
    parser.add_argument("--train-metrics", action="store_true", help="count top-k accuracies in training too")
    parser.add_argument("--one-seed", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one_seed is not None:
        result = run(arguments.one_seed, arguments.data, arguments.train_metrics)
    else:
        seeds = [run_in_process(seed, arguments.data, arguments.train_metrics) for seed in arguments.seeds]
        versions = [seed.pop("versions") for seed in seeds][0]
        result = {
            "made_by": "Scripts/reference/tfrs_movielens_100k.py",
            "versions": {"python": platform.python_version(), **versions},
            "processor": processor(),
            "processors": len(os.sched_getaffinity(0)),
            "settings": {
                "dimension": DIMENSION,
                "epochs": EPOCHS,
                "learning_rate": LEARNING_RATE,
                "train": TRAIN,
                "test": TEST,
                "train_batch": TRAIN_BATCH,
                "test_batch": TEST_BATCH,
            },
            "seeds": seeds,
        }
    text = json.dumps(result, indent=1, allow_nan=False)
    # One line for each list of numbers.
    text = re.sub(r"\[[\s\d.,e+-]*\]", lambda m: re.sub(r"\s+", " ", m[0]).replace("[ ", "[").replace(" ]", "]"), text)
    with open(arguments.output, "w", encoding="ascii") as file:
        file.write(text + "\n")


if __name__ == "__main__":
    main()
