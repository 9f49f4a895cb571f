#!/usr/bin/env python3
"""Computes a small fixed case of two-tower training with TensorFlow Recommenders itself.

The tests of TwoTower compare their own losses, gradients, Adagrad steps and top-k accuracy with what
this writes. Needs Python 3.9 ... 3.11 and
    pip install tensorflow-cpu==2.15.1 tensorflow-recommenders==0.7.3 numpy==1.26.4
"""

import argparse
import json
import os
import platform
import re
from typing import List, NamedTuple

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"  # so that the last digits depend less on the processor

import numpy as np
import tensorflow as tf
import tensorflow_recommenders as tfrs

LEARNING_RATE = 0.1
UNUSED_QUERY, UNUSED_CANDIDATE = 7, 4  # in no batch: their rows must stay as they were


class Case(NamedTuple):
    name: str
    queries: int
    candidates: int
    dimension: int
    scale: float  # initial values are uniform in +- scale
    batch_sizes: List[int]
    epochs: int
    seed: int
    ks: List[int]


CASES = [
    # As Keras initialises, and as trained tables are.
    Case("small", 12, 9, 8, 0.05, [20, 20, 13], epochs=2, seed=1, ks=[1, 2, 5]),
    Case("large", 12, 9, 8, 0.5, [20, 20, 13], epochs=2, seed=2, ks=[1, 2, 5]),
    # More rows than a kernel takes at once, and an uneven number of columns.
    Case("many rows", 60, 560, 3, 1.0, [1200, 700], epochs=1, seed=3, ks=[1, 10, 100]),
]


def make_batches(case):
    """Pairs with many repeats, drawn with skewed odds. Row 0 is out-of-vocabulary.

    Candidate 0 is in no pair of the first batch, which the top-k accuracy is measured on.
    """
    random = np.random.RandomState(2024)
    query_odds = 1 / np.arange(1.0, case.queries + 1)
    query_odds[UNUSED_QUERY] = 0
    candidate_odds = 1 / np.arange(1.0, case.candidates + 1)
    candidate_odds[UNUSED_CANDIDATE] = 0
    batches = []
    for number, size in enumerate(case.batch_sizes):
        odds = candidate_odds.copy()
        odds[0] = 0 if number == 0 else 0.3
        queries = random.choice(case.queries, size, p=query_odds / query_odds.sum())
        candidates = random.choice(case.candidates, size, p=odds / odds.sum())
        # Where there is room, every row once for certain.
        if size >= 2 * case.candidates:
            queries[: case.queries - 1] = np.delete(np.arange(case.queries), UNUSED_QUERY)
            candidates[: case.candidates - 2] = np.delete(np.arange(case.candidates), [0, UNUSED_CANDIDATE])
        # Repeat some pairs for certain.
        queries[-3:], candidates[-3:] = queries[:3], candidates[:3]
        batches.append((queries.astype(np.int32), candidates.astype(np.int32)))
    return batches


class TwoTower(tfrs.Model):
    def __init__(self, queries, candidates):
        super().__init__()
        self.query_table = self.table(queries)
        self.candidate_table = self.table(candidates)
        self.task = tfrs.tasks.Retrieval()

    @staticmethod
    def table(weights):
        layer = tf.keras.layers.Embedding(*weights.shape, embeddings_initializer=tf.constant_initializer(weights))
        layer.build(None)
        return layer

    def compute_loss(self, features, training=False):
        return self.task(self.query_table(features["query"]), self.candidate_table(features["candidate"]))


class StepLosses(tf.keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.values = []

    def on_train_batch_end(self, batch, logs=None):
        self.values.append(logs["loss"])


def exact(array):
    """The values with the fewest digits that read back as the same float32."""
    array = np.asarray(array)
    if array.ndim:
        return [exact(row) for row in array]
    value = float(str(np.float32(array)))
    assert np.float32(value) == np.float32(array)
    return value


def run(case):
    batches = make_batches(case)
    random = np.random.RandomState(case.seed)
    queries, candidates = [
        random.uniform(-case.scale, case.scale, (rows, case.dimension)).astype(np.float32)
        for rows in (case.queries, case.candidates)
    ]
    model = TwoTower(queries, candidates)
    features = [{"query": tf.constant(q), "candidate": tf.constant(c)} for q, c in batches]

    tables = [model.query_table.embeddings, model.candidate_table.embeddings]
    with tf.GradientTape() as tape:
        loss = model.compute_loss(features[0], training=True)
    # Dense: the slices of a row that occurs many times in the batch are summed.
    gradients = [tf.convert_to_tensor(g).numpy() for g in tape.gradient(loss, tables)]

    model.compile(optimizer=tf.keras.optimizers.Adagrad(LEARNING_RATE))
    signature = {key: tf.TensorSpec([None], tf.int32) for key in features[0]}
    dataset = tf.data.Dataset.from_generator(lambda: iter(features), output_signature=signature)
    losses = StepLosses()
    model.fit(dataset, epochs=case.epochs, shuffle=False, verbose=0, callbacks=[losses])
    queries_after, candidates_after = [table.numpy() for table in tables]
    assert len(losses.values) == case.epochs * len(batches)
    assert np.float32(losses.values[0]) == loss.numpy()
    assert (queries_after[UNUSED_QUERY] == queries[UNUSED_QUERY]).all()
    assert (candidates_after[UNUSED_CANDIDATE] == candidates[UNUSED_CANDIDATE]).all()

    # TFRS sums the score of a pair in another order than the score of the same candidate in its index, so that by
    # rounding a candidate can beat itself. Of tables in multiples of 1/256 every score is exact in any order.
    queries_rounded, candidates_rounded = [np.round(table * 256) / 256 for table in (queries_after, candidates_after)]
    catalogue = tf.data.Dataset.from_tensor_slices(candidates_rounded[1:]).batch(case.candidates)
    metric = tfrs.metrics.FactorizedTopK(candidates=catalogue, ks=case.ks)
    metric.update_state(queries_rounded[batches[0][0]], candidates_rounded[batches[0][1]])
    values = [value.numpy() for value in metric.result()]
    scores = queries_rounded[batches[0][0]].astype(np.float64) @ candidates_rounded[1:].astype(np.float64).T
    better = (scores > scores[np.arange(len(scores)), batches[0][1] - 1][:, None]).sum(1)
    assert np.allclose(values, [(better < k).mean() for k in case.ks]), (case.name, values, better)

    return {
        "name": case.name,
        "dimension": case.dimension,
        "learning_rate": LEARNING_RATE,
        "epochs": case.epochs,
        "queries": exact(queries),
        "candidates": exact(candidates),
        "batches": [{"queries": q.tolist(), "candidates": c.tolist()} for q, c in batches],
        "first_step": {
            "loss": exact(loss.numpy()),
            "query_gradient": exact(gradients[0]),
            "candidate_gradient": exact(gradients[1]),
        },
        "step_losses": exact(np.array(losses.values, np.float32)),
        "queries_after": exact(queries_after),
        "candidates_after": exact(candidates_after),
        "factorized_top_k": {
            "of": "batch 0, against all rows of the candidate table but 0 (out of vocabulary)",
            "queries": exact(queries_rounded),
            "candidates": exact(candidates_rounded),
            "ks": case.ks,
            "values": exact(np.array(values)),
        },
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", required=True, help="the JSON file to write")
    arguments = parser.parse_args()
    result = {
        "made_by": "Scripts/reference/retrieval_fixed_case.py",
        "versions": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "tensorflow": tf.__version__,
            "tensorflow-recommenders": tfrs.__version__,
        },
        "cases": [run(case) for case in CASES],
    }
    text = json.dumps(result, indent=1, allow_nan=False)
    # One line for each list of numbers (or of pairs of numbers).
    text = re.sub(r"\[[\s\d.,e+-]*\]", lambda m: re.sub(r"\s+", " ", m[0]).replace("[ ", "[").replace(" ]", "]"), text)
    assert json.loads(text) == result
    with open(arguments.output, "w", encoding="ascii") as file:
        file.write(text + "\n")


if __name__ == "__main__":
    main()
