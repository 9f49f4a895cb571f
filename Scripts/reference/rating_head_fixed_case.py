#!/usr/bin/env python3
"""Writes Tests/TwoTowerTests/Fixtures/rating-head-fixed-case.json: what Keras makes of a small model with two tasks.

Needs TensorFlow 2.15 (pip install tensorflow-cpu==2.15.1). As in the TensorFlow Recommenders guide on multi-task recommenders, a rating
model of `Dense` layers reads the embeddings of a query and a candidate side by side; the loss is a weight times the mean squared error
of a batch's ratings plus another times the summed cross-entropy of each pair against the candidates of the batch. One pair in four has
no rating and counts for retrieval alone. A layer's matrix in the file has its kernel, then its bias.
"""

import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np
import tensorflow as tf

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
QUERIES, CANDIDATES, DIMENSION, STEPS, LAYERS, RATE = 6, 7, 4, 5, [8, 6], 0.05
# The weights of the rating loss and of the retrieval loss.
CASES = {"rating alone": (1, 0), "retrieval alone": (0, 1), "both": (1, 1), "both, weighted": (2.5, 0.5)}


def matrix(values):
    return np.concatenate([np.atleast_2d(tf.convert_to_tensor(v).numpy()) for v in values]).tolist()


def main():
    random = np.random.RandomState(6)
    draw = lambda *shape: random.uniform(-1, 1, shape).astype("float32")
    cases = []
    for name, (rating_weight, retrieval_weight) in CASES.items():
        tables = [tf.Variable(draw(QUERIES, DIMENSION)), tf.Variable(draw(CANDIDATES, DIMENSION))]
        head = tf.keras.Sequential([tf.keras.layers.Dense(width, activation="relu") for width in LAYERS] + [tf.keras.layers.Dense(1)])
        head.build((None, 2 * DIMENSION))
        for variable in head.trainable_variables:
            variable.assign(draw(*variable.shape) * 0.6)
        groups = [[table] for table in tables] + [layer.trainable_variables for layer in head.layers]
        variables = [variable for group in groups for variable in group]
        entry = dict(name=name, rating_weight=rating_weight, retrieval_weight=retrieval_weight, learning_rate=RATE,
                     before=[matrix(group) for group in groups], batches=[], losses=[], rating_losses=[], retrieval_losses=[])
        optimizer = tf.keras.optimizers.Adagrad(RATE)
        for step in range(STEPS):
            queries = np.concatenate([np.arange(QUERIES), random.randint(0, QUERIES, 6)]).astype("int32")
            candidates = np.concatenate([np.arange(CANDIDATES), random.randint(0, CANDIDATES, 5)]).astype("int32")
            ratings = random.randint(1, 6, len(queries)).astype("float32")
            has_rating = np.arange(len(queries)) % 4 != 3
            with tf.GradientTape() as tape:
                user, movie = tf.gather(tables[0], queries), tf.gather(tables[1], candidates)
                scores = tf.matmul(user, movie, transpose_b=True)
                retrieval = tf.reduce_sum(
                    tf.keras.losses.categorical_crossentropy(tf.eye(len(queries)), scores, from_logits=True))
                predictions = tf.boolean_mask(head(tf.concat([user, movie], 1))[:, 0], has_rating)
                rating = tf.keras.losses.MeanSquaredError()(ratings[has_rating], predictions)
                loss = rating_weight * rating + retrieval_weight * retrieval
            gradients = [tf.convert_to_tensor(g) for g in tape.gradient(loss, variables, unconnected_gradients="zero")]
            if step == 0:
                rest = list(gradients)
                entry["gradients"] = [matrix([rest.pop(0) for _ in group]) for group in groups]
            optimizer.apply_gradients(zip(gradients, variables))
            entry["batches"].append(dict(
                queries=queries.tolist(), candidates=candidates.tolist(),
                ratings=[float(rating) if there else None for rating, there in zip(ratings, has_rating)]))
            entry["losses"].append(float(loss))
            entry["rating_losses"].append(float(rating))
            entry["retrieval_losses"].append(float(retrieval))
        entry["after"] = [matrix(group) for group in groups]
        cases.append(entry)
    path = os.path.join(ROOT, "Tests", "TwoTowerTests", "Fixtures", "rating-head-fixed-case.json")
    with open(path, "w") as file:
        json.dump(dict(made_by="Scripts/reference/rating_head_fixed_case.py", tensorflow=tf.__version__, cases=cases), file)
        file.write("\n")


if __name__ == "__main__":
    sys.exit(main())
