"""A Wright-Fisher run of which it is kept who inherits what."""

import dataclasses
import importlib
from types import ModuleType
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from nne_jax._checks import check_count, check_on_host
from nne_jax._pytrees import as_pytree, pytree
from nne_jax.adapters.tskit._provenance import provenance
from nne_jax.adapters.tskit._tables import Genealogy
from nne_jax.errors import InputError
from nne_jax.generation import Fittest, GenerationStep, first_state, next_generation
from nne_jax.types import AlleleFreqs, Fitness, Genotypes, Key
from nne_jax.wright_fisher import Inheritance, OfPopulation, WrightFisherState


def record(
    step: GenerationStep,
    state: WrightFisherState,
    batches: Any,
    num_generations: int,
    simplify_every: int | None = 100,
) -> tuple[WrightFisherState, Any, Any]:
    """Runs generations as ``evolution.evolve`` does, and returns their genealogy as well.

    Gene i is the site at position i of a sequence of length n, of which a tree holds the stretch
    [i, i + 1). Every individual is one node and one tskit individual, whose metadata are its
    ``generation``, as the state counts them, and its ``row`` of that generation's genotypes. Time
    is in generations ago: the living at the end have 0 and are the samples, number k the one of row
    k; the living at the beginning, the founders, have ``num_generations`` and are the roots. The
    alleles 1 of the founders are mutations above them, from "0", and every later mutation is one
    above the individual that has it first: ``tree_sequence.genotype_matrix().T`` is
    ``state.genotypes``.

    Whoever has no descendants at the end is forgotten from time to time, so that memory is bounded
    by the genealogy of the living and the edges of the generations in between: with free
    recombination these are N n / 2 each. What is older than the common ancestor of all stays, as
    one line to a founder; ``tree_sequence.simplify()`` leaves it out.

    Args:
      step: from ``wright_fisher.make_generation_step``.
      state: from ``wright_fisher.init``, or of any later generation.
      batches: as for ``evolution.evolve``.
      num_generations: number of generations to run, at least 1.
      simplify_every: generations from one forgetting to the next, on which the genealogy does not
        depend, only the order of its nodes; None forgets nobody, and every child has edges to its
        own parents.

    Returns:
      The state after them and the step's metrics with a leading axis of generations, the same as
      those of ``evolution.evolve`` to the bit, and a ``tskit.TreeSequence``.

    Raises:
      InputError: tskit is missing; a step that is not Wright and Fisher's, a state of another kind,
        a number out of bounds; see ``evolution.evolve``.

    Source: Kelleher, Etheridge and McVean, PLoS Computational Biology 12 (2016), e1004842 (tree
    sequences); Kelleher, Thornton, Ashander and Ralph, PLoS Computational Biology 14 (2018),
    e1006581 (recording them forwards in time); Wong et al., Genetics 228 (2024), iyae100 (what a
    genealogy with recombination says).

    >>> from nne_jax import selection, wright_fisher
    >>> fitness = lambda genotypes, batch: jnp.sum(genotypes, axis=1)
    >>> step = wright_fisher.make_generation_step(fitness, selection.intensity(1.0), 0.01, 0.1)
    >>> state = wright_fisher.init(jax.random.key(0), num_genes=5, population_size=8)
    >>> state, history, tree_sequence = record(step, state, None, num_generations=20)
    >>> np.array_equal(tree_sequence.genotype_matrix().T, state.genotypes)
    True
    >>> tree_sequence.num_samples, tree_sequence.num_sites, int(tree_sequence.max_root_time)
    (8, 5, 20)
    """
    tskit = _tskit()
    check_count("num_generations", num_generations)
    if simplify_every is not None:
        check_count("simplify_every", simplify_every)
    _check(step, state, batches)
    first = state = first_state(step, state, batches)
    recorded = dataclasses.replace(step, reproduction=_Recorded(**vars(step.reproduction)))
    genealogy = Genealogy(tskit, state.genotypes, int(state.generation), num_generations)
    batches, history = as_pytree(batches), []
    for number in range(1, num_generations + 1):
        (*after, inheritance), metrics = _generation(recorded, state, batches)
        state = WrightFisherState(*after)
        genealogy.add(inheritance, state.genotypes)
        history.append(jax.tree.map(np.asarray, metrics))
        if simplify_every and (number % simplify_every == 0 or number == num_generations):
            genealogy.simplify()
    stacked = jax.tree.map(lambda *values: jnp.asarray(np.stack(values)), *history)
    told = provenance(step, first, num_generations, simplify_every)
    return state, stacked, genealogy.tree_sequence(told)


class _Children(NamedTuple):
    """A ``WrightFisherState``, and how its genotypes came about."""

    key: Key
    generation: jax.Array
    genotypes: Genotypes
    fittest: Fittest | None
    inheritance: Inheritance

    @property
    def allele_freqs(self) -> AlleleFreqs:
        return WrightFisherState(*self[:-1]).allele_freqs


@pytree
@dataclasses.dataclass(frozen=True)
class _Recorded(OfPopulation):
    """The same reproduction, whose next state has the inheritance too."""

    def next_state(
        self, key: Key, state: WrightFisherState, genotypes: Genotypes, fitness: Fitness
    ) -> Any:
        inheritance = self.inheritance(key, state, fitness)
        after = state._replace(genotypes=inheritance.children(genotypes))
        return _Children(*after, inheritance)


_generation = jax.jit(next_generation)  # one call a generation: what it inherits is large


def _tskit() -> ModuleType:
    try:
        return importlib.import_module("tskit")
    except ModuleNotFoundError as error:
        raise InputError('tskit is missing; pip install "nne_jax[popgen]".') from error


def _check(step: Any, state: Any, batches: Any) -> None:
    if not isinstance(getattr(step, "reproduction", None), OfPopulation):
        raise InputError(
            f"step: it is {type(step).__name__}, and not of a living population; give one of "
            "wright_fisher.make_generation_step."
        )
    if not isinstance(state, WrightFisherState):
        raise InputError(
            f"state: it is {type(state).__name__}; give the state of wright_fisher.init."
        )
    check_on_host("genealogy", step, state, batches)
