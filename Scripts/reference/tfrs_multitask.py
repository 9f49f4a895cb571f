#!/usr/bin/env python3
"""Runs the TensorFlow Recommenders guide "Multi-task recommenders" on MovieLens 100K and measures it.

Model, objective, optimizer and batches are the guide's: https://www.tensorflow.org/recommenders/examples/multitask. Embeddings of 32
for users and titles; a rating model of Dense(256, relu), Dense(128, relu) and Dense(1) over both side by side; the loss is
rating_weight times the mean squared error of a batch plus retrieval_weight times its summed in-batch softmax. Three models: ratings
alone, retrieval alone, both.

The split of a seed is the one that Tandem's `split --by random --seed SEED` draws, and everything is seeded, as in
tfrs_movielens_100k.py, which says what else differs from the guides and why. Top-k accuracy is counted on the test part alone. Losses
are means over the batches of an epoch, each part before its weight. RMSE and MAE are over all 20,000 test rows, in float64, also over
those whose user and title have training rows: the others have embeddings as they were drawn.

Every model of a seed runs in a process of its own, whose time and memory are the kernel's count (wait4). Needs Python 3.9 ... 3.11 and
    pip install tensorflow-cpu==2.15.1 tensorflow-recommenders==0.7.3 numpy==1.26.4
"""

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
from tfrs_movielens_100k import (
    DIMENSION, EPOCHS, LEARNING_RATE, TEST, TEST_BATCH, TRAIN, TRAIN_BATCH, Clock, digest_of_rows, processor, read_movielens,
    tandem_permutation)

LAYERS = [256, 128]
# Names and weights of the rating loss and of the retrieval loss.
MODELS = {"rating alone": (1.0, 0.0), "retrieval alone": (0.0, 1.0), "both": (1.0, 1.0)}


def read_ratings(folder):
    path = os.path.join(folder, "u.data")
    header = not os.path.exists(path)
    path = os.path.join(folder, "ml-100k.inter") if header else path
    with open(path, encoding="latin-1") as file:
        return [float(line.split("\t")[2]) for line in list(file)[1 if header else 0 :]]


def run(name, seed, folder):
    clock = Clock()
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import numpy as np
    import tensorflow as tf
    import tensorflow_recommenders as tfrs

    clock.lap("import")
    rating_weight, retrieval_weight = MODELS[name]
    users, movies, timestamps, catalog = read_movielens(folder)
    order = tandem_permutation(seed, "split", len(users))
    train_rows, test_rows = order[:TRAIN], order[TRAIN : TRAIN + TEST]
    users, movies = np.array(users, "S"), np.array([title.encode() for title in movies], "S")
    catalog = np.array([title.encode() for title in catalog], "S")
    ratings = np.array(read_ratings(folder), "float32")
    clock.lap("read and split")
    tf.keras.utils.set_random_seed(seed)

    def rows_of(rows):
        return tf.data.Dataset.from_tensor_slices(
            {"user_id": users[rows], "movie_title": movies[rows], "user_rating": ratings[rows]})

    train = rows_of(train_rows).shuffle(100_000, seed=seed).batch(TRAIN_BATCH).cache()
    test = rows_of(test_rows).batch(TEST_BATCH).cache()

    def tower(vocabulary):
        return tf.keras.Sequential([
            tf.keras.layers.StringLookup(vocabulary=vocabulary, mask_token=None),
            tf.keras.layers.Embedding(len(vocabulary) + 1, DIMENSION),
        ])

    class Multitask(tfrs.Model):
        def __init__(self):
            super().__init__()
            self.user_model = tower(np.unique(users))
            self.movie_model = tower(np.unique(catalog))
            self.rating_model = tf.keras.Sequential(
                [tf.keras.layers.Dense(width, activation="relu") for width in LAYERS] + [tf.keras.layers.Dense(1)])
            self.rating_task = tfrs.tasks.Ranking(
                loss=tf.keras.losses.MeanSquaredError(), metrics=[tf.keras.metrics.RootMeanSquaredError()])
            candidates = tf.data.Dataset.from_tensor_slices(catalog)
            self.retrieval_task = tfrs.tasks.Retrieval(
                metrics=tfrs.metrics.FactorizedTopK(candidates=candidates.batch(128).map(self.movie_model)))
            self.rating_mean, self.retrieval_mean = tf.keras.metrics.Mean("rating_loss"), tf.keras.metrics.Mean("retrieval_loss")

        def call(self, features):
            user, movie = self.user_model(features["user_id"]), self.movie_model(features["movie_title"])
            return user, movie, self.rating_model(tf.concat([user, movie], axis=1))

        def compute_loss(self, features, training=False):
            user, movie, predictions = self(features)
            rating = self.rating_task(labels=features["user_rating"], predictions=predictions)
            retrieval = self.retrieval_task(user, movie, compute_metrics=not training)
            self.rating_mean.update_state(rating)
            self.retrieval_mean.update_state(retrieval)
            return rating_weight * rating + retrieval_weight * retrieval

    model = Multitask()
    model.compile(optimizer=tf.keras.optimizers.Adagrad(LEARNING_RATE))
    clock.lap("build")
    history = model.fit(train, epochs=EPOCHS, verbose=0).history
    clock.lap("fit")
    evaluated = model.evaluate(test, return_dict=True, verbose=0)
    clock.lap("evaluate")

    test_users, test_movies = users[test_rows], movies[test_rows]
    predictions = model({"user_id": tf.constant(test_users), "movie_title": tf.constant(test_movies)})[2].numpy()[:, 0]
    errors = predictions.astype(np.float64) - ratings[test_rows].astype(np.float64)
    is_known = np.isin(test_users, users[train_rows]) & np.isin(test_movies, movies[train_rows])
    names = np.unique(catalog)
    q = model.user_model(tf.constant(test_users)).numpy().astype(np.float64)
    c = model.movie_model(tf.constant(names)).numpy().astype(np.float64)
    better = []
    for start in range(0, TEST, 1000):
        scores = q[start : start + 1000] @ c.T
        own = scores[np.arange(len(scores)), np.searchsorted(names, test_movies[start : start + 1000])]
        better.append((scores > own[:, None]).sum(1))
    better = np.concatenate(better)
    baseline = ratings[test_rows].astype(np.float64) - ratings[train_rows].astype(np.float64).mean()
    return {
        "model": name,
        "seed": seed,
        "rating_weight": rating_weight,
        "retrieval_weight": retrieval_weight,
        "test_timestamps_sha256": digest_of_rows(timestamps, test_rows),
        "epochs": [
            {
                "rating_loss": round(history["rating_loss"][number], 6),
                "retrieval_loss": round(history["retrieval_loss"][number], 3),
                "rmse": round(history["root_mean_squared_error"][number], 6),
            }
            for number in range(EPOCHS)
        ],
        "test": {
            "rmse": round(float(np.sqrt((errors**2).mean())), 6),
            "mae": round(float(np.abs(errors).mean()), 6),
            "known_rows": int(is_known.sum()),
            "rmse_of_known_rows": round(float(np.sqrt((errors[is_known] ** 2).mean())), 6),
            "mae_of_known_rows": round(float(np.abs(errors[is_known]).mean()), 6),
            "rmse_of_training_mean": round(float(np.sqrt((baseline**2).mean())), 6),
            "rmse_in_evaluate": round(float(evaluated["root_mean_squared_error"]), 6),
            "top_100_in_evaluate": round(float(evaluated["factorized_top_k/top_100_categorical_accuracy"]), 6),
            "top_100_by_definition": round(float((better < 100).mean()), 6),
        },
        "seconds": clock.parts,
        "versions": {"numpy": np.__version__, "tensorflow": tf.__version__, "tensorflow-recommenders": tfrs.__version__},
    }


def run_in_process(name, seed, folder):
    """One model of one seed in a process of its own, with what the kernel counted for it."""
    with tempfile.TemporaryDirectory() as scratch:
        output = os.path.join(scratch, "result.json")
        words = [sys.executable, os.path.abspath(__file__), "--data", folder, "--one", name, "--seeds", str(seed), "--output", output]
        start = time.monotonic()
        process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
        errors = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            sys.exit(f"{name}, seed {seed} failed\n{errors}")
        with open(output) as file:
            result = json.load(file)
    result["process"] = {
        "wall_seconds": round(time.monotonic() - start, 2),
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 2),
        "peak_memory_bytes": usage.ru_maxrss * 1024,
    }
    return result


def main():
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=os.path.join(root, "data", "ml-100k"), help="folder of MovieLens 100K")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--output", required=True, help="the JSON file to write")
    parser.add_argument("--one", choices=MODELS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one is not None:
        result = run(arguments.one, arguments.seeds[0], arguments.data)
    else:
        runs = [run_in_process(name, seed, arguments.data) for seed in arguments.seeds for name in MODELS]
        versions = [one.pop("versions") for one in runs][0]
        result = {
            "made_by": "Scripts/reference/tfrs_multitask.py",
            "versions": {"python": platform.python_version(), **versions},
            "processor": processor(),
            "processors": len(os.sched_getaffinity(0)),
            "settings": {
                "dimension": DIMENSION, "layers": LAYERS, "epochs": EPOCHS, "learning_rate": LEARNING_RATE, "train": TRAIN,
                "test": TEST, "train_batch": TRAIN_BATCH, "test_batch": TEST_BATCH,
            },
            "runs": runs,
        }
    text = json.dumps(result, indent=1, allow_nan=False)
    # One line for each list of numbers.
    text = re.sub(r"\[[\s\d.,e+-]*\]", lambda m: re.sub(r"\s+", " ", m[0]).replace("[ ", "[").replace(" ]", "]"), text)
    with open(arguments.output, "w", encoding="ascii") as file:
        file.write(text + "\n")


if __name__ == "__main__":
    main()
