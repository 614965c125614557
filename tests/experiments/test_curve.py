"""Curves of plain characters."""

import numpy as np
import pytest

from experiments.launch.curve import curve
from experiments.run import report


def drawn(xs, ys, monkeypatch, columns=60):
    """The lines, and in each column of the picture the rows that have a mark, from the bottom."""
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = curve(xs, ys, "accuracy", "generations").split("\n")
    picture = [line[9:].ljust(columns) for line in lines[1:-2]][::-1]
    marks = [[row for row, line in enumerate(picture) if line[c] == "•"] for c in range(columns)]
    return lines, [rows for rows in marks if rows]


@pytest.mark.parametrize("columns", [30, 60, 100, 400])
def test_a_straight_line_is_straight_and_fills_the_width(columns, monkeypatch):
    lines, marks = drawn([0, 200], [0.25, 0.75], monkeypatch, columns)
    assert len(lines) == 11
    assert max(map(len, lines)) == min(columns, 100)
    assert len(marks) == min(columns, 100) - 9
    wanted = np.rint(np.linspace(0, 7, len(marks))).astype(int).tolist()
    assert [rows[-1] for rows in marks] == wanted
    assert (lines[1][:9], lines[8][:9]) == ("  0.750 ┤", "  0.250 ┤")
    assert lines[-1].split() == ["0", "200", "generations"]


def test_a_jump_is_a_line_without_gaps(monkeypatch):
    for ys in ([0.0, 0.0, 1.0, 1.0], [1.0, 1.0, 0.0, 0.0]):
        _, marks = drawn([0, 50, 51, 100], ys, monkeypatch)
        assert sorted({row for rows in marks for row in rows}) == list(range(8))
        assert all(rows == list(range(rows[0], rows[-1] + 1)) for rows in marks)


def test_what_does_not_change_is_level(monkeypatch):
    lines, marks = drawn([0, 3], [0.5, 0.5], monkeypatch)
    assert {tuple(rows) for rows in marks} == {(0,)}
    assert "nan" not in "".join(lines)


def test_in_ascii_it_is_a_curve_too(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    text = curve([0, 9], [0.0, 1.0], "accuracy", "generations")
    plain = text.encode("ascii", "nne_jax.in_ascii").decode()
    assert list(map(len, plain.split("\n"))) == list(map(len, text.split("\n")))
    assert plain.split("\n")[1].lstrip().startswith("1.000 |")
    assert plain.split("\n")[-2] == "        +" + "-" * 51


def test_a_run_of_several_seeds_has_their_mean(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    rows = [
        {"generation": g, "replicate": r, "validation_accuracy": {"modal": accuracy}}
        for g, accuracies in {0: (0.1, 0.3), 5: (0.7, 0.9)}.items()
        for r, accuracy in enumerate(accuracies)
    ]
    lines = report.curve([*rows, {"generation": 3}]).split("\n")
    assert lines[1].split()[0] == "0.800"
    assert lines[8].split()[0] == "0.200"
    assert report.curve([{"generation": 3}]) == ""
