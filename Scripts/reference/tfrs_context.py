#!/usr/bin/env python3
"""Runs the TensorFlow Recommenders guide "Taking advantage of context features" on MovieLens 100K and measures it.

Model, objective, optimizer and batches are the guide's: https://www.tensorflow.org/recommenders/examples/context_features.
With --timestamps the query tower has a thousand equally long ranges of times and the normalised time beside the user's id;
with --equal-counts the ranges have equally many ratings instead, as `timestamp: buckets 1000` of Tandem's vocab makes them.
What differs, and why:
- The split of a seed is the one that Tandem's `split --by random --seed SEED` draws, so that both are judged by the same
  pairs.
- Everything is seeded (`set_random_seed`), where the guide seeds TensorFlow alone.
- Losses are collected batch by batch, and accuracies are counted over the distinct titles by the definition, in float64, as
  in tfrs_movielens_100k.py, which says why.

Needs Python 3.9 ... 3.11 and
    pip install tensorflow-cpu==2.15.1 tensorflow-recommenders==0.7.3 numpy==1.26.4
"""

import argparse
import json
import os
import resource
import statistics
import sys
import time

from tfrs_movielens_100k import TEST, TRAIN, read_movielens, tandem_permutation

TRAIN_BATCH, TEST_BATCH = 2_048, 4_096
DIMENSION, LEARNING_RATE = 32, 0.1
RANGES, WORDS = 1_000, 10_000
K = 100


def run(seed, folder, epochs, with_timestamps, equal_counts):
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import numpy as np
    import tensorflow as tf
    import tensorflow_recommenders as tfrs

    layers = tf.keras.layers
    users, movies, times, catalog = read_movielens(folder)
    order = tandem_permutation(seed, "split", len(users))
    users, movies = np.array(users, "S"), np.array([title.encode() for title in movies], "S")
    times, titles = np.array(times, np.int64), np.unique(np.array([title.encode() for title in catalog], "S"))
    tf.keras.utils.set_random_seed(seed)

    def lookup(vocabulary):
        return tf.keras.Sequential([layers.StringLookup(vocabulary=vocabulary, mask_token=None),
                                    layers.Embedding(len(vocabulary) + 1, DIMENSION)])

    class UserModel(tf.keras.Model):
        def __init__(self):
            super().__init__()
            self.ids = lookup(np.unique(users))
            if with_timestamps:
                bounds = np.linspace(times.min(), times.max(), num=RANGES)
                if equal_counts:
                    ordered = np.sort(times)
                    bounds = np.unique(ordered[np.arange(1, RANGES) * len(times) // RANGES])
                self.ranges = tf.keras.Sequential([layers.Discretization(bounds.tolist()),
                                                   layers.Embedding(len(bounds) + 1, DIMENSION)])
                self.normalised = layers.Normalization(axis=None)
                self.normalised.adapt(times)

        def call(self, inputs):
            ids = self.ids(inputs["user_id"])
            if not with_timestamps:
                return ids
            number = tf.reshape(self.normalised(inputs["timestamp"]), (-1, 1))
            return tf.concat([ids, self.ranges(inputs["timestamp"]), number], axis=1)

    class MovieModel(tf.keras.Model):
        def __init__(self):
            super().__init__()
            self.ids = lookup(titles)
            vectorizer = layers.TextVectorization(max_tokens=WORDS)
            vectorizer.adapt(titles)
            self.words = tf.keras.Sequential([vectorizer, layers.Embedding(WORDS, DIMENSION, mask_zero=True),
                                              layers.GlobalAveragePooling1D()])

        def call(self, inputs):
            return tf.concat([self.ids(inputs), self.words(inputs)], axis=1)

    class Retrieval(tfrs.Model):
        def __init__(self):
            super().__init__()
            self.query_model = tf.keras.Sequential([UserModel(), layers.Dense(DIMENSION)])
            self.candidate_model = tf.keras.Sequential([MovieModel(), layers.Dense(DIMENSION)])
            self.task = tfrs.tasks.Retrieval()

        def compute_loss(self, features, training=False):
            queries = self.query_model({"user_id": features["user_id"], "timestamp": features["timestamp"]})
            return self.task(queries, self.candidate_model(features["movie_title"]), compute_metrics=False)

    class Losses(tf.keras.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.values = []

        def on_train_batch_end(self, batch, logs=None):
            self.values.append(float(logs["loss"]))

        def on_test_batch_end(self, batch, logs=None):
            self.values.append(float(logs["loss"]))

    def pairs(rows):
        return tf.data.Dataset.from_tensor_slices(
            {"user_id": users[rows], "movie_title": movies[rows], "timestamp": times[rows]})

    train = pairs(order[:TRAIN]).shuffle(100_000, seed=seed).batch(TRAIN_BATCH).cache()
    test = pairs(order[TRAIN : TRAIN + TEST]).batch(TEST_BATCH).cache()
    model = Retrieval()
    model.compile(optimizer=tf.keras.optimizers.Adagrad(LEARNING_RATE))
    start = resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
    fitted, tested = Losses(), Losses()
    model.fit(train, epochs=epochs, verbose=0, callbacks=[fitted])
    used, wall = resource.getrusage(resource.RUSAGE_SELF), time.monotonic() - start[1]
    model.evaluate(test, verbose=0, callbacks=[tested])

    def accuracy(rows):
        c = model.candidate_model(tf.constant(titles)).numpy().astype(np.float64)
        hits = 0
        for begin in range(0, len(rows), 1000):
            part = rows[begin : begin + 1000]
            q = model.query_model({"user_id": tf.constant(users[part]), "timestamp": tf.constant(times[part])})
            scores = q.numpy().astype(np.float64) @ c.T
            own = scores[np.arange(len(part)), np.searchsorted(titles, movies[part])]
            hits += int(((scores > own[:, None]).sum(1) < K).sum())
        return hits / len(rows)

    per_epoch = len(fitted.values) // epochs
    return {
        "seed": seed, "timestamps": with_timestamps, "equal_counts": equal_counts, "epochs": epochs,
        "loss_per_pair": [round(sum(fitted.values[e * per_epoch : (e + 1) * per_epoch]) / TRAIN, 6) for e in range(epochs)],
        "loss_per_batch": round(statistics.fmean(fitted.values[-per_epoch:]), 3),
        "test_loss_per_pair": round(sum(tested.values) / TEST, 6),
        f"test_top_{K}": round(accuracy(order[TRAIN : TRAIN + TEST]), 6),
        "fit_cpu_seconds": round(used.ru_utime + used.ru_stime - start[0].ru_utime - start[0].ru_stime, 2),
        "fit_wall_seconds": round(wall, 2),
    }


def main():
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=os.path.join(root, "data", "ml-100k"), help="folder of MovieLens 100K")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--timestamps", action="store_true", help="with the timestamps in the query tower")
    parser.add_argument("--equal-counts", action="store_true", help="ranges of times with equally many ratings")
    arguments = parser.parse_args()
    json.dump(run(arguments.seed, arguments.data, arguments.epochs, arguments.timestamps, arguments.equal_counts), sys.stdout)
    print()


if __name__ == "__main__":
    main()
