"""absl flags for every option of ``Config``; a preset gives what no flag does."""

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from absl import flags as absl_flags

from experiments import launch
from experiments.launch.groups import Group
from experiments.run.config import Config
from experiments.run.presets import PRESETS


class Given(NamedTuple):
    """What a command line says of a run."""

    preset: str | None
    options: dict[str, Any]  # by name, those that were given


@dataclasses.dataclass(frozen=True)
class _Preset:
    preset: str | None = launch.option(
        None,
        "where the other options' defaults come from; by the data set if none is given",
        group=Group.DATA,
        choices=PRESETS,
    )

    def __post_init__(self):
        launch.check_options(self)


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
    launch.define_flag(flags, _Preset, "preset", None)
    for field in dataclasses.fields(Config):
        if field.name not in but:
            presets = {name: getattr(preset, field.name) for name, preset in PRESETS.items()}
            launch.define_flag(flags, Config, field.name, None, presets)


def read(flags: absl_flags.FlagValues) -> Given:
    """The options that were given on the command line."""
    own = _Preset(**launch.given(flags, _Preset))
    return Given(own.preset, launch.given(flags, Config))
