"""Tables and figures of the results, read from ``experiments/results`` when the pages are made."""


def setup(app):
    """Tells Sphinx."""
