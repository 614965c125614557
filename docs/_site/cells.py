"""What tables are made of: results files, their best rows, and cells of Markdown."""

import json
from collections.abc import Iterable
from pathlib import Path

RESULTS = Path(__file__).resolve().parents[2] / "experiments/results"
PM = "\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}"  # one cell, one line


def read(name: str) -> dict:
    """A results file."""
    return json.loads((RESULTS / f"{name}.json").read_text())


def percent(mean: float, sd: float | None) -> str:
    """A share and its standard deviation, in percent.

    >>> percent(0.9188, 0.0041).split(), percent(0.9188, None)
    (['91.9', '±', '0.4'], '91.9')
    """
    return f"{100 * mean:.1f}" + ("" if sd is None else f"{PM}{100 * sd:.1f}")


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


def chosen(row: dict) -> dict:
    """Mean and standard deviation, in a row of the frontier, of the network validation looked at.

    >>> chosen({"test_accuracy": {"modal": {"mean": 0.9}, "sampled": {"mean": 0.8}}})
    {'mean': 0.9}
    """
    return next(iter(row["test_accuracy"].values()))


def best(rows: list[dict], model: str, hidden: int) -> dict:
    """The row of a model that is best on the validation images."""
    of_both = [row for row in rows if (row["model"], row["hidden"]) == (model, hidden)]
    return max(of_both, key=_validated)


def _validated(row: dict) -> float:
    """The accuracy on validation images by which a row is chosen."""
    found = row["validation_accuracy"]
    return max(found.values()) if isinstance(found, dict) else found
