"""Tables of the results, as Markdown, read from ``experiments/results`` when the pages are made."""

import itertools
from collections.abc import Callable

from docs._site import labels
from docs._site.cells import PM, best, chosen, markdown, percent, read
from experiments.evolved.rule_report import label
from experiments.speed import race

_NETWORKS = ("sampled_mean", "modal", "mean")
_PRESETS = (
    "digits", "mnist", "mnist_1000", "mnist_fields", "mnist_fields_jitter", "mnist_jitter",
    "mnist_jitter_0-4", "mnist_60k", "mnist_60k_gpu",
)  # fmt: skip


def table1() -> str:
    """Table 1, the paper beside ours: what is measured on the whole test set."""
    rows = []
    for row in read("table1")["rows"]:
        if row["preset"] not in ("mnist", "gradient"):
            continue
        model, classes = row["model"], row["classes"]
        ours = [
            percent(row["test_accuracy"][network], row["sd"][network])
            if network in row["test_accuracy"]
            and (model not in labels.CONTROLS or network == "modal")
            else "–"
            for network in _NETWORKS
        ]
        name = {**labels.OURS, **labels.CONTROLS}[model]
        rows.append([classes, name, *ours, labels.PAPER_1.get((model, classes), "–")])
    rows.sort(key=lambda row: (row[0], row[1].endswith("gradients")))
    heads = ["digits", "model", "sampled", "modal", "mean genotype", "the paper"]
    return markdown(heads, rows)


def presets() -> str:
    """What the presets end at, and after how many seconds, of the files that ``seeds`` writes."""
    rows = []
    for name in _PRESETS:
        found = read(name)
        config = found["config"]
        shape = "-".join(map(str, config["hidden"]))
        images = "all" if not config["per_class"] else str(config["per_class"])
        accuracy = _of_networks(found["test_accuracy"])
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
    for model, name in labels.RULES.items():
        cells = []
        for hidden in (1000, 100_000):
            row = best(rows, model, hidden)
            cells += [percent(row["test_accuracy"], row["sd"])]
            cells += [labels.PAPER_2.get((model, hidden), "–")]
        made.append([name, *cells])
    return markdown(["", "1000 units", "the paper", "100,000 units", "the paper"], made)


def readings() -> str:
    """The paper's dopaminergic rule in all its readings, each as validation chose its variant."""
    rows = read("table2")["rows"]
    made = []
    for model, name in labels.READINGS.items():
        cells = [best(rows, model, hidden) for hidden in (1000, 100_000)]
        made.append([name, *(percent(row["test_accuracy"], row["sd"]) for row in cells)])
    made.append(
        ["the paper's number", labels.PAPER_2["dnn:c1", 1000], labels.PAPER_2["dnn:c1", 100_000]]
    )
    return markdown(["", "1000 units", "100,000 units"], made)


def paper_rule() -> str:
    """The paper's rule as ε falls, and the checks beside the series; near: within 0.1 of 0 or 1."""
    made = []
    rows = sorted(read("paper_rule")["rows"], key=lambda row: row["kind"] != "series")
    for row in rows:
        time = sum(row["mean_step"]) / len(row["mean_step"]) * row["generations"]
        near = sum(row["near_fixation_0_1"]) / len(row["near_fixation_0_1"])
        accuracy = _of_networks(row["test_accuracy"])
        made.append(
            [label(row), f"{row['generations']:,}", f"{time:.0f}", *accuracy, f"{near:.0%}"]
        )
    heads = ["run", "generations", "selection time", "sampled", "modal", "mean genotype"]
    return markdown([*heads, "near 0 or 1"], made)


def paper_rule_by_epsilon() -> str:
    """What the paper's 200,000 generations come to, by ε, as far as the longest run has gone."""
    made = []
    for one in read("paper_rule")["forecast"]["by_epsilon"]:
        if one["selection_time"] is not None:
            accuracy = _of_networks(one["validation_accuracy"])
            made.append([f"{one['epsilon']:g}", f"{one['selection_time']:.0f}", *accuracy])
    return markdown(["ε", "selection time", "sampled", "modal", "mean genotype"], made)


def figure3() -> str:
    """Accuracy by the number of genes, of what evolved and of frequencies trained by gradients."""
    rows = {(row["classes"], row["num_genes"]): row for row in read("figure3")["rows"]}
    tasks, sizes = (list(dict.fromkeys(names)) for names in zip(*rows, strict=True))
    made = []
    for size in sizes:
        accuracies = []
        for task in tasks:
            row = rows[task, size]
            evolved, ceiling = row["test_accuracy"], row["ceiling"]["test"]
            of_both = evolved["sampled_mean"], evolved["modal"], ceiling["modal"]
            accuracies += [percent(**accuracy) for accuracy in of_both]
        made.append([f"{size:,}", *accuracies])
    of_tasks = (f"{task}, {what}" for task in tasks for what in ("sampled", "modal", "ceiling"))
    return markdown(["genes", *of_tasks], made)


def frontier() -> str:
    """Test error in %, by training images a class, of the network that validation looked at."""
    rows = read("frontier")["rows"]
    sizes = sorted({row["per_class"] for row in rows})
    found = {(row["dataset"], row["method"], row["per_class"]): row for row in rows}
    made = []
    for dataset, method in itertools.product(labels.DATASETS, labels.METHODS):
        cells = [error(found[dataset, method, n]) for n in sizes]
        made.append([labels.DATASETS[dataset], labels.METHODS[method], *cells])
    return markdown(["data", "test error in %", *(f"{n} images a class" for n in sizes)], made)


def error(row: dict) -> str:
    """Test error of a row of the frontier, in percent."""
    found = chosen(row)
    return percent(1 - found["mean"], found["sd"])


def peers() -> str:
    """Seconds until so many validation images are right, of the seeds that got there."""
    rows = {(row["model"], row["target"]): row for row in read("peers")["rows"]}
    made = []
    for target in sorted({target for _, target in rows}):
        cells = [_seconds(rows.get((model, target))) for model in race.NAMES]
        made.append([f"{100 * target:g}%", *cells])
    return markdown(["accuracy", *race.NAMES.values()], made)


TABLES: dict[str, Callable[[], str]] = {
    function.__name__: function
    for function in (
        table1,
        presets,
        paper_rule,
        paper_rule_by_epsilon,
        figure3,
        table2,
        readings,
        frontier,
        peers,
    )
}


def _of_networks(accuracy: dict[str, dict]) -> list[str]:
    return [percent(**accuracy[network]) for network in _NETWORKS]


def _seconds(row: dict | None) -> str:
    if not row or not row["reached"]:
        return "–"
    mean, sd = row["seconds"]["mean"], row["seconds"]["sd"]
    digits = 2 if mean < 1 else 1 if mean < 10 else 0
    seconds = f"{mean:.{digits}f}" + ("" if sd is None else f"{PM}{sd:.{digits}f}")
    return seconds + ("" if row["reached"] == row["of"] else f" ({row['reached']} of {row['of']})")
