"""How far an experiment of the paper is shrunk: T generations, N genotypes, S images."""

import dataclasses
from typing import Any

import jax

from experiments.run.config import Config
from experiments.run.presets import PRESETS
from nne_jax.errors import InputError

_CPU_SCALES = {"paper": 0.002}  # minutes a run on two cores


def default_scale(preset: str, cpu_share: float = 1.0) -> float:
    """1 on an accelerator; on a CPU what ends in minutes, or a share of it for many runs."""
    return 1.0 if jax.default_backend() != "cpu" else _CPU_SCALES.get(preset, 1.0) * cpu_share


def scaled(preset: str, scale: float | None, cpu_share: float = 1.0, **options: Any) -> Config:
    """The config of a preset shrunk by a scale: T by the scale, N and S by its fourth root.

    A population and its images may not shrink as far as their generations may: a generation of
    few genotypes on few images measures marginal fitness with too much noise to move by it.

    Args:
      preset: a name in ``PRESETS``.
      scale: in (0, 1]; None for ``default_scale``.
      cpu_share: of it, on a CPU.
      **options: of the config, given on top; ``classes`` among them.

    Raises:
      InputError: a scale outside (0, 1], or one that leaves no generation; all images of all
        classes, whose number is not known before they are loaded.

    >>> config = scaled("paper", 0.0016, classes=tuple(range(10)))
    >>> config.num_generations, config.population_size, config.batch_size
    (320, 200, 400)
    >>> scaled("mnist_wide", 0.0005, classes=tuple(range(10)))
    Traceback (most recent call last):
    nne_jax.errors.InputError: --scale=0.0005: leaves no generation of the 1200 of ...
    """
    scale = default_scale(preset, cpu_share) if scale is None else scale
    if not 0 < scale <= 1:
        raise InputError(f"--scale={scale}: must be more than 0 and at most 1.")
    config = dataclasses.replace(PRESETS[preset], **options)
    num_generations = int(config.num_generations * scale)
    if num_generations < 1:
        raise InputError(
            f"--scale={scale}: leaves no generation of the {config.num_generations} of the preset "
            f"{preset}; give at least {1 / config.num_generations:g}."
        )
    narrower = scale**0.25
    images = config.batch_size
    if not images and scale < 1:  # instead of all training images a part of them, drawn afresh
        if not (config.per_class and config.classes):
            raise InputError(
                f"--preset={preset}: takes all training images a generation, and --scale a part of "
                "them; give --per_class and --classes, so that their number is known."
            )
        images = config.per_class * len(config.classes)
    return dataclasses.replace(
        config,
        num_generations=num_generations,
        population_size=max(2, round(config.population_size * narrower)),
        batch_size=max(1, round(images * narrower)) if images else 0,
        eval_every=max(1, num_generations // 40),
        checkpoint_every=max(1, num_generations // 40),
    )
