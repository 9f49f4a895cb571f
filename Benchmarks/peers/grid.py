#!/usr/bin/env python3
"""implicit's iALS by a grid of nine on rows of two CSV files, as a row of the tables of Benchmarks/quality.

The first two columns are the user and the item. A tenth of the training pairs, drawn with a seed, chooses the point by
recall@20; the chosen one learns from all of them and is judged by the test pairs. Metrics are those of `evaluate`, seen
excluded: hit_rate over pairs, recall and ndcg over users; users and items without training rows are misses.
"""

import csv
import itertools
import sys

import numpy as np
from implicit.als import AlternatingLeastSquares
from scipy.sparse import csr_matrix

FACTORS, ITERATIONS = 128, 15
ALPHAS, REGULARIZATIONS = [1, 5, 20], [0.5, 5, 50]


def pairs(path):
    with open(path, newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        next(rows)
        return {(row[0], row[1]) for row in rows}


class Numbered:
    """Pairs as numbers of what training has, -1 for the others."""

    def __init__(self, train):
        self.users = {name: number for number, name in enumerate(sorted({user for user, _ in train}))}
        self.items = {name: number for number, name in enumerate(sorted({item for _, item in train}))}

    def numbers(self, listed):
        return np.array([(self.users.get(user, -1), self.items.get(item, -1)) for user, item in sorted(listed)])

    def matrix(self, numbers):
        ones = np.ones(len(numbers), dtype=np.float32)
        return csr_matrix((ones, (numbers[:, 0], numbers[:, 1])), shape=(len(self.users), len(self.items)))


def measures(model, seen, held):
    """hit_rate@100, recall@20 and ndcg@20."""
    hits, recalls, gains = [], [], []
    discounts = 1 / np.log2(np.arange(2, 22))
    for user in np.unique(held[:, 0]):
        items = held[held[:, 0] == user, 1]
        if user < 0:
            # Several unknown users are one here; each of their pairs is a miss.
            hits += [0] * len(items)
            recalls.append(0)
            gains.append(0)
            continue
        scores = model.user_factors[user] @ model.item_factors.T
        mine = seen.indices[seen.indptr[user]:seen.indptr[user + 1]]
        scores[mine] = -np.inf
        # A pair that was seen too cannot be retrieved, and is not asked for; an unknown item is, and is a miss.
        asked = items[~np.isin(items, mine)]
        best = np.argsort(-scores, kind="stable")[:100]
        hits += np.isin(asked, best).tolist()
        if len(asked):
            found = np.isin(best[:20], asked)
            recalls.append(found.sum() / len(asked))
            gains.append((found * discounts[:len(found)]).sum() / discounts[:min(20, len(asked))].sum())
    return np.mean(hits), np.mean(recalls), np.mean(gains)


def fitted(matrix, alpha, regularization):
    model = AlternatingLeastSquares(
        factors=FACTORS, iterations=ITERATIONS, alpha=alpha, regularization=regularization, random_state=1)
    model.fit(matrix, show_progress=False)
    return model


def main():
    train, test = pairs(sys.argv[1]), pairs(sys.argv[2])
    numbered = Numbered(train)
    known = numbered.numbers(train)
    mixed = np.random.default_rng(7).permutation(known)
    held, learnt = np.split(mixed, [len(mixed) // 10])
    inner = numbered.matrix(learnt)
    # Users and items that this part took all rows of keep vectors of zeros, as misses.
    tried = {point: measures(fitted(inner, *point), inner, held)[1]
             for point in itertools.product(ALPHAS, REGULARIZATIONS)}
    alpha, regularization = max(tried, key=tried.get)
    whole = numbered.matrix(known)
    found = measures(fitted(whole, alpha, regularization), whole, numbered.numbers(test))
    cells = " | ".join(f"{value:.4f}" for value in found)
    print(f"| implicit iALS, {FACTORS} factors, alpha {alpha}, regularization {regularization}, best of nine | {cells} | |")


main()
