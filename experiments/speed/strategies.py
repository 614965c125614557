"""evosax's strategies on the links of a network, and NNE, as generations of one shape.

A strategy searches the m weights themselves, NNE allele frequencies; both test N individuals on a
batch with the same engine. evosax is in the extra ``bench``.
"""

import importlib.util
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

import nne_jax as nne
from experiments import summary
from experiments.assemble import Run
from nne_jax.genome import Genome
from nne_jax.types import InputError

RATES = {  # of the mean, to choose among
    "open_es": (0.01, 0.03, 0.1),  # of Adam
    "pgpe": (0.01, 0.03, 0.1),  # of Adam
    "snes": (1.0, 3.0, 10.0),  # of natural gradients; evosax's default is 1
}
_DEVIATION = 0.05  # of the first generation's weights: a third of their own


class Search(NamedTuple):
    """A way to evolve weights."""

    state: Any  # before the first generation
    generation: Callable  # (state, key) -> state
    accuracy: Callable  # state -> float, on the validation images


def strategy(name: str, rate: float, run: Run, temperature: float) -> Search:
    """One of evosax's, from weights as gradients start from.

    Args:
      name: one of ``RATES``.
      rate: learning rate of the mean.
      run: the network, the images, N, the engine and the devices.
      temperature: divides the logits in the fitness, minus the cross entropy.
    """
    net, trained = run.net, run.dataset.train.images
    every = identity(net.num_links)
    fitness_fn = partial(nne.fitness.log_likelihood, temperature=temperature)
    silent_free = nne.genome.without_silent_inputs(net, every, trained)
    fitness = nne.engines.make(*silent_free, fitness_fn, **run.how)
    start = nne.backprop.init_weights(run.key_evaluation, net)
    evosax, params = algorithm(name, rate, run.config.population_size, start)

    def generation(fitness, batches, state, key):
        key_batch, key_ask, key_tell = jax.random.split(key, 3)
        population, state = evosax.ask(key_ask, state, params)
        loss = -fitness(population, batches(key_batch))
        return evosax.tell(key_tell, population, loss, state, params)[0]

    return Search(
        evosax.init(run.key_evaluation, start, params),
        partial(jax.jit(generation), fitness, run.batches),
        lambda state: float(nne.evaluation.accuracy(net, state.mean, run.dataset.validation)),
    )


def neural_net_evolution(run: Run) -> Search:
    """NNE as the run's config has it; its accuracy is the mean over genotypes."""

    def generation(state, key):
        del key  # the state has its own
        return nne.evolution.evolve(run.step, state, run.batches, 1)[0]

    return Search(
        run.state,
        generation,
        lambda state: summary.accuracy(run, state, run.dataset.validation)["sampled_mean"],
    )


def identity(num_links: int) -> Genome:
    """The genome in which every link has a gene of its own, whose allele is its weight.

    >>> nne.genome.express(identity(3), jnp.array([0.5, -2.0, 0.0])).tolist()
    [0.5, -2.0, 0.0]
    """
    each = jnp.arange(num_links, dtype=jnp.int32)
    return Genome(each, each, jnp.ones(num_links), num_links, num_links)


def check(names: list[str]) -> None:
    """Raises an InputError for an unknown strategy, or where one is asked for without evosax."""
    if unknown := set(names) - set(RATES):
        known = ", ".join(RATES)
        raise InputError(f"--strategies={','.join(unknown)}: unknown; the known ones are {known}.")
    if names:
        need_evosax("--strategies", "--strategies= for NNE alone")


def need_evosax(flag: str, instead: str) -> None:
    """Raises an InputError without evosax, which names the flag that asks for it and a way out."""
    if importlib.util.find_spec("evosax") is None:
        raise InputError(f'{flag}: evosax is missing; pip install "nne_jax[bench]", or {instead}.')


def algorithm(name: str, rate: float, population_size: int, solution: jax.Array):
    """An algorithm of evosax and its parameters.

    Args:
      name: one of ``RATES``.
      rate: learning rate of the mean.
      population_size: N.
      solution: (m,) weights, for their number.
    """
    from evosax.algorithms import PGPE, SNES, Open_ES

    shape = {"population_size": population_size, "solution": solution}
    match name:
        case "open_es":
            schedule = optax.constant_schedule(_DEVIATION)
            made = Open_ES(**shape, optimizer=optax.adam(rate), std_schedule=schedule)
            return made, made.default_params
        case "pgpe":
            made = PGPE(**shape, optimizer=optax.adam(rate))
        case "snes":
            made = SNES(**shape, optimizer=optax.sgd(rate))
    return made, made.default_params.replace(std_init=_DEVIATION)
