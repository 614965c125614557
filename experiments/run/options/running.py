"""Options of a run: learning in the lifetime, files, devices, and what is shown."""

import dataclasses
from functools import partial

from experiments.launch.groups import Group
from experiments.launch.options import SEED_LIMIT
from experiments.run.options.field import SIZE, option
from nne_jax import engines, lifetime

_LIFETIMES = tuple(lifetime.LIFETIMES)
_RATES = ", ".join(f"{name} {rate:g}" for name, rate in lifetime.RATES.items())
_lifetime = partial(option, group=Group.LIFETIME)
_run = partial(option, group=Group.RUN)
_devices = partial(option, group=Group.DEVICES)
_looking = partial(option, group=Group.LOOKING)


@dataclasses.dataclass(frozen=True)
class Lifetime:
    """What evolved individuals learn before the final report."""

    lifetime: str = _lifetime(
        "none",
        "how evolved individuals train their output layer before the final report",
        choices=("none", *_LIFETIMES),
        evolves=False,
    )
    lifetime_rate: float | None = _lifetime(
        None,
        f"its step size (default {_RATES})",
        only=("lifetime", *_LIFETIMES),
        above=0,
        evolves=False,
        size=SIZE,
    )
    lifetime_iterations: int = _lifetime(
        300,
        "its number of batches",
        unit="batches",
        only=("lifetime", *_LIFETIMES),
        low=1,
        evolves=False,
    )
    lifetime_batch_size: int = _lifetime(
        50,
        "its images a batch",
        unit="images",
        only=("lifetime", *_LIFETIMES),
        low=1,
        evolves=False,
    )


@dataclasses.dataclass(frozen=True)
class Run:
    """Seeds, and what is kept on disk."""

    seed: int = _run(0, "seed of everything random in the run", low=0, high=SEED_LIMIT - 1)
    num_seeds: int = _run(
        1,
        "seeds, from --seed on, whose populations evolve side by side in one program, with the "
        "data, network and genome of --seed",
        unit="seeds",
        low=1,
        high=1000,
    )
    log_every: int = _run(
        0,
        "generations from one row of metrics.jsonl to the next; 0: as many as make 10,000 rows",
        unit="generations",
        low=0,
        evolves=False,
    )
    checkpoint_every: int = _run(
        100, "generations from one checkpoint to the next", unit="generations", low=1, evolves=False
    )
    workdir: str = _run(
        "",
        "the run's folder; runs/<data set>-<time> if empty",
        unit="a folder",
        evolves=False,
        is_path=True,
    )


@dataclasses.dataclass(frozen=True)
class Devices:
    """How and where it is computed."""

    chunk_size: int = _devices(
        0, "genotypes tested at a time; 0: as memory allows", unit="genotypes", low=0, evolves=False
    )
    engine: str = _devices(
        "auto",
        "how the population's forward pass is computed; auto: what is fastest here",
        choices=("auto", *engines.ENGINES),
    )
    num_devices: int = _devices(
        0,
        "JAX's devices that share the population; 0: as many as have a share that is worth it",
        unit="devices",
        low=0,
        evolves=False,
    )
    repack: bool = _devices(
        False, "compile anew without the genes that are fixed, when most are: for runs of minutes"
    )
    precision: str = _devices(
        "float32", "of the operands of products; sums are float32", choices=engines.PRECISIONS
    )


@dataclasses.dataclass(frozen=True)
class Looking:
    """What is measured and shown."""

    num_sampled: int = _looking(
        100, "genotypes sampled to measure accuracy", unit="genotypes", low=2
    )
    eval_every: int = _looking(
        25, "generations from one validation to the next", unit="generations", low=1, evolves=False
    )
    tensorboard: bool = _looking(
        False, "write event files into tensorboard/ in --workdir, for TensorBoard", evolves=False
    )
    progress: bool = _looking(True, "draw a progress bar, and in the end a curve", evolves=False)
