"""What `Benchmarks/towers --next` runs: which movie a user of MovieLens 100K watches next, from what they watched before.

Families of models answer the same events by the same histories (`evaluate` with `protocol: next`): two bags over the
history, item to item with and without a decay, and vectors of users folded in. Each family's setting is chosen on a
validation part, and the test part is looked at once.
"""

import csv
import io
import os

from any_data import PROGRAMS, ROOT, run, stage

SPHERE = {"objective": "softmax", "negatives": "all", "normalise": "both", "temperature": 0.25, "dimension": 64,
          "batch-size": 1_000_000}
# Without a history, everybody is recommended what is popular at the time.
POPULAR = {"unknown-query": "popularity", "recency-share": 0.15}
BAGS, DECAYED, LAST, FOLDED = "two bags", "item to item, decay", "item to item, last movie", "users folded in"
# The settings of each family that validation chooses from: the number of movies before, and params of `train`.
FAMILIES = {
    BAGS: [(0, {"objective": "next-item", **params}) for params in (
        {"dimension": 64}, {"dimension": 128}, {"dimension": 128, "bag-decay": 0.7},
        {"dimension": 128, "bag-decay": 0.7, "history-dropout": 0.1})],
    DECAYED: [(window, {**SPHERE, "epochs": 40, "history-last": 20, "history-decay": decay})
              for window in (3, 5) for decay in (0.7, 0.8)],
    LAST: [(window, {**SPHERE, "epochs": 40}) for window in (3, 5)],
    FOLDED: [(0, {**SPHERE, "epochs": epochs}) for epochs in (40, 80)] + [(0, {"objective": "ials", "dimension": 64})],
}
COMPARISONS = [(BAGS, DECAYED), (BAGS, LAST), (BAGS, FOLDED), (DECAYED, LAST)]
TEST, WINDOW = 20_000, 8_000


class Part:
    """A way to hold rows out: the columns that say which, the metrics, and the figures of the study that led to this."""

    def __init__(self, name, columns, metrics, chosen_by, study):
        self.name, self.columns, self.metrics, self.chosen_by, self.study = name, columns, metrics, chosen_by, study


PARTS = [
    Part("the newest 20,000 rows, each after what its user watched before", ("newest_validation", "newest_test"),
         [("hit_rate", 20), ("hit_rate", 100)], ("hit_rate", 20), {"newest_test": (0.336, 0.695)}),
    Part("each user's last movie", ("last_validation", "last_test"), [("hit_rate", 10), ("ndcg", 10)], ("ndcg", 10),
         {"last_validation": (0.245, 0.133), "last_test": (0.215, 0.115)}),
]


def write(fixed, path):
    """The ratings with a column for each way to hold rows out."""
    with open(os.path.join(fixed, "interactions.csv"), newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    order = sorted(range(len(rows)), key=lambda row: int(rows[row]["timestamp"]))
    parts = {name: ["train"] * len(rows) for part in PARTS for name in part.columns}
    for place, row in enumerate(order):
        if place >= len(rows) - TEST:
            parts["newest_test"][row], parts["newest_validation"][row] = "test", "none"
        elif place >= len(rows) - TEST - WINDOW:
            parts["newest_validation"][row] = "test"
    of_user = {}
    for row in order:
        of_user.setdefault(rows[row]["user_id"], []).append(row)
    for own in of_user.values():
        parts["last_test"][own[-1]], parts["last_validation"][own[-1]] = "test", "none"
        parts["last_validation"][own[-2]] = "test"
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["user_id", "movie_title", "timestamp", *parts])
        for place, row in enumerate(rows):
            writer.writerow([row["user_id"], row["movie_title"], row["timestamp"], *(column[place] for column in parts.values())])


def data(source, store, column, windows):
    """The stages up to vocabularies: for models of users (window 0), and for those of movies watched before."""
    text = f"name: next\nartifacts: {store}\nsources:\n  ratings: {{ path: {source} }}\nstages:\n"
    for window in {0, *windows}:
        files = {"format": "delimited", "interactions-file": "ratings.csv", "query": "user_id", "candidate": "movie_title",
                 "timestamp": "timestamp"}
        text += stage(f"ingest-{window}", {"source": "sources.ratings"}, {**files, **({"previous": window} if window else {})},
                      "ingest")
        text += stage(f"split-{window}", {"interactions": f"ingest-{window}.interactions"}, {"by": "field", "field": column},
                      "split")
        columns = {"query": "previous_movie_title", "candidate": "movie_title"} if window else {}
        text += stage(f"vocab-{window}", {"interactions": f"split-{window}.train"}, columns, "vocab")
    return text


def training(name, window, params):
    return stage(f"train-{name}", {"train": f"split-{window}.train", "vocabularies": f"vocab-{window}.vocabularies"},
                 {**params, **POPULAR}, "train")


def evaluation(name, model, other=None):
    inputs = {"model": f"train-{model}.model", "train": "split-0.train", "test": "split-0.test"}
    if other:
        inputs["other"] = f"train-{other}.model"
    return stage(name, inputs, {"protocol": "next", "ks": "[10, 20, 100]", "ties": "expected",
                                "baselines": "[recent-popularity, item-knn]" if not other else "[recent-popularity]"}, "evaluate")


def table(store, name, which):
    printed = run(f"{PROGRAMS}/inspect", f"{name}.metrics", "--export", "csv", "--table", which, "--artifacts", store)
    return [row for row in csv.DictReader(io.StringIO(printed)) if row["protocol"] == "seen-excluded"]


def value(store, name, metric, model="two-tower"):
    """A metric over all events, with its interval."""
    row = next(row for row in table(store, name, "metrics")
               if (row["metric"], row["k"], row["model"], row["slice"]) == (metric[0], str(metric[1]), model, "all"))
    return float(row["value"]), float(row["low"]), float(row["high"])


def difference(store, name, metric):
    row = next(row for row in table(store, name, "comparisons")
               if (row["metric"], row["k"], row["other"]) == (metric[0], str(metric[1]), "other"))
    return float(row["difference"]), float(row["low"]), float(row["high"])


def choose(part, source, work):
    """The best setting of each family on the validation part, and what it has there."""
    store, path = f"{work}/{part.columns[0]}", f"{work}/{part.columns[0]}.yaml"
    named = {f"{place}-{number}": (family, setting) for place, (family, settings) in enumerate(FAMILIES.items())
             for number, setting in enumerate(settings)}
    text = data(source, store, part.columns[0], {window for _, (window, _) in named.values()})
    for name, (_, setting) in named.items():
        text += training(name, *setting) + evaluation(f"evaluate-{name}", name)
    run_pipeline(path, text)
    best = {}
    for name, (family, setting) in named.items():
        found = value(store, f"evaluate-{name}", part.chosen_by)[0]
        if family not in best or found > best[family][0]:
            best[family] = found, setting, [value(store, f"evaluate-{name}", metric) for metric in part.metrics]
    return best


def run_pipeline(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    run(f"{PROGRAMS}/runner", path, "--stages-dir", PROGRAMS)


def described(setting):
    window, params = setting
    words = [f"{key} {value}" for key, value in params.items() if key not in SPHERE or key == "dimension"]
    return ", ".join(([f"previous {window}"] if window else []) + words)


def judge(part, source, work):
    """Prints a part's tables; gives what is not as asked."""
    best = choose(part, source, work)
    store, path = f"{work}/{part.columns[1]}", f"{work}/{part.columns[1]}.yaml"
    names = {family: f"model-{place}" for place, family in enumerate(best)}
    text = data(source, store, part.columns[1], {setting[0] for _, setting, _ in best.values()})
    for family, (_, setting, _) in best.items():
        text += training(names[family], *setting) + evaluation(f"evaluate-{names[family]}", names[family])
    for place, (one, other) in enumerate(COMPARISONS):
        text += evaluation(f"compare-{place}", names[one], names[other])
    run_pipeline(path, text)
    metrics = [f"{name}@{k}" for name, k in part.metrics]
    print(f"\n| {part.name} | " + " | ".join([f"validation {metric}" for metric in metrics] + metrics) + " | chosen on validation |")
    print("|---" * (2 * len(metrics) + 2) + "|")
    measured = {}
    for family, (_, setting, validated) in best.items():
        measured[family] = [value(store, f"evaluate-{names[family]}", metric) for metric in part.metrics]
        print(f"| {family} | " + " | ".join(cell(found) for found in validated + measured[family]) + f" | {described(setting)} |")
    for baseline in ("item-knn", "recent-popularity"):
        found = [value(store, f"evaluate-{names[BAGS]}", metric, baseline) for metric in part.metrics]
        print(f"| {baseline} | " + " | ".join([""] * len(metrics) + [cell(one) for one in found]) + " | |")
    print("\n| ahead by | " + " | ".join(metrics) + " |\n|---" + "|---" * len(metrics) + "|")
    missed = []
    for place, (one, other) in enumerate(COMPARISONS):
        found = [difference(store, f"compare-{place}", metric) for metric in part.metrics]
        print(f"| {one} than {other} | " + " | ".join(cell(each, "+.3f") for each in found) + " |")
        least = [each[1] if part is PARTS[0] or one == BAGS else each[0] for each in found]
        if min(least) <= 0:
            missed.append(f"{one} against {other} on {part.name}")
    for column, figures in part.study.items():
        own = measured[BAGS] if column == part.columns[1] else best[BAGS][2]
        missed += [f"{metric} of two bags on {column}: the study has {figure}" for metric, figure, (_, _, high)
                   in zip(metrics, figures, own) if high < figure]
    return missed


def cell(found, form=".3f"):
    return f"{found[0]:{form}} [{found[1]:{form}}, {found[2]:{form}}]"


def measure(work):
    """Prints all tables; gives what is not as asked."""
    run(os.path.join(ROOT, "Scripts/fixed-split-movielens-100k"), f"{work}/fixed")
    os.mkdir(f"{work}/source")
    write(f"{work}/fixed", f"{work}/source/ratings.csv")
    return [missed for part in PARTS for missed in judge(part, f"{work}/source", work)]
