"""absl flags for every option of ``Config``, and the way back from flags to a ``Config``."""

import dataclasses

from absl import flags

from experiments.config import PRESETS, Config
from nne_jax.types import InputError

_DEFINE = {
    int: flags.DEFINE_integer,
    float: flags.DEFINE_float,
    str: flags.DEFINE_string,
    bool: flags.DEFINE_boolean,
}


def define(but: str = "") -> None:
    """Defines one flag an option, none with a default of its own: the preset gives it.

    Args:
      but: an option that the launcher has no flag for.
    """
    flags.DEFINE_enum(
        "preset",
        None,
        list(PRESETS),
        "where the other options' defaults come from; by the data set",
    )
    for field in dataclasses.fields(Config):
        if field.name == but:
            continue
        options = [getattr(preset, field.name) for preset in PRESETS.values()]
        if len(set(options)) == 1:
            default = f"default {options[0]}" if options[0] != "" else ""
        else:
            default = ", ".join(f"{k} {v}" for k, v in zip(PRESETS, options, strict=True))
        help_text = field.metadata["help"] + (f" ({default})" if default else "")
        if "choices" in field.metadata:
            flags.DEFINE_enum(field.name, None, list(field.metadata["choices"]), help_text)
        else:
            _DEFINE[field.type](field.name, None, help_text)


def refuse_arguments(argv: list[str]) -> None:
    """Raises an InputError when there is a word on the command line that is no option.

    >>> refuse_arguments(["evolve.py", "digits"])
    Traceback (most recent call last):
    nne_jax.types.InputError: digits: is no option; options are --name=value, see --help.
    """
    if len(argv) > 1:
        raise InputError(f"{argv[1]}: is no option; options are --name=value, see --help.")


def given(values: flags.FlagValues) -> dict:
    """The options that were given on the command line."""
    names = (field.name for field in dataclasses.fields(Config) if field.name in values)
    return {name: values[name].value for name in names if values[name].value is not None}


def new_config(preset: str | None, options: dict) -> Config:
    """The config of a preset with some options given on top of it.

    Without a preset it is ``digits`` for the data set of that name and ``mnist`` for the others.

    Raises:
      InputError: a value out of bounds, or an option that has no effect beside the others.

    >>> new_config(None, {"dataset": "kmnist"}).hidden
    '1000'
    >>> new_config("paper", {"learning_rate": 0.1})
    Traceback (most recent call last):
    nne_jax.types.InputError: --learning_rate=0.1: has no effect without --selection=adam.
    """
    if preset is None:
        preset = "digits" if options.get("dataset", "digits") == "digits" else "mnist"
    config = dataclasses.replace(PRESETS[preset], **options)
    for field in dataclasses.fields(Config):
        if field.name in options and not config.used(field.name):
            only = field.metadata["only"]
            raise InputError(
                f"--{field.name}={options[field.name]}: has no effect without "
                f"--{only if '=' in only else only + ' (such as signsgd)'}."
            )
    return config


def resumed_config(stored: dict, options: dict, workdir: str) -> Config:
    """The config of a stored run, with the given options that do not change what evolves.

    Raises:
      InputError: an option that changes what evolves differs from the stored one.
    """
    for field in dataclasses.fields(Config):
        old, new = stored.get(field.name), options.get(field.name)
        if new is not None and new != old and field.metadata["evolves"]:
            raise InputError(
                f"--{field.name}={new}: the run in {workdir} has {field.name}={old}; drop the flag "
                "to resume that run, or start another one in another --workdir."
            )
    return Config(**{**stored, **options, "workdir": workdir})
