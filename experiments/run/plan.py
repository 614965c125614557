"""A run before anything of it is drawn: its data, its sizes, its engine, and whether they fit."""

from typing import NamedTuple

import jax

import nne_jax as nne
from experiments.run import checks
from experiments.run.config import Config
from experiments.run.moves import check_moves, check_square
from experiments.run.stages import stages_of
from nne_jax.engines import memory
from nne_jax.errors import InputError
from nne_jax.types import Key

_SMALLEST_SHARE = 64  # individuals: engines compute as many together


class Keys(NamedTuple):
    """What is random about a run, by its seed."""

    data: Key
    network: Key
    genome: Key
    run: Key
    evaluation: Key
    lifetime: Key


class Plan(NamedTuple):
    """What a run needs."""

    keys: Keys
    dataset: nne.data.Dataset  # the sample of the run's seed
    layer_sizes: tuple[int, ...]
    edge_probs: tuple[float, ...]
    engine: str
    devices: list[jax.Device] | None  # that share a population; None for the default one
    memory_bytes: int


def load(config: Config) -> nne.data.Dataset:
    """The whole data set that a config names."""
    return nne.data.load(config.dataset, config.data_dir or None)


def keys_of(seed: int) -> Keys:
    """The keys of a seed."""
    return Keys(*jax.random.split(jax.random.key(seed), 6))


def is_by_haplotype(config: Config, engine: str) -> bool:
    """Whether haplotypes are shared, and what each adds to the logits is computed once for all."""
    return bool(config.num_haplotypes and nne.engines.find(engine).logits_of_haplotypes)


def worth_it(population_size: int, by_haplotype: bool = False) -> int:
    """How many devices may share a population so that it pays.

    Those of a CPU may not where it is computed by haplotype: what each adds to the logits would
    have to travel, and one device has it no later. With two of them, one a core, such presets took
    a seventh to a half more time; where everybody is computed alone, they take half of it.
    """
    if by_haplotype and jax.default_backend() == "cpu":
        return 1
    return population_size // _SMALLEST_SHARE


def plan(config: Config, whole: nne.data.Dataset) -> Plan:
    """Takes the sample, chooses the engine, and estimates the memory.

    Args:
      config: the options.
      whole: of ``load``.

    Raises:
      InputError: images, classes, an engine or memory that there are not.
    """
    keys = keys_of(config.seed)
    dataset = nne.data.select(
        keys.data,
        whole,
        classes=config.classes or None,
        per_class=config.per_class,
        validation_per_class=config.validation_per_class,
    )
    train = dataset.train
    checks.check_batch_sizes(config, train.labels.shape[0])
    check_moves(config, train.inputs.shape[1])
    layer_sizes = (train.inputs.shape[1], *config.hidden, len(dataset.classes))
    edge_probs = (config.edge_prob,) * len(config.hidden) + (1.0,)
    expected = memory.expected(
        layer_sizes,
        edge_probs,
        config.num_genes,
        _genes_per_weight(config, layer_sizes[0]) / config.num_genes,
        config.k_cap or None,
        config.biases,
    )
    platform = memory.platform()
    engine = config.engine
    if engine == "auto":
        engine = nne.engines.choose(expected, platform)
    nne.engines.check(expected, engine, config.precision, platform)
    size = stages_of(config)[-1].population_size
    devices = devices_for(size, config.num_devices, is_by_haplotype(config, engine))
    memory_bytes = checks.check_memory(config, dataset, expected, engine, platform)
    return Plan(keys, dataset, layer_sizes, edge_probs, engine, devices, memory_bytes)


def _genes_per_weight(config: Config, num_pixels: int) -> float:
    """At most, in any layer."""
    if not config.receptive_field:
        return config.genes_per_link
    check_square("receptive_field", config.receptive_field, num_pixels)
    in_fields = nne.receptive_fields.genes_per_weight(
        config.num_genes, config.hidden[0], num_pixels, config.receptive_field
    )
    return max(config.genes_per_link, in_fields)


def devices_for(
    population_size: int, number: int = 0, by_haplotype: bool = False
) -> list[jax.Device] | None:
    """The devices that share a population; None for one, the default one.

    Args:
      population_size: individuals.
      number: of them; 0 for all, but none whose share is not worth it. Where there are several
        processes, all devices of all of them have a share.
      by_haplotype: whether it is computed by haplotype.

    Raises:
      InputError: there are not so many, or other processes have some.
    """
    there_are = jax.device_count()
    if number > there_are:
        raise InputError(f"--num_devices={number}: JAX finds {there_are}; give at most as many.")
    if jax.process_count() > 1:
        if number not in (0, there_are):
            raise InputError(
                f"--num_devices={number}: the processes have {there_are} together, which all have "
                "a share; drop it."
            )
        return jax.devices()
    most = number or min(there_are, worth_it(population_size, by_haplotype))
    return jax.devices()[:most] if most > 1 else None
