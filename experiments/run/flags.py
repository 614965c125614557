"""absl flags for every option of ``Config``; a preset gives what no flag does."""

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from absl import flags as absl_flags

from experiments import launch
from experiments.launch.options import as_text
from experiments.run.config import Config
from experiments.run.presets import PRESETS


class Given(NamedTuple):
    """What a command line says of a run."""

    preset: str | None
    options: dict[str, Any]  # by name, those that were given


if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Own = TypeVar("Own", bound="DataclassInstance")


class Options(NamedTuple, Generic[Own]):
    """Options of a command that runs configs."""

    given: Given
    own: Own  # the command's own, beside those of a run


def flags_with(
    own: type[Own], but: tuple[str, ...] = ()
) -> tuple[Callable[..., None], Callable[[absl_flags.FlagValues], Options[Own]]]:
    """``define(flags)`` and ``read(flags)`` of a command: flags of ``Config`` and some of its own.

    Args:
      own: a dataclass of the command's own options.
      but: options of ``Config`` that the command has no flag for.
    """
    define_own, read_own = launch.flags_of(own)

    def define_both(flags: absl_flags.FlagValues = absl_flags.FLAGS) -> None:
        define(flags, but)
        define_own(flags)

    return define_both, lambda flags: Options(read(flags), read_own(flags))


def define(flags: absl_flags.FlagValues, but: tuple[str, ...] = ()) -> None:
    """Defines one flag an option, none with a default of its own: the preset gives it.

    Args:
      flags: gets them.
      but: options that the command has no flag for.
    """
    absl_flags.DEFINE_enum(
        "preset",
        None,
        list(PRESETS),
        "where the other options' defaults come from; by the data set",
        flag_values=flags,
    )
    for field in dataclasses.fields(Config):
        if field.name not in but:
            help_text = field.metadata["help"] + _default(field.name)
            launch.define_flag(flags, Config, field.name, None, help_text)


def read(flags: absl_flags.FlagValues) -> Given:
    """The options that were given on the command line."""
    return Given(flags["preset"].value, launch.given(flags, Config))


def _default(name: str) -> str:
    """The default of an option in words: of each preset where they differ."""
    values = [getattr(preset, name) for preset in PRESETS.values()]
    if len(set(values)) > 1:
        each = zip(PRESETS, values, strict=True)
        return f" ({', '.join(f'{preset} {as_text(value)}' for preset, value in each)})"
    return f" (default {as_text(values[0])})" if values[0] not in ("", (), None) else ""
