import numpy as np

from nne_jax import plots


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
