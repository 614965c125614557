"""What a run came to: its accuracies on the test set, before and after a lifetime's learning."""

from typing import Any

import jax
import numpy as np

import nne_jax as nne
from experiments.assemble import Run, State
from experiments.provenance import provenance

_LIFETIME_SAMPLED = 10


def accuracy(parts: Run, state: State, split: nne.data.Batch) -> dict:
    """Of the three networks that the state's frequencies stand for, as JSON's floats."""
    measured = nne.evaluation.measure(
        parts.key_evaluation,
        parts.of_genotypes,
        state.allele_freqs,
        split,
        parts.config.num_sampled,
    )
    return {name: float(value) for name, value in measured._asdict().items()}


def summarise(parts: Run, state: State, rows: list[dict], test: bool) -> dict:
    """The result; on the test set only when the run is complete."""
    config, generation = parts.config, int(state.generation)
    complete = generation == config.num_generations
    test = test and complete
    last = [row for row in rows if "validation_accuracy" in row][-1]
    return {
        "complete": complete,
        "generations": generation,
        "seconds": rows[-1]["seconds"],
        "batch_size": parts.batch_size,
        "dataset": config.dataset,
        "seed": config.seed,
        "test_accuracy": accuracy(parts, state, parts.dataset.test) if test else None,
        "lifetime": _lifetime(parts, state) if test else None,
        "validation_accuracy": last["validation_accuracy"],
        "validation_generation": last["generation"],
        "non_finite": sum(row.get("non_finite", 0) for row in rows),
        **provenance(),
    }


def _lifetime(parts: Run, state: State) -> dict[str, Any] | None:
    """Test accuracy of sampled genotypes after they have trained their output layers."""
    config, net = parts.config, parts.net
    if config.lifetime == "none":
        return None
    learner = nne.lifetime.LIFETIMES[config.lifetime](config.learning["rate"])
    key_genotypes, key_batches = jax.random.split(parts.key_lifetime)
    genotypes = nne.population.sample(key_genotypes, state.allele_freqs, _LIFETIME_SAMPLED)

    def individual(index, genotype):
        weights = nne.lifetime.learn_output_layer(
            jax.random.fold_in(key_batches, index),
            net,
            nne.genome.express(parts.gen, genotype),
            parts.dataset.train,
            learner,
            config.lifetime_iterations,
            config.lifetime_batch_size,
            config.temperature,
        )
        return nne.evaluation.accuracy(net, weights, parts.dataset.test)

    accuracies = [float(individual(i, genotype)) for i, genotype in enumerate(genotypes)]
    return {
        **config.learning,
        "num_sampled": _LIFETIME_SAMPLED,
        "test_accuracy": {
            "sampled_mean": float(np.mean(accuracies)),
            "sampled_std": float(np.std(accuracies)),
        },
    }
