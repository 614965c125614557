import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import nne_jax as nne
from nne_jax.lifetime import LIFETIMES, RATES, ByGradient, evaluate, learn_output_layer
from tests import oracles


@pytest.mark.parametrize("name", ["signsgd", "sgd"])
def test_one_iteration_is_the_papers_equation(small, rng, name):
    """B1 with the mean gradient (z_j - ℓ_j) h_i of Lemma 2, or its sign; one batch of all."""
    weights = rng.normal(size=small.net.num_links)
    first, second, output = map(np.asarray, small.net.split(jnp.asarray(weights)))
    rate, temperature = 0.1, 2.0
    actual = learn_output_layer(
        jax.random.key(0),
        small.net,
        jnp.asarray(weights, jnp.float32),
        small.batch,
        LIFETIMES[name](rate),
        num_iterations=1,
        batch_size=8,
        temperature=temperature,
    )
    below = nne.network.Network(small.net.layers[:-1])
    hidden = np.maximum(
        oracles.logits(below, np.concatenate([first, second]), small.batch.inputs), 0
    )
    logits = oracles.logits(small.net, weights, small.batch.inputs) / temperature
    z = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    error = z - np.eye(3)[np.asarray(small.batch.labels)]
    gradient = (error.T @ hidden / 8 / temperature).ravel()
    step = np.sign(gradient) if name == "signsgd" else gradient
    np.testing.assert_allclose(actual[-12:], output - rate * step, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(actual[:-12], jnp.asarray(weights, jnp.float32)[:-12])


@pytest.mark.slow
@pytest.mark.parametrize("name", LIFETIMES)
def test_a_lifetime_lowers_the_loss(small, rng, name):
    weights = jnp.asarray(rng.normal(size=small.net.num_links), jnp.float32)
    learnt = learn_output_layer(
        jax.random.key(0), small.net, weights, small.batch, LIFETIMES[name](0.02), 100, 4
    )
    before, after = (
        -nne.fitness.log_likelihood(
            nne.phenotype.apply(small.net, w, small.batch.inputs), small.batch.labels
        )
        for w in (weights, learnt)
    )
    assert after < before


def test_any_optax_optimiser_trains_the_output_layer(small):
    weights = jnp.ones(small.net.num_links)
    learnt = learn_output_layer(
        jax.random.key(0), small.net, weights, small.batch, ByGradient(0.01, optax.adam), 3, 2
    )
    assert not np.allclose(learnt[-12:], weights[-12:])


@pytest.mark.slow
def test_dopamine_sees_the_images_of_a_batch_one_at_a_time(small, rng):
    """Two batches of one image: two steps of ``agrel``, against a numpy loop."""
    weights = rng.normal(size=small.net.num_links)
    start = np.asarray(small.net.split(jnp.asarray(weights))[-1], float)
    temperature, epsilon1, key = 2.0, 0.5, jax.random.key(4)
    actual = learn_output_layer(
        key,
        small.net,
        jnp.asarray(weights, jnp.float32),
        small.batch,
        LIFETIMES["dopamine"](epsilon1),
        num_iterations=2,
        batch_size=1,
        temperature=temperature,
    )
    hidden, _ = nne.phenotype.hidden_and_output(
        small.net, jnp.asarray(weights, jnp.float32), small.batch.inputs
    )
    hidden, labels = np.asarray(hidden, float), np.asarray(small.batch.labels)
    key_order, key_noise = jax.random.split(key)
    noise, output = np.asarray(jax.random.gumbel(key_noise, (2, 3))), start.copy().reshape(3, -1)
    for step in range(2):
        (s,) = nne.data.Minibatches(jnp.arange(8), 1)(jax.random.fold_in(key_order, step))
        logits = output @ hidden[s] / temperature
        z = np.exp(logits) / np.exp(logits).sum()
        j = int(np.argmax(logits + noise[step]))
        reward = 1.0 if j == labels[s] else 0.0
        rate = epsilon1 / np.mean((hidden**2).sum(axis=1))
        output[j] += rate * hidden[s] * (reward - z[j]) * min(1 / z[j], 10)
    np.testing.assert_allclose(actual[-output.size :], output.ravel(), rtol=1e-4, atol=1e-5)
    assert not np.allclose(actual[-output.size :], start)


@pytest.mark.slow
@pytest.mark.parametrize("name", LIFETIMES)
def test_several_steps_are_one_vmap_and_the_same_learning(small, name):
    weights = jnp.ones(small.net.num_links)

    def learnt(rate):
        learner = LIFETIMES[name](rate)
        return learn_output_layer(
            jax.random.key(1), small.net, weights, small.batch, learner, 3, batch_size=2
        )

    together = jax.vmap(learnt)(jnp.array([0.01, 0.1]))
    np.testing.assert_allclose(together, jnp.stack([learnt(0.01), learnt(0.1)]), rtol=1e-5)


def test_every_learner_has_a_step():
    assert RATES.keys() == LIFETIMES.keys()


@pytest.mark.slow
def test_accuracy_after_a_lifetime_is_that_of_each_sampled_genotype_that_learned(small):
    key, learner = jax.random.key(1), LIFETIMES["sgd"](0.5)
    train, test = nne.data.Batch(*(split[:5] for split in small.batch)), small.batch
    sizes = {"num_iterations": 20, "batch_size": 4, "temperature": 2.0}
    accuracies = evaluate(
        key, small.net, small.gen, small.p, train, test, learner, num_sampled=8, **sizes
    )
    key_genotypes, key_lifetimes = jax.random.split(key)
    genotypes = nne.population.sample(key_genotypes, small.p, 8)
    for index, genotype in enumerate(genotypes):
        weights = learn_output_layer(
            jax.random.fold_in(key_lifetimes, index),
            small.net,
            nne.genome.express(small.gen, genotype),
            train,
            learner,
            **sizes,
        )
        answers = np.argmax(oracles.logits(small.net, weights, test.inputs), axis=1)
        assert accuracies[index] == pytest.approx(np.mean(answers == np.asarray(test.labels)))
    assert len(set(accuracies.tolist())) > 1


@pytest.mark.slow
@pytest.mark.parametrize("name", ["sgd", "signsgd"])
def test_of_a_sparse_output_layer_only_the_links_that_exist_learn(rng, name):
    """As the gradient of the links' own weights says, over many steps."""
    net = nne.network.init(jax.random.key(0), (4, 6, 3), (1.0, 0.4))
    batch = nne.data.Batch(jnp.asarray(rng.uniform(size=(30, 4)), jnp.float32), jnp.arange(30) % 3)
    weights = jnp.asarray(rng.normal(size=net.num_links), jnp.float32)
    below, start = weights[:24], weights[24:]

    def loss(output, batch):
        logits = nne.phenotype.apply(net, jnp.concatenate([below, output]), batch.inputs)
        return jnp.mean(nne.fitness.cross_entropy(logits, batch.labels))

    learner = LIFETIMES[name](0.1)
    learnt = learn_output_layer(jax.random.key(0), net, weights, batch, learner, 20, 30)
    optimiser = learner.optimiser(0.1)
    expected = nne.gradients.train(jax.random.key(0), start, loss, batch, optimiser, 20)
    assert not net.layers[-1].is_full
    np.testing.assert_array_equal(learnt[:24], below)
    np.testing.assert_allclose(learnt[24:], expected, rtol=1e-4, atol=1e-5)


@pytest.mark.slow
def test_dopamine_changes_the_links_that_exist():
    links = jnp.array([[True, False], [True, True]])  # (H, C)
    hidden = nne.data.Batch(jnp.ones((1, 2)), jnp.array([1]))
    sizes = {"num_iterations": 9, "batch_size": 1, "temperature": 1.0, "links": links}
    learnt = LIFETIMES["dopamine"](1.0)(jax.random.key(0), jnp.zeros((2, 2)), hidden, **sizes)
    np.testing.assert_array_equal(learnt == 0, ~links)


@pytest.mark.slow
@pytest.mark.parametrize("name", LIFETIMES)
def test_where_nothing_fires_nothing_is_learnt(small, name):
    weights = jnp.zeros(small.net.num_links)
    learner = LIFETIMES[name](0.1)
    learnt = learn_output_layer(jax.random.key(0), small.net, weights, small.batch, learner, 3, 2)
    np.testing.assert_array_equal(learnt, weights)
