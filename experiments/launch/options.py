"""Options of a command: fields of a frozen dataclass, their bounds, their text in a shell."""

import dataclasses
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from nne_jax.errors import InputError

SEED_LIMIT = 2**32  # JAX takes a seed modulo it
_ONE = {int: "give a whole number", float: "give a number", bool: "give true or false"}
_MANY = {int: "give whole numbers", float: "give numbers"}
_TRUTH = {"true": True, "false": False}


class Bounds(NamedTuple):
    """What the value of an option, or each of the values of a list, may be."""

    low: float | None = None  # at least
    high: float | None = None  # at most
    above: float | None = None  # more than
    below: float | None = None  # less than
    choices: tuple[str, ...] = ()
    distinct: bool = False  # a list names nothing twice


def option(
    default: Any,
    help_text: str,
    *,
    low: float | None = None,
    high: float | None = None,
    above: float | None = None,
    below: float | None = None,
    choices: typing.Iterable[str] = (),
    distinct: bool = False,
    repeated: bool = False,
    parse: Callable[[str], Any] | None = None,
) -> Any:
    """A field of a dataclass of options.

    Args:
      default: its value where no flag gives one.
      help_text: one line, for ``--help``.
      low, high, above, below, choices, distinct: see ``Bounds``.
      repeated: a list's flag is given again for each value, which may hold commas.
      parse: from the text of a flag to the value, where the type does not say it; raises a
        ValueError that says what to give instead.
    """
    bounds = Bounds(low, high, above, below, tuple(choices), distinct)
    metadata = {"help": help_text, "bounds": bounds, "repeated": repeated, "parse": parse}
    return dataclasses.field(default=default, metadata=metadata)


def seeds_option(default: tuple[int, ...] = (0, 1, 2)) -> Any:
    """The field ``seeds: tuple[int, ...]`` of a command that repeats its work."""
    return option(default, "the seeds", low=0, high=SEED_LIMIT - 1, distinct=True)


def option_types(options: Any) -> dict[str, Any]:
    """By name, the type of each option of a dataclass or of an instance of it, without None."""
    cls = options if isinstance(options, type) else type(options)
    hints = typing.get_type_hints(cls)
    return {field.name: _without_none(hints[field.name]) for field in dataclasses.fields(options)}


def check_options(options: Any) -> None:
    """Refuses values out of bounds; to be called by ``__post_init__``. NaN fails every bound.

    Raises:
      InputError: names the flag, the value and the bound.

    >>> @dataclasses.dataclass(frozen=True)
    ... class Options:
    ...     hidden: tuple[int, ...] = option((64,), "hidden units", low=1)
    ...
    ...     def __post_init__(self):
    ...         check_options(self)
    >>> Options(hidden=(300, 0))
    Traceback (most recent call last):
    nne_jax.errors.InputError: --hidden=300,0: each must be at least 1.
    """
    kinds = option_types(options)
    for field in dataclasses.fields(options):
        value = getattr(options, field.name)
        if value is None or value == field.default:
            continue
        if problem := _problem(value, kinds[field.name], field.metadata["bounds"]):
            raise InputError(f"--{field.name}={as_text(value)}: {problem}.")


def as_text(value: Any) -> str:
    """A value as it stands on a command line.

    >>> as_text((300, 100)), as_text(0.1), as_text(True)
    ('300,100', '0.1', 'true')
    """
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def parse_text(text: str, kind: Any, metadata: Mapping[str, Any]) -> Any:
    """The value of an option from its text.

    Args:
      text: what stands behind ``--name=``.
      kind: its type, of ``option_types``.
      metadata: of its field.

    Raises:
      ValueError: says what to give instead.

    >>> parse_text("300,100", tuple[int, ...], {})
    (300, 100)
    >>> parse_text("", tuple[int, ...], {})
    Traceback (most recent call last):
    ValueError: give at least one value
    """
    if parse := metadata.get("parse"):
        return parse(text)
    if typing.get_origin(kind) is not tuple:
        return _parse_one(text, kind, _ONE)
    if not text.strip():
        raise ValueError("give at least one value")
    (inner, _) = typing.get_args(kind)
    return tuple(_parse_one(part.strip(), inner, _MANY) for part in text.split(","))


def _parse_one(text: str, kind: Any, wanted: Mapping[Any, str]) -> Any:
    try:
        return _TRUTH[text] if kind is bool else kind(text)
    except (ValueError, KeyError) as error:
        raise ValueError(wanted[kind]) from error


def _problem(value: Any, kind: Any, bounds: Bounds) -> str | None:
    """What is wrong with a value, if anything."""
    if typing.get_origin(kind) is not tuple:
        return None if _holds(value, bounds) else f"must be {_words(bounds, kind)}"
    if not value:
        return "give at least one value"
    if bounds.distinct and len(set(value)) < len(value):
        return "give each value once"
    if all(_holds(part, bounds) for part in value):
        return None
    return f"each must be {_words(bounds, typing.get_args(kind)[0])}"


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
    low, high, above, below, choices, _ = bounds
    if choices:
        return f"one of {', '.join(choices)}"
    if low is not None and high is not None:
        return f"between {low} and {high}"
    words = [f"at least {low}"] if low is not None else []
    words += [f"more than {above}"] if above is not None else []
    words += [f"at most {high}"] if high is not None else []
    words += [f"less than {below}"] if below is not None else []
    if kind is float and high is None and below is None:
        return ", and ".join([*words, "finite"])
    return " and ".join(words)


def _without_none(kind: Any) -> Any:
    if isinstance(kind, types.UnionType):
        (kind,) = (part for part in typing.get_args(kind) if part is not type(None))
    return kind
