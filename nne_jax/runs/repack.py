"""The step of a run, made anew without the fixed genes when they have become many more."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from nne_jax.errors import InputError
from nne_jax.runs.blocks import Blocks

EVERY = 25  # generations from one look at the frequencies to the next
_FEWER = 3  # times fewer genes must vary than at the last time: a compilation has to pay
_MOST = 64  # where fewer of the genes than one in so many vary, little time is left to save


class Repacking:
    """Which genes are folded into the weights of a run's step, and its blocks of generations.

    It looks every ``EVERY`` generations. When of the genes that varied at the last time no more
    than a third still do, all that are fixed then are folded in; the run is compiled anew for that,
    four times at most. What is folded in decides how sums are rounded, so that a checkpoint holds
    it too, and a resumed run has the same bits.

    The step is ``GenerationStep.without_fixed``; of a run that is not ``on`` it stays what it is.
    """

    def __init__(self, step: Any, state: Any, batches: Any, on: bool):
        """Takes what ``Blocks`` takes.

        Raises:
          InputError: see ``GenerationStep.without_fixed``; a step that has none; see ``Blocks``.
        """
        self._step, self._batches, self.on = step, batches, on
        self.blocks = Blocks(step, state, batches)
        if on:
            if not hasattr(step, "without_fixed"):
                raise InputError(
                    f"repack: {type(step).__name__} has no without_fixed; give a GenerationStep, "
                    "or repack=False."
                )
            nothing = jnp.full_like(state.allele_freqs, 0.5)
            step.without_fixed(nothing)  # refused now, not in a late generation
            self._folded = nothing

    def look(self, state: Any) -> bool:
        """Looks at a state between generations; says whether the step is a new one."""
        if not self.on or int(state.generation) % EVERY:
            return False
        p = np.asarray(state.allele_freqs)
        varies = (p > 0) & (p < 1)
        before = np.count_nonzero(np.asarray(self._folded) == 0.5)
        if _FEWER * np.count_nonzero(varies) > before or _MOST * before < p.size:
            return False
        self._fold(jnp.asarray(np.where(varies, 0.5, p), p.dtype), state)
        return True

    def to_disk(self, state: Any) -> Any:
        """What a checkpoint of a state holds."""
        return {"state": state, "folded": self._folded} if self.on else state

    def from_disk(self, stored: Any) -> Any:
        """The state in a checkpoint; the step is from now on that of the run that wrote it."""
        if not self.on:
            return stored
        if np.any(np.asarray(stored["folded"]) != 0.5):
            self._fold(stored["folded"], stored["state"])
        return stored["state"]

    def _fold(self, folded: Any, state: Any) -> None:
        self._folded = folded
        self.blocks = Blocks(self._step.without_fixed(folded), state, self._batches)
