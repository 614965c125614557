"""evosax's strategies on the links of a network, and NNE, as generations of one shape.

A strategy searches the m weights themselves, NNE allele frequencies; both test N individuals on a
batch with the same engine. evosax is in the extra ``bench``.
"""

import importlib.util
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import optax

import nne_jax as nne
from experiments.run import summary
from experiments.run.assemble import Run
from nne_jax.errors import InputError

RATES = {  # of the mean, to choose among
    "open_es": (0.01, 0.03, 0.1),  # of Adam
    "pgpe": (0.01, 0.03, 0.1),  # of Adam
    "snes": (1.0, 3.0, 10.0),  # of natural gradients; evosax's default is 1
}
_DEVIATION = 0.05  # of the first generation's weights: a third of their own


class Strategy(NamedTuple):
    """An algorithm of evosax, with its parameters."""

    init: Callable  # (key, mean (m,)) -> state; its ``mean`` is (m,)
    ask: Callable  # (key, state) -> weights (N, m), state
    tell: Callable  # (key, weights (N, m), loss (N,), state) -> state


class Search(NamedTuple):
    """A way to evolve weights."""

    state: Any  # before the first generation
    generation: Callable  # (state, its number) -> state
    accuracy: Callable  # state -> float, on the validation images


def strategy(name: str, rate: float, run: Run) -> Search:
    """One of evosax's, from weights as gradients start from; fitness is minus the cross entropy.

    Args:
      name: one of ``RATES``.
      rate: learning rate of the mean.
      run: the network, the images, N, the temperature, the engine and the devices.
    """
    net, config = run.net, run.config
    key_start, key_init, key_run = jax.random.split(run.key_evaluation, 3)
    every = nne.genome.identity(net)
    make = partial(
        nne.engines.make, net, every, engine=run.engine, precision=config.precision,
        devices=run.devices,
    )  # fmt: skip
    fitness_fn = partial(nne.fitness.log_likelihood, temperature=config.temperature)
    start = nne.network.he_uniform(key_start, net)
    evosax = make_strategy(name, rate, config.population_size, start)

    @jax.jit
    def generation(population_fitness, batches, state, number):
        keys = jax.random.split(jax.random.fold_in(key_run, number), 3)
        key_batch, key_ask, key_tell = keys
        batch = batches(key_batch) if callable(batches) else batches
        weights, state = evosax.ask(key_ask, state)
        return evosax.tell(key_tell, weights, -population_fitness(weights, batch), state)

    population_accuracy = make(nne.fitness.fraction_correct)
    return Search(
        evosax.init(key_init, start),
        partial(generation, make(fitness_fn, inputs=run.dataset.train.inputs), run.batches),
        lambda state: float(population_accuracy(state.mean[None], run.dataset.validation)[0]),
    )


def neural_net_evolution(run: Run) -> Search:
    """NNE as the run's config has it; its accuracy is the mean over genotypes."""

    def generation(state, number):
        del number  # the state counts
        return nne.evolution.evolve(run.step, state, run.batches, 1)[0]

    return Search(
        run.state,
        generation,
        lambda state: summary.accuracy(run, state, run.dataset.validation)["sampled_mean"],
    )


def need_evosax(flag: str, instead: str) -> None:
    """Raises an InputError without evosax, which names the flag that asks for it and a way out."""
    if importlib.util.find_spec("evosax") is None:
        raise InputError(f'{flag}: evosax is missing; pip install "nne_jax[bench]", or {instead}.')


def make_strategy(name: str, rate: float, population_size: int, solution: jax.Array) -> Strategy:
    """An algorithm of evosax.

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
            params = made.default_params
        case "pgpe":
            made = PGPE(**shape, optimizer=optax.adam(rate))
            params = made.default_params.replace(std_init=_DEVIATION)
        case _:
            made = SNES(**shape, optimizer=optax.sgd(rate))
            params = made.default_params.replace(std_init=_DEVIATION)
    return Strategy(
        lambda key, mean: made.init(key, mean, params),
        lambda key, state: made.ask(key, state, params),
        lambda key, weights, loss, state: made.tell(key, weights, loss, state, params)[0],
    )
