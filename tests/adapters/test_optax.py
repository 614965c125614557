"""The replicator as an optimiser against exact selection, by enumeration of all genotypes."""

import chex
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import nne_jax as nne
from nne_jax import selection
from nne_jax.adapters.optax import replicator
from nne_jax.selection.equation import by_relative_fitness
from nne_jax.theory import enumeration, infinite

NUM_GENES = 6
LOSSES = jax.random.normal(jax.random.key(0), (2**NUM_GENES,))  # of every genotype
P = jax.random.uniform(jax.random.key(1), (NUM_GENES,))


def expected_loss(p, losses=LOSSES):
    return enumeration.extension(losses, p)


def moved(optimiser, p, generations=1):
    """Frequencies after steps by the gradient of the expected loss."""

    def step(carry, _):
        p, state = carry
        steps, state = optimiser.update(jax.grad(expected_loss)(p), state, p)
        return (optax.apply_updates(p, steps), state), None

    return jax.lax.scan(step, (p, optimiser.init(p)), length=generations)[0][0]


@pytest.mark.slow
@pytest.mark.parametrize("epsilon", [0.01, 0.5, 20.0])
def test_a_step_is_the_selection_equation_of_exponential_fitness(epsilon):
    """p' = p w1 / (p w1 + (1-p) w0) with w = exp(ε f), of exact marginal fitness f."""
    f1, f0 = enumeration.marginal_fitness(-LOSSES, P)
    middle = (f1 + f0) / 2  # which cancels; float32 ends at exp(88)
    expected = by_relative_fitness(
        P, jnp.exp(epsilon * (f1 - middle)), jnp.exp(epsilon * (f0 - middle))
    )
    np.testing.assert_allclose(moved(replicator(epsilon), P), expected, rtol=1e-5, atol=1e-7)


@pytest.mark.slow
def test_it_is_the_papers_rule_in_the_limit_of_weak_selection():
    """The difference from A7 with 1 + ε δ falls as ε²."""
    differences = []
    for epsilon in (0.08, 0.04, 0.02):
        exact = selection.weak_selection(P, *enumeration.marginal_fitness(-LOSSES, P), epsilon)
        differences.append(jnp.max(jnp.abs(moved(replicator(epsilon), P) - exact)))
    np.testing.assert_allclose(np.divide(differences[:-1], differences[1:]), 4, rtol=0.2)


def test_many_small_steps_are_the_replicator_equation():
    expected = infinite.replicator_equation(-LOSSES, P, time=2.0, num_steps=100)
    np.testing.assert_allclose(moved(replicator(0.01), P, 200), expected, atol=0.003)


def test_it_is_log_odds_gradient_descent_without_the_standard_deviation():
    """The other way round, an optimiser as a rule, with ``optax.sgd`` is the same step."""
    rule = selection.log_odds_gradient(optax.sgd(0.3))
    f1, f0 = enumeration.marginal_fitness(-LOSSES, P)
    expected, _ = rule.update(P, f1, f0, rule.init(P))
    np.testing.assert_allclose(moved(replicator(0.3), P), expected, rtol=1e-5)


@pytest.mark.slow
def test_expected_loss_falls_to_a_genotype_that_no_change_of_one_gene_improves():
    """A worked example: the expected loss of a linear model, minimised by ``gradients.train``."""
    key_matrix, key_target = jax.random.split(jax.random.key(2))
    matrix = jax.random.normal(key_matrix, (4, 8))
    target = matrix @ jax.random.bernoulli(key_target, 0.5, (8,)).astype(jnp.float32)

    def loss(p, batch):
        """E |W x - a|² = |W p - a|² + Σ_i p(i) (1 - p(i)) |w(i)|²."""
        del batch
        variance = jnp.sum(p * (1 - p) * jnp.sum(matrix**2, axis=0))
        return jnp.sum((matrix @ p - target) ** 2) + variance

    start = jnp.full(8, 0.5)
    p = nne.gradients.train(jax.random.key(0), start, loss, None, replicator(0.05), 2000)
    np.testing.assert_allclose(p, jnp.round(p), atol=1e-3)
    found = jnp.round(p)
    flips = jnp.abs(found[None] - jnp.eye(8))
    assert loss(found, None) < loss(start, None)
    assert loss(found, None) <= jnp.min(jax.vmap(lambda x: loss(x, None))(flips))


def test_it_keeps_to_the_unit_interval_and_leaves_0_and_1():
    p = jnp.array([0.0, 1e-30, 0.25, 0.5, 1 - 1e-7, 1.0])
    for size in (0.0, 1e-6, 1.0, 1e4, 1e38):
        for gradient in (jnp.full(6, size), jnp.full(6, -size)):
            optimiser = replicator(1.0)
            steps, _ = optimiser.update(gradient, optimiser.init(p), p)
            after = optax.apply_updates(p, steps)
            assert jnp.all((after >= 0) & (after <= 1))
            np.testing.assert_array_equal(after[jnp.array([0, 5])], [0, 1])
            if size == 0:
                np.testing.assert_array_equal(after, p)
            if size > 1:
                np.testing.assert_array_equal(after[2:5], 1.0 if gradient[0] < 0 else 0.0)


def test_relabelling_alleles_mirrors_the_step():
    optimiser, gradient = replicator(0.7), jnp.linspace(-3, 3, NUM_GENES)
    steps, _ = optimiser.update(gradient, optimiser.init(P), P)
    mirrored, _ = optimiser.update(-gradient, optimiser.init(P), 1 - P)
    np.testing.assert_allclose(mirrored, -steps, atol=1e-7)


def test_schedules_chains_and_pytrees():
    """Halves of the frequencies in a tree, a clipped gradient, ε by the step."""
    optimiser = optax.chain(optax.clip(0.5), replicator(selection.hyperbolic(0.4, 1.0)))
    tree = {"one": P[:3], "other": [P[3:]]}
    state, log_odds = optimiser.init(tree), jax.scipy.special.logit(P)
    for step in range(3):
        gradient = jnp.linspace(-1, 1, NUM_GENES) * (step + 1)
        halves = {"one": gradient[:3], "other": [gradient[3:]]}
        steps, state = optimiser.update(halves, state, tree)
        tree = optax.apply_updates(tree, steps)
        log_odds -= 0.4 / (1 + step) * jnp.clip(gradient, -0.5, 0.5)
    actual = jnp.concatenate([tree["one"], tree["other"][0]])
    np.testing.assert_allclose(actual, jax.nn.sigmoid(log_odds), rtol=1e-5)


def test_beside_an_optimiser_of_other_parameters():
    optimiser = optax.partition(
        {"freqs": replicator(0.5), "weights": optax.sgd(0.1)}, {"p": "freqs", "w": "weights"}
    )
    params = {"p": jnp.array([0.5]), "w": jnp.array([1.0])}
    gradient = {"p": jnp.array([-2.0]), "w": jnp.array([-2.0])}
    steps, _ = optimiser.update(gradient, optimiser.init(params), params)
    after = optax.apply_updates(params, steps)
    np.testing.assert_allclose(after["p"], 1 / (1 + np.exp(-1)), rtol=1e-6)
    np.testing.assert_allclose(after["w"], 1.2, rtol=1e-6)


@pytest.mark.slow
def test_vmap_over_epsilon_is_the_loop_and_traces_once():
    chex.clear_trace_counter()
    after = jax.jit(chex.assert_max_traces(lambda epsilon: moved(replicator(epsilon), P, 3), n=1))
    strengths = jnp.array([0.1, 0.5, 3.0])
    for row, epsilon in zip(jax.vmap(after)(strengths), strengths, strict=True):
        np.testing.assert_allclose(row, moved(replicator(float(epsilon)), P, 3), rtol=1e-5)
