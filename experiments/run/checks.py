"""What would make a run fail later, said before it starts."""

import dataclasses
import functools
from collections.abc import Sequence
from pathlib import Path

import jax

import nne_jax as nne
from experiments.launch.options import as_text
from experiments.run.config import Config
from experiments.run.run_directory import RunDirectory
from experiments.run.stages import stages_of
from nne_jax.engines import memory
from nne_jax.engines.choice import find
from nne_jax.engines.interface import Sizes
from nne_jax.errors import InputError, round_down


def check_folders(config: Config, seeds: Sequence[int], workdir: str | Path) -> None:
    """Refuses folders of ``repeated.run_seeds`` that hold other runs: before the first of all runs.

    Raises:
      InputError: names the folder and the first option that differs.
    """
    for seed in seeds:
        folder = RunDirectory(Path(workdir, f"seed-{seed}"))
        if folder.holds_a_run():
            folder.resumed_config(dataclasses.asdict(dataclasses.replace(config, seed=seed)))
            folder.refuse_fewer(config.num_generations, "--num_generations")


def check_batch_sizes(config: Config, num_examples: int) -> None:
    """Refuses batches of more examples than there are."""
    names = ["batch_size"] + ["lifetime_batch_size"] * (config.learning is not None)
    for name in names:
        if getattr(config, name) > num_examples:
            raise InputError(
                f"--{name}={getattr(config, name)}: there are {num_examples} training images; "
                "ask for at most as many."
            )
    if (last := stages_of(config)[-1].batch_size) > num_examples:
        raise InputError(
            f"--double_batch_at={as_text(config.double_batch_at)}: --batch_size="
            f"{config.batch_size} grows to {last}, and there are {num_examples} training images; "
            "double it less often."
        )


def check_memory(
    config: Config, dataset: nne.data.Dataset, sizes: Sizes, engine: str, platform: str
) -> int:
    """The run's estimated bytes, of expected sizes: before anything is drawn.

    Raises:
      InputError: the machine has fewer.
    """
    splits = dataset.train, dataset.validation, dataset.test
    train, *others = (split.labels.shape[0] for split in splits)
    estimate = functools.partial(memory.estimate_bytes, sizes, engine=find(engine))
    chunk = config.chunk_size or None
    last = stages_of(config)[-1]  # the largest one
    generation = estimate(
        last.batch_size or train, last.population_size, chunk_size=chunk, platform=platform,
        num_haplotypes=config.num_haplotypes, num_chromosomes=config.num_chromosomes,
    )  # fmt: skip
    # On a CPU a device makes one after the other.
    together = jax.local_device_count() if platform == "cpu" else config.num_seeds
    generation *= min(together, config.num_seeds)
    evaluation = estimate(max(others), config.num_sampled + 2, platform=platform)
    activations = 4 * sum(sizes.layer_sizes) * max(train, *others)  # of one genotype's lifetime
    moves = (2 * config.jitter + 1) ** 2  # of each image that a lifetime may see
    lifetime = 3 * moves * activations if config.learning else 0
    needed = max(generation, evaluation, lifetime)
    needed += sum(leaf.nbytes for leaf in jax.tree.leaves(dataset))
    if needed > (available := memory.machine_bytes()):
        raise InputError(
            f"this configuration needs about {needed / 2**30:.1f} GiB of memory, the machine has "
            f"{available / 2**30:.1f}: lower --chunk_size, --population_size, --num_genes, "
            "--genes_per_link, --hidden, --batch_size, --num_seeds or --num_sampled."
        )
    return needed


def check_epsilon(
    config: Config, net: nne.network.Network, gen: nne.genome.Genome, inputs: jax.Array
) -> None:
    """Refuses an epsilon with which relative fitness 1 + epsilon f could be negative (A7).

    Not for the reward, which is never negative.
    """
    lowest = nne.theory.bounds.lowest_fitness(
        net, gen, inputs, config.fitness, config.last_temperature, config.batch_size or None
    )
    if 1 + config.epsilon * lowest < 0:
        raise InputError(
            f"--epsilon={config.epsilon}: 1 + epsilon f can be negative, as {config.fitness} can "
            f"be as low as {lowest:.4g} in this network; give at most {round_down(-1 / lowest)}, "
            "or --selection=intensity, or --fitness=reward."
        )
