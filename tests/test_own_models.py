"""Models and tasks that the package knows nothing of evolve to stated values."""

import equinox as eqx
import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nne_jax as nne

EPISODE = 200  # steps of a cart-pole's episode


def evolve(key, params, fitness_fn, batches, num_generations, num_genes=1000, **options):
    """Evolves a model's parameters: its genome and the last state."""
    key_genome, key_run = jax.random.split(key)
    options = {"num_genes": num_genes, "genes_per_weight": 5, "scale": "fan_in", **options}
    gen = nne.genome.init(key_genome, params, **options)
    rule = nne.selection.intensity(nne.selection.hyperbolic(1.0, 0.01))
    fitness = nne.engines.per_individual(fitness_fn, gen)
    step = nne.evolution.make_generation_step(fitness, rule, population_size=200, antithetic=True)
    state = nne.evolution.init(key_run, num_genes, rule, spread=0.0)
    state, _ = nne.evolution.evolve(step, state, batches, num_generations)
    return gen, state


@pytest.mark.slow
def test_a_flax_model_reads_digits():
    """64-32-10 units, 300 generations on 50 fresh images each; a guess gets 10 %."""

    class Classifier(nn.Module):
        @nn.compact
        def __call__(self, x):
            return nn.Dense(10)(nn.relu(nn.Dense(32)(x)))

    def fitness(params, batch):
        logits = model.apply(params, batch.inputs)
        return nne.fitness.log_likelihood(logits, batch.labels, temperature=0.3)

    def accuracy(params, batch):
        return nne.fitness.fraction_correct(model.apply(params, batch.inputs), batch.labels)

    key_model, key_run, key_test = jax.random.split(jax.random.key(0), 3)
    ds, model = nne.data.load("digits"), Classifier()
    params = model.init(key_model, ds.train.inputs[:1])
    batches = nne.data.Minibatches(ds.train, batch_size=50)
    gen, state = evolve(key_run, params, fitness, batches, num_generations=300)
    found = nne.evaluation.evaluate(
        key_test, nne.engines.per_individual(accuracy, gen), state.allele_freqs, ds.test, 20
    )
    assert min(found.modal, found.mean) > 0.75
    modal = nne.genome.parameters(gen, nne.evaluation.modal_genotype(state.allele_freqs))
    assert jax.tree.structure(modal) == jax.tree.structure(params)
    assert float(accuracy(modal, ds.test)) == pytest.approx(float(found.modal), abs=1e-3)


@pytest.mark.slow
def test_an_equinox_model_fits_a_sine():
    """1-24-24-1 units leave less than a sixth of the variance of sin 3x unexplained."""

    def fitness(params, batch):
        x, y = batch
        error = jax.vmap(eqx.combine(params, rest))(x) - y
        return -jnp.mean(error**2) / jnp.var(y)

    key_model, key_run = jax.random.split(jax.random.key(0))
    model = eqx.nn.MLP(1, 1, width_size=24, depth=2, activation=jnp.tanh, key=key_model)
    params, rest = eqx.partition(model, eqx.is_inexact_array)
    x = jnp.linspace(-1, 1, 50)[:, None]
    task = x, jnp.sin(3 * x)
    gen, state = evolve(key_run, params, fitness, task, num_generations=300, output_axis=0)
    modal = nne.genome.parameters(gen, nne.evaluation.modal_genotype(state.allele_freqs))
    assert isinstance(modal, eqx.nn.MLP)
    assert fitness(modal, task) > -1 / 6


@pytest.mark.slow
def test_a_recurrent_network_remembers():
    """16 units keep the sign of the first of five inputs, whatever comes after it."""
    params = {"in": jnp.zeros((1, 16)), "recurrent": jnp.zeros((16, 16)), "out": jnp.zeros((16, 1))}

    def answers(params, sequences):
        def step(hidden, x):
            return jnp.tanh(hidden @ params["recurrent"] + x[:, None] @ params["in"]), None

        hidden, _ = jax.lax.scan(step, jnp.zeros((len(sequences), 16)), sequences.T)
        return (hidden @ params["out"])[:, 0]

    def fitness(params, sequences):
        return -jnp.mean(jax.nn.softplus(-5 * answers(params, sequences) * sequences[:, 0]))

    def draw(key):
        return jax.random.rademacher(key, (64, 5), jnp.float32)

    key_run, key_test = jax.random.split(jax.random.key(0))
    gen, state = evolve(key_run, params, fitness, draw, num_generations=200)
    sequences = draw(key_test)
    modal = nne.genome.parameters(gen, nne.evaluation.modal_genotype(state.allele_freqs))
    assert jnp.mean(answers(modal, sequences) * sequences[:, 0] > 0) > 0.95


def cart_pole(position, force):
    """A step of 0.02 s of the cart-pole of Barto, Sutton and Anderson (1983), as in Gym."""
    _, speed, angle, rotation = position
    sin, cos = jnp.sin(angle), jnp.cos(angle)
    push = (force + 0.05 * rotation**2 * sin) / 1.1
    turn = (9.8 * sin - cos * push) / (0.5 * (4 / 3 - 0.1 * cos**2 / 1.1))
    return position + 0.02 * jnp.stack([speed, push - 0.05 * turn * cos / 1.1, rotation, turn])


def steps_upright(params, key):
    """Length of an episode under a policy, from a random start."""

    def step(carry, _):
        position, is_up = carry
        hidden = jnp.tanh(position @ params["in"] + params["bias"])
        force = jnp.where((hidden @ params["out"])[0] > 0, 10.0, -10.0)
        position = cart_pole(position, force)
        is_up &= (jnp.abs(position[0]) < 2.4) & (jnp.abs(position[2]) < 12 * np.pi / 180)
        return (position, is_up), is_up

    start = jax.random.uniform(key, (4,), minval=-0.05, maxval=0.05)
    _, is_up = jax.lax.scan(step, (start, jnp.bool(True)), length=EPISODE)
    return jnp.sum(is_up.astype(jnp.float32))


def mean_length(params, keys):
    """Mean length of the episodes of some keys."""
    return jnp.mean(jax.vmap(lambda key: steps_upright(params, key))(keys))


POLICY = {"in": jnp.zeros((4, 16)), "bias": jnp.zeros(16), "out": jnp.zeros((16, 1))}


@pytest.mark.slow
def test_a_policy_balances_a_pole():
    """The modal genotype holds it for 195 of 200 steps: Gym's own mark of a solved CartPole-v0."""
    key_run, key_test = jax.random.split(jax.random.key(0))
    gen, state = evolve(
        key_run, POLICY, mean_length, lambda key: jax.random.split(key, 4), 60, num_genes=200
    )
    modal = nne.genome.parameters(gen, nne.evaluation.modal_genotype(state.allele_freqs))
    assert mean_length(modal, jax.random.split(key_test, 100)) >= 195


@pytest.mark.slow
def test_everybody_of_a_generation_meets_the_same_episodes():
    """Where all have one genotype, all fare alike; in the next generation alike, but otherwise."""
    key_genome, key_init, key_freqs = jax.random.split(jax.random.key(0), 3)
    gen = nne.genome.init(key_genome, POLICY, num_genes=50, genes_per_weight=5, scale="fan_in")
    rule = nne.selection.intensity(1.0)
    fitness = nne.engines.per_individual(mean_length, gen)
    step = nne.evolution.make_generation_step(fitness, rule, population_size=30)
    state = nne.evolution.init(key_init, 50, rule)
    genotype = jax.random.bernoulli(key_freqs, 0.5, (50,))
    state = state._replace(allele_freqs=genotype.astype(jnp.float32))

    def draw(key):
        return jax.random.split(key, 2)

    _, history = nne.evolution.evolve(step, state, draw, num_generations=5)
    np.testing.assert_allclose(history.fitness_sd, 0, atol=1e-5)
    assert len(set(history.fitness_mean.tolist())) > 1
    episodes = draw(nne.evolution.generation_keys(state)[1])
    alone = mean_length(nne.genome.parameters(gen, genotype), episodes)
    assert history.fitness_max[0] == alone
