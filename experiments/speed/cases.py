"""What ``benchmark`` times: a generation by each engine, by a textbook script, by evosax."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp

import nne_jax as nne
from experiments import strategies
from nne_jax import engines
from nne_jax.data import Batch

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
Case = tuple[Callable, tuple]  # a function and its arguments: one generation


def make_batch(scale: Scale) -> Batch:
    """Random images, a fifth of the inputs silent as in MNIST; what they show costs nothing."""
    key_pixels, key_labels = jax.random.split(jax.random.key(0))
    pixels = jax.random.uniform(key_pixels, (scale.num_images, scale.layer_sizes[0]))
    silent = jnp.arange(scale.layer_sizes[0]) % 5 == 0
    labels = jax.random.randint(key_labels, (scale.num_images,), 0, scale.layer_sizes[-1])
    return Batch(jnp.where(silent, 0, pixels), labels)


def by_engine(scale: Scale, engine: str, precision: str, devices) -> tuple[Case, Case]:
    """A whole generation, and its forward pass alone."""
    net, gen = draw(scale)
    batch, rule = make_batch(scale), nne.selection.intensity(0.5)
    net, gen = nne.genome.without_silent_inputs(net, gen, batch.images)
    how = {"engine": engine, "precision": precision, "devices": devices}
    step = nne.evolution.make_generation_step(net, gen, rule, scale.population_size, **how)
    state = nne.evolution.init(jax.random.key(1), scale.num_genes, rule)
    genotypes = nne.population.sample(state.key, state.allele_freqs, scale.population_size)
    forward = engines.make(net, gen, nne.fitness.reward, **how)
    return (step, (state, batch)), (forward, (genotypes, batch))


def textbook(scale: Scale) -> Case:
    """The equations as one would write them down: dense W, dense matrices, vmap, chunks."""
    net, gen = draw(scale)
    dense = jnp.zeros((gen.num_links, gen.num_genes)).at[gen.links, gen.genes].set(gen.effects)
    bytes_each = 8 * scale.num_images * sum(scale.layer_sizes) + 12 * scale.layer_sizes[0] * 1000
    chunk = max(1, min(50, _TEXTBOOK_BYTES // bytes_each))

    def generation(net, dense, key, p, batch):
        x = jax.random.bernoulli(key, p, (scale.population_size, p.size)).astype(jnp.float32)

        def individual(x):
            logits = nne.phenotype.apply(net, dense @ x, batch.images)
            return nne.fitness.reward(logits, batch.labels)

        delta = jax.lax.map(individual, x, batch_size=chunk)
        return nne.selection.weak_selection(p, *nne.selection.marginal_fitness(x, delta), 1.0)

    p = jnp.full(scale.num_genes, 0.5)
    return generation, (net, dense, jax.random.key(2), p, make_batch(scale))


def evosax(scale: Scale, name: str) -> Case:
    """A generation of an evolution strategy on the dense network of the same sizes."""
    inputs, hidden, outputs = scale.layer_sizes
    net = nne.network.init(jax.random.key(0), scale.layer_sizes, (1.0, 1.0))
    size = inputs * hidden + hidden * outputs
    start = jnp.zeros(size)
    algorithm, params = strategies.algorithm(
        name, strategies.RATES[name][1], scale.population_size, start
    )
    state = algorithm.init(jax.random.key(3), start, params)

    def generation(net, key, state, batch):
        population, state = algorithm.ask(key, state, params)

        def individual(weights):
            return -nne.fitness.reward(
                nne.phenotype.apply(net, weights, batch.images), batch.labels
            )

        loss = jax.lax.map(individual, population, batch_size=10)
        return algorithm.tell(key, population, loss, state, params)[0]

    return generation, (net, jax.random.key(4), state, make_batch(scale))


def draw(scale: Scale) -> tuple[nne.network.Network, nne.genome.Genome]:
    """The network and the genome of a scale."""
    key_network, key_genome = jax.random.split(jax.random.key(0))
    net = nne.network.init(key_network, scale.layer_sizes, (scale.edge_prob, 1.0))
    return net, nne.genome.init(key_genome, net, scale.num_genes, scale.density)
