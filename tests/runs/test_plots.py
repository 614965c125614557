"""Figures of a run: what they show of its rows."""

import importlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nne_jax as nne
from nne_jax.errors import InputError
from nne_jax.runs import _matplotlib, plots
from tests.runs.drawing import rows


def test_learning_curve_shows_what_is_in_the_rows(rng):
    upper, lower = plots.learning_curve(rows(rng)).axes
    labels = [line.get_label() for line in upper.lines]
    assert labels == ["sampled genotypes", "modal genotype", "mean genotype"]
    np.testing.assert_array_equal(upper.lines[1].get_ydata(), [0.6] * 5)
    np.testing.assert_array_equal(lower.lines[0].get_xdata(), [1, 2, 3, 4])


def test_histogram_columns_add_up_to_all_genes(rng):
    mesh = plots.allele_freq_histogram(rows(rng)).axes[0].collections[0]
    np.testing.assert_allclose(mesh.get_array().sum(axis=0), 100)


def test_distance_curves_are_the_fraction_of_genes_farther_than_x():
    p = np.random.default_rng(0).uniform(size=1000)
    row = {"generation": 7, "allele_freq_counts": np.histogram(p, 100, (0, 1))[0].tolist()}
    line = plots.distance_to_fixation([row]).axes[0].lines[0]
    x, y = line.get_data()
    expected = [np.mean(np.minimum(p, 1 - p) > distance) for distance in x]
    np.testing.assert_allclose(y, expected, atol=1e-9)
    assert line.get_label() == "t = 7"


def test_one_evaluation_is_enough_for_every_figure(rng, tmp_path):
    for draw in (plots.learning_curve, plots.allele_freq_histogram, plots.distance_to_fixation):
        path = tmp_path / "figure.png"
        draw(rows(rng, generations=1)).savefig(path)
        assert path.read_bytes()[:4] == b"\x89PNG"


@pytest.mark.slow
def test_the_history_of_evolve_and_rows_draw_the_same_curve():
    def fitness(genotype, batch):
        return jnp.sum(genotype)

    rule = nne.selection.intensity(1.0)
    step = nne.evolution.make_generation_step(nne.engines.per_individual(fitness), rule, 20)
    state = nne.evolution.init(jax.random.key(0), 10, rule)
    _, history = nne.evolution.evolve(step, state, None, 12)
    _, run = nne.runs.run(step, state, None, 12, progress=False)
    for drawn in (history, history._asdict(), run):
        (axes,) = plots.learning_curve(drawn).axes  # accuracy was not measured
        assert axes.get_ylabel() == "fitness"
        np.testing.assert_array_equal(axes.lines[0].get_xdata(), range(1, 13))
        np.testing.assert_array_equal(axes.lines[0].get_ydata(), history.fitness_mean)
        np.testing.assert_array_equal(axes.lines[1].get_ydata(), history.fitness_max)


def test_a_history_of_counts_is_drawn_like_rows(rng):
    run = rows(rng)
    history = {"allele_freq_counts": np.array([row["allele_freq_counts"] for row in run])}
    one, other = (
        plots.allele_freq_histogram(drawn).axes[0].collections[0].get_array()
        for drawn in (run, history)
    )
    np.testing.assert_array_equal(one, other)


def test_the_histogram_shows_one_evaluation_and_leaves_gaps_empty():
    def cells(*generations):
        run = [{"generation": g, "allele_freq_counts": [1, 3]} for g in generations]
        mesh = plots.allele_freq_histogram(run).axes[0].collections[0]
        return mesh.get_coordinates()[0, :, 0].tolist(), mesh.get_array()[1].tolist()

    assert cells(5) == ([4.5, 5.5], [75])
    assert cells(0, 10, 20) == ([-5, 5, 15, 25], [75, 75, 75])
    assert cells(0, 10, 500, 510) == ([-5, 5, 20, 490, 505, 515], [75, 75, None, 75, 75])


def test_one_row_is_marked_where_a_line_could_not_be_seen(rng):
    run = [rows(rng)[1]]
    for axes in plots.learning_curve(run).axes:
        assert {line.get_marker() for line in axes.lines} == {"."}


def test_a_measure_that_is_no_fraction_is_not_cut_off():
    def limits(measured):
        names = ("sampled_mean", "sampled_std", "modal", "mean")
        row = {"generation": 1, "validation_accuracy": dict.fromkeys(names, measured)}
        return plots.learning_curve([row]).axes[0].get_ylim()

    assert limits(0.5) == (0, 1)
    assert limits(-7.0)[0] < -7 < limits(-7.0)[1]


def test_a_backend_that_matplotlib_does_not_know_is_a_sentence(monkeypatch):
    def unknown(*arguments):
        raise ValueError("Key backend: 'bogus' is not a valid value")

    monkeypatch.setenv("MPLBACKEND", "bogus")
    monkeypatch.setattr(_matplotlib, "load_extra", unknown)
    with pytest.raises(InputError, match="MPLBACKEND=bogus: matplotlib has no such backend"):
        importlib.reload(plots)
    monkeypatch.undo()
    importlib.reload(plots)


def test_numbers_that_were_not_finite_leave_a_gap(rng):
    run = rows(rng)
    run[2]["fitness_mean"] = None
    run[3]["validation_accuracy"] = run[4]["allele_freq_counts"] = None
    run[4]["validation_accuracy"] = {"modal": 0.5}
    upper, lower = plots.learning_curve(run).axes
    assert np.isnan(lower.lines[0].get_ydata()).tolist() == [False, True, False, False]
    assert np.isnan(upper.lines[0].get_ydata()).tolist() == [False, False, False, True, True]
    np.testing.assert_array_equal(upper.lines[1].get_ydata(), [0.6, 0.6, 0.6, np.nan, 0.5])
    cells = plots.allele_freq_histogram(run).axes[0].collections[0].get_array()
    assert cells.shape == (25, 4)


def test_rows_in_disorder_are_drawn_in_order(rng):
    run = rows(rng)
    (_, lower), (_, other) = (plots.learning_curve(r).axes for r in (run, run[::-1]))
    np.testing.assert_array_equal(lower.lines[0].get_data(), other.lines[0].get_data())


def counted(*counts):
    return [{"generation": i, "allele_freq_counts": row} for i, row in enumerate(counts)]


@pytest.mark.parametrize(
    ("draw", "run", "message"),
    [
        (plots.learning_curve, [{"generation": 1, "loss": 2.0}], "no row has validation_accuracy"),
        (plots.learning_curve, [], "no row has anything"),
        (plots.allele_freq_histogram, [{"generation": 1}], "no row has allele_freq_counts"),
        (plots.distance_to_fixation, {"x": np.zeros(3)}, "no row has allele_freq_counts"),
        (plots.learning_curve, {"x": np.float32(3)}, "it has no axis of generations"),
        (plots.learning_curve, {"x": np.ones(3), "y": np.ones(2)}, "it has no axis of generati"),
        (plots.learning_curve, [{"fitness_mean": 2.0}], "a row has no number as generation"),
        (plots.learning_curve, [{"generation": 1, "fitness_mean": "high"}], "fitness_mean is not"),
        (plots.allele_freq_histogram, counted([1, 2], [1]), "allele_freq_counts is not .* list"),
        (plots.allele_freq_histogram, counted(3), "allele_freq_counts are not counts"),
        (plots.distance_to_fixation, counted([0, 0]), "allele_freq_counts are not counts of some"),
        (plots.distance_to_fixation, counted([1, 2, 3]), "counts=.*: give counts .* even number"),
        (plots.distance_curves, {}, "curves: there are none"),
        (plots.distance_curves, {1: []}, "curves: there are none"),
        (lambda run: plots.accuracy_by_num_genes(run, "modal"), [], "curves: there are none"),
        (
            lambda run: plots.distance_to_fixation(run, num_curves=0),
            counted([1, 1]),
            "num_curves=0: give a whole number",
        ),
    ],
)
def test_what_cannot_be_drawn_is_said(draw, run, message):
    with pytest.raises(InputError, match=message):
        draw(run)


def test_a_panel_for_each_task_and_a_curve_for_each_number_of_genes():
    curves = [
        {
            "classes": classes,
            "num_genes": n,
            "generations": [0, 10],
            "validation_accuracy": {"modal": [[0.1, 0.5], [0.3, 0.7]]},
        }
        for classes in ("0-4", "0-9")
        for n in (300, 500, 1000)
    ]
    axes = plots.accuracy_by_num_genes(curves, "modal").axes
    assert [one.get_title() for one in axes] == ["digits 0-4", "digits 0-9"]
    assert [line.get_label() for line in axes[0].lines] == ["n = 300", "n = 500", "n = 1000"]
    np.testing.assert_allclose(axes[1].lines[0].get_ydata(), [0.2, 0.6])
    curves[1]["ceiling"] = {"validation": {"modal": {"mean": 0.9, "sd": None}}}
    lines = plots.accuracy_by_num_genes(curves, "modal").axes[0].lines
    assert [line.get_linestyle() for line in lines] == ["-", "-", "--", "-"]
    assert list(lines[2].get_ydata()) == [0.9, 0.9]
    np.testing.assert_array_equal(lines[2].get_color(), lines[1].get_color())
    assert lines[2].get_marker() == lines[1].get_marker() != lines[0].get_marker()
    with pytest.raises(InputError, match="network=median: must be one of sampled_mean, modal"):
        plots.accuracy_by_num_genes(curves, "median")
