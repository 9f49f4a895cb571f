#!/usr/bin/env python3
"""What Benchmarks/towers needs numpy and scipy for: folds of new movies, towers with features as peers, and one judge for all.

Prints a JSON object of the metrics of each model over all folds, with 95 % intervals over draws of users, and of how far one is
ahead of the peers, with intervals over folds.
"""

import argparse
import csv
import importlib.util
import json
import os
import sys

import numpy as np
import scipy.sparse as sparse

from synthetic import tandem_towers

FOLDS = 5
SEEDS = [1, 2, 3]
# Student's t with four degrees of freedom, of which 95 % lie within.
T_OF_FOUR = 2.776
# Metrics of a model on a fold, of each user: sums of numerators and denominators.
METRICS = ["auc", "recall@20 among new", "ndcg@20 among new", "hit@100", "share of top 20", "hit@100, usual rows",
           "recall@20, usual rows", "ndcg@20, usual rows"]


class MovieLens:
    """Ratings on the fixed split, movies by title in the order of their bytes, and their features."""

    def __init__(self, folder):
        with open(os.path.join(folder, "interactions.csv"), newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        with open(os.path.join(folder, "catalog.csv"), newline="", encoding="utf-8") as file:
            catalog = {}
            for row in csv.DictReader(file):
                catalog.setdefault(row["movie_title"], row)
        self.users = sorted({row["user_id"] for row in rows}, key=lambda name: name.encode())
        self.titles = sorted({row["movie_title"] for row in rows}, key=lambda name: name.encode())
        users, titles = ({name: place for place, name in enumerate(names)} for names in (self.users, self.titles))
        self.user = np.array([users[row["user_id"]] for row in rows])
        self.item = np.array([titles[row["movie_title"]] for row in rows])
        self.train = np.array([row["part_final"] == "train" for row in rows])
        self.fold = np.empty(len(self.titles), int)
        self.fold[np.random.RandomState(5).permutation(len(self.titles))] = np.arange(len(self.titles)) % FOLDS
        genres = [[name for name in catalog[title]["genres"].split("|") if name] for title in self.titles]
        years = [[catalog[title]["release_year"]] if catalog[title]["release_year"] else [] for title in self.titles]
        self.features = sparse.hstack([one_hot(genres), one_hot(years)]).tocsr()

    def matrix(self, rows):
        ones = np.ones(np.count_nonzero(rows), np.float32)
        counts = sparse.csr_matrix((ones, (self.user[rows], self.item[rows])), (len(self.users), len(self.titles)))
        counts.data[:] = 1
        return counts

    def write(self, path):
        """The ratings with a column for each fold: what is learnt from, the movies that are new, and the usual test rows."""
        with open(path, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["user_id", "movie_title"] + [f"{kind}{k}" for k in range(FOLDS) for kind in ("new", "usual")])
            for user, item, train in zip(self.user, self.item, self.train):
                parts = []
                for k in range(FOLDS):
                    cold = self.fold[item] == k
                    learnt = "train" if train and not cold else "none"
                    parts += ["test" if cold else learnt, "none" if train and cold else "train" if train else "test"]
                writer.writerow([self.users[user], self.titles[item]] + parts)


def one_hot(lists):
    values = sorted({value for values in lists for value in values})
    places = {value: place for place, value in enumerate(values)}
    rows = [row for row, values in enumerate(lists) for _ in values]
    columns = [places[value] for values in lists for value in values]
    weights = [1 / np.sqrt(len(values)) for values in lists for _ in values]
    return sparse.csr_matrix((np.array(weights, np.float32), (rows, columns)), (len(lists), len(values)))


class Tower:
    """Sums of parameter rows by sparse inputs, of unit length."""

    def __init__(self, inputs, dimension, random, dropout=0.0, ids=0):
        self.inputs, self.dropout, self.ids, self.random = inputs.astype(np.float32).tocsr(), dropout, ids, random
        self.table = random.uniform(-0.05, 0.05, (inputs.shape[1], dimension)).astype(np.float32)
        self.memory = np.full_like(self.table, 0.1)

    def forward(self, inputs=None):
        self.used = self.inputs if inputs is None else inputs
        if inputs is None and self.dropout:
            kept = self.random.rand(self.used.shape[0]) >= self.dropout
            ids = sparse.diags(kept.astype(np.float32)) @ self.used[:, :self.ids]
            self.used = sparse.hstack([ids, self.used[:, self.ids:]]).tocsr()
        raw = self.used @ self.table
        self.length = np.maximum(np.linalg.norm(raw, axis=1, keepdims=True), 1e-12)
        self.vectors = raw / self.length
        return self.vectors

    def backward(self, gradient, rate):
        along = (gradient * self.vectors).sum(1, keepdims=True)
        own = self.used.T @ ((gradient - along * self.vectors) / self.length)
        self.memory += own * own
        self.table -= rate * own / np.sqrt(self.memory)


def train(counts, query, candidate, allowed, steps=80, rate=0.1, temperature=0.25):
    """A full softmax over the allowed candidates, all pairs in a batch, Adagrad."""
    allowed = np.flatnonzero(allowed)
    chosen = counts[:, allowed].toarray()
    per_user = chosen.sum(1, keepdims=True)
    for _ in range(steps):
        users, items = query.forward(), candidate.forward()
        scores = users @ items[allowed].T / temperature
        scores -= scores.max(1, keepdims=True)
        shares = np.exp(scores)
        shares *= per_user / shares.sum(1, keepdims=True)
        error = (shares - chosen) / temperature
        whole = np.zeros_like(items)
        whole[allowed] = error.T @ users
        query.backward(error @ items[allowed], rate)
        candidate.backward(whole, rate)


def identity(count):
    return sparse.identity(count, dtype=np.float32, format="csr")


def towers(data, counts, cold, kind, seed):
    """Scores of a trained tower with features; a new movie has no id."""
    random = np.random.RandomState(seed)
    features, ids = data.features, identity(len(data.titles))
    query = Tower(identity(len(data.users)), 64, random)
    if kind == "features":
        candidate = Tower(features, 64, random)
    else:
        candidate = Tower(sparse.hstack([ids, features]).tocsr(), 64, random, dropout=0.5 if kind == "dropout" else 0.0,
                          ids=len(data.titles))
    train(counts, query, candidate, ~cold)
    users = query.forward()
    candidate.dropout = 0.0
    items = candidate.forward().copy()
    if kind != "features":
        items[cold] = candidate.forward(sparse.hstack([ids * 0, features]).tocsr())[cold]
    return users @ items.T


# Epochs: those of an earlier study, and the best of 2, 5 and 15 on two folds.
LIGHTFM = {"LightFM: id and features": (True, [2, 15]), "LightFM: features only": (False, [5, 15])}


def lightfm(data, counts, cold, hybrid, epochs, seed):
    """Scores after each of some numbers of epochs. All movies have a constant feature: with it the new ones rank better."""
    from lightfm import LightFM

    features = sparse.hstack([data.features, np.ones((len(data.titles), 1))])
    if hybrid:
        features = sparse.hstack([sparse.diags((~cold).astype(np.float32)), features])
    features = features.tocsr().astype(np.float32)
    model = LightFM(no_components=64, loss="warp", learning_rate=0.05, random_state=seed)
    for number, before in zip(epochs, [0, *epochs]):
        # Threads of LightFM write over each other.
        model.fit_partial(counts.tocoo(), item_features=features, epochs=number - before, num_threads=1)
        biases, vectors = model.get_item_representations(features)
        yield number, model.get_user_representations()[1] @ vectors.T + biases[None]


def judged_lightfm(data, counts, cold, fold):
    """By name, what the judge says of the mean over seeds; nothing where the Python has no LightFM."""
    if importlib.util.find_spec("lightfm") is None:
        return {}
    found = {}
    for name, (hybrid, epochs) in LIGHTFM.items():
        for seed in SEEDS:
            for number, scores in lightfm(data, counts, cold, hybrid, epochs, seed):
                found.setdefault(f"{name}, {number} epochs", []).append(judge(data, scores, fold))
    return {name: np.mean(tables, axis=0) for name, tables in found.items()}


def judge(data, scores, fold):
    """A row of numerators and denominators for each user, metric by metric."""
    cold = data.fold == fold
    learnt = data.train & ~cold[data.item]
    seen = data.matrix(learnt).toarray() > 0
    held = data.matrix(cold[data.item]).toarray() > 0
    usual = data.matrix(~data.train).toarray() > 0
    scores = scores.astype(np.float64)
    # Ties are broken by chance, once.
    scores = scores + 1e-9 * np.abs(scores).max() * np.random.RandomState(3).rand(*scores.shape)
    new, targets = scores[:, cold], held[:, cold]
    number = targets.sum(1)
    order = np.argsort(-new, axis=1)
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.arange(new.shape[1])[None].repeat(len(new), 0), 1)
    others = new.shape[1] - number
    asked = (number > 0) & (others > 0)
    beaten = np.where(targets, ranks, 0).sum(1) - number * (number - 1) / 2
    auc = np.where(asked, 1 - beaten / np.maximum(number * others, 1), 0)
    top = np.take_along_axis(targets, order[:, :20], 1)
    discounts = 1 / np.log2(np.arange(2, 22))
    ideal = np.concatenate([[0], np.cumsum(discounts)])
    ones = np.ones(len(new))
    rows = [(auc, asked), (top.sum(1) / np.maximum(number, 1), number > 0),
            ((top * discounts).sum(1) / np.maximum(ideal[np.minimum(number, 20)], 1e-9), number > 0)]
    unseen = np.where(seen, -np.inf, scores)
    place = np.argsort(np.argsort(-unseen, axis=1), axis=1)
    rows.append(((held & (place < 100)).sum(1), number))
    rows.append(((cold[None] & (place < 20)).sum(1) / 20, ones))
    usual_number = usual.sum(1)
    new_usual = usual & ~seen
    count = new_usual.sum(1)
    best = np.argsort(-unseen, axis=1)[:, :20]
    found = np.take_along_axis(new_usual, best, 1)
    rows.append(((new_usual & (place < 100)).sum(1), usual_number))
    rows.append((found.sum(1) / np.maximum(count, 1), count > 0))
    rows.append(((found * discounts).sum(1) / np.maximum(ideal[np.minimum(count, 20)], 1e-9), count > 0))
    return np.stack([np.stack([np.asarray(a, float) * (np.asarray(b) > 0), np.asarray(b, float)], 1) for a, b in rows], 1)


def vectors(data, path, names):
    """A model's scores of all pairs; what it has no vector for is never retrieved."""
    users, items = tandem_towers(path)
    query, candidate = names
    scores = np.full((len(data.users), len(data.titles)), -1e9)
    places = [{name: place for place, name in enumerate(own)} for own in (data.users, data.titles)]
    rows = np.array([places[0][name] for name in query])
    columns = np.array([places[1][name] for name in candidate])
    scores[np.ix_(rows, columns)] = users @ items.T
    return scores


def over_folds(tables, others):
    """By metric: how far a model is ahead of another, and the 95 % interval of the mean, each fold of movies a draw."""
    everyone = np.ones((1, len(tables[0])))
    lead = np.array([means([own], everyone)[0] - means([other], everyone)[0] for own, other in zip(tables, others)])
    mean, half = lead.mean(0), T_OF_FOUR * lead.std(0, ddof=1) / np.sqrt(FOLDS)
    return {metric: [mean[k], mean[k] - half[k], mean[k] + half[k]] for k, metric in enumerate(METRICS)}


def means(tables, weights):
    """Means over folds of every metric; a row of the weights for each draw of users."""
    values = []
    for table in tables:
        sums = np.einsum("du,umk->dmk", weights, table)
        values.append(sums[:, :, 0] / np.maximum(sums[:, :, 1], 1e-12))
    return np.mean(values, axis=0)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["write", "judge"])
    parser.add_argument("--data", required=True, help="what Scripts/fixed-split-movielens-100k made")
    parser.add_argument("--to", help="write: the CSV file")
    parser.add_argument("--models", help="judge: a JSON file: by name, of each fold a model and its vocabularies")
    parser.add_argument("--against", help="judge: the name that others are compared with")
    arguments = parser.parse_args()
    data = MovieLens(arguments.data)
    if arguments.what == "write":
        data.write(arguments.to)
        return
    with open(arguments.models, encoding="utf-8") as file:
        models = json.load(file)
    tables = {}
    for name, folds in models.items():
        tables[name] = [judge(data, vectors(data, model["path"], (model["queries"], model["candidates"])), fold)
                        for fold, model in enumerate(folds)]
    for fold in range(FOLDS):
        cold = data.fold == fold
        counts = data.matrix(data.train & ~cold[data.item])
        for name, kind in [("NumPy: features only", "features"), ("NumPy: id and features", "both"),
                           ("NumPy: id dropped half the time, and features", "dropout")]:
            tables.setdefault(name, []).append(judge(data, towers(data, counts, cold, kind, 0), fold))
        for name, table in judged_lightfm(data, counts, cold, fold).items():
            tables.setdefault(name, []).append(table)
        print(f"fold {fold} is judged", file=sys.stderr)
    draws = np.random.RandomState(11).poisson(1, (1000, len(data.users))).astype(float)
    everyone = np.ones((1, len(data.users)))
    drawn = {name: means(table, draws) for name, table in tables.items()}
    result = {}
    for name, table in tables.items():
        value = means(table, everyone)[0]
        low, high = np.percentile(drawn[name], [2.5, 97.5], axis=0)
        ahead = np.percentile(drawn[arguments.against] - drawn[name], [2.5, 97.5], axis=0)
        result[name] = {metric: [value[k], low[k], high[k], ahead[0][k], ahead[1][k]] for k, metric in enumerate(METRICS)}
    ahead = {name: over_folds(tables[arguments.against], table) for name, table in tables.items() if ":" in name}
    print(json.dumps({"models": result, "over folds": ahead}))


if __name__ == "__main__":
    main()
