"""evosax's strategies on the links of a network, and NNE, as generations of one shape.

A strategy searches the m weights themselves, NNE allele frequencies; both test N individuals on a
batch with the same engine. evosax is in the extra ``bench``.
"""

import importlib.util
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax
import optax
from optax import ScalarOrSchedule

import nne_jax as nne
from experiments.run import summary
from experiments.run.assemble import Run
from experiments.speed.search import Search, batch_of
from nne_jax.errors import InputError

RATES = {  # of the mean, found by hand; where it matters `peers` searches
    "open_es": 0.03,  # of Adam
    "pgpe": 0.03,  # of Adam
    "snes": 3.0,  # of natural gradients; evosax's default is 1
}
DEVIATION = 0.05  # of the first generation's weights, the same: a third of their own


class Strategy(NamedTuple):
    """An algorithm of evosax, with its parameters."""

    init: Callable  # (key, mean (m,)) -> state; its ``mean`` is (m,)
    ask: Callable  # (key, state) -> weights (N, m), state
    tell: Callable  # (key, weights (N, m), loss (N,), state) -> state


def strategy(name: str, run: Run, deviation: float, rate: ScalarOrSchedule) -> Search:
    """One of evosax's, from weights as gradients start from; fitness is minus the cross entropy.

    Args:
      name: one of ``RATES``.
      run: the network, the images, N, the temperature, the engine and the devices.
      deviation: of the first generation's weights.
      rate: learning rate of the mean, or its schedule by generations.
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
    evosax = make_strategy(name, rate, config.population_size, start, deviation)

    @jax.jit
    def generation(population_fitness, batches, state, number):
        keys = jax.random.split(jax.random.fold_in(key_run, number), 3)
        key_batch, key_ask, key_tell = keys
        batch = batch_of(batches, key_batch)
        weights, state = evosax.ask(key_ask, state)
        return evosax.tell(key_tell, weights, -population_fitness(weights, batch), state)

    accuracy = jax.jit(make(nne.fitness.fraction_correct))
    return Search(
        evosax.init(key_init, start),
        partial(generation, make(fitness_fn, inputs=run.dataset.train.inputs), run.batches),
        lambda state, batch: {"mean": float(accuracy(state.mean[None], batch)[0])},
    )


def neural_net_evolution(run: Run) -> Search:
    """NNE as the run's config has it: the mean over its genotypes, its modal one, and W p."""
    generation = jax.jit(lambda *own: nne.evolution.evolve(*own, num_generations=1)[0])

    def accuracy(state, batch):
        found = summary.accuracy(run, state, batch)
        return {"sampled": found["sampled_mean"], "modal": found["modal"], "mean": found["mean"]}

    return Search(
        run.state,
        lambda state, _: generation(run.step, state, run.batches),  # the state counts
        accuracy,
    )


def need_evosax(flag: str, instead: str) -> None:
    """Raises an InputError without evosax, which names the flag that asks for it and a way out."""
    if importlib.util.find_spec("evosax") is None:
        raise InputError(f'{flag}: evosax is missing; pip install "nne_jax[bench]", or {instead}.')


def make_strategy(
    name: str,
    rate: ScalarOrSchedule,
    population_size: int,
    solution: jax.Array,
    deviation: float = DEVIATION,
) -> Strategy:
    """An algorithm of evosax.

    Args:
      name: one of ``RATES``.
      rate: learning rate of the mean, or its schedule by generations.
      population_size: N.
      solution: (m,) weights, for their number.
      deviation: of the first generation's weights.
    """
    from evosax.algorithms import PGPE, SNES, Open_ES

    shape = {"population_size": population_size, "solution": solution}
    match name:
        case "open_es":
            schedule = optax.constant_schedule(deviation)
            made = Open_ES(**shape, optimizer=optax.adam(rate), std_schedule=schedule)
            params = made.default_params
        case "pgpe":
            made = PGPE(**shape, optimizer=optax.adam(rate))
            params = made.default_params.replace(std_init=deviation)
        case _:
            made = SNES(**shape, optimizer=optax.sgd(rate))
            params = made.default_params.replace(std_init=deviation)
    return Strategy(
        lambda key, mean: made.init(key, mean, params),
        lambda key, state: made.ask(key, state, params),
        lambda key, weights, loss, state: made.tell(key, weights, loss, state, params)[0],
    )
