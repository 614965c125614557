"""Pictures of results: matplotlib's figures, of no window; it is imported when one is drawn."""

import io
from typing import TYPE_CHECKING, Any

from nne_jax.runs._matplotlib import load_figures

if TYPE_CHECKING:
    from matplotlib.figure import Figure
else:
    Figure = Any


def new_figure(width: float, height: float) -> Figure:
    """An empty figure, sizes in inches."""
    return _module().Figure(figsize=(width, height), layout="constrained")


def check() -> None:
    """Refuses a picture that cannot be drawn, before the work for it.

    Raises:
      InputError: matplotlib is missing, or refuses to be imported.
    """
    _module()


def png(figure: Figure) -> bytes:
    """The content of a picture's file."""
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=120)
    return file.getvalue()


def _module() -> Any:
    return load_figures("the picture of a result")
