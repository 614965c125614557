"""Every selection rule is registered here once and gets every property test."""

import jax
import optax
import pytest

from nne_jax import selection

hyperbolic = selection.hyperbolic
# optax's are closures, equal to themselves alone, which pickle refuses
SGD, ADAM, LINEAR = optax.sgd(0.3), optax.adam(0.1), optax.linear_schedule(1.0, 0.1, 10)
RULES = {
    "weak": lambda: selection.replicator(0.5),
    "weak, scheduled": lambda: selection.replicator(LINEAR),
    "weak, hyperbolic": lambda: selection.replicator(hyperbolic(0.5, 0.1)),
    "intensity": lambda: selection.intensity(0.5),
    "truncation": lambda: selection.truncation(0.3),
    "log odds, sgd": lambda: selection.log_odds_gradient(SGD),
    "log odds, adam": lambda: selection.log_odds_gradient(ADAM),
    "pbil": lambda: selection.pbil(0.1, 0.5, margin=0.0),
    "umda": lambda: selection.umda(0.5, margin=0.0),
    "cga": lambda: selection.cga(0.05, margin=0.0),
    "weak + mutation": lambda: selection.with_mutation(selection.replicator(0.5), 0.02),
    "intensity + mutation": lambda: selection.with_mutation(selection.intensity(0.5), 0.02),
    "truncation + mutation": lambda: selection.with_mutation(selection.truncation(0.3), 0.02),
    "adam + mutation": lambda: selection.with_mutation(selection.log_odds_gradient(ADAM), 0.02),
    "pbil + mutation": lambda: selection.with_mutation(selection.pbil(margin=0.0), 0.02),
    "umda + mutation": lambda: selection.with_mutation(selection.umda(margin=0.0), 0.02),
    "cga + mutation": lambda: selection.with_mutation(selection.cga(0.05, margin=0.0), 0.02),
}
every_rule = pytest.mark.parametrize("name", RULES)
NUM_GENES = 20


def size_of(name):
    return 2 if "cga" in name else 50


def population(name, seed=0, size=None):
    size = size or size_of(name)
    keys = jax.random.split(jax.random.key(seed), 3)
    p = jax.random.uniform(keys[0], (NUM_GENES,))
    genotypes = jax.random.bernoulli(keys[1], p[None], (size, NUM_GENES))
    return genotypes, jax.random.normal(keys[2], (size,)) + 2, p


apply = jax.jit(selection.apply)


def update(rule, genotypes, fitness, p, generations=1):
    rule = RULES[rule]() if isinstance(rule, str) else rule
    state = rule.init(p)
    for _ in range(generations):
        p, state = apply(rule, genotypes, fitness, state, p)
    return p
