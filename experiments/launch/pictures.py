"""Pictures of results: matplotlib's figures, of no window; it is imported when one is drawn."""

import os
from typing import TYPE_CHECKING, Any

from nne_jax.errors import InputError, load_extra

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


def _module() -> Any:
    try:
        return load_extra("matplotlib.figure", "the picture of a result", "plots")
    except InputError:
        raise
    except ValueError as error:  # what it says of an MPLBACKEND that it does not know
        raise InputError(
            f"MPLBACKEND={os.environ.get('MPLBACKEND')}: matplotlib has no such backend; unset it."
        ) from error
