"""What a run came to: its accuracies on the test set, before and after a lifetime's learning."""

from typing import Any

import jax
import numpy as np

import nne_jax as nne
from experiments.launch.provenance import provenance
from experiments.launch.results import over_seeds
from experiments.run.assemble import Run
from experiments.run.config import Config, Learning
from experiments.run.moves import moved
from experiments.run.side_by_side import of_seeds
from nne_jax.replicates import Populations, populations

LIFETIME_SAMPLED = 10  # genotypes that have a lifetime


def accuracy(parts: Run, state: Any, split: nne.data.Batch) -> dict[str, float]:
    """Of the three networks that the state's frequencies stand for, as JSON's floats."""
    measured = nne.evaluation.evaluate(
        parts.key_evaluation,
        parts.population_accuracy,
        state.allele_freqs,
        split,
        parts.config.num_sampled,
        dominance=parts.config.dominance if parts.config.ploidy == 2 else None,
    )
    return {name: float(value) for name, value in measured._asdict().items()}


def summarise(parts: Run, state: Any, rows: list[dict[str, Any]], test: bool) -> dict[str, Any]:
    """The result; on the test set only when the run is complete."""
    config, generation = parts.config, int(state.generation)
    complete = generation == config.num_generations
    each = [_measured(parts, one, test and complete) for one in populations(state)]
    return {
        "complete": complete,
        "generations": generation,
        "seconds": rows[-1]["seconds"] if rows else None,
        "batch_size": parts.batch_size,
        "dataset": config.dataset,
        "seed": config.seed,
        **(_over_seeds(config, each) if isinstance(state, Populations) else each[0]),
        "num_sampled": config.num_sampled,
        "non_finite": sum(row.get("non_finite", 0) for row in rows),
        **provenance(),
    }


def _measured(parts: Run, state: Any, test: bool) -> dict[str, Any]:
    """Accuracies of one population."""
    return {
        "test_accuracy": accuracy(parts, state, parts.dataset.test) if test else None,
        "lifetime": _lifetime(parts, state) if test else None,
        "validation_accuracy": accuracy(parts, state, parts.dataset.validation),
    }


def _over_seeds(config: Config, each: list[dict[str, Any]]) -> dict[str, Any]:
    """Mean and sd of what was measured of several seeds, and each."""

    def over(values: list[Any]) -> Any:
        return over_seeds(values) if values[0] is not None else None

    learnt = each[0]["lifetime"]
    if learnt:
        reports = [own["lifetime"]["test_accuracy"] for own in each]
        learnt = learnt | {"test_accuracy": over_seeds(reports)}
    seeds = [one.seed for one in of_seeds(config)]
    return {
        "test_accuracy": over([own["test_accuracy"] for own in each]),
        "lifetime": learnt,
        "validation_accuracy": over([own["validation_accuracy"] for own in each]),
        "seeds": seeds,
        "each": [{"seed": seed} | own for seed, own in zip(seeds, each, strict=True)],
    }


def _lifetime(parts: Run, state: Any) -> dict[str, Any] | None:
    """Test accuracy of sampled genotypes after they have trained their output layers."""
    learning = parts.config.learning
    if learning is None:
        return None
    learnt = lifetime_accuracy(parts, state.allele_freqs, learning)
    return {**learning._asdict(), "num_sampled": LIFETIME_SAMPLED, "test_accuracy": learnt}


def lifetime_accuracy(parts: Run, allele_freqs: jax.Array, learning: Learning) -> dict[str, float]:
    """Mean and sd over sampled genotypes, after each has trained its output layer by a rule."""
    accuracies = nne.lifetime.evaluate(
        parts.key_lifetime,
        parts.net,
        parts.gen,
        allele_freqs,
        moved(parts.key_lifetime, parts.config, parts.dataset.train),
        parts.dataset.test,
        nne.lifetime.LIFETIMES[learning.rule](learning.rate),
        num_sampled=LIFETIME_SAMPLED,
        num_iterations=learning.iterations,
        batch_size=learning.batch_size,
        temperature=parts.config.last_temperature,
    )
    return {
        "sampled_mean": float(np.mean(accuracies)),
        "sampled_std": float(np.std(accuracies)),
    }
