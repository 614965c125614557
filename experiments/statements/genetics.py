"""Weak selection against a real finite population: trajectories, drift, fixation, linkage."""

import jax
import jax.numpy as jnp
import numpy as np

from nne_jax.theory import enumeration, finite, genetics, infinite
from nne_jax.types import Key

_START = 0.2  # frequency of every gene at first, in ``trajectories``
_SHARE = np.linspace(0.2, 1.0, 10)  # the genes' s_i there, over the largest
_SHOWN = [0, 4, 9]  # genes of its figure


def trajectories(key: Key, scale: float) -> dict:
    """Mean frequencies of Wright-Fisher populations against the selection equation.

    Relative fitness is multiplicative, Π_i (1 + s_i x_i); s weakens as 1/√N, over a time of 1/s.
    """
    replicates = max(8, round(60 * scale))
    sizes = {0.4: 50, 0.2: 200, 0.1: 800, 0.05: 3200}
    return {
        "replicates": replicates,
        "num_genes": _SHARE.size,
        "share_of_s": _SHARE[_SHOWN].round(3).tolist(),
        "rows": [_trajectory(key, s, size, replicates) for s, size in sizes.items()],
    }


def _trajectory(key: Key, s: float, size: int, replicates: int) -> dict:
    num_generations = round(5 / s)
    measured = np.asarray(
        finite.allele_freqs(
            key, jnp.asarray(s * _SHARE), _START, size, num_generations, replicates
        ),
        float,
    )
    expected = _selection_equation(s * _SHARE, num_generations)
    error = measured.mean(axis=0) - expected
    standard_error = measured.std(axis=0, ddof=1) / np.sqrt(replicates)
    z = error[1:] / np.maximum(standard_error[1:], 1e-6)
    return {
        "s": s,
        "population_size": size,
        "time": (s * np.arange(num_generations + 1)).tolist(),
        "measured": measured.mean(axis=0)[:, _SHOWN].tolist(),
        "standard_error": standard_error[:, _SHOWN].tolist(),
        "expected": expected[:, _SHOWN].tolist(),
        "largest_error": float(np.abs(error).max()),
        "rms_error": float(np.sqrt(np.mean(error[1:] ** 2))),
        "rms_standard_error": float(np.sqrt(np.mean(standard_error[1:] ** 2))),
        "share_within_2_standard_errors": float(np.mean(np.abs(z) < 2)),
    }


def _selection_equation(s: np.ndarray, num_generations: int) -> np.ndarray:
    """(T + 1, n) frequencies with the exact marginal fitness of all genotypes."""
    with jax.enable_x64(True):
        relative = genetics.multiplicative_fitness(
            enumeration.all_genotypes(s.size), jnp.asarray(s, jnp.float64)
        )
        p = jnp.full(s.size, _START, jnp.float64)
        return np.asarray(infinite.generations(relative - 1, p, 1.0, num_generations).allele_freqs)


def drift(key: Key, scale: float) -> dict:
    """Variance of the frequencies after one generation without selection, against p(1-p)/N."""
    replicates, rows = max(100, round(20_000 * scale)), []
    for size in (50, 200, 800):
        carriers = np.linspace(0, size, 11).round().astype(int)
        genotypes = jnp.asarray(np.arange(size)[:, None] < carriers)
        freqs = finite.neutral_freqs(jax.random.fold_in(key, size), genotypes, replicates)
        p = carriers / size
        expected = p * (1 - p) / size
        rows.append(
            {
                "population_size": size,
                "p": p.tolist(),
                "measured": np.asarray(freqs, float).var(axis=0, ddof=1).tolist(),
                "expected": expected.tolist(),
                "standard_error": (expected * np.sqrt(2 / (replicates - 1))).tolist(),
            }
        )
    return {"replicates": replicates, "rows": rows}


def fixation(key: Key, scale: float) -> dict:
    """Share of populations in which an allele of relative fitness 1 + s is fixed."""
    size, genes, replicates, rows = 100, 20, max(1, round(100 * scale)), []
    frequencies, grid = (0.05, 0.2, 0.5), np.linspace(-0.02, 0.05, 71).round(3)
    for p in frequencies:
        for s in (-0.02, -0.01, 0.0, 0.01, 0.02, 0.05):
            key_row = jax.random.fold_in(key, len(rows))
            share = float(finite.fixed_share(key_row, p, s, size, genes, replicates))
            expected = float(genetics.fixation_probability(p, s, size))
            error = np.sqrt(expected * (1 - expected) / (genes * replicates))
            rows.append(
                {"p": p, "s": s, "measured": share, "expected": expected, "standard_error": error}
            )
    return {
        "population_size": size,
        "trials": genes * replicates,
        "rows": rows,
        "curves": [
            {
                "p": p,
                "s": grid.tolist(),
                "expected": genetics.fixation_probability(
                    np.full_like(grid, p), grid, size
                ).tolist(),
            }
            for p in frequencies
        ],
    }


def linkage(key: Key, scale: float) -> dict:
    """r² of two genes of neutral and of selected populations, and of NNE's fresh genotypes."""
    replicates, rows = max(8, round(400 * scale)), []
    for size in (100, 400, 1600):
        for rate in (0.5, 0.2, 0.05):
            neutral, selected = (
                _weighted_r2(finite.pair_disequilibrium(key, s, rate, size, replicates))
                for s in (0.0, 0.05)
            )
            rows.append(
                {
                    "population_size": size,
                    "recombination_rate": rate,
                    "neutral": neutral,
                    "selected": selected,
                    "expected": genetics.expected_disequilibrium(size, rate),
                    "at_equilibrium": 1 / (size - 1),
                }
            )
    return {"replicates": replicates, "num_genes": 2, "rows": rows}


def _weighted_r2(pairs: finite.PairDisequilibrium) -> dict:
    """Σ D² / Σ p(1-p)q(1-q): r² weighted by variation, so that fixed genes have no say."""
    squares, variation = (np.asarray(x, float).mean(axis=1) for x in pairs)
    ratio = squares.mean() / variation.mean()
    residual = (squares - ratio * variation) / variation.mean()
    return {
        "mean": float(ratio),
        "standard_error": float(residual.std(ddof=1) / np.sqrt(len(squares))),
    }
