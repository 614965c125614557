"""Options of a command: fields of a frozen dataclass, their bounds, their text in a shell."""

import dataclasses
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any

from experiments.launch import paths
from experiments.launch.bounds import WANTED, WANTED_MANY, Bounds, problem
from experiments.launch.groups import Group
from nne_jax.errors import InputError

SEARCH_SEED = 0  # whose validation images choose settings; where it has done so, others report
SEED_LIMIT = 2**32  # JAX takes a seed modulo it
_TRUTH = {"true": True, "false": False}


def option(
    default: Any,
    help_text: str,
    *,
    group: Group = Group.COMMAND,
    unit: str = "",
    shown: str = "",
    low: float | None = None,
    high: float | None = None,
    above: float | None = None,
    below: float | None = None,
    choices: typing.Iterable[str] = (),
    distinct: bool = False,
    size: float = 1e37,
    repeated: bool = False,
    is_path: bool = False,
    parse: Callable[[str], Any] | None = None,
) -> Any:
    """A field of a dataclass of options.

    Args:
      default: its value where no flag gives one.
      help_text: one line, for ``--help``.
      group: what it is about, the heading in ``--help``.
      unit: what a value counts or is: generations, seconds, FILE.json.
      shown: as the default in ``--help`` where that is empty or None.
      low, high, above, below, choices, distinct, size: see ``Bounds``.
      repeated: a list's flag is given again for each value, which may hold commas.
      is_path: a file or folder, which may begin with ``~``.
      parse: from the text of a flag to the value, where the type does not say it; raises a
        ValueError that says what to give instead.
    """
    bounds = Bounds(low, high, above, below, tuple(choices), distinct, size)
    said = {"help": help_text, "group": group, "unit": unit, "shown": shown}
    taken = {"bounds": bounds, "repeated": repeated, "is_path": is_path, "parse": parse}
    return dataclasses.field(default=default, metadata=said | taken)


def seeds_option(default: tuple[int, ...] = (10, 11, 12)) -> Any:
    """The field ``seeds: tuple[int, ...]`` of a command that repeats its work.

    Settings are chosen on seeds 0 to 9, so what is reported is of others.
    """
    return option(
        default, "the seeds, a run each", group=Group.RUN, low=0, high=SEED_LIMIT - 1, distinct=True
    )


def refuse_search_seed(seeds: typing.Container[int]) -> None:
    """Refuses to report on the seed on which settings are chosen.

    >>> refuse_search_seed((0, 10))
    Traceback (most recent call last):
    nne_jax.errors.InputError: --seeds=0,10: settings are chosen on seed 0, which so cannot ...
    """
    if SEARCH_SEED in seeds:
        raise InputError(
            f"--seeds={as_text(seeds)}: settings are chosen on seed {SEARCH_SEED}, which so cannot "
            "report; give others."
        )


def option_types(options: Any) -> dict[str, Any]:
    """By name, the type of each option of a dataclass or of an instance of it, without None."""
    cls = options if isinstance(options, type) else type(options)
    hints = typing.get_type_hints(cls)
    return {field.name: _without_none(hints[field.name]) for field in dataclasses.fields(options)}


def check_options(options: Any) -> None:
    """Refuses values of another type or out of bounds; to be called by ``__post_init__``.

    NaN fails every bound. In paths a home's ``~`` is written out.

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
        value, default = getattr(options, field.name), field.default
        if value is default or (value == default and type(value) is type(default)):
            continue
        if wrong := problem(value, kinds[field.name], field.metadata["bounds"]):
            raise InputError(f"--{field.name}={as_text(value)}: {wrong}.")
        if field.metadata["is_path"]:
            whole = paths.each_expanded(f"--{field.name}", value)
            object.__setattr__(options, field.name, whole)


def refuse_idle(options: Any, names: typing.Container[str], needed: str) -> None:
    """Refuses options that differ from their defaults where nothing looks at them.

    Args:
      options: a dataclass of options.
      names: of those that nothing looks at.
      needed: what would.

    Raises:
      InputError: names the flag and the value.
    """
    for field in dataclasses.fields(options):
        value = getattr(options, field.name)
        if field.name in names and value != field.default:
            raise InputError(f"--{field.name}={as_text(value)}: has no effect without {needed}.")


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
        return _parse_one(text, kind, WANTED)
    if not text.strip():
        raise ValueError("give at least one value")
    (inner, _) = typing.get_args(kind)
    return tuple(_parse_one(part.strip(), inner, WANTED_MANY) for part in text.split(","))


def _parse_one(text: str, kind: Any, wanted: Mapping[Any, str]) -> Any:
    try:
        return _TRUTH[text] if kind is bool else kind(text)
    except (ValueError, KeyError) as error:
        raise ValueError(wanted[kind]) from error


def _without_none(kind: Any) -> Any:
    if isinstance(kind, types.UnionType):
        (kind,) = (part for part in typing.get_args(kind) if part is not type(None))
    return kind
