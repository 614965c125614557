"""A small problem that is right, and what may be wrong in the place of one of its parts.

A row of a table is a call without arguments, and what its sentence says.
"""

import jax
import jax.numpy as jnp

from nne_jax import engines, evolution, fitness, genome, network, selection, wright_fisher
from nne_jax.data import Batch

TWO = "float32 of shape (2,); it must be one real number, vmap over several."
KEY, NAN = jax.random.key(0), float("nan")
NET = network.init(KEY, (6, 5, 3), (0.6, 1.0))
OTHER_NET = network.init(KEY, (6, 5, 4), (0.6, 1.0))
GEN = genome.init(KEY, NET, num_genes=9, density=0.4)
NUM_LINKS = NET.num_links
BATCH = Batch(jnp.ones((4, 6)), jnp.array([0, 1, 2, 0]))
LOGITS, LABELS = jnp.zeros((4, 3)), BATCH.labels
P, WEIGHTS = jnp.full(9, 0.5), jnp.zeros(NUM_LINKS)
GENOTYPES, FITNESS = jnp.zeros((4, 9), bool), jnp.arange(4.0)
RULE = selection.intensity(0.5)
POPULATION_FITNESS = engines.make(NET, GEN, fitness.reward)
STEP = evolution.make_generation_step(POPULATION_FITNESS, RULE, 4)
STATE = evolution.init(KEY, 9, RULE)
WF_STEP = wright_fisher.make_generation_step(POPULATION_FITNESS, RULE)
WF_STATE = wright_fisher.init(KEY, 9, 4)


class NoPytree:
    """A rule whose class is not registered."""

    def init(self, p):
        return ()

    def relative_fitness(self, fitness, state):
        return fitness

    def update(self, p, f1, f0, state):
        return p, state


class Bare:
    """Has nothing."""


def keys(call, name="key"):
    """What is no typed key, or several."""
    remedy = "give a typed key, jax.random.key(0) say."
    return [
        (lambda: call(0), f"{name}: it is int; {remedy}"),
        (lambda: call(jax.random.PRNGKey(0)), f"{name}: it is uint32 of shape (2,); {remedy}"),
        (lambda: call(jax.random.split(KEY, 3)), f"{name}: it is keys of shape (3,); give one"),
    ]


def counts(call, name, low=1, high=None):
    """What is no count, or out of its bounds."""
    bounds = f", at least {low}." if high is None else f" from {low} to {high}."
    beyond = [] if high is None else [high + 1]
    return [
        (lambda value=value: call(value), f"{name}={value}: give a whole number{bounds}")
        for value in (low - 1, 10.0, 10.5, True, None, *beyond)
        if not (value is None and name in ("chunk_size", "batch_size"))
    ]


def numbers(call, name, *outside):
    """What is no real number, or out of its bounds."""
    return [
        (lambda value=value: call(value), f"{name}={value!r}: give a number")
        for value in (NAN, float("inf"), "x", True, *outside)
    ] + [(lambda: call(jnp.array(NAN)), f"{name}=nan: give a number")]


def freqs(call, name, num_genes=9):
    """What is no (n,) frequencies."""
    p = jnp.full(num_genes, 0.5)
    return [
        (lambda: call(p.tolist()), f"{name}: it is list; give an array of floats of shape"),
        (lambda: call(p > 0), f"{name}: bool of shape ({num_genes},); give floats of shape ("),
        (lambda: call(p[None]), f"{name}: float32 of shape (1, {num_genes}); give floats of"),
        (lambda: call(p.at[0].set(1.5)), f"{name}: 1.5 is among them; give frequencies from 0 to"),
        (lambda: call(p.at[1].set(-0.5)), f"{name}: -0.5 is among them"),
        (lambda: call(p.at[1].set(NAN)), f"{name}: nan is among them"),
    ]


def labels(call, name, size=4, num_classes=3):
    """What is no (B,) classes."""
    right = jnp.zeros(size, int)
    shape = f"({size},)"
    return [
        (lambda: call([0] * size), f"{name}: it is list"),
        (lambda: call(right.astype(float)), f"{name}: float32 of shape {shape}; give whole number"),
        (lambda: call(right[:, None]), f"{name}: int32 of shape ({size}, 1); give whole numbers"),
        (lambda: call(right[:1]), f"{name}: int32 of shape (1,); give whole numbers of shape"),
        (lambda: call(right.at[1].set(num_classes)), f"{name}: {num_classes} is among them, and"),
        (lambda: call(right.at[1].set(-1)), f"{name}: -1 is among them, and there are"),
    ]


def networks(call):
    """What is no network."""
    return [(lambda: call(GEN), "net: it is Genome; give a network, of network.init say.")]


def genomes(call):
    """What is no genome."""
    return [(lambda: call(NET), "gen: it is Network; give a genome, of genome.init say.")]
