"""The adapters: ask and tell, evosax's parts, optax' and tskit's."""

import sys
from unittest import mock

import jax
import jax.numpy as jnp
import numpy as np

from nne_jax import engines, evolution, genome, selection, wright_fisher
from nne_jax.adapters import AskTell, evosax, optax, tskit
from tests.adapters.test_evosax import Population, Strategy, near
from tests.refusals import parts
from tests.refusals.parts import (
    BATCH,
    FITNESS,
    GENOTYPES,
    KEY,
    NAN,
    RULE,
    STATE,
    STEP,
    WF_STATE,
    WF_STEP,
    P,
)

ES = AskTell(RULE, 9, 4)
ASKED = evolution.init(KEY, 9, RULE)
LATER = ASKED._replace(generation=ASKED.generation + 1)


class Everyone(Population):
    """A strategy that is based on a population."""

    def init(self, key, population, fitness, params):
        return {"population": population, "fitness": fitness}


ONE, EVERYONE = Strategy(4, jnp.zeros(3)), Everyone(4, jnp.zeros(3))
EVERYBODY = jnp.zeros((4, 3))
START = evosax.init(KEY, ONE, None, jnp.zeros(3))
of_five = engines.per_individual(lambda x, b: x["w"][0], genome.identity({"w": jnp.zeros(5)}))
OPTIMISER = optax.replicator(0.1)
COUNT = OPTIMISER.init(P)
REAL = "it must be a real number for each of 4 individuals, (4,)."


def evolved(state, population_fitness=near):
    step = evosax.make_generation_step(population_fitness, ONE)
    return evolution.evolve(step, state, jnp.zeros(3), 1)


def without_evosax():
    evosax.algorithm._algorithm_class.cache_clear()
    with mock.patch.dict(sys.modules, {"evosax.algorithms.distribution_based.base": None}):
        return evosax.make_algorithm(RULE, 9, 4)


def recorded(step=WF_STEP, state=WF_STATE, batches=BATCH, number=1, every=1):
    return tskit.record(step, state, batches, number, every)


def without_tskit():
    with mock.patch.dict(sys.modules, {"tskit": None}):
        return recorded()


TABLE = {
    "adapters.AskTell": [
        *parts.keys(ES.init),
        *parts.counts(lambda x: AskTell(RULE, x, 4), "num_genes"),
        *parts.counts(lambda x: AskTell(RULE, 9, x), "population_size"),
        *parts.numbers(lambda x: AskTell(RULE, 9, 4, spread=x), "spread", -0.1, 1.1)[:-1],
        (lambda: AskTell(0.5, 9, 4).init(KEY), "rule: float has no init, relative_fitness and up"),
        (lambda: ES.ask((STATE, STATE)), "state: tuple has no key; give the state of evolution.i"),
        (
            lambda: ES.ask(evolution.init(KEY, 8, RULE)),
            "state.allele_freqs: float32 of shape (8,); give floats of shape (9,).",
        ),
        (lambda: ES.ask(evolution.init(KEY, 9, selection.with_mutation(RULE, 0.1))), "state.rule_"),
        (lambda: ES.tell(ASKED, [1.0, 2.0]), f"fitness: float32 of shape (2,); {REAL}"),
        (lambda: ES.tell(ASKED, FITNESS[:, None]), f"fitness: float32 of shape (4, 1); {REAL}"),
        (lambda: ES.tell(ASKED, 1.0), f"fitness: float32 of shape (); {REAL}"),
        (lambda: ES.tell(ASKED, list("abcd")), f"fitness: <U1 of shape (4,); {REAL}"),
        (lambda: ES.tell(ASKED, [[1.0], 2.0]), "fitness: it is no array ("),
        (lambda: ES.tell(ASKED, np.arange(4) > 1), f"fitness: bool of shape (4,); {REAL}"),
        (
            lambda: ES.tell(ASKED, FITNESS.astype(complex)),
            "fitness: complex64 of shape (4,); it mu",
        ),
        (lambda: ES.tell(ASKED, FITNESS * NAN), "fitness: none of 4 is finite; nothing can be sel"),
        (
            lambda: ES.tell(LATER, FITNESS, ES.ask(ASKED)[0]),
            "genotypes: they are not those of this state; tell with the state with which they",
        ),
        (lambda: ES.tell(ASKED, FITNESS, GENOTYPES[:, :8]), "genotypes: bool of shape (4, 8); gi"),
        (lambda: ES.tell(ASKED, FITNESS, GENOTYPES[:3]), "genotypes: bool of shape (3, 9); give"),
    ],
    "adapters.evosax.init": [
        *parts.keys(lambda x: evosax.init(x, ONE, None, jnp.zeros(3))),
        (lambda: evosax.init(KEY, "Open_ES", None, P), "strategy: str has no init, ask, tell and"),
        (
            lambda: evosax.init(KEY, ONE, None, jnp.zeros(2)),
            "solution: its shape is (2,); Strategy was made for (3,).",
        ),
        (
            lambda: evosax.init(KEY, EVERYONE, None, jnp.zeros(3), FITNESS),
            "solution: its shape is (3,); Everyone was made for (4, 3).",
        ),
        (lambda: evosax.init(KEY, EVERYONE, None, EVERYBODY), "fitness: Everyone starts from a"),
        (
            lambda: evosax.init(KEY, EVERYONE, None, EVERYBODY, FITNESS[:, None]),
            f"fitness: float32 of shape (4, 1); {REAL}",
        ),
        (
            lambda: evosax.init(KEY, ONE, None, jnp.zeros(3), FITNESS),
            "fitness: Strategy starts from a mean, which needs none; leave it out.",
        ),
    ],
    "adapters.evosax.make_generation_step": [
        (lambda: evosax.make_generation_step(near, "Open_ES"), "strategy: str has no init, ask"),
        (lambda: evosax.make_generation_step(3, ONE), "population_fitness: it is int; give a fun"),
        (lambda: evolved(STATE), "state: it is NNEState; give that of adapters.evosax.init."),
        (
            lambda: evolved(evosax.init(KEY, EVERYONE, None, EVERYBODY, FITNESS)),
            "state.strategy_state: it is ",
        ),
        (lambda: evolved(START, of_five), "3 genes, and the genome has 5"),
        (
            lambda: evolved(START, evosax.through_threshold(of_five)),
            "3 genes, and the genome has 5",
        ),
        (
            lambda: evosax.make_generation_step(lambda x, b: jnp.sum(x), ONE)(
                evosax.init(KEY, ONE, None, jnp.zeros(3)), None
            ),
            f"population_fitness: float32 of shape (); {REAL}",
        ),
    ],
    "adapters.evosax.through_threshold": [
        (lambda: evosax.through_threshold(3), "population_fitness: it is int; give a function, fr"),
        (
            lambda: evosax.through_threshold(near)(GENOTYPES, BATCH),
            "solutions: bool of shape (4, 9); give floats of shape (N, n).",
        ),
        (
            lambda: evosax.through_threshold(lambda x, b: x)(EVERYBODY, BATCH),
            f"population_fitness: bool of shape (4, 3); {REAL}",
        ),
    ],
    "adapters.evosax.make_algorithm": [
        *parts.counts(lambda x: evosax.make_algorithm(RULE, x, 4), "num_genes"),
        *parts.counts(lambda x: evosax.make_algorithm(RULE, 9, x), "population_size"),
        (lambda: evosax.make_algorithm(0.5, 9, 4), "rule: float has no init, relative_fitness an"),
        (without_evosax, 'evosax is missing; pip install "nne_jax[bench]".'),
    ],
    "adapters.optax.replicator": [
        *parts.numbers(optax.replicator, "epsilon", 0.0, -1.0, 1e300),
        (lambda: OPTIMISER.init(3 * P), "params: 1.5 is among them; give allele frequencies from"),
        (lambda: OPTIMISER.init({"p": P > 0}), "params['p']: bool of shape (9,); give floats of"),
        (lambda: OPTIMISER.update(P, COUNT), "params: None; give optimiser.update the allele fre"),
        (lambda: OPTIMISER.update(P, COUNT, P * NAN), "params: nan is among them; give allele fr"),
        (lambda: OPTIMISER.update(P[:8], COUNT, P), "updates: it is float32 of shape (8,), not f"),
        (lambda: OPTIMISER.update(P, (), P), "state: it is tuple; give that of optimiser.init."),
    ],
    "adapters.tskit.record": [
        *parts.counts(lambda x: recorded(number=x), "num_generations"),
        *parts.counts(lambda x: recorded(every=x), "simplify_every")[:-1],  # None is one
        *parts.keys(lambda x: recorded(state=WF_STATE._replace(key=x)), "state.key"),
        (lambda: recorded(STEP), "step: it is GenerationStep, and not of a living population"),
        (lambda: recorded(lambda s, b: s), "step: it is function, and not of a living population"),
        (lambda: recorded(state=STATE), "state: it is NNEState; give the state of wright_fisher.i"),
        (
            lambda: recorded(state=WF_STATE._replace(genotypes=GENOTYPES.astype(int))),
            "state.genotypes: int32 of shape (4, 9); give booleans of shape (N, n).",
        ),
        (
            lambda: recorded(state=wright_fisher.init(KEY, 8, 4)),
            "8 genes, and the genome has 9; make the state with as many.",
        ),
        (lambda: recorded(batches=(BATCH, "x")), "batches[1]: it is str; give a pytree of arra"),
        (
            lambda: jax.jit(lambda s: recorded(state=s)[0])(WF_STATE),
            "genealogy: it is drawn on the",
        ),
        (without_tskit, 'tskit is missing; pip install "nne_jax[popgen]".'),
    ],
}
