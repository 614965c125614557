"""What the value of an option may be: its type, its bounds, and what JAX can hold of it."""

import numbers
import typing
from typing import Any, NamedTuple

_LARGEST_INT = 2**31 - 1  # JAX counts in int32
WANTED = {
    int: "give a whole number",
    float: "give a number",
    bool: "give true or false",
    str: "give a text",
}
WANTED_MANY = {int: "give whole numbers", float: "give numbers", str: "give texts"}


class Bounds(NamedTuple):
    """What the value of an option, or each of the values of a list, may be."""

    low: float | None = None  # at least
    high: float | None = None  # at most; for whole numbers 2^31 - 1 where nothing else is said
    above: float | None = None  # more than
    below: float | None = None  # less than
    choices: tuple[str, ...] = ()
    distinct: bool = False  # a list names nothing twice
    size: float = 1e37  # a number with a fraction is 0 or from 1/size to size, as float32 holds it


def problem(value: Any, kind: Any, bounds: Bounds) -> str | None:
    """What is wrong with a value, if anything.

    Args:
      value: the value.
      kind: the type that it should have, ``tuple[int, ...]`` say.
      bounds: what it may be.

    >>> problem(0, int, Bounds(low=1)), problem(1, int, Bounds(low=1))
    ('must be at least 1', None)
    >>> problem((3, 3), tuple[int, ...], Bounds(distinct=True))
    'give each value once'
    >>> problem(1e-300, float, Bounds(above=0))
    'give a number of a size from 1e-37 to 1e+37'
    """
    if typing.get_origin(kind) is not tuple:
        if not _is_a(value, kind):
            return WANTED[kind]
        wrong = None if _holds(value, bounds) else f"must be {_words(bounds, kind)}"
        return wrong or _beyond(value, bounds)
    (inner, _) = typing.get_args(kind)
    if not isinstance(value, tuple) or not all(_is_a(part, inner) for part in value):
        return WANTED_MANY[inner]
    if not value:
        return "give at least one value"
    if bounds.distinct and len(set(value)) < len(value):
        return "give each value once"
    if not all(_holds(part, bounds) for part in value):
        return f"each must be {_words(bounds, inner)}"
    return next((wrong for part in value if (wrong := _beyond(part, bounds))), None)


def _is_a(value: Any, kind: type) -> bool:
    if kind is bool or isinstance(value, bool):
        return kind is bool and isinstance(value, bool)
    return isinstance(value, {int: numbers.Integral, float: numbers.Real}.get(kind, kind))


def _beyond(value: Any, bounds: Bounds) -> str | None:
    """A number that its bounds allow, and that JAX could not hold, or would make infinite."""
    if isinstance(value, numbers.Integral) and bounds.high is None and abs(value) > _LARGEST_INT:
        return f"must be at most {_LARGEST_INT}"
    if isinstance(value, float) and value and not 1 / bounds.size <= abs(value) <= bounds.size:
        return f"give a number of a size from {1 / bounds.size:g} to {bounds.size:g}"
    return None


def _holds(value: Any, bounds: Bounds) -> bool:
    return (
        (not bounds.choices or value in bounds.choices)
        and (bounds.low is None or value >= bounds.low)
        and (bounds.high is None or value <= bounds.high)
        and (bounds.above is None or value > bounds.above)
        and (bounds.below is None or value < bounds.below)
        and (not isinstance(value, float) or abs(value) < float("inf"))
    )


def _words(bounds: Bounds, kind: type) -> str:
    """The bounds in words."""
    low, high, above, below, choices, *_ = bounds
    if choices:
        return f"one of {', '.join(choices)}"
    if low is not None and high is not None:
        return f"between {low:.12g} and {high:.12g}"
    words = [f"at least {low}"] if low is not None else []
    words += [f"more than {above}"] if above is not None else []
    words += [f"at most {high:.12g}"] if high is not None else []
    words += [f"less than {below}"] if below is not None else []
    if kind is float and high is None and below is None:
        return ", and ".join([*words, "finite"])
    return " and ".join(words)
