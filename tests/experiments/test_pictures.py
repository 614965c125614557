"""Lines that can be told apart in grey, words that can be read when a picture is small."""

import json
from pathlib import Path

import pytest

import experiments
from experiments.dopamine import report
from experiments.launch import pictures
from experiments.pages import curves

RESULTS = Path(experiments.__file__).parent / "results"


def test_lines_differ_without_their_colours():
    styles = [pictures.style_of(index, 50) for index in range(28)]
    assert len({(s["marker"], s["linestyle"]) for s in styles}) == 28
    assert styles[0]["markevery"] != styles[1]["markevery"]  # marks do not hide each other
    assert all(0 <= s["markevery"][0] < s["markevery"][1] for s in styles)


def test_lines_of_runs_on_a_page_differ_from_their_neighbours_without_colours():
    styles = [curves.style_of(index) for index in range(24)]
    assert len({tuple(style.values()) for style in styles}) == 24
    assert len({style["linestyle"] for style in styles[:4]}) == 4


@pytest.mark.parametrize("width", [5.0, 8.0, 14.0])
def test_words_are_large_but_no_longer_than_their_axis(width):
    figure = pictures.new_figure(width, 4)
    axes = figure.subplots()
    axes.set(xlabel="epoch", ylabel="x" * 200)
    axes.set_yticks([0, 1], ["a", "b"], fontsize=7)
    pictures.png(figure)
    assert axes.xaxis.label.get_fontsize() == pytest.approx(min(max(1.8 * width, 12), 17))
    assert axes.yaxis.label.get_fontsize() == 8
    assert {label.get_fontsize() for label in axes.get_yticklabels()} == {7}
    assert all(label.get_fontsize() >= 10 for label in axes.get_xticklabels())


def test_where_averaging_begins_is_said_in_table_2():
    rows = json.loads((RESULTS / "table2.json").read_text())["rows"]
    for axes in report.figure(rows).axes:
        assert [text.get_text() for text in axes.texts] == ["weights are averaged\nfrom here on"]
        assert axes.texts[0].xy[0] == 250
        lines = [line for line in axes.lines if line.get_color().startswith("C")]
        shapes = {(line.get_marker(), line.get_linestyle()) for line in lines}
        assert len(shapes) == len(lines) > 5


def test_nothing_is_said_of_averaging_where_there_is_none():
    row = {
        "model": "dnn:c1", "hidden": 10, "k_cap": 0, "test_accuracy": None, "sd": None,
        "validation_accuracy": 0.5, "curve": [0.4, 0.5], "curve_every": 1, "epochs": 2,
        "averaged": False,
    }  # fmt: skip
    assert not report.figure([row]).axes[0].texts
