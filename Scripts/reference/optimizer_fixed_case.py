#!/usr/bin/env python3
"""Writes Tests/TwoTowerTests/Fixtures/optimizer-fixed-case.json: what Keras' optimizers make of one small table.

Needs TensorFlow 2.15 (pip install tensorflow-cpu==2.15.1). Every step has the gradient `table * a + b` of drawn a and b,
so that it depends on the table, as in training; the numbers of each step are in the file.
"""

import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np
import tensorflow as tf

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ROWS, COLUMNS, STEPS = 5, 11, 8


def cosine():
    return tf.keras.optimizers.schedules.CosineDecay(0.0, STEPS - 3, warmup_target=0.05, warmup_steps=3)


CASES = {
    "sgd": dict(optimizer="sgd", make=lambda: tf.keras.optimizers.SGD(0.05)),
    "adagrad": dict(optimizer="adagrad", make=lambda: tf.keras.optimizers.Adagrad(0.05)),
    "adam": dict(optimizer="adam", make=lambda: tf.keras.optimizers.Adam(0.05)),
    "adamw": dict(optimizer="adam", weight_decay=0.1, make=lambda: tf.keras.optimizers.AdamW(0.05, weight_decay=0.1)),
    "sgd, weight decay": dict(optimizer="sgd", weight_decay=0.1, make=lambda: tf.keras.optimizers.SGD(0.05, weight_decay=0.1)),
    "adagrad, cosine": dict(optimizer="adagrad", schedule="cosine", warm_up=3, make=lambda: tf.keras.optimizers.Adagrad(cosine())),
    "adam, clipped": dict(optimizer="adam", clip=0.7, make=lambda: tf.keras.optimizers.Adam(0.05, global_clipnorm=0.7)),
}


def main():
    random = np.random.RandomState(3)
    draw = lambda *shape: random.uniform(-1, 1, shape).astype("float32")
    cases = []
    for name, case in CASES.items():
        tables = [tf.Variable(draw(ROWS, COLUMNS)), tf.Variable(draw(ROWS + 1, COLUMNS))]
        entry = dict(name=name, optimizer=case["optimizer"], weight_decay=case.get("weight_decay", 0), learning_rate=0.05,
                     schedule=case.get("schedule", "constant"), warm_up=case.get("warm_up", 0), steps=STEPS,
                     clip=case.get("clip", 0), before=[t.numpy().tolist() for t in tables], a=[], b=[])
        optimizer = case["make"]()
        for _ in range(STEPS):
            a = [draw(*t.shape) for t in tables]
            b = [draw(*t.shape) for t in tables]
            optimizer.apply_gradients([(t * x + y, t) for t, x, y in zip(tables, a, b)])
            entry["a"].append([x.tolist() for x in a])
            entry["b"].append([x.tolist() for x in b])
        entry["after"] = [t.numpy().tolist() for t in tables]
        cases.append(entry)
    path = os.path.join(ROOT, "Tests", "TwoTowerTests", "Fixtures", "optimizer-fixed-case.json")
    with open(path, "w") as file:
        json.dump(dict(tensorflow=tf.__version__, cases=cases), file)
        file.write("\n")


if __name__ == "__main__":
    sys.exit(main())
