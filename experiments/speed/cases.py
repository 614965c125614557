"""What ``benchmark`` times: a generation by each engine, by a textbook script, by evosax."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from experiments.speed import strategies
from nne_jax import engines, evolution, fitness, genome, network, phenotype, population, selection
from nne_jax.data import Batch
from nne_jax.genome import Genome
from nne_jax.network import Network

GENERATIONS = 5  # of a call of ``generations``
_TEXTBOOK_BYTES = 2**31  # of a chunk's matrices: what fits any machine


class Scale(NamedTuple):
    """Sizes of a generation."""

    layer_sizes: tuple[int, int, int]
    edge_prob: float
    num_genes: int
    density: float
    population_size: int  # N
    num_images: int  # S

    @property
    def useful_flops(self) -> float:
        """Of the forward pass, links that exist: what the method itself asks for."""
        inputs, hidden, outputs = self.layer_sizes
        links = hidden * (inputs * self.edge_prob + outputs)
        return 2 * links * self.population_size * self.num_images


SCALES = {
    "digits": Scale((64, 64, 10), 0.3, 2000, 0.0025, 400, 200),
    "s200": Scale((784, 1000, 10), 0.1, 2000, 0.0025, 1000, 200),
    "paper": Scale((784, 1000, 10), 0.1, 2000, 0.0025, 1000, 2000),
}


class Case(NamedTuple):
    """A call to be timed."""

    function: Callable
    arguments: tuple


def generations(step: Any, state: Any, batch: Any) -> Any:
    """Frequencies after ``GENERATIONS``; a program of one would ask for its memory anew in each."""
    return evolution.evolve(step, state, batch, GENERATIONS)[0].allele_freqs


class EngineCases(NamedTuple):
    """A whole generation, and its forward pass alone."""

    generation: Case
    forward: Case


def make_batch(scale: Scale) -> Batch:
    """Random images, a fifth of the inputs silent as in MNIST; what they show costs nothing."""
    key_pixels, key_labels = jax.random.split(jax.random.key(0))
    pixels = jax.random.uniform(key_pixels, (scale.num_images, scale.layer_sizes[0]))
    silent = jnp.arange(scale.layer_sizes[0]) % 5 == 0
    labels = jax.random.randint(key_labels, (scale.num_images,), 0, scale.layer_sizes[-1])
    return Batch(jnp.where(silent[None], 0, pixels), labels)


def by_engine(
    scale: Scale, engine: str, precision: str, devices: Sequence[jax.Device] | None
) -> EngineCases:
    """By one of the package's engines."""
    net, gen = draw(scale)
    batch, rule = make_batch(scale), selection.intensity(0.5)
    population_fitness = engines.make(
        net, gen, fitness.reward, engine, precision, devices=devices, inputs=batch.inputs
    )
    step = evolution.make_generation_step(population_fitness, rule, scale.population_size)
    state = evolution.init(jax.random.key(1), scale.num_genes, rule)
    key_genotypes, _ = evolution.generation_keys(state)
    genotypes = population.sample(key_genotypes, state.allele_freqs, scale.population_size)
    return EngineCases(
        Case(call, (step, state, batch)), Case(call, (population_fitness, genotypes, batch))
    )


def textbook(scale: Scale) -> Case:
    """The equations as one would write them down: dense W, dense matrices, vmap, chunks."""
    net, gen = draw(scale)
    dense = jnp.zeros((gen.num_weights, gen.num_genes)).at[gen.rows, gen.genes].set(gen.effects)
    bytes_each = 8 * scale.num_images * sum(scale.layer_sizes) + 12 * scale.layer_sizes[0] * 1000
    chunk = max(1, min(50, _TEXTBOOK_BYTES // bytes_each))

    def generation(net, dense, key, p, batch):
        each = jnp.broadcast_to(p, (scale.population_size, p.size))
        x = jax.random.bernoulli(key, each).astype(jnp.float32)

        def individual(x):
            return fitness.reward(phenotype.apply(net, dense @ x, batch.inputs), batch.labels)

        delta = jax.lax.map(individual, x, batch_size=chunk)
        return selection.weak_selection(p, *selection.marginal_fitness(x, delta), 1.0)

    p = jnp.full(scale.num_genes, 0.5)
    return Case(generation, (net, dense, jax.random.key(2), p, make_batch(scale)))


def evosax(scale: Scale, name: str) -> Case:
    """A generation of an evolution strategy on the dense network of the same sizes."""
    net = network.init(jax.random.key(0), scale.layer_sizes, (1.0, 1.0))
    start, rate = jnp.zeros(net.num_links), strategies.RATES[name]
    algorithm = strategies.make_strategy(name, rate, scale.population_size, start)
    state = algorithm.init(jax.random.key(3), start)

    def generation(net, key, state, batch):
        key_ask, key_tell = jax.random.split(key)
        population, state = algorithm.ask(key_ask, state)

        def individual(weights):
            return -fitness.reward(phenotype.apply(net, weights, batch.inputs), batch.labels)

        loss = jax.lax.map(individual, population, batch_size=10)
        return algorithm.tell(key_tell, population, loss, state)

    return Case(generation, (net, jax.random.key(4), state, make_batch(scale)))


def call(function: Callable, *arguments: Any) -> Any:
    """Calls a pytree, whose arrays then are arguments, not constants, of what is compiled."""
    return function(*arguments)


def draw(scale: Scale) -> tuple[Network, Genome]:
    """The network and the genome of a scale."""
    key_network, key_genome = jax.random.split(jax.random.key(0))
    net = network.init(key_network, scale.layer_sizes, (scale.edge_prob, 1.0))
    return net, genome.init(key_genome, net, scale.num_genes, density=scale.density)
