"""Figures of a run of thousands of generations: means of spans, and nothing on top of another."""

import matplotlib.colors
import matplotlib.image
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from nne_jax.runs import plots
from nne_jax.runs.plots.records import MOST_POINTS
from tests.runs.drawing import drawn, long_run


def test_a_long_run_is_drawn_by_the_means_of_equal_spans(rng):
    run = long_run(rng, 24_000)
    upper, lower = plots.learning_curve(run).axes
    best = np.array([row["fitness_max"] for row in run]).reshape(-1, 60)
    np.testing.assert_allclose(lower.lines[1].get_ydata(), best.mean(axis=1))
    np.testing.assert_allclose(lower.lines[1].get_xdata(), np.arange(24_000 / 60) * 60 + 30.5)
    band = lower.collections[1].get_paths()[0].vertices
    assert band[:, 1].max() == best.max()  # thinning hides no extreme
    assert band[:, 1].min() == best.min()
    assert lower.get_ylabel() == "fitness,\nmeans of 60 generations"
    assert len(upper.lines[0].get_xdata()) <= MOST_POINTS
    assert upper.lines[0].get_marker() == "None"  # 320 would touch each other


def test_spans_are_of_generations_though_fewer_and_fewer_of_them_were_logged():
    often, seldom = np.arange(1, 4001), np.arange(4100, 40_001, 100)
    run = [
        {"generation": int(g), "fitness_mean": float(g), "fitness_sd": 0.0, "fitness_max": 0.0}
        for g in np.append(often, seldom)
    ]
    (axes,) = plots.learning_curve(run).axes
    x, y = axes.lines[0].get_data()
    np.testing.assert_allclose(x, y)  # each mean lies at its own generations'
    assert len(x) <= MOST_POINTS
    assert np.diff(x).max() < 150
    assert axes.get_ylabel() == "fitness,\nmeans of 100 generations"


def assert_no_legend_lies_on_a_curve(figure):
    drawn(figure)  # which lays it out
    renderer = FigureCanvasAgg(figure).get_renderer()
    for axes in figure.axes:
        if legend := axes.get_legend():
            box = legend.get_window_extent(renderer)
            assert not box.overlaps(axes.get_window_extent(renderer))
            assert box.x1 <= figure.bbox.x1 + 1  # and all of it is there


@pytest.mark.parametrize("generations", [400, 24_000, 100_000])
def test_the_curves_can_be_told_apart_and_no_legend_lies_on_them(generations, rng):
    figure = plots.learning_curve(long_run(rng, generations))
    for axes in figure.axes:  # drawn soon, however long the run is
        assert all(len(line.get_xdata()) <= MOST_POINTS for line in axes.lines)
    image = drawn(figure)
    red = np.all(np.abs(image - matplotlib.colors.to_rgb("C3")) < 0.2, axis=2)
    box = figure.axes[1].get_window_extent().extents.astype(int)
    height = image.shape[0]
    panel = red[height - box[3] : height - box[1], box[0] : box[2]]
    assert 0 < np.mean(panel) < 0.1  # a curve, not a block
    assert_no_legend_lies_on_a_curve(figure)


def test_thousands_of_evaluations_are_few_cells_and_lines_of_the_other_figures(rng):
    counts = rng.integers(1, 9, (4000, 100))
    run = [
        {"generation": 25 * i, "allele_freq_counts": row} for i, row in enumerate(counts.tolist())
    ]
    histogram, distances = plots.allele_freq_histogram(run), plots.distance_to_fixation(run)
    drawn(histogram)
    drawn(distances)
    assert len(distances.axes[0].lines) < 10
    cells = histogram.axes[0].collections[0].get_array()
    assert cells.shape == (25, MOST_POINTS)
    percent = 100 * counts / counts.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(cells[3, 7], percent[70:80, 12:16].sum(axis=1).mean())
    labels = [line.get_label() for line in distances.axes[0].lines]
    assert labels == ["t = 0", "t = 33325", "t = 66650", "t = 99975"]
    assert_no_legend_lies_on_a_curve(distances)


def test_of_many_distance_curves_a_few_are_shown_the_first_and_last_ones_among_them():
    figure = plots.distance_curves({t: [np.linspace(1, 0, 11)] * 3 for t in range(5000)})
    labels = [line.get_label() for line in figure.axes[0].lines]
    assert len(labels) == 8
    assert (labels[0], labels[-1]) == ("t = 0", "t = 4999")
    assert_no_legend_lies_on_a_curve(figure)


def test_a_number_that_is_missing_does_not_empty_its_span(rng):
    run = long_run(rng, 800)
    run[0]["fitness_max"], expected = None, run[1]["fitness_max"]
    assert plots.learning_curve(run).axes[1].lines[1].get_ydata()[0] == expected
