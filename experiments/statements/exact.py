"""Lemma 1, Theorem 1 and multiplicative weights, on tables of all 2^n genotypes in float64."""

import jax
import jax.numpy as jnp
import numpy as np

from nne_jax import data, engines, fitness, genome, network, population, selection
from nne_jax.theory import enumeration, infinite, linear, theorems
from nne_jax.types import AlleleFreqs, Key

_NUM_GENES = 10
_DELTA = 0.05  # Theorem 1's δ
_FACTORS = (1, 2, 4, 8, 16, 32, 64, 128)  # of the largest admissible ε
_marginals = jax.jit(enumeration.marginal_fitness)


def lemma1(key: Key, scale: float) -> dict:
    """The lemma by enumeration, and the error of its Monte-Carlo estimate against N."""
    table, p = _network_table(key)
    with jax.enable_x64(True):
        exact_p, losses = jnp.asarray(p, jnp.float64), -jnp.asarray(table, jnp.float64)
        f1, f0 = _marginals(-losses, exact_p)
        mean, gradient = jax.value_and_grad(enumeration.extension, argnums=1)(losses, exact_p)
        gradient_error = float(jnp.max(jnp.abs(f1 - f0 + gradient)))
        loss_error = float(jnp.max(jnp.abs(-f0 - exact_p * (f1 - f0) - mean)))
        sigma = _residual_sd(table, exact_p, f1, f0)
        difference = np.asarray(f1 - f0)
    sizes = [2**k for k in range(7, 15)]
    replicates = max(20, round(400 * scale))
    measured = [_monte_carlo_error(key, table, p, difference, size, replicates) for size in sizes]
    predicted = [np.sqrt(np.mean(sigma**2 / (size * p * (1 - p)))) for size in sizes]
    return {
        "num_genes": _NUM_GENES,
        "largest_error_of_gradient": gradient_error,
        "largest_error_of_loss": loss_error,
        "largest_gradient": float(np.max(np.abs(difference))),
        "replicates": replicates,
        "population_size": sizes,
        "measured_standard_error": measured,
        "predicted_standard_error": [float(x) for x in predicted],
        "slope": _slope(sizes, measured),
    }


def theorem1(key: Key, scale: float, epsilon: float | None) -> dict:
    """Exact generations of linear NNE: decrease of the loss, its bound, larger epsilons."""
    table, p = _linear_table(key)
    num_generations = max(20, round(400 * scale))
    with jax.enable_x64(True):
        losses, p = jnp.asarray(table, jnp.float64), jnp.asarray(p, jnp.float64)
        lowest, highest, curvature = _bounds(losses)
        largest = theorems.largest_epsilon(highest, curvature)
        epsilon = largest if epsilon is None else epsilon

        def run(epsilon):
            return infinite.generations(-losses, p, epsilon, num_generations)

        freqs, mean, gradient = run(epsilon)
        loss, decrease = -mean, np.diff(mean)
        bound = theorems.guaranteed_decrease(freqs, gradient, epsilon, lowest, _DELTA)[:-1]
        above = {f * largest: -np.asarray(run(f * largest).fitness_mean) for f in _FACTORS}
    return {
        "U": highest,
        "B": lowest,
        "H": curvature,
        "delta": _DELTA,
        "epsilon": epsilon,
        "largest_admissible_epsilon": largest,
        "largest_epsilon_of_positive_fitness": 1 / highest,
        "loss": np.asarray(loss).tolist(),
        "bound": np.asarray(bound).tolist(),
        "decrease": decrease.tolist(),
        "smallest_decrease_less_bound": float(np.min(decrease - np.asarray(bound))),
        "above": [
            {
                "epsilon": other,
                "loss": losses.tolist(),
                "largest_rise": float(max(0, np.max(np.diff(losses)))),
            }
            for other, losses in above.items()
        ],
    }


def check(key: Key, epsilon: float) -> None:
    """Refuses an ε that is not admissible for Theorem 1's run, before any part starts."""
    table, _ = _linear_table(key)
    with jax.enable_x64(True):
        _, highest, curvature = _bounds(jnp.asarray(table, jnp.float64))
    theorems.check_epsilon(epsilon, highest, curvature)


def multiplicative_weights(key: Key, scale: float) -> dict:
    """The gain of logit p against its formula; distances to other forms of multiplicative weights.

    One generation is compared with exponential weights, p' ∝ p exp(ε f); a run of 1/ε generations
    with the replicator equation dp/dt = p (1-p) (f1-f0).
    """
    table, p = _network_table(key)
    epsilons = [2.0**-k for k in range(2, 9)]
    identity, weights, replicator = [], [], []
    with jax.enable_x64(True):
        fitness_of_all, p = jnp.asarray(table, jnp.float64), jnp.asarray(p, jnp.float64)
        f1, f0 = _marginals(fitness_of_all, p)
        logit = jax.scipy.special.logit
        flow = infinite.replicator_equation(fitness_of_all, p, 1.0, max(20, round(200 * scale)))
        longest = round(1 / min(epsilons))
        for epsilon in epsilons:
            after = selection.weak_selection(p, f1, f0, epsilon)
            gain = jnp.log((1 + epsilon * f1) / (1 + epsilon * f0))
            identity.append(float(jnp.max(jnp.abs(logit(after) - logit(p) - gain))))
            exponential = jax.nn.sigmoid(logit(p) + epsilon * (f1 - f0))
            weights.append(float(jnp.max(jnp.abs(after - exponential))))
            run = infinite.generations(fitness_of_all, p, epsilon, longest)  # compiled once
            end = run.allele_freqs[round(1 / epsilon)]
            replicator.append(float(jnp.max(jnp.abs(end - flow))))
    return {
        "epsilon": epsilons,
        "error_of_logit_gain": identity,
        "distance_to_exponential_weights": weights,
        "distance_to_replicator_equation": replicator,
        "slope_exponential_weights": _slope(epsilons, weights),
        "slope_replicator_equation": _slope(epsilons, replicator),
    }


def _linear_table(key: Key) -> tuple[np.ndarray, np.ndarray]:
    """Loss of all genotypes on a linear target of three inputs, and frequencies."""
    key_matrix, key_target, key_p = jax.random.split(key, 3)
    matrix = linear.init_matrix(key_matrix, 3, _NUM_GENES, 2)
    target = linear.init_target(key_target, 3)
    p = population.init_allele_freqs(key_p, _NUM_GENES)
    genotypes = enumeration.all_genotypes(_NUM_GENES).astype(jnp.float32)
    return np.asarray(linear.loss(genotypes @ matrix.T, target)), np.asarray(p)


def _bounds(losses: jax.Array) -> tuple[float, float, float]:
    """Theorem 1's B, U and H: lowest and highest loss, and the largest curvature."""
    return float(losses.min()), float(losses.max()), enumeration.largest_curvature(losses)


def _network_table(key: Key) -> tuple[np.ndarray, np.ndarray]:
    """Fitness -L of all genotypes of a small network with a hidden layer, and frequencies."""
    key_net, key_gen, key_inputs, key_labels, key_p = jax.random.split(key, 5)
    net = network.init(key_net, (6, 5, 3), (0.8, 1.0))
    gen = genome.init(key_gen, net, _NUM_GENES, density=0.4)
    inputs = jax.random.uniform(key_inputs, (20, 6))
    batch = data.Batch(inputs, jax.random.randint(key_labels, (20,), 0, 3))
    population_fitness = engines.make(net, gen, fitness.log_likelihood, engine="dense")
    table = population_fitness(enumeration.all_genotypes(_NUM_GENES), batch)
    p = 0.1 + 0.8 * population.init_allele_freqs(key_p, _NUM_GENES)
    return np.asarray(table), np.asarray(p)


def _residual_sd(table: np.ndarray, p: AlleleFreqs, f1: jax.Array, f0: jax.Array) -> np.ndarray:
    """σ of each gene: sd of fitness once its allele is known, σ² = (1-p) σ1² + p σ0²."""
    second = _marginals(jnp.asarray(table, jnp.float64) ** 2, p)
    variance1, variance0 = second[0] - f1**2, second[1] - f0**2
    return np.sqrt(np.asarray((1 - p) * variance1 + p * variance0))


def _monte_carlo_error(
    key: Key, table: np.ndarray, p: np.ndarray, difference: np.ndarray, size: int, replicates: int
) -> float:
    """Root mean square error of f1 - f0 over samples of a population and over genes."""
    fitness_of_all, p_sampled = jnp.asarray(table), jnp.asarray(p)

    def estimate(key):
        genotypes = population.sample(key, p_sampled, size)
        own = fitness_of_all[enumeration.index(genotypes)]
        f1, f0 = selection.marginal_fitness(genotypes, own)
        return f1 - f0

    keys = jax.random.split(jax.random.fold_in(key, size), replicates)
    error = np.asarray(jax.lax.map(estimate, keys)) - difference
    return float(np.sqrt(np.mean(error**2)))


def _slope(x: list, y: list) -> float:
    """Of a line through log y over log x."""
    return float(np.polyfit(np.log(x), np.log(y), 1)[0])
