"""Rows to draw, and the pixels of what is drawn."""

import io

import matplotlib.colors
import matplotlib.image
import numpy as np


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


def long_run(rng, generations):
    """A curve with noise, evaluated every 25 generations."""
    best = rng.normal(size=generations)
    accuracy = {"sampled_mean": 0.5, "sampled_std": 0.1, "modal": 0.6, "mean": 0.7}
    return [
        {"generation": g + 1, "fitness_mean": -9.0, "fitness_sd": 0.5, "fitness_max": best[g]}
        | ({"validation_accuracy": accuracy} if g % 25 == 0 else {})
        for g in range(generations)
    ]


def drawn(figure, dpi=100):
    """The pixels (height, width, 3) of a figure."""
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=dpi)
    file.seek(0)
    return matplotlib.image.imread(file)[:, :, :3]
