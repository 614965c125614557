"""Commands: ``python -m experiments.<name>``; here, how one ends that has not even begun."""

import os
import sys
from types import TracebackType


def _say(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Says in a sentence what a user can do about, and leaves the rest to Python."""
    if issubclass(kind, KeyboardInterrupt):
        sentence, status = "interrupted.", 130
    elif isinstance(error, ModuleNotFoundError) and not str(error.name).startswith("experiments"):
        remedy = 'pip install "nne_jax[experiments]"'
        sentence, status = f"{error.name} is missing; {remedy}.", 1
    elif issubclass(kind, ValueError) and "jax" not in sys.modules:  # which reads JAX_* at import
        sentence, status = f"JAX: {error}; give that variable another value, or unset it.", 1
    else:
        sys.__excepthook__(kind, error, trace)
        return
    if sys.stderr is not None:
        print(sentence, file=sys.stderr, flush=True)
    os._exit(status)  # nothing was begun, and so nothing is to be ended


if sys.argv[:1] == ["-m"]:  # a command is being imported, to be run; ``launch.run`` comes later
    sys.excepthook = _say
