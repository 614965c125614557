"""Generations in blocks of about a second, by one compiled program whatever their number."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from nne_jax import evolution
from nne_jax._pytrees import as_pytree
from nne_jax._shares import on_each
from nne_jax.errors import InputError
from nne_jax.replicates import Replicates
from nne_jax.runs.rows import refuse_own_names
from nne_jax.types import Step

CAPACITY = 1024  # generations in a block, at most
_SECONDS = 1.0  # how long a block should take


class Blocks:
    """Runs blocks of generations of one step.

    The number of generations in a block is an argument of the program, not a part of it: it is
    compiled once, and what a run computes does not depend on how it was cut up.
    """

    def __init__(self, step: Step, state: Any, batches: Any):
        """Takes what ``evolution.evolve`` takes, and makes its checks.

        Raises:
          InputError: see ``evolve``; metrics that are no scalars with names.
        """
        _, metrics = jax.eval_shape(lambda: evolution.evolve(step, state, batches, 1))
        expected = (1, step.number) if isinstance(step, Replicates) else (1,)
        refuse_own_names("metrics", _named(metrics))
        for name, column in _named(metrics).items():
            if getattr(column, "shape", None) != expected:
                shape = getattr(column, "shape", (1,))[1:]
                raise InputError(
                    f"metrics: {name} has shape {shape}; give scalars of a generation."
                )
        self._devices = getattr(step, "devices", ())
        kept = as_pytree(step), as_pytree(batches)
        self._step, self._batches = on_each(self._devices, kept)

    def run(self, state: Any, number: int) -> tuple[Any, dict[str, list]]:
        """Runs 1 to ``CAPACITY`` generations.

        Returns:
          The state after them, and by name the metrics of each; of replicates a list.
        """
        state = on_each(self._devices, state)
        state, history = _generations(self._step, state, self._batches, np.int32(number))
        columns = {name: np.asarray(column)[:number] for name, column in _named(history).items()}
        return state, {name: column.tolist() for name, column in columns.items()}


@jax.jit
def _generations(step, state, batches, number):
    """``evolve`` for a number of generations that is traced, into a history of fixed size."""
    one = partial(evolution.evolve, step, batches=batches, num_generations=1)
    _, shapes = jax.eval_shape(lambda state: one(state=state), state)
    history = jax.tree.map(
        lambda shape: jnp.zeros((CAPACITY, *shape.shape[1:]), shape.dtype), shapes
    )

    def body(index, carry):
        state, history = carry
        state, metrics = one(state=state)
        return state, jax.tree.map(lambda h, m: h.at[index].set(m[0]), history, metrics)

    return jax.lax.fori_loop(0, number, body, (state, history))


class Pace:
    """How many generations a block should have: by the time that the last one took.

    >>> pace = Pace()
    >>> pace.size
    1
    >>> pace.took(1, seconds=5.0)  # it was compiled as well
    >>> pace.took(1, seconds=0.01)
    >>> pace.size
    100
    """

    def __init__(self, block_size: int | None = None):
        """Takes a fixed number, or None for what takes about a second."""
        self.size = min(block_size or 1, CAPACITY)
        self._compiled = False
        self._fixed = block_size is not None

    def took(self, number: int, seconds: float) -> None:
        """Learns from a block."""
        if self._compiled and not self._fixed:
            self.size = int(min(max(1, _SECONDS * number / max(seconds, 1e-6)), CAPACITY))
        self._compiled = True


def _named(metrics: Any) -> dict[str, Any]:
    """Metrics by name."""
    if hasattr(metrics, "_asdict"):
        return metrics._asdict()
    if isinstance(metrics, Mapping):
        return dict(metrics)
    raise InputError(
        f"metrics: the step returns {type(metrics).__name__}; give a NamedTuple of scalars, or a "
        "dictionary."
    )
