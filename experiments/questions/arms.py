"""What each question compares."""

import dataclasses
from typing import Any

import jax.numpy as jnp
import numpy as np

import nne_jax as nne
from experiments.questions import trajectories
from experiments.questions.asked import SHARED, Asked
from experiments.questions.compared import Arm, compare
from experiments.questions.convolution import convolution
from experiments.run.assemble import Run
from experiments.run.plan import load
from nne_jax.elementwise import EXPRESSIONS
from nne_jax.engines import make
from nne_jax.ploidy import DOMINANCE
from nne_jax.runs.identity import fingerprint

_QUICK = {"batch_size": 50, "num_generations": 400}  # where a generation takes long
_INTENSITIES = tuple({"selection_intensity": s} for s in (0.5, 1.0, 2.0))
_CAPS = (8, 16, 32, 64, 128)
_SAMPLED_GENES = 200  # of which linkage disequilibrium is measured


def expression(asked: Asked) -> list[dict[str, Any]]:
    """Genes expressed by functions that bend, where they hardly do and where they do."""
    settings = tuple({"effect_scale": scale} for scale in (0.5, 1.0, 3.0))
    return compare(
        asked,
        [
            Arm(f"{name}, {n} genes", {"expression": name, "num_genes": n, **SHARED}, settings)
            for n in (2000, 8000, 20_000)
            for name in EXPRESSIONS
        ],
    )


def fixation(asked: Asked) -> list[dict[str, Any]]:
    """Alleles within a threshold fixed and taken out of the work, or opened again by mutation."""
    thresholds = [{"fixation_threshold": t, "repack": True} for t in (0.0, 0.01, 0.05, 0.1)]
    arms = [Arm(f"within {t['fixation_threshold']:g}", t, _INTENSITIES) for t in thresholds]
    opened = {"fixation_threshold": 0.05, "mutation_rate": 0.001}
    mutated = {"mutation_rate": 0.001}
    return compare(
        asked,
        [
            *arms,
            Arm("mutation alone", mutated, _INTENSITIES),
            Arm("within 0.05, opened by mutation", opened, _INTENSITIES),
        ],
    )


def depth(asked: Asked) -> list[dict[str, Any]]:
    """More layers, at as many genes and at as many genes per link."""
    num_looks = 12  # of networks that take as long as some generations
    shapes = {"200": (200,), "200-100": (200, 100), "128-128": (128, 128), "500-500": (500, 500)}
    temperatures = tuple({"temperature": t} for t in (0.3, 1.0))
    base = {**_QUICK, "num_generations": 180, "effect_scale": 0.0}
    whole = load(asked.base)
    num_inputs = whole.train.inputs.shape[1]
    equal = [
        Arm(f"{name}, 8000 genes", {**base, "hidden": hidden}, temperatures)
        for name, hidden in shapes.items()
    ]
    per_link = []
    for name, hidden in list(shapes.items())[1:]:
        genes = 8 * round(0.4 * _expected_links(num_inputs, hidden) / 8)
        changes = {**base, "hidden": hidden, "num_genes": genes}
        per_link.append(Arm(f"{name}, 0.4 genes a link", changes, temperatures))
    deep = {**base, "hidden": (200, 100)}
    others = [
        Arm("200-100, biases", {**deep, "biases": True}, temperatures),
        Arm("200-100, tanh", {**deep, "activation": "tanh"}, temperatures),
        Arm("200-100, full", {**deep, "edge_prob": 1.0}, temperatures),
    ]
    return [
        *compare(asked, [*equal, *per_link, *others], num_looks=num_looks),
        convolution(asked, fingerprint(whole), base, temperatures, num_looks),
    ]


def _expected_links(num_inputs: int, hidden: tuple[int, ...]) -> float:
    below = [num_inputs, *hidden[:-1]]
    return sum(0.1 * a * b for a, b in zip(below, hidden, strict=True)) + 10 * hidden[-1]


def cap(asked: Asked) -> list[dict[str, Any]]:
    """The k most active hidden units, in evolution, and only after it."""
    arms = [Arm("no cap", _QUICK, _INTENSITIES)]
    arms += [Arm(f"k = {k}", {**_QUICK, "k_cap": k}, _INTENSITIES) for k in _CAPS]
    return compare(asked, arms, more=_capped_after)


def _capped_after(run: Run, state: Any) -> dict[str, Any]:
    """Test accuracy of the modal genotype by caps that evolution has, or has not, known."""
    modal = nne.evaluation.modal_genotype(state.allele_freqs)[None]
    found = {}
    for k in (*_CAPS, run.config.hidden[0]):
        net = dataclasses.replace(run.net, k_cap=k)
        correct = make(net, run.gen, nne.fitness.fraction_correct, "dense")
        found[str(k)] = round(float(correct(modal, run.dataset.test)[0]), 5)
    return {"modal_by_cap": found}


def ploidy(asked: Asked) -> list[dict[str, Any]]:
    """Diploid genotypes of as many haplotypes as there are haploid ones."""
    arms = [Arm("haploid", {}, _INTENSITIES)]
    diploid = [{"ploidy": 2, "dominance": name} for name in DOMINANCE]
    arms += [Arm(f"diploid, {one['dominance']}", one, _INTENSITIES) for one in diploid]
    return compare(asked, arms)


def linkage(asked: Asked) -> list[dict[str, Any]]:
    """Populations that breed: by recombination rate, and by size."""
    small = {**_QUICK, "num_generations": 300, "hidden": (50,), "num_genes": 2000}
    small["antithetic"] = False
    breeding = {**small, "evolution": "wright_fisher"}
    rates = [
        Arm(f"r = {r:g}", {**breeding, "recombination_rate": r}, _INTENSITIES)
        for r in (0.0, 0.0001, 0.001, 0.01, 0.1, 0.5)
    ]
    sizes = [
        Arm(f"N = {n}", {**breeding, "population_size": n}, _INTENSITIES)
        for n in (50, 200, 1000, 5000)
    ]
    equation = Arm("the selection equation", small, _INTENSITIES)
    return compare(asked, [equation, *rates, *sizes], look=_disequilibrium)


def _disequilibrium(run: Run, state: Any) -> dict[str, float]:
    """What every question looks at, and r² of some genes of those that live or would be drawn."""
    found = trajectories.usual_look(run, state)
    genes = jnp.asarray(np.linspace(0, run.gen.num_genes - 1, _SAMPLED_GENES).astype(int))
    p = state.allele_freqs[genes]
    if hasattr(state, "genotypes"):
        genotypes = state.genotypes[:, genes]
    else:
        size = run.config.population_size
        genotypes = nne.population.sample(run.key_evaluation, p, size)
    return {**found, "r_squared": float(nne.theory.genetics.linkage_disequilibrium(genotypes))}
