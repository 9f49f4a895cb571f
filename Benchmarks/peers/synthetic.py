#!/usr/bin/env python3
"""What Benchmarks/synthetic and Benchmarks/tuned need numpy for: making the data, judging every model alike, and running implicit.

Ids of users and items are numbers of fixed width, so that their order is that of Tandem's vocabularies.
"""

import argparse
import csv
import json
import os
import struct
import sys
import time

import numpy as np

PARTS = ["train", "validation", "test"]


def popularity(items, exponent):
    weights = 1 / (np.arange(items) + 10.0) ** exponent
    return np.cumsum(weights / weights.sum())


def generate(arguments):
    """Planted factors: each pair's item is the best of a few drawn by popularity (Zipf), by the product of the user's
    and the item's factors and Gumbel noise, which is a draw from a softmax over them."""
    random = np.random.default_rng(arguments.seed)
    users, items, rank = arguments.users, arguments.items, 16
    user_factors = random.standard_normal((users, rank), dtype=np.float32)
    item_factors = random.standard_normal((items, rank), dtype=np.float32) / np.sqrt(rank)
    steps = popularity(items, 0.9)
    # How active users are differs as much as how popular items are.
    activity = random.gamma(1.0, 1.0, users) + 0.2
    shuffled = random.permutation(items)
    distinct, wanted = np.empty(0, dtype=np.int64), arguments.pairs
    while len(distinct) < wanted:
        pairs = [distinct]
        for _ in range(0, max(int((wanted - len(distinct)) * 1.1), 1000), 1 << 17):
            count = 1 << 17
            who = np.searchsorted(np.cumsum(activity / activity.sum()), random.random(count)).clip(0, users - 1)
            drawn = np.searchsorted(steps, random.random((count, arguments.choices))).clip(0, items - 1)
            liking = np.einsum("nck,nk->nc", item_factors[drawn], user_factors[who])
            liking = arguments.taste * liking + random.gumbel(size=liking.shape).astype(np.float32)
            what = shuffled[drawn[np.arange(count), liking.argmax(axis=1)]]
            pairs.append(who.astype(np.int64) * items + what)
        distinct = np.unique(np.concatenate(pairs))
    distinct = random.permutation(distinct)[:wanted]
    part = np.searchsorted([0.85, 0.9], random.random(len(distinct)))
    np.savez(arguments.data + ".npz", user=(distinct // items).astype(np.int32),
             item=(distinct % items).astype(np.int32), part=part.astype(np.int8))
    with open(arguments.data, "wb") as file:
        file.write(b"user,item,part\n")
        for number, name in enumerate(PARTS):
            rows = distinct[part == number]
            for start in range(0, len(rows), 1 << 20):
                file.write(lines(rows[start:start + (1 << 20)], items, name))
    print(f"{len(distinct)} pairs of {users} users and {items} items", file=sys.stderr)


def lines(rows, items, name):
    """Rows of fixed width, digit by digit: 7 for the user, 7 for the item."""
    tail = f",{name}\n".encode()
    text = np.empty((len(rows), 15 + len(tail)), dtype=np.uint8)
    for first, numbers in [(0, rows // items), (8, rows % items)]:
        for digit in range(7):
            text[:, first + 6 - digit] = 48 + numbers // 10 ** digit % 10
    text[:, 7] = 44
    text[:, 15:] = np.frombuffer(tail, dtype=np.uint8)
    return text.tobytes()


def convert(arguments):
    """Pairs of a delimited file as `Data` reads them; ids are numbered in the order of their bytes."""
    with open(arguments.source, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    try:
        columns = [np.array([row[name] for row in rows]) for name in arguments.columns]
    except KeyError as error:
        sys.exit(f"synthetic.py: {arguments.source} has no column {error}")
    numbers = [np.unique(column, return_inverse=True)[1].astype(np.int32) for column in columns[:2]]
    part = np.array([PARTS.index(name) if name in PARTS else 0 for name in columns[2]], dtype=np.int8)
    np.savez(arguments.data + ".npz", user=numbers[0], item=numbers[1], part=part)


class Data:
    """Pairs with the users and items of the training part numbered in their order, as a model has them; held-out pairs
    of others are left out."""

    def __init__(self, path):
        stored = np.load(path + ".npz")
        train = stored["part"] == 0
        self.users, self.items = np.unique(stored["user"][train]), np.unique(stored["item"][train])
        known = np.isin(stored["user"], self.users) & np.isin(stored["item"], self.items)
        self.part = stored["part"][known]
        self.user = np.searchsorted(self.users, stored["user"][known])
        self.item = np.searchsorted(self.items, stored["item"][known])

    def matrix(self, part):
        from scipy.sparse import csr_matrix

        rows = self.part == part
        ones = np.ones(rows.sum(), dtype=np.float32)
        return csr_matrix((ones, (self.user[rows], self.item[rows])), shape=(len(self.users), len(self.items)))


class Judge:
    """recall@20 with seen items excluded, averaged over a sample of the users that have held-out items."""

    def __init__(self, data, part, sample=4000, k=20):
        self.k = k
        self.seen, self.held = data.matrix(0), data.matrix(part)
        users = np.flatnonzero(np.diff(self.held.indptr))
        self.sample = np.random.default_rng(1).permutation(users)[:sample]

    def recall(self, users, items):
        found = []
        for start in range(0, len(self.sample), 500):
            block = self.sample[start:start + 500]
            scores = users[block] @ items.T
            for row, user in enumerate(block):
                scores[row, self.seen.indices[self.seen.indptr[user]:self.seen.indptr[user + 1]]] = -np.inf
            best = np.argpartition(-scores, self.k, axis=1)[:, :self.k]
            for row, user in enumerate(block):
                held = self.held.indices[self.held.indptr[user]:self.held.indptr[user + 1]]
                found.append(np.isin(held, best[row]).mean())
        return float(np.mean(found))


def tandem_towers(path):
    """The embeddings of a model (Docs/reference/artifact-format.md), without the rows for what is out of vocabulary."""
    with open(path, "rb") as file:
        head = file.read(64)
        offset, length = struct.unpack("<QQ", head[48:])
        file.seek(offset)
        sections = {part["name"]: part for part in json.loads(file.read(length))["sections"]}
        towers = []
        for name in ["query_embeddings", "candidate_embeddings"]:
            file.seek(sections[name]["offset"])
            values = np.frombuffer(file.read(sections[name]["stored"]), dtype="<f4")
            towers.append(values.reshape(sections[name]["shape"])[1:])
    return towers


def judge(arguments):
    data = Data(arguments.data)
    judge = Judge(data, arguments.part)
    if not arguments.models:
        counts = np.asarray(judge.seen.sum(axis=0)).ravel()[:, None]
        return [judge.recall(np.ones((len(data.users), 1), dtype=np.float32), counts.astype(np.float32))]
    return [judge.recall(*tandem_towers(path)) for path in arguments.models]


def implicit(arguments):
    """Wall seconds of fitting, recall and processor seconds after every few iterations, to the end."""
    from implicit.als import AlternatingLeastSquares
    from implicit.bpr import BayesianPersonalizedRanking

    data = Data(arguments.data)
    judge, train = Judge(data, arguments.part), data.matrix(0)
    if arguments.model == "bpr":
        model = BayesianPersonalizedRanking(
            factors=arguments.dimension - 1, iterations=arguments.step, num_threads=arguments.threads, random_state=1,
            learning_rate=arguments.learning_rate, regularization=arguments.regularization)
    else:
        model = AlternatingLeastSquares(
            factors=arguments.dimension, iterations=arguments.step, num_threads=arguments.threads, random_state=1,
            regularization=arguments.regularization, alpha=arguments.alpha)
    curve, seconds, processor = [], 0.0, 0.0
    for iteration in range(arguments.step, arguments.iterations + 1, arguments.step):
        start, own = time.monotonic(), time.process_time()
        model.fit(train, show_progress=False)
        seconds, processor = seconds + time.monotonic() - start, processor + time.process_time() - own
        curve.append((iteration, seconds, judge.recall(model.user_factors, model.item_factors), processor))
        print(f"implicit {arguments.model}: {iteration} iterations, {seconds:.1f} s, recall@20 {curve[-1][2]:.4f}",
              file=sys.stderr)
    return curve


def tfrs(arguments):
    """Seconds a batch of TensorFlow Recommenders' retrieval task, over a few batches behind the first."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow as tf
    import tensorflow_recommenders as recommenders

    data = Data(arguments.data)
    rows = np.random.default_rng(1).permutation(np.flatnonzero(data.part == 0))
    size = arguments.batch_size

    class Model(recommenders.Model):
        def __init__(self):
            super().__init__()
            self.query = tf.keras.layers.Embedding(len(data.users) + 1, arguments.dimension)
            self.candidate = tf.keras.layers.Embedding(len(data.items) + 1, arguments.dimension)
            self.task = recommenders.tasks.Retrieval()

        def compute_loss(self, features, training=False):
            return self.task(self.query(features["user"]), self.candidate(features["item"]), compute_metrics=False)

    model = Model()
    model.compile(optimizer=tf.keras.optimizers.Adagrad(0.1))

    def batches(first, count):
        chosen = rows[first * size:(first + count) * size]
        return tf.data.Dataset.from_tensor_slices(
            {"user": data.user[chosen] + 1, "item": data.item[chosen] + 1}).batch(size).cache()

    model.fit(batches(0, 2), epochs=1, verbose=0)
    start = time.monotonic()
    model.fit(batches(2, arguments.batches), epochs=1, verbose=0)
    return (time.monotonic() - start) / arguments.batches


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["generate", "convert", "judge", "implicit", "tfrs"])
    parser.add_argument("--data", required=True, help="the CSV file; the same as .npz is beside it")
    parser.add_argument("--source", help="convert: a CSV file with a header")
    parser.add_argument("--columns", nargs=3, metavar=("USER", "ITEM", "PART"), help="convert: its columns")
    parser.add_argument("--users", type=int, default=200_000)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--pairs", type=int, default=10_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--choices", type=int, default=24)
    parser.add_argument("--taste", type=float, default=4.0)
    parser.add_argument("--part", type=int, default=1, help="what is judged by: 1 validation, 2 test")
    parser.add_argument("--models", nargs="*", default=[], help="of Tandem; popularity if there are none")
    parser.add_argument("--model", choices=["bpr", "ials"], default="bpr")
    parser.add_argument("--dimension", type=int, default=64)
    parser.add_argument("--iterations", type=int, default=100)
    parser.add_argument("--step", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--learning-rate", type=float, default=0.01)
    parser.add_argument("--regularization", type=float, default=0.01)
    parser.add_argument("--alpha", type=float, default=1.0)
    parser.add_argument("--batch-size", type=int, default=8192)
    parser.add_argument("--batches", type=int, default=20)
    arguments = parser.parse_args()
    result = {"generate": generate, "convert": convert, "judge": judge, "implicit": implicit, "tfrs": tfrs}[arguments.what](arguments)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
