"""Populations that evolve side by side in one program: of several seeds, or of several settings.

Each is to itself the run that it would be alone. Settings may differ in whatever is an array or a
number of the step: the strength of selection, a rate of mutation, a temperature, the network's
links and the genome's effects too, as long as their shapes are the same.
"""

import dataclasses
from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from nne_jax._checks import check_pytree
from nne_jax._pytrees import as_numbers, as_pytree, execution, is_traced, pytree, static
from nne_jax._shares import along_seeds, over_seeds
from nne_jax.engines.memory import platform
from nne_jax.errors import InputError
from nne_jax.generation import next_generation
from nne_jax.types import Step

__all__ = ["Populations", "Replicates", "init", "make_generation_step", "populations"]


class Populations(NamedTuple):
    """The state of replicates."""

    generation: jax.Array  # () int32: generations made so far, by all of them
    each: Any  # their states, with a leading axis (R, ...)

    @property
    def allele_freqs(self) -> jax.Array:
        """Those of all, (R, n)."""
        return self.each.allele_freqs


@pytree
@dataclasses.dataclass(frozen=True)
class Replicates:
    """The generation step of replicates; made by ``make_generation_step``."""

    differing: tuple[jax.Array, ...]  # leaves of the steps and batches that do, (R, ...)
    same: tuple[Any, ...]  # those that do not
    is_same: tuple[bool, ...] = static()  # for each leaf
    structure: Any = static()  # of a step and its batches
    number: int = static()  # R
    devices: tuple[jax.Device, ...] = execution()  # that share each population
    in_turn: bool = execution()  # one after the other, or all at once

    def __call__(self, state: Populations, batch: None = None) -> tuple[Populations, Any]:
        """A generation of all; the metrics have a leading axis (R,)."""
        self._check(state, batch)
        all_of_them = over_seeds(self._in_turn if self.in_turn else self._at_once)
        each, metrics = all_of_them((self.differing, state.each), self.same)
        return Populations(state.generation + 1, each), metrics

    def _at_once(self, of_each: Any, same: Any) -> Any:
        mapped = jax.vmap(self._one, in_axes=(0, None), spmd_axis_name=along_seeds())
        return mapped(of_each, same)

    def _in_turn(self, of_each: Any, same: Any) -> Any:
        """To the bit what each is alone: a sum over a batch of arrays is rounded in another way."""
        if along_seeds():
            return self._at_once(of_each, same)
        if jax.tree.leaves(of_each)[0].shape[0] > 1:
            return jax.lax.map(lambda own: self._one(own, same), of_each)
        alone = self._one(jax.tree.map(lambda leaf: leaf[0], of_each), same)
        return jax.tree.map(lambda leaf: jnp.asarray(leaf)[None], alone)

    def _one(self, own: tuple[Sequence[Any], Any], same: Sequence[Any]) -> tuple[Any, Any]:
        differing, state = own
        step, batches = self._step_and_batches(differing, same)
        return next_generation(step, state, batches)

    def _step_and_batches(self, differing: Sequence[Any], same: Sequence[Any]) -> Any:
        of_same, of_differing = iter(same), iter(differing)
        leaves = [next(of_same if is_same else of_differing) for is_same in self.is_same]
        return jax.tree.unflatten(self.structure, leaves)

    def check(self, state: Any, batches: Any) -> None:
        """Raises an InputError where a state or the batches do not fit."""
        self._check(state, batches)
        for index, one in enumerate(populations(state)):
            own = [leaf[index] for leaf in self.differing]
            step, batches = self._step_and_batches(own, self.same)
            if hasattr(step, "check"):
                step.check(one, batches)

    def _check(self, state: Any, batch: Any) -> None:
        if batch is not None:
            raise InputError(
                "batches: replicates have theirs from replicates.make_generation_step; give None."
            )
        if not isinstance(state, Populations):
            raise InputError(
                f"state: it is {type(state).__name__}; give the Populations of replicates.init."
            )
        sizes = {np.shape(leaf)[:1] for leaf in jax.tree.leaves(state.each)}
        if sizes != {(self.number,)}:
            raise InputError(
                f"state: it is not of {self.number} populations, as the step is; give the states "
                "of as many to replicates.init."
            )


def init(states: Sequence[Any]) -> Populations:
    """The state of replicates, from that of each.

    Args:
      states: of ``evolution.init`` or ``wright_fisher.init``, one or more, of one form.

    Raises:
      InputError: there are none, or their forms or generations differ.

    >>> import nne_jax as nne
    >>> rule = nne.selection.replicator(1.0)
    >>> start = [nne.evolution.init(jax.random.key(seed), 7, rule) for seed in range(3)]
    >>> nne.replicates.init(start).allele_freqs.shape
    (3, 7)
    """
    if not states:
        raise InputError("states: there are none; give one for each population.")
    for state in states:
        check_pytree("states", state, "give those of evolution.init")
        if not hasattr(state, "generation"):
            raise InputError(f"states: {type(state).__name__} has no generation, () int32.")
    _columns("states", states)
    known = [] if is_traced(*states) else [int(state.generation) for state in states]
    if len(set(known)) > 1:
        raise InputError(f"states: they are at generations {sorted(set(known))}; give one's.")
    each = jax.tree.map(lambda *leaves: jnp.stack(leaves), *states)
    return Populations(jnp.int32(states[0].generation), each)


def populations(state: Any) -> list[Any]:
    """The states of each of the replicates; of any other state itself.

    >>> populations(Populations(jnp.int32(0), jnp.array([5, 6])))
    [Array(5, dtype=int32), Array(6, dtype=int32)]
    """
    if not isinstance(state, Populations):
        return [state]
    number = jax.tree.leaves(state.each)[0].shape[0]
    return [jax.tree.map(lambda leaf: leaf[index], state.each) for index in range(number)]  # noqa: B023


def make_generation_step(steps: Sequence[Step], batches: Any = None) -> Replicates:
    """The generation step of replicates, for ``evolution.evolve`` and ``runs.run``.

    It maps ``Populations`` to those of the next generation, and to metrics with a leading axis
    (R,). Whatever the steps have in common is there once. On a mesh that has an axis ``seeds``,
    whose size divides R, the populations lie along it; along an axis ``population``, or the devices
    of the steps, each of them does. A device makes all of its own at once, by ``vmap``; on a CPU,
    which gains nothing by that, one after the other, and each is then the same to the bit as alone,
    but on a mesh that has both axes.

    Args:
      steps: R steps of one structure; one many times, for several seeds.
      batches: what each is tested on, as for ``evolution.evolve``: a pytree of arrays, or a
        function that draws every generation's from the population's own key.

    Raises:
      InputError: there are none; steps that need programs of their own.

    >>> import nne_jax as nne
    >>> fitness = nne.engines.per_individual(lambda genotype, batch: jnp.sum(genotype))
    >>> rules = [nne.selection.intensity(strength) for strength in (0.1, 1.0)]
    >>> steps = [nne.evolution.make_generation_step(fitness, rule, 50) for rule in rules]
    >>> start = [nne.evolution.init(jax.random.key(0), 20, rule) for rule in rules]
    >>> together, state = make_generation_step(steps), init(start)
    >>> state, history = nne.evolution.evolve(together, state, None, 20)
    >>> history.fitness_max[-1].tolist()  # (generations, R)
    [18.0, 20.0]
    """
    if not steps:
        raise InputError("steps: there are none; give one for each population.")
    parts = [(as_pytree(step), as_pytree(batches)) for step in steps]
    columns = _columns("steps", parts)
    devices = tuple(getattr(steps[0], "devices", ()))
    is_same = tuple(map(_are_same, columns))
    return Replicates(
        differing=tuple(_stacked(c) for c, same in zip(columns, is_same, strict=True) if not same),
        same=tuple(c[0] for c, same in zip(columns, is_same, strict=True) if same),
        is_same=is_same,
        structure=jax.tree.structure(parts[0]),
        number=len(steps),
        devices=devices,
        in_turn=platform(devices) == "cpu",
    )


def _columns(name: str, trees: Sequence[Any]) -> list[list[Any]]:
    """Each leaf of all pytrees; raises an InputError unless they have the same form.

    >>> _columns("steps", [0.5, 1])
    [[0.5, 1.0]]
    """
    leaves = [jax.tree.leaves(tree) for tree in trees]
    structures = [jax.tree.structure(tree) for tree in trees]
    columns = [_numbers(column) for column in zip(*leaves, strict=False)]
    forms = [[(np.shape(x), jax.dtypes.result_type(x)) for x in column] for column in columns]
    for column in (structures, *forms):
        for index, form in enumerate(column):
            if form != column[0]:
                raise InputError(
                    f"{name}: number {index} differs from the first in more than its numbers, in "
                    "sizes or in its kind; let those evolve one after the other."
                )
    return columns


def _numbers(column: Sequence[Any]) -> list[Any]:
    """Python's whole numbers as floats where others are: a strength of 1 beside one of 0.5."""
    floats = any(jnp.issubdtype(jax.dtypes.result_type(leaf), jnp.floating) for leaf in column)
    return [float(leaf) if floats and type(leaf) is int else leaf for leaf in column]


def _are_same(leaves: Sequence[Any]) -> bool:
    first = leaves[0]
    if all(leaf is first for leaf in leaves):
        return True
    return all(np.array_equal(as_numbers(leaf), as_numbers(first)) for leaf in leaves)


def _stacked(leaves: Sequence[Any]) -> jax.Array:
    return jnp.stack([jnp.asarray(leaf) for leaf in leaves])
