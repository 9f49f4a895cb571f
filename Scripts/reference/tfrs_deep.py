#!/usr/bin/env python3
"""Runs the TensorFlow Recommenders guides on context features and on deep retrieval models on MovieLens 100K.

Models, objective, optimizer and batches are those of https://www.tensorflow.org/recommenders/examples/context_features and
https://www.tensorflow.org/recommenders/examples/deep_recommenders: the first's model with timestamps is the second's of one layer.
What differs, and why:
- The split is the one that Tandem's `split --by random --seed SEED` draws, so that both are judged by the same pairs.
- The 1,000 buckets of timestamps have equally many ratings of the training part each, as Tandem's have; the guides' are equally
  long, as one model's here are. The timestamps' mean and deviation are of the training part too.
- Epochs are fewer than the 300 of the deep guide.
- Accuracy counts test pairs by the definition, among the 1,664 distinct titles, once after training. The guide on context
  features counts it in every batch of training too; --train-metrics does so, which costs most of the time of `fit`.

Every run has a process of its own, whose CPU time is the kernel's count. Needs Python 3.9 ... 3.11 and
    pip install tensorflow-cpu==2.15.1 tensorflow-recommenders==0.7.3 numpy==1.26.4
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile

from tfrs_movielens_100k import TEST, TRAIN, Clock, processor, read_movielens, tandem_permutation

DIMENSION, BATCH, TEST_BATCH, LEARNING_RATE, BUCKETS, WORDS = 32, 2_048, 4_096, 0.1, 1_000, 10_000
# Which buckets of timestamps, if any, and the widths of the layers before the last.
MODELS = {
    "1 layer, without timestamps": (None, []),
    "1 layer, equally long buckets": ("long", []),
    "1 layer": ("full", []),
    "2 layers": ("full", [64]),
    "3 layers": ("full", [128, 64]),
}


def run(name, seed, epochs, folder, train_metrics):
    clock = Clock()
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import numpy as np
    import tensorflow as tf
    import tensorflow_recommenders as tfrs

    buckets, widths = MODELS[name]
    users, movies, timestamps, catalog = read_movielens(folder)
    order = tandem_permutation(seed, "split", len(users))
    users, movies = np.array(users, "S"), np.array([title.encode() for title in movies], "S")
    timestamps = np.array(timestamps, "int64")
    titles = np.unique(np.array([title.encode() for title in catalog], "S"))
    learnt = timestamps[order[:TRAIN]]
    tf.keras.utils.set_random_seed(seed)

    def rows(places):
        columns = {"user_id": users[places], "movie_title": movies[places], "timestamp": timestamps[places]}
        return tf.data.Dataset.from_tensor_slices(columns)

    train = rows(order[:TRAIN]).shuffle(100_000, seed=seed).batch(BATCH).cache()
    test = rows(order[TRAIN : TRAIN + TEST]).batch(TEST_BATCH).cache()
    tf.keras.backend.clear_session()

    class UserModel(tf.keras.Model):
        def __init__(self):
            super().__init__()
            names = np.unique(users)
            self.user_embedding = tf.keras.Sequential(
                [
                    tf.keras.layers.StringLookup(vocabulary=names, mask_token=None),
                    tf.keras.layers.Embedding(len(names) + 1, DIMENSION),
                ]
            )
            if buckets:
                boundaries = (
                    np.unique(np.quantile(learnt, np.arange(1, BUCKETS) / BUCKETS))
                    if buckets == "full"
                    else np.linspace(learnt.min(), learnt.max(), BUCKETS)
                )
                self.timestamp_embedding = tf.keras.Sequential(
                    [
                        tf.keras.layers.Discretization(boundaries.tolist()),
                        tf.keras.layers.Embedding(len(boundaries) + 2, DIMENSION),
                    ]
                )
                self.mean, self.deviation = float(learnt.mean()), float(learnt.std())

        def call(self, inputs):
            vectors = [self.user_embedding(inputs["user_id"])]
            if buckets:
                vectors.append(self.timestamp_embedding(inputs["timestamp"]))
                # In float64: the seconds since 1970 have more digits than a float32.
                normalised = (tf.cast(inputs["timestamp"], tf.float64) - self.mean) / self.deviation
                vectors.append(tf.reshape(tf.cast(normalised, tf.float32), (-1, 1)))
            return tf.concat(vectors, axis=1)

    class MovieModel(tf.keras.Model):
        def __init__(self):
            super().__init__()
            self.title_embedding = tf.keras.Sequential(
                [
                    tf.keras.layers.StringLookup(vocabulary=titles, mask_token=None),
                    tf.keras.layers.Embedding(len(titles) + 1, DIMENSION),
                ]
            )
            self.title_vectorizer = tf.keras.layers.TextVectorization(max_tokens=WORDS)
            self.title_text_embedding = tf.keras.Sequential(
                [
                    self.title_vectorizer,
                    tf.keras.layers.Embedding(WORDS, DIMENSION, mask_zero=True),
                    tf.keras.layers.GlobalAveragePooling1D(),
                ]
            )
            self.title_vectorizer.adapt(titles)

        def call(self, names):
            return tf.concat([self.title_embedding(names), self.title_text_embedding(names)], axis=1)

    class Tower(tf.keras.Model):
        def __init__(self, embedding):
            super().__init__()
            self.embedding = embedding
            self.layers_of_tower = tf.keras.Sequential(
                [tf.keras.layers.Dense(width, activation="relu") for width in widths] + [tf.keras.layers.Dense(DIMENSION)]
            )

        def call(self, inputs):
            return self.layers_of_tower(self.embedding(inputs))

    class Retrieval(tfrs.models.Model):
        def __init__(self):
            super().__init__()
            self.query_model, self.candidate_model = Tower(UserModel()), Tower(MovieModel())
            candidates = tf.data.Dataset.from_tensor_slices(titles).batch(128).map(self.candidate_model)
            self.task = tfrs.tasks.Retrieval(metrics=tfrs.metrics.FactorizedTopK(candidates=candidates))

        def compute_loss(self, features, training=False):
            queries = self.query_model({key: features[key] for key in ("user_id", "timestamp")})
            return self.task(queries, self.candidate_model(features["movie_title"]), compute_metrics=train_metrics and training)

    class BatchLosses(tf.keras.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.values = []

        def on_train_batch_end(self, batch, logs=None):
            self.values.append(float(logs["loss"]))

        def on_test_batch_end(self, batch, logs=None):
            self.values.append(float(logs["loss"]))

    model = Retrieval()
    model.compile(optimizer=tf.keras.optimizers.Adagrad(LEARNING_RATE))
    clock.lap("build")
    fitted, tested = BatchLosses(), BatchLosses()
    model.fit(train, epochs=epochs, verbose=0, callbacks=[fitted])
    clock.lap("fit")
    model.evaluate(test, verbose=0, callbacks=[tested])
    vectors = model.candidate_model(tf.constant(titles)).numpy().astype("float64")
    better = []
    for features in test:
        queries = model.query_model({key: features[key] for key in ("user_id", "timestamp")}).numpy().astype("float64")
        scores = queries @ vectors.T
        own = scores[np.arange(len(scores)), np.searchsorted(titles, features["movie_title"].numpy())]
        better.append((scores > own[:, None]).sum(1))
    better = np.concatenate(better)
    clock.lap("evaluate")
    batches = len(fitted.values) // epochs
    return {
        "model": name,
        "seed": seed,
        "train_metrics": train_metrics,
        "epochs": [round(statistics.fmean(fitted.values[n * batches : (n + 1) * batches]), 2) for n in range(epochs)],
        "test_loss": round(statistics.fmean(tested.values), 2),
        "top_100": round(float((better < 100).mean()), 4),
        "seconds": clock.parts,
        "versions": {"numpy": np.__version__, "tensorflow": tf.__version__, "tensorflow-recommenders": tfrs.__version__},
    }


def run_in_process(name, seed, arguments):
    with tempfile.TemporaryDirectory() as scratch:
        output = os.path.join(scratch, "result.json")
        words = [sys.executable, os.path.abspath(__file__), "--data", arguments.data, "--epochs", str(arguments.epochs)]
        words += ["--train-metrics"] if arguments.train_metrics else []
        subprocess.run([*words, "--output", output, "--one", name, str(seed)], check=True)
        with open(output, encoding="ascii") as file:
            return json.load(file)


def main():
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=os.path.join(root, "data", "ml-100k"), help="folder of MovieLens 100K")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    parser.add_argument("--train-metrics", action="store_true", help="count top-k accuracies in training too")
    parser.add_argument("--output", required=True, help="the JSON file to write")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        name, seed = arguments.one
        result = run(name, int(seed), arguments.epochs, arguments.data, arguments.train_metrics)
    else:
        runs = [run_in_process(name, seed, arguments) for name in arguments.models for seed in arguments.seeds]
        versions = [one.pop("versions") for one in runs][0]
        result = {
            "made_by": "Scripts/reference/tfrs_deep.py",
            "versions": {"python": platform.python_version(), **versions},
            "processor": processor(),
            "processors": len(os.sched_getaffinity(0)),
            "settings": {"dimension": DIMENSION, "batch": BATCH, "learning_rate": LEARNING_RATE, "buckets": BUCKETS},
            "runs": runs,
        }
    with open(arguments.output, "w", encoding="ascii") as file:
        json.dump(result, file, indent=1, allow_nan=False)
        file.write("\n")


if __name__ == "__main__":
    main()
