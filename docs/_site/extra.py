"""The packages that build the pages, and the sentence where one of them is missing."""

from nne_jax.errors import load_extra

_PACKAGES = ("sphinx", "myst_nb", "sphinx_book_theme")


def check() -> None:
    """Raises an InputError, which names the remedy, unless the extra ``docs`` is installed."""
    for package in _PACKAGES:
        load_extra(package, "the documentation", "docs")
