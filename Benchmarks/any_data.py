"""What `Benchmarks/quality --data` runs: `tune` and each family without a search on other data than MovieLens 100K, beside baselines.

Every data set goes through pipelines/your-data.yaml, up to `evaluate`, with the params that its files need.
"""

import csv
import gzip
import hashlib
import io
import os
import re
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PROGRAMS = os.path.join(ROOT, ".build/release")
PEERS = os.path.join(ROOT, "Benchmarks/peers")
METRICS = [("hit_rate", "100"), ("recall", "20"), ("ndcg", "20")]
HEADER = "| {} | hit_rate@100 | recall@20 | ndcg@20 | {} |\n|---|---|---|---|---|"
BASELINES = ["popularity", "random", "item-knn", "ease"]
# The families without a search: methods by their defaults, the sphere as `tune` starts it (Sources/Tuning/Families).
STARTS = {
    "ials": {"objective": "ials"},
    "softmax": {"objective": "softmax", "negatives": "all", "normalise": "both", "temperature": 0.2, "dimension": 128,
                "batch-size": 1_000_000, "epochs": 40},
    "linear-autoencoder": {"objective": "linear-autoencoder"},
}


def fail(message):
    sys.exit(f"quality: {message}")


class DataSet:
    """Where a data set lies, and how `ingest` and `split` read it.

    `file` is the name below --folder, without .gz; `sha256` that of the edition that figures are published of. `weights` are
    params of `tune` where the data has numbers that say how much a pair counts.
    """

    def __init__(self, file, ingest, split, sha256=None, baselines=BASELINES, weights=None):
        self.file, self.ingest, self.split, self.sha256, self.baselines = file, ingest, split, sha256, baselines
        self.weights = weights

    def source(self, folder, work):
        """A folder with the data alone."""
        made = os.path.join(work, "source")
        os.mkdir(made)
        with open(os.path.join(made, os.path.basename(self.file)), "wb") as file:
            file.write(content(folder, self.file, self.sha256))
        return made


class MovieLens100K(DataSet):
    """On the split that published figures are told on."""

    def source(self, folder, work):
        made = os.path.join(work, "source")
        run(os.path.join(ROOT, "Scripts/fixed-split-movielens-100k"), made)
        return made


class Shop(DataSet):
    """Made up: 30,000 users, 41,000 items, 1,020,000 pairs, of which 810,000 are for training; heavy tails on both sides."""

    def source(self, folder, work):
        made = os.path.join(work, "source")
        os.mkdir(made)
        run(sys.executable, os.path.join(PEERS, "shop.py"), os.path.join(made, self.file))
        return made


DATA = {
    "lastfm": DataSet(
        "lastfm/lastfm.csv", {"interactions-file": "lastfm.csv", "query": "user", "candidate": "artist"},
        {"by": "field", "field": "part"},
        "2f67419369149786fe9244ccadc250f6890f36220f386c728bbde2f1ff39631e",
        weights={"sample-weight": "plays", "sample-weight-scale": "logarithmic"}),
    "ml-latest-small": DataSet(
        "ml-latest-small/ratings.csv",
        {"interactions-file": "ratings.csv", "query": "userId", "candidate": "movieId", "timestamp": "timestamp",
         "weight": "rating"},
        {"by": "random", "seed": 42},
        "609cd0ccd33946db55a4e060fdafa55005aecc4c8722fd29172f2e755720dbca"),
    "movielens-100k": MovieLens100K(
        None,
        {"interactions-file": "interactions.csv", "query": "user_id", "candidate": "movie_title",
         "timestamp": "timestamp", "weight": "rating"},
        {"by": "field", "field": "part_final"}),
    # EASE inverts a matrix of 41,000 rows: 13 GB and an hour.
    "shop": Shop(
        "shop.csv", {"interactions-file": "shop.csv", "query": "user", "candidate": "item"},
        {"by": "field", "field": "part"}, baselines=["popularity", "random", "item-knn"]),
}


def content(folder, file, sha256):
    """The bytes of a file, plain or with .gz; of another edition than the one of that SHA-256 it wants nothing."""
    path = os.path.join(folder, file)
    if os.path.exists(path):
        content = read_bytes(path, open)
    elif os.path.exists(path + ".gz"):
        content = read_bytes(path + ".gz", gzip.open)
    else:
        fail(f"no {path} and no {path}.gz; Benchmarks/README.md says where the data come from")
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        fail(f"{path} is another edition: its SHA-256 is {found}, expected {sha256}")
    return content


def read_bytes(path, opening):
    with opening(path, "rb") as file:
        return file.read()


def run(*words):
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode != 0:
        fail(f"{os.path.basename(words[0])} failed\n{done.stdout}{done.stderr}")
    return done.stdout


def stage(name, inputs, params=None, program=None):
    lines = [f"  {name}:"]
    if program:
        lines.append(f"    program: {program}")
    lines.append("    inputs: { " + ", ".join(f"{port}: {source}" for port, source in inputs.items()) + " }")
    if params:
        lines.append("    params: { " + ", ".join(f"{key}: {value}" for key, value in params.items()) + " }")
    return "\n".join(lines) + "\n"


def pipeline(data, source, store, on_validation):
    """The stages of pipelines/your-data.yaml up to `evaluate`, and each family without a search beside the tuned model.

    On validation, a fifth of the training rows is what all are judged by, and the test rows are never read.
    """
    learnt, held = ("hold-out.train", "hold-out.test") if on_validation else ("split.train", "split.test")
    learning = {"train": learnt, "vocabularies": "vocab.vocabularies"}
    text = f"name: quality\nartifacts: {store}\nsources:\n  data: {{ path: {source} }}\nstages:\n"
    text += stage("ingest", {"source": "sources.data"}, {"format": "delimited", **data.ingest})
    text += stage("vocab", {"interactions": "ingest.interactions", "catalog": "ingest.catalog"})
    text += stage("split", {"interactions": "ingest.interactions"}, data.split)
    if on_validation:
        text += stage("hold-out", {"interactions": "split.train"}, {"by": "random", "seed": 7}, program="split")
    text += stage("tune", learning, data.weights)
    text += stage("train", {**learning, "recipe": "tune.recipe"})
    judged = {"train": learnt, "test": held, "catalog": "ingest.catalog"}
    measured = {"ks": "[20, 100]", "ties": "expected"}
    text += stage("evaluate", {"model": "train.model", **judged},
                  {**measured, "baselines": f"[{', '.join(data.baselines)}]"})
    for family, params in STARTS.items():
        text += stage(f"{family}-start", learning, params, program="train")
        text += stage(f"evaluate-{family}", {"model": f"{family}-start.model", **judged},
                      {**measured, "baselines": "[popularity]"}, program="evaluate")
    return text


def table(store, output, name):
    printed = run(f"{PROGRAMS}/inspect", output, "--export", "csv", "--table", name, "--artifacts", store)
    return [row for row in csv.DictReader(io.StringIO(printed)) if row["protocol"] == "seen-excluded"]


def values(rows, model):
    """The three metrics of a model, with intervals over draws of users."""
    cells = []
    for metric in METRICS:
        row = next(row for row in rows
                   if (row["model"], row["slice"], row["metric"], row["k"]) == (model, "all", *metric))
        cells.append(f"{float(row['value']):.4f} [{float(row['low']):.4f}, {float(row['high']):.4f}]")
    return cells


def ahead(comparisons, other):
    """By how much the tuned model is ahead, at least and at most, in percentage points."""
    cells = []
    for metric in METRICS:
        row = next(row for row in comparisons if (row["other"], row["metric"], row["k"]) == (other, *metric))
        cells.append(f"{100 * float(row['low']):+.1f} to {100 * float(row['high']):+.1f}")
    return "; ".join(cells)


def seconds(printed):
    """Of each stage, from the table at the end of a run."""
    return {name: float(time) for name, time in re.findall(r"^(\S+) +made +([\d.]+) ", printed, re.M)}


def found(store, tuned="tune"):
    """The recipe of a stage, on a line."""
    text = run(f"{PROGRAMS}/inspect", f"{tuned}.recipe", "--artifacts", store)
    ensemble = re.search(r"^ensemble: (.*), ahead of", text, re.M)
    if ensemble:
        return ensemble[1]
    body = re.search(r"recipe for train:\n((?:  .*\n)+)", text)[1]
    params = dict(re.findall(r'^  (\S+): "?([^"\n]*)"?$', body, re.M))
    hidden = {"batch-size", "negatives", "normalise", "seed", "objective"}
    shown = ", ".join(f"{key} {value}" for key, value in params.items() if key not in hidden)
    return f"{params['objective']}, {shown}"


def implicit_grid(store, on_validation, python):
    """implicit's iALS by a grid of nine, chosen on a tenth of the same training rows."""
    folder = os.path.join(store, "rows")
    os.mkdir(folder)
    for part in "train", "test":
        target = f"{'hold-out' if on_validation else 'split'}.{part}"
        run(f"{PROGRAMS}/inspect", target, "--export", "csv", "--to", f"{folder}/{part}.csv", "--artifacts", store)
    return run(python, os.path.join(PEERS, "grid.py"), f"{folder}/train.csv", f"{folder}/test.csv")


def measure(name, arguments, work):
    data = DATA[name]
    place = os.path.join(work, name)
    os.mkdir(place)
    store = os.path.join(place, "store")
    path = os.path.join(place, "pipeline.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(pipeline(data, data.source(arguments.folder, place), store, arguments.validation))
    words = ["--threads", str(arguments.threads)] if arguments.threads else []
    words += [word for setting in arguments.set for word in ("--set", setting)]
    printed = run(f"{PROGRAMS}/runner", path, "--stages-dir", PROGRAMS, *words)
    took = seconds(printed)
    measured = table(store, "evaluate.metrics", "metrics")
    comparisons = table(store, "evaluate.metrics", "comparisons")

    part = "a validation part" if arguments.validation else "test rows"
    print(HEADER.format(f"{name}, {part}", "the first row is ahead by, % points"))
    print(f"| `tune` found: {found(store)} | {' | '.join(values(measured, 'two-tower'))} | |")
    for family in STARTS:
        cells = values(table(store, f"evaluate-{family}.metrics", "metrics"), "two-tower")
        print(f"| {family}, no search | {' | '.join(cells)} | |")
    for baseline in data.baselines:
        print(f"| {baseline} | {' | '.join(values(measured, baseline))} | {ahead(comparisons, baseline)} |")
    if arguments.python:
        print(implicit_grid(store, arguments.validation, arguments.python), end="")
    times = ", ".join(f"{stage} {time:.1f} s" for stage, time in took.items())
    print(f"\n{times}\n", flush=True)
    shutil.rmtree(place)
