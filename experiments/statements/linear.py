"""Theorem 2, and linear targets learned by selection alone."""

import jax
import numpy as np

import nne_jax as nne
from nne_jax import linear

_GAIN_SHARE = 0.2  # the gain is 1 / (0.2 n): all the genes that help add up to about 0.4 n


def reachability(key, scale: float, num_inputs, genes_per_row: int, **_) -> dict:
    """Share of random W for which some p in [0,1]^n has W p = a, against n/m."""
    trials = max(4, round(40 * scale))
    ratios = [1, 1.5, 1.75, 2, 2.25, 2.5, 2.75, 3, 3.5, 4, 5]
    rows = []
    for m in num_inputs:
        shares = [
            np.mean([_reachable(key, m, round(ratio * m), genes_per_row, t) for t in range(trials)])
            for ratio in ratios
        ]
        rows.append({"num_inputs": m, "share": [float(share) for share in shares]})
    return {"trials": trials, "genes_per_row": genes_per_row, "ratio": ratios, "rows": rows}


def cosine(key, scale: float, num_inputs, genes_per_row: int, **_) -> dict:
    """1 - cos(Wx, a) of greedy rounding and of NNE's modal genotype, and the theorem's scaling."""
    trials = max(1, round(3 * scale))
    rows = []
    for m in num_inputs:
        for ratio in (2, 4, 8, 16):
            greedy, evolved = [], []
            for trial in range(trials):
                matrix, target = _problem(key, m, ratio * m, genes_per_row, trial)
                x = linear.greedy_genotype(matrix, target)
                greedy.append(1 - float(linear.cosine(matrix @ x, target)))
                run = _learn(key, matrix, target, scale, trial)
                evolved.append(1 - float(run["modal_cosine"][-1]))
            rows.append(
                {"num_inputs": m, "num_genes": ratio * m, "greedy": greedy, "nne": evolved,
                 "theorem": _theorem_scaling(m, ratio * m)}
            )  # fmt: skip
    return {"trials": trials, "genes_per_row": genes_per_row, "rows": rows}


def learning(key, scale: float, num_inputs, genes_per_row: int, genes_per_input, **_) -> dict:
    """Error of the output over the label's variance by generation, for several m and n."""
    trials = max(1, round(3 * scale))
    rows = []
    for m in num_inputs:
        for ratio in genes_per_input:
            n = round(ratio * m)
            problems = [_problem(key, m, n, genes_per_row, trial) for trial in range(trials)]
            runs = [_learn(key, *problem, scale, i) for i, problem in enumerate(problems)]
            row = {"num_inputs": m, "num_genes": n, "generations": len(runs[0]["mean"])}
            for name in ("sampled", "modal", "mean"):
                curves = np.array([run[name] for run in runs])
                row[name] = [
                    float(x) for x in curves.mean(axis=0)[:: max(1, curves.shape[1] // 100)]
                ]
                row[f"final_{name}"] = [float(x) for x in curves[:, -1]]
            rows.append(row)
    return {"trials": trials, "genes_per_row": genes_per_row, "population_size": _size(scale),
            "gain": f"1/({_GAIN_SHARE} n)", "rule": "selection.intensity(1.0), p = 1/2 at first",
            "rows": rows}  # fmt: skip


def check(num_inputs, genes_per_row: int, genes_per_input) -> None:
    """Refuses sizes that some part could not draw, before any of them starts."""
    for m in num_inputs:
        for ratio in genes_per_input:
            linear.init_matrix(jax.random.key(0), m, round(ratio * m), _row(m, genes_per_row))


def _row(m: int, genes_per_row: int) -> int:
    return genes_per_row or min(m, 10)


def _problem(key, m: int, n: int, genes_per_row: int, trial: int):
    keys = jax.random.split(jax.random.fold_in(jax.random.fold_in(key, trial), n), 2)
    matrix = linear.init_matrix(keys[0], m, n, _row(m, genes_per_row))
    return matrix, linear.init_target(keys[1], m)


def _reachable(key, m: int, n: int, genes_per_row: int, trial: int) -> bool:
    matrix, target = _problem(key, m, n, genes_per_row, trial)
    return linear.is_reachable(np.asarray(matrix, float), np.asarray(target, float))


def _size(scale: float) -> int:
    return max(50, round(1000 * scale))


def _learn(key, matrix, target, scale: float, trial: int) -> dict:
    """The errors of a run of NNE, generation by generation."""
    num_genes, rule = matrix.shape[1], nne.selection.intensity(1.0)
    step = linear.make_generation_step(
        matrix, target, rule, _size(scale), 1 / (_GAIN_SHARE * num_genes)
    )
    state = nne.evolution.init(jax.random.fold_in(key, trial), num_genes, rule, spread=0.0)
    generations = max(50, round(1200 * scale))
    _, history = nne.evolution.evolve(step, state, lambda key: None, generations)
    return {name: np.asarray(curve) for name, curve in history._asdict().items()}


def _theorem_scaling(m: int, n: int) -> float:
    """The ε of n = m log(1/ε) / ε², by bisection: the theorem with constant 1."""
    low, high = 1e-9, 1.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if m * np.log(1 / middle) / middle**2 > n else (low, middle)
    return high
