"""Rank-1 evolution strategy (EGGROLL): individuals differ by one outer product a layer.

Each pair of individuals has the weights W ± σ b_k a_kᵀ in each layer, b and a standard normal, and
W moves along the mean of f_k b_k a_kᵀ, f their standardised fitness; see ``low_rank``.

Source: Sarkar et al., Evolution Strategies at the Hyperscale, 2025, arXiv 2511.16652.
"""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from optax import ScalarOrSchedule

import nne_jax as nne
from experiments.run.assemble import Run
from experiments.speed import low_rank
from experiments.speed.low_rank import Matrices
from experiments.speed.search import Search, batch_of
from nne_jax.data import Batch


class State(NamedTuple):
    """Of the search."""

    weights: Matrices  # W, what everybody has in common
    optimizer: Any


def rank_one(run: Run, deviation: float, rate: ScalarOrSchedule) -> Search:
    """The search of a full network's weights, from those that gradients start from, by Adam.

    Args:
      run: the sizes of the network, the images, N (a pair at least), S, the temperature and the
        devices.
      deviation: σ.
      rate: of Adam, or its schedule by generations.
    """
    size, temperature = run.config.population_size, run.config.temperature
    key_start, key_run = jax.random.split(run.key_evaluation)
    sizes, optimizer = run.net.layer_sizes, optax.adam(rate)
    full = nne.network.init(key_start, sizes, (1.0,) * (len(sizes) - 1))
    start = low_rank.matrices(full, nne.network.he_uniform(key_start, full))

    @jax.jit
    def generation(batches: Any, state: State, number: int) -> State:
        key_batch, key_factors = jax.random.split(jax.random.fold_in(key_run, number))
        batch = batch_of(batches, key_batch)
        pairs = jax.random.normal(key_factors, (max(1, size // 2), low_rank.num_factors(sizes)))
        tested = jnp.concatenate([pairs, low_rank.mirrored(pairs, sizes)])
        fitness = low_rank.population_fitness(
            state.weights, tested, batch, deviation, temperature, run.devices
        )
        ascent = low_rank.gradient(low_rank.factors(pairs, sizes), *jnp.split(fitness, 2))
        with jax.numpy_dtype_promotion("standard"):  # which optax's Adam needs
            updates, moved = optimizer.update([-g for g in ascent], state.optimizer)
        return State(tuple(optax.apply_updates(list(state.weights), updates)), moved)

    @jax.jit
    def accuracy(weights: Matrices, batch: Batch) -> jax.Array:
        nobody = low_rank.factors(jnp.zeros((1, low_rank.num_factors(sizes))), sizes)
        shared = low_rank.product(batch.inputs, weights[0])
        logits = low_rank.forward(weights, shared, nobody, batch.inputs, 0.0)[0]
        return nne.fitness.fraction_correct(logits, batch.labels)

    return Search(
        State(start, optimizer.init(list(start))),
        partial(generation, run.batches),
        lambda state, batch: {"mean": float(accuracy(state.weights, batch))},
    )
