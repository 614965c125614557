"""Weak selection against a real finite population: trajectories, drift, fixation, linkage."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

import nne_jax as nne
from nne_jax import enumeration, selection, wright_fisher

_SHOWN = [0, 4, 9]  # genes of the figure of trajectories


def trajectories(key, scale: float, **_) -> dict:
    """Mean frequencies of Wright-Fisher populations against the selection equation.

    Relative fitness is multiplicative, Π_i (1 + s_i x_i); s weakens as 1/√N, over a time of 1/s.
    """
    replicates, rows = max(8, round(60 * scale)), []
    share = np.linspace(0.2, 1.0, 10)  # the genes' s_i, over the largest
    for s, size in ((0.4, 50), (0.2, 200), (0.1, 800), (0.05, 3200)):
        generations = round(5 / s)
        measured = _populations(key, s * share, size, generations, replicates)
        expected = _selection_equation(s * share, generations)
        error = measured.mean(axis=0) - expected
        standard_error = measured.std(axis=0, ddof=1) / np.sqrt(replicates)
        z = error[1:] / np.maximum(standard_error[1:], 1e-6)
        rows.append(
            {
                "s": s,
                "population_size": size,
                "time": (s * np.arange(generations + 1)).tolist(),
                "measured": measured.mean(axis=0)[:, _SHOWN].tolist(),
                "standard_error": standard_error[:, _SHOWN].tolist(),
                "expected": expected[:, _SHOWN].tolist(),
                "largest_error": float(np.abs(error).max()),
                "rms_error": float(np.sqrt(np.mean(error[1:] ** 2))),
                "rms_standard_error": float(np.sqrt(np.mean(standard_error[1:] ** 2))),
                "share_within_2_standard_errors": float(np.mean(np.abs(z) < 2)),
            }
        )
    shown = share[_SHOWN].round(3).tolist()
    return {"replicates": replicates, "num_genes": 10, "share_of_s": shown, "rows": rows}


def drift(key, scale: float, **_) -> dict:
    """Variance of the frequencies after one generation without selection, against p(1-p)/N."""
    replicates, rows = max(100, round(20_000 * scale)), []
    for size in (50, 200, 800):
        carriers = np.linspace(0, size, 11).round().astype(int)
        x = jnp.asarray(np.arange(size)[:, None] < carriers)

        def children(key, x=x):
            return jnp.mean(wright_fisher.reproduce(key, x, jnp.ones(x.shape[0])), axis=0)

        keys = jax.random.split(jax.random.fold_in(key, size), replicates)
        variance = np.asarray(jax.lax.map(children, keys), float).var(axis=0, ddof=1)
        expected = (p := carriers / size) * (1 - p) / size
        rows.append(
            {
                "population_size": size,
                "p": p.tolist(),
                "measured": variance.tolist(),
                "expected": expected.tolist(),
                "standard_error": (expected * np.sqrt(2 / (replicates - 1))).tolist(),
            }
        )
    return {"replicates": replicates, "rows": rows}


def fixation(key, scale: float, **_) -> dict:
    """Share of populations in which an allele of relative fitness 1 + s is fixed."""
    size, genes, replicates, rows = 100, 20, max(4, round(100 * scale)), []
    frequencies, grid = (0.05, 0.2, 0.5), np.linspace(-0.02, 0.05, 71).round(3).tolist()
    for p in frequencies:
        for s in (-0.02, -0.01, 0.0, 0.01, 0.02, 0.05):
            key_row = jax.random.fold_in(key, len(rows))
            share = float(_fixed_share(key_row, p, s, size, genes, replicates))
            expected = float(wright_fisher.fixation_probability(p, s, size))
            error = np.sqrt(expected * (1 - expected) / (genes * replicates))
            rows.append(
                {"p": p, "s": s, "measured": share, "expected": expected, "standard_error": error}
            )
    curves = [
        {
            "p": p,
            "s": grid,
            "expected": [float(wright_fisher.fixation_probability(p, s, size)) for s in grid],
        }
        for p in frequencies
    ]
    return {
        "population_size": size, "trials": genes * replicates, "rows": rows, "curves": curves,
    }  # fmt: skip


def linkage(key, scale: float, **_) -> dict:
    """r² of two genes of neutral and of selected populations, and of NNE's fresh genotypes."""
    replicates, rows = max(8, round(400 * scale)), []
    for size in (100, 400, 1600):
        for rate in (0.5, 0.2, 0.05):
            neutral, selected = (
                _disequilibrium(key, size, rate, s, replicates) for s in (0.0, 0.05)
            )
            rows.append(
                {
                    "population_size": size,
                    "recombination_rate": rate,
                    "neutral": neutral,
                    "selected": selected,
                    "expected": wright_fisher.expected_disequilibrium(size, rate),
                    "at_equilibrium": 1 / (size - 1),
                }
            )
    return {"replicates": replicates, "num_genes": 2, "rows": rows}


def _fitness(genotypes, s):
    """Relative fitness, multiplicative over genes."""
    return jnp.prod(jnp.where(genotypes, 1 + s, 1.0), axis=1)


def _breed(x, key, s, rate=0.5):
    return wright_fisher.reproduce(key, x, _fitness(x, s), recombination_rate=rate)


@partial(jax.jit, static_argnums=(2, 3, 4))
def _populations_scan(key, s, size, generations, replicates):
    def population(key):
        key_first, key_run = jax.random.split(key)
        x = nne.population.sample(key_first, jnp.full(s.size, 0.2), size)

        def step(x, key):
            return _breed(x, key, s), jnp.mean(x, axis=0)

        x, freqs = jax.lax.scan(step, x, jax.random.split(key_run, generations))
        return jnp.concatenate([freqs, jnp.mean(x, axis=0)[None]])

    return jax.lax.map(population, jax.random.split(key, replicates))


def _populations(key, s, size: int, generations: int, replicates: int) -> np.ndarray:
    """(replicates, generations + 1, n) frequencies, from 0.2."""
    return np.asarray(_populations_scan(key, jnp.asarray(s), size, generations, replicates), float)


def _selection_equation(s, generations: int) -> np.ndarray:
    """(generations + 1, n) frequencies by A7 with the exact marginal fitness of all genotypes."""
    with jax.enable_x64(True):
        s, p = jnp.asarray(s, jnp.float64), jnp.full(len(s), 0.2, jnp.float64)
        excess = _fitness(enumeration.all_genotypes(s.size), s) - 1
        freqs = [p]
        step = jax.jit(
            lambda p: selection.weak_selection(p, *enumeration.marginal_fitness(excess, p), 1.0)
        )
        for _ in range(generations):
            freqs.append(step(freqs[-1]))
    return np.asarray(freqs)


@partial(jax.jit, static_argnums=(3, 4, 5))
def _fixed_share(key, p, s, size, genes, replicates):
    first = jnp.broadcast_to((jnp.arange(size) < jnp.round(p * size))[:, None], (size, genes))

    def population(key):
        # Each column is a population of one gene: its parents are drawn on their own.
        def polymorphic(carry):
            frequency = jnp.mean(carry[0], axis=0)
            return jnp.any((frequency > 0) & (frequency < 1))

        def generation(carry):
            x, key, t = carry
            keys = jax.random.split(jax.random.fold_in(key, t), genes)
            x = jax.vmap(lambda key, gene: _breed(gene[:, None], key, s)[:, 0], (0, 1), 1)(keys, x)
            return x, key, t + 1

        return jnp.mean(jax.lax.while_loop(polymorphic, generation, (first, key, 0))[0])

    return jnp.mean(jax.lax.map(population, jax.random.split(key, replicates)))


@partial(jax.jit, static_argnums=(1, 2, 4))
def _pairs(key, size, rate, s, replicates):
    """D² and p(1-p)q(1-q) of two genes in generations 20 to 40: (replicates, 20) each."""

    def population(key):
        key_first, key_run = jax.random.split(key)
        x = nne.population.sample(key_first, jnp.full(2, 0.5), size)

        def step(x, key):
            x = _breed(x, key, s, rate)
            p, q = jnp.mean(x, axis=0)
            disequilibrium = jnp.mean(x[:, 0] & x[:, 1]) - p * q
            return x, (disequilibrium**2, p * (1 - p) * q * (1 - q))

        _, measured = jax.lax.scan(step, x, jax.random.split(key_run, 40))
        return jax.tree.map(lambda column: column[20:], measured)

    return jax.lax.map(population, jax.random.split(key, replicates))


def _disequilibrium(key, size: int, rate: float, s: float, replicates: int) -> dict:
    """Σ D² / Σ p(1-p)q(1-q): r² weighted by variation, so that fixed genes have no say."""
    squares, variation = (
        np.asarray(x, float).mean(axis=1) for x in _pairs(key, size, rate, s, replicates)
    )
    ratio = squares.mean() / variation.mean()
    residual = (squares - ratio * variation) / variation.mean()
    return {
        "mean": float(ratio),
        "standard_error": float(residual.std(ddof=1) / np.sqrt(replicates)),
    }
