"""What `Benchmarks/quality --features` runs: `tune` with and without the features that data sets have, beside each other.

Both searches have the same training rows, vocabularies, seed and trials by ids alone; the one with features has further
trials that read them. Two models are trained by what they found, and judged by the same rows.
"""

import csv
import io
import os
import re
import shutil

import any_data
from any_data import METRICS, PROGRAMS, fail, run, stage

MOVIES_SHA256 = "a87480009b75ecd8d1e8f70700c534b6aefd57eed31b087ce8268ef6061a166c"
YEAR = re.compile(r"\((\d{4})\)\s*$")


def movies(folder, made):
    """The catalog of MovieLens latest-small with the year that stands in a title as a column of its own."""
    content = any_data.content(folder, "ml-latest-small/movies.csv", MOVIES_SHA256).decode()
    with open(os.path.join(made, "movies.csv"), "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["movieId", "title", "genres", "year"])
        for row in csv.DictReader(io.StringIO(content)):
            found = YEAR.search(row["title"])
            writer.writerow([row["movieId"], row["title"], row["genres"], found[1] if found else ""])


# By data set: what writes its catalog beside the interactions, and how `ingest` and `vocab` read that.
CATALOGS = {
    "ml-latest-small": (movies, {"catalog-file": "movies.csv", "candidate-name": "title", "lists": "[genres]"},
                        {"candidate-features": '["genres: list", "year: category at-least 2"]'}),
}
WITHOUT = {"lastfm": "has users, artists and plays, and no features of either; `tune` is the same with and without"}


def pipeline(data, ingest, features, source, store, on_validation):
    learnt, held = ("hold-out.train", "hold-out.test") if on_validation else ("split.train", "split.test")
    learning = {"train": learnt, "vocabularies": "vocab.vocabularies"}
    text = f"name: features\nartifacts: {store}\nsources:\n  data: {{ path: {source} }}\nstages:\n"
    text += stage("ingest", {"source": "sources.data"}, {"format": "delimited", **data.ingest, **ingest})
    text += stage("vocab", {"interactions": "ingest.interactions", "catalog": "ingest.catalog"}, features)
    text += stage("split", {"interactions": "ingest.interactions"}, data.split)
    if on_validation:
        text += stage("hold-out", {"interactions": "split.train"}, {"by": "random", "seed": 7}, program="split")
    for name, params in [("ids", {"features": "false"}), ("features", {})]:
        text += stage(f"tune-{name}", learning, params, program="tune")
        text += stage(f"train-{name}", {**learning, "recipe": f"tune-{name}.recipe"}, program="train")
    text += stage("evaluate", {"model": "train-features.model", "other": "train-ids.model", "train": learnt, "test": held},
                  {"ks": "[20, 100]", "ties": "expected", "baselines": "[popularity]"})
    return text


def verdict(store):
    """What `tune` says of the features."""
    text = run(f"{PROGRAMS}/inspect", "tune-features.recipe", "--artifacts", store)
    line = re.search(r"^features: (.*)", text, re.M)
    if not line:
        fail("tune says nothing of features")
    return line[1]


def measure(name, arguments, work):
    if name in WITHOUT:
        print(f"{name} {WITHOUT[name]}.\n")
        return
    if name not in CATALOGS:
        fail(f"--features: nobody has said what describes {name}; there are {', '.join([*CATALOGS, *WITHOUT])}")
    data = any_data.DATA[name]
    catalog, ingest, features = CATALOGS[name]
    place = os.path.join(work, name)
    os.mkdir(place)
    source, store, path = (data.source(arguments.folder, place), os.path.join(place, "store"),
                           os.path.join(place, "pipeline.yaml"))
    catalog(arguments.folder, source)
    with open(path, "w", encoding="utf-8") as file:
        file.write(pipeline(data, ingest, features, source, store, arguments.validation))
    words = ["--threads", str(arguments.threads)] if arguments.threads else []
    words += [word for setting in arguments.set for word in ("--set", setting)]
    printed = run(f"{PROGRAMS}/runner", path, "--stages-dir", PROGRAMS, *words)
    measured = any_data.table(store, "evaluate.metrics", "metrics")
    comparisons = any_data.table(store, "evaluate.metrics", "comparisons")

    print(any_data.HEADER.format(f"{name}, {'a validation part' if arguments.validation else 'test rows'}",
                                 "`tune` with features is ahead by, % points"))
    for model, recipe, label in [("two-tower", "tune-features", "with features"), ("other", "tune-ids", "ids alone")]:
        lead = any_data.ahead(comparisons, "other") if model == "other" else ""
        print(f"| `tune`, {label}: {any_data.found(store, recipe)} | {' | '.join(any_data.values(measured, model))} | {lead} |")
    print(f"| popularity | {' | '.join(any_data.values(measured, 'popularity'))} | |")
    print(f"\nFeatures are {verdict(store)}.\n")
    print(", ".join(f"{stage} {time:.1f} s" for stage, time in any_data.seconds(printed).items()) + "\n", flush=True)
    shutil.rmtree(place)
