"""Configs of the runs that a table or a figure is made of."""

from experiments.launch.paper_flags import PaperOptions
from experiments.launch.scale import scaled
from experiments.run.classes import parse_classes
from experiments.run.config import Config
from nne_jax.errors import InputError


def scaled_config(
    options: PaperOptions, preset: str, classes: str, cpu_share: float = 1.0
) -> Config:
    """The config of a preset for some classes, on the data and at the scale of the options.

    Args:
      options: of the command.
      preset: its name.
      classes: such as 0-4.
      cpu_share: see ``scale.default_scale``.

    Raises:
      InputError: classes that are none, or fewer than two, or a scale that leaves no generation.

    >>> options = PaperOptions(scale=0.5, dataset="digits", precision="bfloat16")
    >>> config = scaled_config(options, "digits", "0-4")
    >>> config.classes, config.num_generations, config.engine, config.precision
    ((0, 1, 2, 3, 4), 200, 'auto', 'bfloat16')
    """
    try:
        chosen = parse_classes(classes)
    except ValueError as error:
        raise InputError(f"--classes={classes}: {error}.") from error
    if len(set(chosen)) < 2:
        raise InputError(f"--classes={classes}: give two classes or more to tell apart.")
    given = {"dataset": options.dataset, "data_dir": options.data_dir} | options.computed()
    return scaled(preset, options.scale, cpu_share, classes=chosen, **given)
