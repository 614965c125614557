import io

import jax
import jax.numpy as jnp
import matplotlib.colors
import matplotlib.image
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

import nne_jax as nne
from nne_jax.errors import InputError
from nne_jax.runs import plots
from nne_jax.runs.plots.records import MOST_POINTS


def rows(rng, generations=5, bins=100):
    accuracy = {"sampled_mean": 0.5, "sampled_std": 0.1, "modal": 0.6, "mean": 0.7}
    return [
        {
            "generation": g,
            "validation_accuracy": accuracy,
            "allele_freq_counts": np.histogram(rng.beta(0.5, 0.5, 500), bins)[0].tolist(),
        }
        | ({"fitness_mean": 1.0, "fitness_sd": 0.2, "fitness_max": 2.0} if g else {})
        for g in range(generations)
    ]


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


def long_run(rng, generations):
    """A curve with noise, evaluated every 25 generations."""
    best = rng.normal(size=generations)
    accuracy = {"sampled_mean": 0.5, "sampled_std": 0.1, "modal": 0.6, "mean": 0.7}
    return [
        {"generation": g + 1, "fitness_mean": -9.0, "fitness_sd": 0.5, "fitness_max": best[g]}
        | ({"validation_accuracy": accuracy} if g % 25 == 0 else {})
        for g in range(generations)
    ]


def test_a_long_run_is_drawn_by_the_means_of_equal_spans(rng):
    run = long_run(rng, 24_000)
    upper, lower = plots.learning_curve(run).axes
    best = np.array([row["fitness_max"] for row in run])
    np.testing.assert_allclose(lower.lines[1].get_ydata(), best.reshape(-1, 60).mean(axis=1))
    np.testing.assert_allclose(lower.lines[1].get_xdata(), np.arange(24_000 / 60) * 60 + 30.5)
    assert lower.get_ylabel() == "fitness, means of 60 rows"
    assert len(upper.lines[0].get_xdata()) <= MOST_POINTS
    assert upper.lines[0].get_marker() == "None"  # 320 would touch each other


@pytest.mark.parametrize("generations", [400, 24_000])
def test_the_curves_can_be_told_apart_and_no_legend_lies_on_them(generations, rng):
    figure = plots.learning_curve(long_run(rng, generations))
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=100)
    file.seek(0)
    image = matplotlib.image.imread(file)[:, :, :3]
    red = np.all(np.abs(image - matplotlib.colors.to_rgb("C3")) < 0.2, axis=2)
    box = figure.axes[1].get_window_extent().extents.astype(int)
    height = image.shape[0]
    panel = red[height - box[3] : height - box[1], box[0] : box[2]]
    assert 0 < np.mean(panel) < 0.1  # a curve, not a block
    renderer = FigureCanvasAgg(figure).get_renderer()
    for axes in figure.axes:
        legend = axes.get_legend().get_window_extent(renderer)
        assert not legend.overlaps(axes.get_window_extent(renderer))


def test_numbers_that_were_not_finite_leave_a_gap(rng):
    run = rows(rng)
    run[2]["fitness_mean"] = None
    _, lower = plots.learning_curve(run).axes
    assert np.isnan(lower.lines[0].get_ydata()[1])


@pytest.mark.parametrize(
    ("draw", "run", "message"),
    [
        (plots.learning_curve, [{"generation": 1, "loss": 2.0}], "no row has validation_accuracy"),
        (plots.learning_curve, [], "no row has anything"),
        (plots.allele_freq_histogram, [{"generation": 1}], "no row has allele_freq_counts"),
        (plots.distance_to_fixation, {"x": np.zeros(3)}, "no row has allele_freq_counts"),
        (plots.learning_curve, {"x": np.float32(3)}, "it has no axis of generations"),
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
    with pytest.raises(InputError, match="network=median: must be one of sampled_mean, modal"):
        plots.accuracy_by_num_genes(curves, "median")
