"""Every mean and sd of a percentage in the open questions' tables is a result."""

from collections.abc import Callable
from typing import Any

import pytest

from docs._site import cells
from tests.test_sections import text_of
from tests.test_stated_numbers import measured_in, stated

EXPRESSIONS, GENES = ("linear", "tanh", "sigmoid", "relu"), (2000, 8000, 20_000)
Row = dict[str, Any]


def modal(row: Row) -> str:
    accuracy = row["test_accuracy"]["modal"]
    return stated(accuracy["mean"], accuracy["sd"])


def one_number(rows: list[Row]) -> list[list[str]]:
    return [[modal(row)] for row in rows]


def by_genes(rows: list[Row]) -> list[list[str]]:
    found = {row["arm"]: modal(row) for row in rows}
    return [[found[f"{name}, {n} genes"] for n in GENES] for name in EXPRESSIONS]


def measured(row: Row, name: str, scale: float = 1.0) -> str:
    value = row["measured"][name]
    return stated(value["mean"] * scale, value["sd"] * scale)


def of_architectures(rows: list[Row]) -> list[list[str]]:
    kept = "kept_by_size", "kept_at_random"
    return [
        [modal(r), measured(r, "effective_fan_in", 0.01), *(measured(r, name) for name in kept)]
        for r in rows
    ]


def of_changes(rows: list[Row]) -> list[list[str]]:
    return [[measured(r, "before"), modal(r), measured(r, "never_changed")] for r in rows]


@pytest.mark.parametrize(
    ("title", "name", "expected"),
    [
        ("Nonlinear expression", "expression", by_genes),
        ("Fixing alleles", "fixation", one_number),
        ("Depth", "depth", one_number),
        ("Implicit architecture", "architecture", of_architectures),
        ("A cap in evolution", "cap", one_number),
        ("Ploidy and dominance", "ploidy", one_number),
        ("Linkage and population size", "linkage", one_number),
        ("A changing task", "changing_task", of_changes),
    ],
)
def test_a_table_states_what_was_measured(
    title: str, name: str, expected: Callable[[list[Row]], list[list[str]]]
):
    lines = [line for line in text_of(title).splitlines() if line.startswith("|")]
    rows = cells.read(f"question_{name}")["rows"]
    assert [found for line in lines if (found := measured_in(line))] == expected(rows)
