"""A way to evolve weights, as ``peers`` runs it: generations of one shape, and their accuracy."""

from collections.abc import Callable
from typing import Any, NamedTuple

from nne_jax.data import Batch
from nne_jax.types import Key


class Search(NamedTuple):
    """A search for weights."""

    state: Any  # before the first generation
    generation: Callable[[Any, int], Any]  # (state, the generation's number) -> state
    accuracy: Callable[[Any, Batch], dict[str, float]]  # (state, images) -> by network's name


def batch_of(batches: Any, key: Key) -> Any:
    """The images of a generation, drawn where they are drawn afresh."""
    return batches(key) if callable(batches) else batches
