"""Theorem 2, and linear targets learned by selection alone."""

from collections.abc import Sequence
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from nne_jax import evolution, selection
from nne_jax.engines import memory
from nne_jax.errors import InputError
from nne_jax.theory import linear, theorems
from nne_jax.types import Key

_GAIN_SHARE = 0.2  # the gain is 1 / (0.2 n): all the genes that help add up to about 0.4 n
_RATIOS = (1, 1.5, 1.75, 2, 2.25, 2.5, 2.75, 3, 3.5, 4, 5)  # n/m in ``reachability``


def reachability(key: Key, scale: float, num_inputs: Sequence[int], genes_per_row: int) -> dict:
    """Share of random W for which some p in [0,1]^n has W p = a, against n/m."""
    trials = max(4, round(40 * scale))

    def share(m, n):
        problems = (_problem(key, m, n, genes_per_row, trial) for trial in range(trials))
        return float(np.mean([theorems.is_reachable(*map(_float64, p)) for p in problems]))

    rows = [
        {"num_inputs": m, "share": [share(m, round(ratio * m)) for ratio in _RATIOS]}
        for m in num_inputs
    ]
    return {"trials": trials, "genes_per_row": genes_per_row, "ratio": list(_RATIOS), "rows": rows}


def cosine(key: Key, scale: float, num_inputs: Sequence[int], genes_per_row: int) -> dict:
    """1 - cos(Wx, a) of greedy rounding and of NNE's modal genotype, and the theorem's scaling."""
    trials = max(1, round(3 * scale))
    rows = []
    for m in num_inputs:
        for ratio in (2, 4, 8, 16):
            greedy, evolved = [], []
            for trial in range(trials):
                matrix, target = _problem(key, m, ratio * m, genes_per_row, trial)
                x = jnp.asarray(
                    theorems.greedy_genotype(*map(_float64, (matrix, target))), jnp.float32
                )
                greedy.append(1 - float(linear.cosine(matrix @ x, target)))
                errors = _learn(key, matrix, target, scale, trial)
                evolved.append(1 - float(errors.modal_cosine[-1]))
            rows.append(
                {
                    "num_inputs": m,
                    "num_genes": ratio * m,
                    "greedy": greedy,
                    "nne": evolved,
                    "theorem": _theorem_scaling(m, ratio * m),
                }
            )
    return {"trials": trials, "genes_per_row": genes_per_row, "rows": rows}


def learning(
    key: Key,
    scale: float,
    num_inputs: Sequence[int],
    genes_per_row: int,
    genes_per_input: Sequence[float],
) -> dict:
    """Error of the output over the label's variance by generation, for several m and n."""
    trials = max(1, round(3 * scale))
    rows = []
    for m in num_inputs:
        for ratio in genes_per_input:
            n = round(ratio * m)
            problems = [_problem(key, m, n, genes_per_row, trial) for trial in range(trials)]
            runs = [_learn(key, *problem, scale, i) for i, problem in enumerate(problems)]
            row = {"num_inputs": m, "num_genes": n, "generations": _num_generations(scale)}
            for name in ("sampled", "modal", "mean"):
                curves = np.array([getattr(run, name) for run in runs], float)
                every = max(1, curves.shape[1] // 100)
                row[name] = curves.mean(axis=0)[::every].tolist()
                row[f"final_{name}"] = curves[:, -1].tolist()
            rows.append(row)
    return {
        "trials": trials,
        "genes_per_row": genes_per_row,
        "population_size": _size(scale),
        "gain": f"1/({_GAIN_SHARE} n)",
        "rule": "selection.intensity(1.0), p = 1/2 at first",
        "rows": rows,
    }


def check(
    num_inputs: Sequence[int], genes_per_row: int, genes_per_input: Sequence[float] = (2,)
) -> None:
    """Refuses sizes that some part could not draw, before any of them starts."""
    for m in num_inputs:
        _check_memory(m, max(*_RATIOS, 16, *genes_per_input))
        for ratio in genes_per_input:  # refused as if it were drawn, which would take seconds
            draw = partial(
                linear.init_matrix,
                num_inputs=m,
                num_genes=round(ratio * m),
                genes_per_row=_row(m, genes_per_row),
            )
            jax.eval_shape(draw, jax.random.key(0))


def _check_memory(num_inputs: int, ratio: float) -> None:
    """Refuses matrices (m, n) of which the linear programs and the runs need several copies."""
    needed = 8 * num_inputs * round(ratio * num_inputs) * 8
    if needed > (available := memory.machine_bytes()):
        raise InputError(
            f"--num_inputs={num_inputs}: with {ratio:g} genes an input it needs about "
            f"{needed / 2**30:.1f} GiB of memory, the machine has {available / 2**30:.1f}; give "
            "smaller --num_inputs or --genes_per_input."
        )


def _row(m: int, genes_per_row: int) -> int:
    return genes_per_row or min(m, 10)


def _problem(
    key: Key, m: int, n: int, genes_per_row: int, trial: int
) -> tuple[jax.Array, jax.Array]:
    """W and a."""
    keys = jax.random.split(jax.random.fold_in(jax.random.fold_in(key, trial), n), 2)
    matrix = linear.init_matrix(keys[0], m, n, _row(m, genes_per_row))
    return matrix, linear.init_target(keys[1], m)


def _float64(x: jax.Array) -> np.ndarray:
    return np.asarray(x, float)


def _size(scale: float) -> int:
    return max(50, round(1000 * scale))


def _num_generations(scale: float) -> int:
    return max(50, round(1200 * scale))


def _learn(
    key: Key, matrix: jax.Array, target: jax.Array, scale: float, trial: int
) -> linear.Errors:
    """The errors of a run of NNE, generation by generation."""
    num_genes, rule = matrix.shape[1], selection.intensity(1.0)
    gain = 1 / (_GAIN_SHARE * num_genes)
    step = linear.make_generation_step(matrix, target, rule, _size(scale), gain)
    state = evolution.init(jax.random.fold_in(key, trial), num_genes, rule, spread=0.0)
    return evolution.evolve(step, state, None, _num_generations(scale))[1]


def _theorem_scaling(m: int, n: int) -> float:
    """The ε of n = m log(1/ε) / ε², by bisection: the theorem with constant 1."""
    low, high = 1e-9, 1.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if m * np.log(1 / middle) / middle**2 > n else (low, middle)
    return high
