#!/usr/bin/env python3
"""Writes Tests/TwoTowerTests/Fixtures/dense-towers-fixed-case.json: what Keras makes of small towers with dense layers.

Needs TensorFlow 2.15 (pip install tensorflow-cpu==2.15.1). As in the TensorFlow Recommenders guides on deep retrieval models, a tower
concatenates the embeddings of an id and of features, here a list that is summed by weights and a number that goes in as it is, and
passes them through `Dense` layers, the last of which is linear. The loss is the retrieval task's: the summed cross-entropy of each
pair against the candidates of the batch. A layer's matrix in the file has its kernel, then its bias, then gain and shift.
"""

import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np
import tensorflow as tf

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
QUERIES, CANDIDATES, TAGS, LENGTH, DIMENSION, STEPS = 6, 7, 4, 5, 3, 5
CASES = {
    "one layer": dict(layers=[]),
    "relu": dict(layers=[8, 6]),
    "gelu": dict(layers=[7], activation="gelu"),
    "layer-norm": dict(layers=[8, 6], layer_norm=True),
    "gelu after layer-norm": dict(layers=[9], activation="gelu", layer_norm=True),
}


class Tower(tf.keras.Model):
    def __init__(self, draw, rows, encoding, numbers, case):
        super().__init__()
        self.ids = tf.Variable(draw(rows, LENGTH))
        self.tags = tf.Variable(draw(TAGS, LENGTH))
        self.encoding, self.numbers = tf.constant(encoding), tf.constant(numbers)
        self.steps = []
        activation = lambda x: tf.nn.gelu(x, approximate=True) if case.get("activation") == "gelu" else tf.nn.relu(x)
        for units in case["layers"]:
            norm = tf.keras.layers.LayerNormalization() if case.get("layer_norm") else None
            self.steps.append((tf.keras.layers.Dense(units), norm, activation))
        self.steps.append((tf.keras.layers.Dense(DIMENSION), None, lambda x: x))
        self(np.arange(1, dtype=np.int32))
        for dense, norm, _ in self.steps:
            for variable in dense.trainable_variables + (norm.trainable_variables if norm else []):
                variable.assign(variable + draw(*variable.shape) * 0.3)

    def call(self, rows):
        x = tf.concat([tf.gather(self.ids, rows), tf.gather(self.encoding, rows) @ self.tags, tf.gather(self.numbers, rows)], 1)
        for dense, norm, activation in self.steps:
            x = dense(x)
            x = activation(norm(x) if norm else x)
        return x

    def groups(self):
        """The variables of each matrix of the file."""
        return [[self.ids], [self.tags]] + [
            dense.trainable_variables + (norm.trainable_variables if norm else []) for dense, norm, _ in self.steps]


def matrix(values):
    return np.concatenate([np.atleast_2d(tf.convert_to_tensor(v).numpy()) for v in values]).tolist()


def encoding(random, rows):
    """Lists of tags, each weighted by one over the root of its length; row 0, the unknown, has none."""
    chosen = (random.uniform(size=(rows, TAGS)) < 0.5).astype("float32")
    chosen[0] = 0
    weights = chosen / np.maximum(chosen.sum(1, keepdims=True), 1) ** 0.5
    numbers = random.uniform(-1, 1, (rows, 1)).astype("float32")
    numbers[0] = 0
    return weights.astype("float32"), numbers


def main():
    random = np.random.RandomState(5)
    draw = lambda *shape: random.uniform(-1, 1, shape).astype("float32")
    cases = []
    for name, case in CASES.items():
        tf.random.set_seed(1)
        towers = []
        entry = dict(name=name, layers=case["layers"], activation=case.get("activation", "relu"),
                     layer_norm=case.get("layer_norm", False), learning_rate=0.05,
                     towers=[], batches=[], losses=[])
        for rows in (QUERIES, CANDIDATES):
            weights, numbers = encoding(random, rows)
            towers.append(Tower(draw, rows, weights, numbers, case))
            entry["towers"].append(dict(weights=weights.tolist(), numbers=numbers.tolist(),
                                        before=[matrix(group) for group in towers[-1].groups()]))
        # Not Adam: a bias that moves all candidates alike has no gradient but rounding, of which Adam would make whole steps.
        optimizer = tf.keras.optimizers.Adagrad(0.05)
        for step in range(STEPS):
            # All rows of both towers, so that rows that rest where they are not in a batch make no difference.
            queries = np.concatenate([np.arange(QUERIES), random.randint(0, QUERIES, 6)]).astype("int32")
            candidates = np.concatenate([np.arange(CANDIDATES), random.randint(0, CANDIDATES, 5)]).astype("int32")
            with tf.GradientTape() as tape:
                scores = tf.matmul(towers[0](queries), towers[1](candidates), transpose_b=True)
                loss = tf.reduce_sum(tf.keras.losses.categorical_crossentropy(tf.eye(len(queries)), scores, from_logits=True))
            variables = [variable for tower in towers for group in tower.groups() for variable in group]
            gradients = [tf.convert_to_tensor(g) for g in tape.gradient(loss, variables)]
            if step == 0:
                rest = list(gradients)
                for number, tower in enumerate(towers):
                    entry["towers"][number]["gradients"] = [matrix([rest.pop(0) for _ in group]) for group in tower.groups()]
            optimizer.apply_gradients(zip(gradients, variables))
            entry["batches"].append(dict(queries=queries.tolist(), candidates=candidates.tolist()))
            entry["losses"].append(float(loss))
        for number, tower in enumerate(towers):
            entry["towers"][number]["after"] = [matrix(group) for group in tower.groups()]
        cases.append(entry)
    path = os.path.join(ROOT, "Tests", "TwoTowerTests", "Fixtures", "dense-towers-fixed-case.json")
    with open(path, "w") as file:
        json.dump(dict(made_by="Scripts/reference/dense_towers_fixed_case.py", tensorflow=tf.__version__, cases=cases), file)
        file.write("\n")


if __name__ == "__main__":
    sys.exit(main())
