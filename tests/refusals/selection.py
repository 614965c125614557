"""The selection rules."""

import jax
import jax.numpy as jnp
import optax

from nne_jax import selection
from tests.refusals import parts
from tests.refusals.parts import FITNESS, GENOTYPES, NAN, RULE, Bare, NoPytree, P

COUNT = RULE.init(P)


def applied(rule=RULE, genotypes=GENOTYPES, fitness=FITNESS, state=COUNT, p=P):
    return selection.apply(rule, genotypes, fitness, state, p)


def selected(genotypes=GENOTYPES, fitness=FITNESS, p=None):
    return selection.marginal_fitness(genotypes, fitness, p)


@jax.tree_util.register_static
class Odd(NoPytree):
    """A rule of which one part returns something else."""

    def __init__(self, **parts):
        for name, returned in parts.items():
            setattr(self, name, lambda *_, returned=returned: returned)


def genotypes(call):
    return [
        (lambda: call(GENOTYPES.tolist()), "genotypes: it is list; give an array of alleles"),
        (lambda: call(GENOTYPES[0]), "genotypes: bool of shape (9,); give alleles"),
        (lambda: call(GENOTYPES[:0]), "genotypes: bool of shape (0, 9); give alleles or frequenc"),
        (
            lambda: call(GENOTYPES.astype(int) + 2),
            "genotypes: 2 is among them; give alleles from 0 to 1.",
        ),
        (
            lambda: call(GENOTYPES.astype(float) + NAN),
            "genotypes: nan is among them; give alleles from 0 to 1.",
        ),
        (
            lambda: call(GENOTYPES.astype(complex)),
            "genotypes: complex64 of shape (4, 9); give alleles",
        ),
        (
            lambda: call(jnp.full((4, 9), 0.5)),
            "genotypes: 0.5 is among them; give alleles, 0 and 1.",
        ),
    ]


def fitness(call, shape):
    wrong = f"; give real numbers of shape {shape}"
    return [
        (lambda: call(FITNESS.tolist()), "fitness: it is list; give an array of real numbers"),
        (lambda: call(FITNESS[:, None]), f"fitness: float32 of shape (4, 1){wrong}"),
        (lambda: call(FITNESS[:0]), f"fitness: float32 of shape (0,){wrong}"),
        (lambda: call(FITNESS > 0), f"fitness: bool of shape (4,){wrong}"),
        (lambda: call(FITNESS.astype(complex)), f"fitness: complex64 of shape (4,){wrong}"),
    ]


NOT_FINITE = (lambda: applied(fitness=FITNESS + NAN), "fitness: nan is among them; give finite nu")
MANY = "it must be one real number, vmap over several."
TABLE = {
    "selection.apply": [
        *genotypes(lambda x: applied(genotypes=x)),
        *fitness(lambda x: applied(fitness=x), "(4,)"),
        NOT_FINITE,
        *parts.freqs(lambda x: applied(p=x), "p"),
        (lambda: applied(p=P[:8]), "p: float32 of shape (8,); give floats of shape (9,)."),
        (lambda: applied(rule=0.5), "rule: float has no init, relative_fitness and update; give"),
        (lambda: applied(rule=Bare()), "rule: Bare has no init, relative_fitness and update"),
        (lambda: applied(rule=NoPytree()), "rule: it is NoPytree; register its class with nne_"),
        (lambda: applied(state=()), "state: it is "),
        (lambda: applied(Odd(relative_fitness=P), state=()), "rule.relative_fitness: float32 of"),
        (lambda: applied(Odd(update=(P[:8], ())), state=()), "rule.update: float32 of shape (8,);"),
        (lambda: applied(Odd(update=(P, P)), state=()), "rule.update: of the state that it retur"),
        (lambda: applied(Odd(update=P), state=()), "rule.update: it returned ArrayImpl; it must"),
        (
            lambda: applied(state=COUNT._replace(generation=jnp.zeros(2))),
            "state: .generation is float32 of shape (2,), not int32 of shape ()",
        ),
        (
            lambda: applied(selection.intensity(jnp.ones(3))),
            f"selection_intensity: float32 of shape (3,); {MANY}",
        ),
        (
            lambda: applied(selection.cga(0.1), GENOTYPES[:3], FITNESS[:3]),
            "population_size=3: cga compares two genotypes a generation; give 2.",
        ),
    ],
    "selection.marginal_fitness": [
        *genotypes(lambda x: selected(genotypes=x)),
        *fitness(lambda x: selected(fitness=x), "(4,)"),
        *parts.freqs(lambda x: selected(p=x), "expected"),
        (lambda: selected(fitness=FITNESS[:3]), "fitness: float32 of shape (3,); give real numb"),
    ],
    "selection.weak_selection": [
        *parts.freqs(lambda x: selection.weak_selection(x, P, P, 0.1), "p"),
        *parts.numbers(lambda x: selection.weak_selection(P, P, P, x), "epsilon", -0.1),
        (lambda: selection.weak_selection(P, P[:1], P, 0.1), "f1: float32 of shape (1,); give re"),
        (lambda: selection.weak_selection(P, P, P[:, None], 0.1), "f0: float32 of shape (9, 1);"),
    ],
    "selection.standardise": [
        *fitness(selection.standardise, "(N,)"),
        (lambda: selection.standardise(FITNESS + NAN), "fitness: nan is among them; give finite"),
    ],
    "selection.replace_non_finite": fitness(selection.replace_non_finite, "(N,)"),
    "selection.replicator": [
        *parts.numbers(selection.replicator, "epsilon", 0.0, -1.0, 1e300),
        (lambda: selection.replicator(lambda t: "x"), "epsilon: a str; it must be one real numb"),
        (lambda: selection.replicator(lambda t: jnp.ones(3)), f"float32 of shape (3,); {MANY}"),
        (lambda: selection.replicator(None), "epsilon=None: give a number more than 0 and at mos"),
    ],
    "selection.intensity": parts.numbers(
        selection.intensity, "selection_intensity", 0.0, -1.0, 1e38
    ),
    "selection.truncation": parts.numbers(selection.truncation, "selected_fraction", 0.0, 1.0, 1.5),
    "selection.pbil": [
        *parts.numbers(selection.pbil, "learning_rate", 0.0, 1.1),
        *parts.numbers(lambda x: selection.pbil(0.1, x), "selected_fraction", 0.0, 1.0),
        *parts.numbers(lambda x: selection.pbil(0.1, 0.5, x), "margin", -0.1, 0.6),
    ],
    "selection.umda": [
        *parts.numbers(selection.umda, "selected_fraction", 0.0, 1.0),
        *parts.numbers(lambda x: selection.umda(0.5, x), "margin", -0.1, 0.6),
    ],
    "selection.cga": [
        *parts.numbers(selection.cga, "step", 0.0, 1.1),
        *parts.numbers(lambda x: selection.cga(0.1, x), "margin", -0.1, 0.6),
    ],
    "selection.with_fixation": [
        *parts.numbers(lambda x: selection.with_fixation(RULE, x), "threshold", -0.1, 0.5),
        (lambda: selection.with_fixation(Bare(), 0.1), "rule: Bare has no init, relative_fitness"),
    ],
    "selection.with_mutation": [
        *parts.numbers(lambda x: selection.with_mutation(RULE, x), "mutation_rate", -0.1, 0.6),
        (lambda: selection.with_mutation(0.1, 0.1), "rule: float has no init, relative_fitness"),
    ],
    "selection.log_odds_gradient": [
        (
            lambda: selection.log_odds_gradient(optax.sgd),
            "optimiser: it is function; give one of optax, optax.sgd(0.1) say.",
        ),
    ],
    "selection.hyperbolic": [
        *parts.numbers(lambda x: selection.hyperbolic(1.0, x), "decay", -0.1)[:-1],
        *parts.numbers(selection.hyperbolic, "start")[:-1],
    ],
}
