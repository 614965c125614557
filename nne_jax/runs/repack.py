"""The step of a run: another one later on, and made anew without fixed genes that became many."""

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from nne_jax._checks import check_count
from nne_jax.errors import InputError
from nne_jax.runs.blocks import Blocks

EVERY = 25  # generations from one look at the frequencies to the next
_FEWER = 3  # times fewer genes must vary than at the last time: a compilation has to pay
_MOST = 64  # where fewer of the genes than one in so many vary, little time is left to save


class Repacking:
    """A run's blocks of generations, of the step whose turn it is.

    Where it is ``on``, fixed genes are folded into the weights of that step. It looks every
    ``EVERY`` generations. When of the genes that varied at the last time no more than a third still
    do, all that are fixed then are folded in; the run is compiled anew for that, four times at
    most. What is folded in decides how sums are rounded, so that a checkpoint holds it too, and a
    resumed run has the same bits. The step is then ``GenerationStep.without_fixed``.
    """

    def __init__(
        self,
        step: Any,
        state: Any,
        batches: Any,
        on: bool,
        later: Sequence[tuple[int, Any, Any]] = (),
    ):
        """Takes what ``Blocks`` takes, and ``later`` as ``loop.run`` does.

        Raises:
          InputError: see ``GenerationStep.without_fixed``; a step that has none; see ``Blocks``;
            generations of ``later`` that are out of order.
        """
        self._step, self._batches, self.on = step, batches, on
        self.blocks = Blocks(step, state, batches)
        self._later = list(later)
        _check_order([start for start, *_ in later])
        for _, later_step, later_batches in later:
            Blocks(later_step, state, later_batches)  # refused now, not in a late generation
        if on:
            for one in (step, *(other for _, other, _ in later)):
                if not hasattr(one, "without_fixed"):
                    raise InputError(
                        f"repack: {type(one).__name__} has no without_fixed; give a "
                        "GenerationStep, or repack=False."
                    )
            nothing = jnp.full_like(state.allele_freqs, 0.5)
            step.without_fixed(nothing)  # refused now
            self._folded = nothing

    def until(self, num_generations: int) -> int:
        """The generation after which another step has its turn, or the run's last one."""
        return min([num_generations, *(start for start, *_ in self._later[:1])])

    def look(self, state: Any) -> bool:
        """Looks at a state between generations; says whether the step is a new one."""
        generation = int(state.generation)
        is_next = False
        while self._later and self._later[0][0] <= generation:
            _, self._step, self._batches = self._later.pop(0)
            is_next = True
        if self.on and generation % EVERY == 0 and (folded := self._to_fold(state)) is not None:
            self._fold(folded, state)
            return True
        if is_next:
            self._renew(state)
        return is_next

    def to_disk(self, state: Any) -> Any:
        """What a checkpoint of a state holds."""
        return {"state": state, "folded": self._folded} if self.on else state

    def from_disk(self, stored: Any) -> Any:
        """The state in a checkpoint; the step is from now on that of the run that wrote it."""
        if not self.on:
            return stored
        self._fold(stored["folded"], stored["state"])
        return stored["state"]

    def _to_fold(self, state: Any) -> Any:
        """The frequencies by which genes are to be left out from now on; None: as before."""
        p = np.asarray(state.allele_freqs)
        varies = (p > 0) & (p < 1)
        before = np.count_nonzero(np.asarray(self._folded) == 0.5)
        if _FEWER * np.count_nonzero(varies) > before or _MOST * before < p.size:
            return None
        return jnp.asarray(np.where(varies, 0.5, p), p.dtype)

    def _fold(self, folded: Any, state: Any) -> None:
        self._folded = folded
        self._renew(state)

    def _renew(self, state: Any) -> None:
        step = self._step
        if self.on and np.any(np.asarray(self._folded) != 0.5):
            step = step.without_fixed(self._folded)
        self.blocks = Blocks(step, state, self._batches)


def _check_order(generations: list[int]) -> None:
    before = 0
    for generation in generations:
        check_count("later: a generation", generation)
        if generation <= before:
            raise InputError(
                f"later: generation {generation} comes after {before}; give each once, in order."
            )
        before = generation
