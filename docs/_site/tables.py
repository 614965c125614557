"""Tables of the results, as Markdown, read from ``experiments/results`` when the pages are made."""

import itertools
import json
from collections.abc import Callable, Iterable
from pathlib import Path

RESULTS = Path(__file__).resolve().parents[2] / "experiments/results"
_DATASETS = {"mnist": "MNIST", "fashion_mnist": "Fashion-MNIST"}
_METHODS = {
    "nne": "NNE",
    "nne_signsgd": "NNE + SignSGD",
    "nne_dopamine": "NNE + dopamine",
    "pbil": "PBIL",
    "rank_one": "rank-1 evolution strategy",
    "c2_minus_above": "DNN, the paper's formula",
    "agrel": "DNN, `agrel`",
    "feedback_alignment": "direct feedback alignment",
    "ridge": "ridge regression",
    "adam": "Adam, by back-propagation",
}
_OURS = {"nne": "NNE", "nne+signsgd": "NNE + SignSGD", "nne+dopamine": "NNE + dopamine"}
_CONTROLS = {"adam": "Adam, by gradients", "sgd": "SGD, by gradients"}
_PAPER_1 = {  # table 1 of the paper
    ("nne", "0-4"): "92.1",
    ("nne", "0-9"): "78.8",
    ("nne+signsgd", "0-4"): "91.6",
    ("nne+signsgd", "0-9"): "85.6",
    ("sgd", "0-4"): "96 ± 0.4",
    ("sgd", "0-9"): "88.2 ± 0.75",
}
_RULES = {
    "dnn:c1": "DNN, the paper's introduction (`c1`)",
    "dnn:c2_minus_above": "DNN, the paper's formula as it can be read (`c2_minus_above`)",
    "dnn:agrel": "DNN, reward prediction error (`agrel`)",
    "adam": "Adam on the output layer",
    "signsgd": "SignSGD on the output layer",
    "ridge": "ridge regression",
}
_PAPER_2 = {  # table 2 of the paper, whose "SGD" is Adam
    ("dnn:c1", 1000): "84.84",
    ("dnn:c1", 100_000): "90.76",
    ("dnn:c2_minus_above", 1000): "84.84",
    ("dnn:c2_minus_above", 100_000): "90.76",
    ("adam", 1000): "90.34",
    ("adam", 100_000): "92.56",
    ("signsgd", 1000): "86.84",
    ("signsgd", 100_000): "90.21",
}
_READINGS = {
    "dnn:c1": "C1",
    "dnn:c2_minus_above": "C2, minus, L > ε₀",
    "dnn:c2_minus_below": "C2, minus, L ≤ ε₀",
    "dnn:c2_plus_above": "C2, plus, L > ε₀",
    "dnn:c2_plus_below": "C2, plus, L ≤ ε₀",
}
_PEERS = {
    "nne sampled": "NNE, sampled",
    "nne modal": "NNE, modal",
    "nne mean": "NNE, mean",
    "open_es": "Open_ES",
    "pgpe": "PGPE",
    "snes": "SNES",
    "rank_one": "rank-1 ES",
}
_PM = "\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}"  # one cell, one line
_NETWORKS = ("sampled_mean", "modal", "mean")


def read(name: str) -> dict:
    """A results file."""
    return json.loads((RESULTS / f"{name}.json").read_text())


def table1() -> str:
    """Table 1, the paper beside ours: what is measured on the whole test set."""
    rows = []
    for row in read("table1")["rows"]:
        if row["preset"] not in ("mnist", "gradient"):
            continue
        model, classes = row["model"], row["classes"]
        ours = [
            percent(row["test_accuracy"][network], row["sd"][network])
            if network in row["test_accuracy"] and (model not in _CONTROLS or network == "modal")
            else "–"
            for network in _NETWORKS
        ]
        label = {**_OURS, **_CONTROLS}[model]
        rows.append([classes, label, *ours, _PAPER_1.get((model, classes), "–")])
    rows.sort(key=lambda row: (row[0], row[1].endswith("gradients")))
    heads = ["digits", "model", "sampled", "modal", "mean genotype", "the paper"]
    return markdown(heads, rows)


def presets() -> str:
    """What the presets end at, and after how many seconds, of the files that ``seeds`` writes."""
    rows = []
    for name in ("digits", "mnist", "mnist_1000", "mnist_jitter", "mnist_jitter_0-4", "mnist_60k"):
        found = read(name)
        config = found["config"]
        shape = "-".join(map(str, config["hidden"]))
        images = "all" if not config["per_class"] else str(config["per_class"])
        accuracy = [percent(**found["test_accuracy"][network]) for network in _NETWORKS]
        generations = f"{config['num_generations']:,}"
        took = [row["seconds"] for row in found["rows"]]
        seconds = f"{min(took):.0f}–{max(took):.0f}"
        rows.append([f"`{name}`", shape, images, generations, *accuracy, seconds])
    heads = ["file", "hidden", "images", "generations"]
    return markdown([*heads, "sampled", "modal", "mean", "seconds"], rows)


def table2() -> str:
    """Table 2, the paper beside ours; of each rule the reading that validation chose."""
    rows = read("table2")["rows"]
    made = []
    for model, label in _RULES.items():
        cells = []
        for hidden in (1000, 100_000):
            row = best(rows, model, hidden)
            cells += [percent(row["test_accuracy"], row["sd"])]
            cells += [_PAPER_2.get((model, hidden), "–")]
        made.append([label, *cells])
    return markdown(["", "1000 units", "the paper", "100,000 units", "the paper"], made)


def readings() -> str:
    """The paper's dopaminergic rule in all its readings, each as validation chose its variant."""
    rows = read("table2")["rows"]
    made = []
    for model, label in _READINGS.items():
        cells = [best(rows, model, hidden) for hidden in (1000, 100_000)]
        made.append([label, *(percent(row["test_accuracy"], row["sd"]) for row in cells)])
    made.append(["the paper's number", _PAPER_2["dnn:c1", 1000], _PAPER_2["dnn:c1", 100_000]])
    return markdown(["", "1000 units", "100,000 units"], made)


def frontier() -> str:
    """Test error in %, by training images a class, of the network that validation looked at."""
    rows = read("frontier")["rows"]
    sizes = sorted({row["per_class"] for row in rows})
    found = {(row["dataset"], row["method"], row["per_class"]): row for row in rows}
    made = []
    for dataset, method in itertools.product(_DATASETS, _METHODS):
        cells = [error(found[dataset, method, n]) for n in sizes]
        made.append([_DATASETS[dataset], _METHODS[method], *cells])
    return markdown(["data", "test error in %", *(f"{n} images a class" for n in sizes)], made)


def error(row: dict) -> str:
    """Test error of a row of the frontier, in percent."""
    first, *_ = row["test_accuracy"].values()
    return percent(1 - first["mean"], first["sd"])


def peers() -> str:
    """Seconds until so many validation images are right, of the seeds that got there."""
    rows = {(row["model"], row["target"]): row for row in read("peers")["rows"]}
    made = []
    for target in sorted({target for _, target in rows}):
        cells = [_seconds(rows.get((model, target))) for model in _PEERS]
        made.append([f"{100 * target:g}%", *cells])
    return markdown(["accuracy", *_PEERS.values()], made)


TABLES: dict[str, Callable[[], str]] = {
    function.__name__: function for function in (table1, presets, table2, readings, frontier, peers)
}


def percent(mean: float, sd: float | None) -> str:
    """A share and its standard deviation, in percent.

    >>> percent(0.9188, 0.0041).split(), percent(0.9188, None)
    (['91.9', '±', '0.4'], '91.9')
    """
    return f"{100 * mean:.1f}" + ("" if sd is None else f"{_PM}{100 * sd:.1f}")


def markdown(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table.

    >>> print(markdown(["a", "b"], [["1", "2"]]))
    | a | b |
    |---|---|
    | 1 | 2 |
    """
    heads = list(heads)
    lines = ["| " + " | ".join(line) + " |" for line in [heads, *rows]]
    return "\n".join([lines[0], "|" + "---|" * len(heads), *lines[1:]])


def best(rows: list[dict], model: str, hidden: int) -> dict:
    """The row of a model that is best on the validation images."""
    of_both = [row for row in rows if (row["model"], row["hidden"]) == (model, hidden)]
    return max(of_both, key=_validated)


def _validated(row: dict) -> float:
    """The accuracy on validation images by which a row is chosen."""
    found = row["validation_accuracy"]
    return max(found.values()) if isinstance(found, dict) else found


def _seconds(row: dict | None) -> str:
    if not row or not row["reached"]:
        return "–"
    mean, sd = row["seconds"]["mean"], row["seconds"]["sd"]
    digits = 2 if mean < 1 else 1 if mean < 10 else 0
    seconds = f"{mean:.{digits}f}" + ("" if sd is None else f"{_PM}{sd:.{digits}f}")
    return seconds + ("" if row["reached"] == row["of"] else f" ({row['reached']} of {row['of']})")
