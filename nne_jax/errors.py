"""What is said of bad input: one sentence that names the argument, its value and the remedy."""

import decimal
import importlib
import numbers
from typing import Any


class InputError(ValueError):
    """Bad input: the message is one sentence that names the argument, the value and the remedy."""


class BusyError(InputError):
    """Another process is at the same run: the same call may succeed when that one has ended."""


class StorageError(OSError):
    """The disk is full, read-only or gone: one sentence; what was written before is whole."""


class LostProcessError(RuntimeError):
    """Another process of the run has died, or cannot be reached: start all of them again."""


def check_number(
    name: str,
    value: Any,
    low: float = float("-inf"),
    high: float = float("inf"),
    *,
    above: float | None = None,
    below: float | None = None,
) -> None:
    """Raises an InputError unless a number is within bounds, and finite.

    Only numbers of Python and numpy are looked at. What JAX traces has no value yet, and a schedule
    has many.

    Args:
      name: of the argument.
      value: its value, or what is no number and passes.
      low, high: bounds that the value may reach.
      above, below: bounds that it may not reach.

    >>> check_number("mutation_rate", 0.7, 0, 0.5)
    Traceback (most recent call last):
    nne_jax.errors.InputError: mutation_rate=0.7: give a number from 0 to 0.5.
    """
    if not isinstance(value, numbers.Real) or isinstance(value, bool):
        return
    value = float(value) if not isinstance(value, int) else value
    beyond = (above is not None and not value > above) or (below is not None and not value < below)
    if low <= value <= high and abs(value) < float("inf") and not beyond:
        return
    words = bounds_in_words(low, high, above=above, below=below)
    raise InputError(f"{name}={value}: give a number {words}.")


def bounds_in_words(
    low: float = float("-inf"),
    high: float = float("inf"),
    *,
    above: float | None = None,
    below: float | None = None,
) -> str:
    """The bounds of ``check_number`` as its sentence has them.

    >>> bounds_in_words(0, 0.5), bounds_in_words(above=0)
    ('from 0 to 0.5', 'more than 0')
    """
    bounds = {
        "more than": above,
        "less than": below,
        "at least": low if low > float("-inf") and above is None else None,
        "at most": high if high < float("inf") and below is None else None,
    }
    words = " and ".join(f"{word} {bound:g}" for word, bound in bounds.items() if bound is not None)
    return f"from {low:g} to {high:g}" if words.count("at ") == 2 else words or "that is finite"


def load_extra(module: str, what: str, extra: str) -> Any:
    """Imports a module of a package that an extra brings.

    Args:
      module: its name.
      what: what needs it.
      extra: of nne_jax.

    Raises:
      InputError: the package is not installed; says how to.

    >>> load_extra("no_such_package.part", "this example", "data")
    Traceback (most recent call last):
    nne_jax.errors.InputError: this example needs no_such_package; pip install "nne_jax[data]".
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise InputError(f'{what} needs {package}; pip install "nne_jax[{extra}]".') from error


def round_down(value: float, digits: int = 4) -> str:
    """The largest number of so many digits that is not above a value: advice that can be taken.

    >>> round_down(0.00278), round_down(0.0345038567), round_down(0.3)
    ('0.00278', '0.0345', '0.3')
    """
    context = decimal.Context(prec=digits, rounding=decimal.ROUND_FLOOR)
    return f"{float(context.create_decimal(repr(float(value)))):.{digits}g}"
