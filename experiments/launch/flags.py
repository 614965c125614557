"""absl flags for the options of a command, and the way back."""

import dataclasses
import types
import typing
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from absl import flags as absl_flags

from experiments.launch import help, paths
from experiments.launch.options import as_text, option_types, parse_text
from nne_jax.errors import InputError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Options = TypeVar("Options", bound="DataclassInstance")
_NONE: Mapping[str, Any] = types.MappingProxyType({})


def flags_of(
    options: type[Options],
) -> tuple[Callable[..., None], Callable[[absl_flags.FlagValues], Options]]:
    """``define(flags)`` and ``read(flags) -> options`` of a command: one flag a field.

    Args:
      options: a frozen dataclass whose fields are made by ``option``.
    """

    def define(flags: absl_flags.FlagValues = absl_flags.FLAGS) -> None:
        for field in dataclasses.fields(options):
            define_flag(flags, options, field.name, field.default)

    def read(flags: absl_flags.FlagValues) -> Options:
        return options(**given(flags, options))

    return define, read


def given(flags: absl_flags.FlagValues, options: Any) -> dict[str, Any]:
    """By name, the values of the options of a dataclass that have a flag with a value.

    Raises:
      InputError: a path in a home that there is not.
    """
    values = {}
    for field in dataclasses.fields(options):
        value = flags[field.name].value if field.name in flags else None
        if isinstance(value, list):
            value = tuple(value)
        if value and field.metadata["is_path"]:
            value = paths.each_expanded(f"--{field.name}", value)
        if value is not None:
            values[field.name] = value
    return values


def define_flag(
    flags: absl_flags.FlagValues,
    options: type,
    name: str,
    default: Any,
    presets: Mapping[str, Any] = _NONE,
) -> None:
    """Defines the flag of one option.

    Args:
      flags: gets it.
      options: the dataclass.
      name: the name of its field.
      default: the flag's value where it is not given; None for none.
      presets: by name, what stands in its place then, for ``--help``.
    """
    kind = option_types(options)[name]
    (field,) = (field for field in dataclasses.fields(options) if field.name == name)
    said = help.entry(name, kind, field.metadata, default, presets)
    if kind is bool:
        truth = absl_flags.BooleanFlag(name, default, field.metadata["help"])
        truth.parser = _BooleanParser(said)
        absl_flags.DEFINE_flag(truth, flags)
        return
    default = None if default == () else default  # whose meaning is in the help
    make_flag = absl_flags.Flag
    if field.metadata["repeated"]:
        make_flag, kind = absl_flags.MultiFlag, typing.get_args(kind)[0]
    parser = _Parser(kind, field.metadata, said)
    flag = make_flag(parser, _Serializer(), name, default, field.metadata["help"])
    absl_flags.DEFINE_flag(flag, flags)


def parse(argv: list[str], flags: absl_flags.FlagValues) -> None:
    """Reads a command line.

    Args:
      argv: the program's name, then its arguments.
      flags: get the values.

    Raises:
      InputError: a flag that is not defined, a value of another type, or a word that is no flag.

    >>> parse(["evolve", "digits"], absl_flags.FlagValues())
    Traceback (most recent call last):
    nne_jax.errors.InputError: digits: is no option; options are --name=value, see --help.
    """
    if "--flagfile=" in argv:  # of which absl makes nothing
        raise InputError("--flagfile=: is empty; give a file of flags.")
    try:
        rest = flags(argv)
    except absl_flags.UnrecognizedFlagError as error:
        raise InputError(
            f"--{error.flagname}: is no option of this command, see --help."
        ) from error
    except (absl_flags.CantOpenFlagFileError, UnicodeDecodeError) as error:
        raise InputError(_unread_file(error)) from error
    except (absl_flags.Error, ValueError) as error:  # ValueError: --noflag=1
        raise InputError(f"{str(error).removeprefix('flag ').rstrip('.')}.") from error
    if len(rest) > 1:
        raise InputError(f"{rest[1]}: is no option; options are --name=value, see --help.")


def _unread_file(error: Exception) -> str:
    """A flag file that cannot be read, in a sentence."""
    if isinstance(found := error.__context__, OSError):
        flag, why = f"--flagfile={found.filename}", found.strerror
    else:
        flag, why = "--flagfile", str(error)
    return f"{flag}: cannot be read ({why}); give a file of flags."


def help_text(what: str, flags: absl_flags.FlagValues) -> str:
    """What ``--help`` shows.

    Args:
      what: the command does.
      flags: of the command, not parsed, in the order in which they were defined.
    """
    return help.page(what, (flags[name].parser.said for name in flags))


class _Parser(absl_flags.ArgumentParser):
    """From the text of a flag to an option's value."""

    def __init__(self, kind: Any, metadata: Any, said: help.Entry):
        self.kind, self.metadata, self.said = kind, metadata, said

    def parse(self, argument: Any) -> Any:
        is_text = isinstance(argument, str)
        return parse_text(argument, self.kind, self.metadata) if is_text else argument

    def flag_type(self) -> str:
        return getattr(self.kind, "__name__", str(self.kind))


class _BooleanParser(absl_flags.BooleanParser):
    """absl's, that says what to give."""

    def __init__(self, said: help.Entry):
        self.said = said

    def parse(self, argument: Any) -> bool:
        try:
            return super().parse(argument)
        except (TypeError, ValueError) as error:
            raise ValueError("give true or false") from error


class _Serializer(absl_flags.ArgumentSerializer):
    """From an option's value to the text of a flag."""

    def serialize(self, value: Any) -> str:
        return as_text(value)
