"""What `Benchmarks/deep --known` runs: whether dense layers over features are ever ahead of sums and of ids for known users.

Every tower is trained as `tune` starts its softmax, on three held-out parts of the training rows of each data set, and keeps the
best of its steps by recall@20 of the very rows that judge it, which favours what has most settings here: the layers.
"""

import os

import any_data
import with_features
from any_data import METRICS, PROGRAMS, ROOT, run, stage

SPHERE = {"negatives": "all", "normalise": "both", "temperature": 0.2, "dimension": 128, "batch-size": 1_000_000, "epochs": 80,
          "patience": 20}
ADAM = {"optimizer": "adam", "learning-rate": 0.01, "layer-learning-rate": 0.002}
SLOW = {"layer-learning-rate": 0.02}
LAYERS = {
    "[], Adam": ADAM, "[128], Adam": {**ADAM, "layers": "[128]"}, "[], Adam, layers 0.0005": {**ADAM, "layer-learning-rate": 0.0005},
    "[], Adagrad 0.1, layers 0.02": SLOW, "[128], Adagrad 0.1, layers 0.02": {**SLOW, "layers": "[128]"},
    "[128], GELU with layer-norm, Adam": {**ADAM, "layers": "[128]", "activation": "gelu", "layer-norm": "true"},
}
IDS, SUM = "ids alone", "sum"
SEEDS = [7, 8, 9]


def towers(sides):
    """By name, the params of each tower that is compared."""
    found = {IDS: {}, SUM: {"candidate-tower": "sum"}}
    found.update({f"concat {name}": {"candidate-tower": "concat", **params} for name, params in LAYERS.items()})
    if "query" in sides:
        both = {"candidate-tower": "concat", "query-tower": "concat"}
        found["sum on both sides"] = {"candidate-tower": "sum", "query-tower": "sum"}
        found["concat [], Adam, on both sides"] = {**both, **ADAM}
        found["concat [], Adagrad 0.1, layers 0.02, on both sides"] = {**both, **SLOW}
    return found


def movielens_100k(work, folder, place):
    """A data set's first stages, the splits of its three parts, and the sides that have features."""
    run(f"{ROOT}/Scripts/fixed-split-movielens-100k", f"{work}/fixed")
    text = f"sources:\n  ratings: {{ path: {work}/fixed }}\n  movies: {{ path: {ROOT}/data/ml-100k }}\nstages:\n"
    text += stage("ingest", {"source": "sources.ratings"},
                  {"format": "delimited", "interactions-file": "interactions.csv", "query": "user_id", "candidate": "movie_title"})
    text += stage("movies", {"source": "sources.movies"}, {"format": "movielens-100k"}, program="ingest")
    text += stage("vocab", {"interactions": "ingest.interactions", "catalog": "movies.catalog", "users": "movies.users"},
                  {"candidate": "movie_title", "candidate-features": '["genres: list", "release_year: category"]',
                   "query-features": '["age: buckets 8", gender, occupation]'})
    parts = []
    for field in ("part", "fold2", "fold3"):
        text += stage(f"split-{field}", {"interactions": "ingest.interactions"}, {"by": "field", "field": field}, program="split")
        parts.append((f"split-{field}.train", f"split-{field}.validation"))
    return text, parts, ["query", "candidate"]


def latest_small(work, folder, place):
    name = "ml-latest-small"
    data, (catalog, ingest, features) = any_data.DATA[name], with_features.CATALOGS[name]
    source = data.source(folder, place)
    catalog(folder, source)
    text = f"sources:\n  data: {{ path: {source} }}\nstages:\n"
    text += stage("ingest", {"source": "sources.data"}, {"format": "delimited", **data.ingest, **ingest})
    text += stage("vocab", {"interactions": "ingest.interactions", "catalog": "ingest.catalog"}, features)
    text += stage("split", {"interactions": "ingest.interactions"}, data.split)
    parts = []
    for seed in SEEDS:
        text += stage(f"hold-out-{seed}", {"interactions": "split.train"}, {"by": "random", "seed": seed}, program="split")
        parts.append((f"hold-out-{seed}.train", f"hold-out-{seed}.test"))
    return text, parts, ["candidate"]


DATA = {"movielens-100k": movielens_100k, "ml-latest-small": latest_small}


def lead(store, evaluated):
    """How far a model is ahead of the one that it was compared with, by metric: the difference and its interval."""
    rows = [row for row in any_data.table(store, f"{evaluated}.metrics", "comparisons") if row["other"] == "other"]
    found = [next(row for row in rows if (row["metric"], row["k"]) == metric) for metric in METRICS]
    return [[float(row[name]) for name in ("difference", "low", "high")] for row in found]


def mean(lists):
    return [sum(values) / len(values) for values in zip(*lists)]


def measure(name, folder, work):
    """Prints a table of a data set: metrics, and leads over ids and over sums."""
    place = os.path.join(work, name)
    os.mkdir(place)
    first, parts, sides = DATA[name](work, folder, place)
    store, path, compared = f"{place}/store", f"{place}/pipeline.yaml", towers(sides)
    text = f"name: warm-towers\nartifacts: {store}\n{first}"
    for part, (train, held) in enumerate(parts):
        for number, (tower, params) in enumerate(compared.items()):
            text += stage(f"train-{number}-{part}", {"train": train, "validation": held, "vocabularies": "vocab.vocabularies"},
                          {**SPHERE, **params}, program="train")
            for other, label in enumerate((IDS, SUM)):
                if tower != label:
                    text += stage(f"evaluate-{number}-{part}-{other}", {
                        "model": f"train-{number}-{part}.model", "other": f"train-{list(compared).index(label)}-{part}.model",
                        "train": train, "test": held}, {"ks": "[20, 100]", "ties": "expected", "baselines": "[popularity]"},
                        program="evaluate")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    run(f"{PROGRAMS}/runner", path, "--stages-dir", PROGRAMS)
    print(f"| {name}, three held-out parts | hit_rate@100 | recall@20 | ndcg@20 | ahead of ids: recall@20; ndcg@20 "
          "| ahead of `sum`: recall@20; ndcg@20 |\n" + "|---" * 6 + "|")
    for number, tower in enumerate(compared):
        own = 1 if tower == IDS else 0
        metrics = mean([[value(store, f"evaluate-{number}-{part}-{own}", metric) for metric in METRICS]
                        for part in range(len(parts))])
        leads = []
        for other, label in enumerate((IDS, SUM)):
            over = [] if tower == label else [lead(store, f"evaluate-{number}-{part}-{other}") for part in range(len(parts))]
            cells = [mean([found[place] for found in over]) for place in (1, 2)] if over else []
            leads.append("; ".join(f"{middle:+.4f} [{low:+.4f}, {high:+.4f}]" for middle, low, high in cells))
        print(f"| {tower} | {' | '.join([f'{value:.4f}' for value in metrics] + leads)} |", flush=True)
    print()


def value(store, evaluated, metric):
    rows = any_data.table(store, f"{evaluated}.metrics", "metrics")
    return next(float(row["value"]) for row in rows
                if (row["model"], row["slice"], row["metric"], row["k"]) == ("two-tower", "all", *metric))
