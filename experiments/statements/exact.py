"""Lemma 1, Theorem 1 and multiplicative weights, on tables of all 2^n genotypes in float64."""

import jax
import jax.numpy as jnp
import numpy as np

import nne_jax as nne
from nne_jax import enumeration, linear, selection

_NUM_GENES = 10
_DELTA = 0.05  # Theorem 1's δ
_mean_and_gradient = jax.jit(jax.value_and_grad(enumeration.extension, argnums=1))
_marginals = jax.jit(enumeration.marginal_fitness)


def lemma1(key, scale: float, **_) -> dict:
    """The lemma by enumeration, and the error of its Monte-Carlo estimate against N."""
    table, p = _network_table(key)
    with jax.enable_x64(True):
        exact_p, losses = jnp.asarray(p, jnp.float64), -jnp.asarray(table, jnp.float64)
        f1, f0 = _marginals(-losses, exact_p)
        mean, gradient = _mean_and_gradient(losses, exact_p)
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
        "measured_standard_error": [float(x) for x in measured],
        "predicted_standard_error": [float(x) for x in predicted],
        "slope": float(np.polyfit(np.log(sizes), np.log(measured), 1)[0]),
    }


def theorem1(key, scale: float, epsilon: float | None, **_) -> dict:
    """Exact generations of linear NNE: decrease of the loss, its bound, larger epsilons."""
    table, p = _linear_table(key)
    with jax.enable_x64(True):
        losses = jnp.asarray(table, jnp.float64)
        lowest, highest, curvature = _bounds(losses)
        largest = linear.largest_epsilon(highest, curvature)
        epsilon = largest if epsilon is None else epsilon
        generations = max(20, round(400 * scale))
        run = _exact_run(losses, p, epsilon, generations, lowest)
        factors = [1, 2, 4, 8, 16, 32, 64, 128]
        larger = [_exact_run(losses, p, f * largest, generations, lowest) for f in factors]
    decrease = -np.diff(run["loss"])
    return {
        "U": highest,
        "B": lowest,
        "H": curvature,
        "delta": _DELTA,
        "epsilon": epsilon,
        "largest_admissible_epsilon": largest,
        "largest_epsilon_of_positive_fitness": 1 / highest,
        **run,
        "decrease": decrease.tolist(),
        "smallest_decrease_less_bound": float(np.min(decrease - run["bound"])),
        "above": [
            {
                "epsilon": f * largest,
                "loss": other["loss"],
                "largest_rise": float(max(0, np.max(np.diff(other["loss"])))),
            }
            for f, other in zip(factors, larger, strict=True)
        ],
    }


def check(key, epsilon: float) -> None:
    """Refuses an ε that is not admissible for Theorem 1's run, before any part starts."""
    table, _ = _linear_table(key)
    with jax.enable_x64(True):
        _, highest, curvature = _bounds(jnp.asarray(table, jnp.float64))
    linear.check_epsilon(epsilon, highest, curvature)


def multiplicative_weights(key, scale: float, **_) -> dict:
    """The gain of logit p against its formula; distances to other forms of multiplicative weights.

    One generation is compared with exponential weights, p' ∝ p exp(ε f); a run of 1/ε generations
    with the replicator equation dp/dt = p (1-p) (f1-f0).
    """
    table, p = _network_table(key)
    with jax.enable_x64(True):
        fitness, p = jnp.asarray(table, jnp.float64), jnp.asarray(p, jnp.float64)
        f1, f0 = _marginals(fitness, p)
        logit = jax.scipy.special.logit
        epsilons = [2.0**-k for k in range(2, 9)]
        identity, weights, replicator = [], [], []
        flow = _replicator_equation(fitness, p, max(20, round(200 * scale)))
        for epsilon in epsilons:
            after = selection.weak_selection(p, f1, f0, epsilon)
            gain = jnp.log((1 + epsilon * f1) / (1 + epsilon * f0))
            identity.append(float(jnp.max(jnp.abs(logit(after) - logit(p) - gain))))
            exponential = jax.nn.sigmoid(logit(p) + epsilon * (f1 - f0))
            weights.append(float(jnp.max(jnp.abs(after - exponential))))
            end = _generations(fitness, p, epsilon, round(1 / epsilon))[-1][0]
            replicator.append(float(jnp.max(jnp.abs(end - flow))))
    return {
        "epsilon": epsilons,
        "error_of_logit_gain": identity,
        "distance_to_exponential_weights": weights,
        "distance_to_replicator_equation": replicator,
        "slope_exponential_weights": float(np.polyfit(np.log(epsilons), np.log(weights), 1)[0]),
        "slope_replicator_equation": float(np.polyfit(np.log(epsilons), np.log(replicator), 1)[0]),
    }


def _linear_table(key) -> tuple[np.ndarray, np.ndarray]:
    """Loss of all genotypes on a linear target of three inputs, and frequencies."""
    key_matrix, key_target, key_p = jax.random.split(key, 3)
    matrix = linear.init_matrix(key_matrix, 3, _NUM_GENES, 2)
    target = linear.init_target(key_target, 3)
    p = nne.population.init_allele_freqs(key_p, _NUM_GENES)
    table = linear.loss(enumeration.all_genotypes(_NUM_GENES) @ matrix.T, target)
    return np.asarray(table), np.asarray(p)


def _bounds(losses) -> tuple[float, float, float]:
    """Theorem 1's B, U and H: lowest and highest loss, and the largest curvature."""
    return float(losses.min()), float(losses.max()), enumeration.largest_curvature(losses)


def _network_table(key) -> tuple[np.ndarray, np.ndarray]:
    """Fitness -L of all genotypes of a small network with a hidden layer, and frequencies."""
    key_net, key_gen, key_images, key_labels, key_p = jax.random.split(key, 5)
    net = nne.network.init(key_net, (6, 5, 3), (0.8, 1.0))
    gen = nne.genome.init(key_gen, net, _NUM_GENES, 0.4)
    images = jax.random.uniform(key_images, (20, 6))
    batch = nne.data.Batch(images, jax.random.randint(key_labels, (20,), 0, 3))
    genotypes = enumeration.all_genotypes(_NUM_GENES)
    table = nne.engines.population_fitness(net, gen, genotypes, batch, nne.fitness.log_likelihood)
    p = 0.1 + 0.8 * nne.population.init_allele_freqs(key_p, _NUM_GENES)
    return np.asarray(table), np.asarray(p)


def _residual_sd(table, p, f1, f0) -> np.ndarray:
    """σ of each gene: sd of fitness once its allele is known, σ² = (1-p) σ1² + p σ0²."""
    second = _marginals(jnp.asarray(table, jnp.float64) ** 2, p)
    variance1, variance0 = second[0] - f1**2, second[1] - f0**2
    return np.sqrt(np.asarray((1 - p) * variance1 + p * variance0))


def _monte_carlo_error(key, table, p, difference, size: int, replicates: int) -> float:
    """Root mean square error of f1 - f0 over samples of a population and over genes."""
    table, p = jnp.asarray(table), jnp.asarray(p)
    place = 2 ** jnp.arange(_NUM_GENES)[::-1]

    def estimate(key):
        genotypes = nne.population.sample(key, p, size)
        f1, f0 = selection.marginal_fitness(genotypes, table[genotypes @ place])
        return f1 - f0

    keys = jax.random.split(jax.random.fold_in(key, size), replicates)
    return float(jnp.sqrt(jnp.mean((jax.lax.map(estimate, keys) - difference) ** 2)))


def _generations(fitness, p, epsilon: float, generations: int) -> list[tuple]:
    """(p, mean fitness, its gradient) before each generation and after the last."""
    states = [(p, *_mean_and_gradient(fitness, p))]
    for _ in range(generations):
        p = selection.weak_selection(p, *_marginals(fitness, p), epsilon)
        states.append((p, *_mean_and_gradient(fitness, p)))
    return states


def _exact_run(losses, p, epsilon: float, generations: int, lowest: float) -> dict:
    """Loss before each generation and after the last, and Theorem 1's bound on each decrease."""
    states = _generations(-losses, jnp.asarray(p, jnp.float64), epsilon, generations)
    bounds = [
        linear.guaranteed_decrease(p, gradient, epsilon, lowest, _DELTA)
        for p, _, gradient in states[:-1]
    ]
    return {
        "loss": [-float(mean) for _, mean, _ in states],
        "bound": [float(bound) for bound in bounds],
    }


def _replicator_equation(fitness, p, steps: int):
    """p at time 1 of dp/dt = p (1-p) (f1 - f0), by Runge-Kutta of the fourth order."""

    def velocity(p):
        f1, f0 = enumeration.marginal_fitness(fitness, p)
        return p * (1 - p) * (f1 - f0)

    def step(p, _):
        h = 1 / steps
        k1 = velocity(p)
        k2 = velocity(p + h * k1 / 2)
        k3 = velocity(p + h * k2 / 2)
        return p + h * (k1 + 2 * k2 + 2 * k3 + velocity(p + h * k3)) / 6, None

    return jax.lax.scan(step, p, length=steps)[0]
