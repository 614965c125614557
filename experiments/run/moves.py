"""How a run's images move and warp: in batches, for those who store them, and what they light."""

from typing import Any

import jax.numpy as jnp

import nne_jax as nne
from nne_jax.data import Batch, Jitter
from nne_jax.errors import InputError
from nne_jax.types import Inputs, Key


def moves_of(options: Any) -> dict[str, float]:
    """By name, those of the options that move images; none where they are as they are.

    Args:
      options: anything with the options ``jitter`` and ``warp``, as of all functions here.
    """
    given = {name: getattr(options, name) for name in ("jitter", "warp")}
    return {name: value for name, value in given.items() if value}


def check_moves(options: Any, num_inputs: int) -> None:
    """Refuses to move or warp what is no square image, or to move it out of itself.

    Args:
      options: how they move.
      num_inputs: numbers of an input.

    Raises:
      InputError: names the option.
    """
    for name, given in moves_of(options).items():
        check_square(name, given, num_inputs, options.jitter)


def check_square(name: str, given: float, num_inputs: int, pixels: int = 0) -> None:
    """Refuses an option that wants square images, with room to move by some pixels."""
    try:
        nne.data.side_of(num_inputs, pixels)
    except InputError as error:
        raise InputError(f"--{name}={given:g}: {error}") from error


def batches_of(options: Any, train: Batch, size: int) -> Any:
    """Batches of so many of the training images, or all of them for 0, moved and warped."""
    batches = nne.data.Minibatches(train, size) if size else train
    return Jitter(batches, options.jitter, options.warp) if moves_of(options) else batches


def moved(key: Key, options: Any, train: Batch) -> Batch:
    """Images for those who keep what they make of each: moved in every way, and then warped."""
    every_way = nne.data.all_shifts(train, options.jitter) if options.jitter else train
    return Jitter(every_way, 0, options.warp)(key) if options.warp else every_way


def lit(options: Any, train: Batch) -> Inputs:
    """Images in which a pixel is 0 only if it is in all training images, wherever they move."""
    if not moves_of(options):
        return train.inputs
    brightest = jnp.max(jnp.abs(train.inputs), axis=0, keepdims=True)
    reach = Jitter(train, options.jitter, options.warp).reach
    return nne.data.all_shifts(Batch(brightest, train.labels[:1]), reach).inputs
