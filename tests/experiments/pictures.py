"""What can be said of a picture by its pixels."""

import matplotlib.image
import numpy as np


def assert_shows_axes(path):
    """A PNG of a figure: frames of axes, and something in colour drawn in them."""
    pixels = matplotlib.image.imread(path)[..., :3]
    height, width, _ = pixels.shape
    assert height > 300
    assert width > 400
    ink = pixels.min(axis=-1) < 0.95
    assert 0.005 < ink.mean() < 0.6
    dark = pixels.max(axis=-1) < 0.5
    assert np.sum(dark.mean(axis=1) > 0.3) >= 2  # the frame's horizontal lines
    assert np.sum(dark.mean(axis=0) > 0.3) >= 2  # and its vertical ones
    colour = pixels.max(axis=-1) - pixels.min(axis=-1) > 0.3
    assert colour.sum() > 200
