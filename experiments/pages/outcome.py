"""What a run came to, in a few numbers."""

from typing import Any

from experiments.pages import words
from experiments.pages.files import Files
from experiments.pages.markup import Html, facts
from nne_jax.evaluation import NETWORKS
from nne_jax.runs.plots.records import as_rows


def accuracies(files: Files, split: str) -> dict[str, tuple[float | None, float | None]]:
    """By network, accuracy and, where there is one, its standard deviation.

    Of sampled genotypes it is over them, of several seeds over these. Where the run has come
    farther than its summary, it is what was measured last of the validation images.

    Args:
      files: of the run.
      split: test or validation.
    """
    found: dict[str, Any] = files.summary.get(f"{split}_accuracy") or {}
    if files.summary.get("generations", -1) < files.generation:
        rows = files.evaluated if split == "validation" else []
        found = as_rows(rows)[-1]["validation_accuracy"] if rows else {}
    if not found:
        return {}
    if isinstance(found["modal"], dict):
        return {name: (found[name]["mean"], found[name]["sd"]) for name in NETWORKS}
    sd = {"sampled_mean": found.get("sampled_std")}
    return {name: (found[name], sd.get(name)) for name in NETWORKS}


def section(files: Files) -> Html:
    """Accuracies, and how far the run has come."""
    items: list[tuple[str, str]] = []
    for split in ("test", "validation"):
        for name, (mean, sd) in accuracies(files, split).items():
            items.append((f"{split}, {NETWORKS[name]}", words.spread(mean, sd)))
    if learnt := files.summary.get("lifetime"):
        mean, sd = learnt["test_accuracy"]["sampled_mean"], learnt["test_accuracy"]["sampled_std"]
        if isinstance(mean, dict):  # of several seeds
            mean, sd = mean["mean"], mean["sd"]
        items.append((f"test, sampled + {learnt['rule']}", words.spread(mean, sd)))
    of_all = f" of {files.config.num_generations:,}" if files.config else ""
    items.append(("generations", f"{files.generation:,}{of_all}"))
    items.append(("time", words.seconds(seconds(files))))
    return facts(items)


def seconds(files: Files) -> float | None:
    """Of its generations, as far as they are known."""
    logged = [row.get("seconds") for row in files.rows[-1:]]
    return next(
        (took for took in [*logged, files.summary.get("seconds")] if took is not None), None
    )
