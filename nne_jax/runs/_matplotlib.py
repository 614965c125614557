"""matplotlib, loaded where something is drawn."""

import os
from typing import Any

from nne_jax.errors import InputError, load_extra


def load_figures(what: str) -> Any:
    """Imports ``matplotlib.figure``.

    Args:
      what: what needs it.

    Raises:
      InputError: it is missing, or refuses to be imported.
    """
    try:
        return load_extra("matplotlib.figure", what, "plots")
    except InputError:
        raise
    except ValueError as error:  # what it says of an MPLBACKEND that it does not know
        raise InputError(
            f"MPLBACKEND={os.environ.get('MPLBACKEND')}: matplotlib has no such backend; unset it."
        ) from error
