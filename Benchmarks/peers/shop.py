#!/usr/bin/env python3
"""Pairs of a made-up shop: users and items have planted factors and tastes, popularity and activity heavy tails.

Written to a CSV file with columns user, item, part: a fifth of each user's pairs, on average, is "test".
"""

import argparse

import numpy as np


def shop(users, items, pairs, seed=7, factors=16, tastes=40):
    """Distinct pairs of a user and an item, in random order, no more than asked for."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(tastes, factors))
    left = (centres[random.integers(0, tastes, users)] + 0.5 * random.normal(size=(users, factors))).astype(np.float32)
    right = (centres[random.integers(0, tastes, items)] + 0.7 * random.normal(size=(items, factors))).astype(np.float32)
    popularity = random.permutation(-0.9 * np.log(np.arange(items) + 20)).astype(np.float32)
    activity = random.pareto(1.5, users) + 1
    counts = np.clip(np.round(activity / activity.sum() * pairs * 1.06), 8, items // 20).astype(int)
    chosen = []
    for start in range(0, users, 500):
        # The greatest scores plus Gumbel noise are a sample without replacement.
        scores = 0.5 * left[start:start + 500] @ right.T + popularity
        scores += random.gumbel(size=scores.shape).astype(np.float32)
        for row, line in enumerate(scores):
            count = counts[start + row]
            best = np.argpartition(-line, count)[:count]
            chosen.append(np.stack([np.full(count, start + row), best], 1))
    return random.permutation(np.concatenate(chosen))[:pairs]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file")
    parser.add_argument("--users", type=int, default=30_000)
    parser.add_argument("--items", type=int, default=41_000)
    parser.add_argument("--pairs", type=int, default=1_020_000)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    rows = shop(arguments.users, arguments.items, arguments.pairs, arguments.seed)
    held = np.random.default_rng(arguments.seed + 1).random(len(rows)) < 0.206
    with open(arguments.file, "w", encoding="utf-8") as file:
        file.write("user,item,part\n")
        file.writelines(f"u{user},i{item},{'test' if test else 'train'}\n" for (user, item), test in zip(rows, held))


if __name__ == "__main__":
    main()
