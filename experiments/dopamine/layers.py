"""The random hidden layers of table 2: their kernels on a data set's images, kept on disk."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from experiments.launch.kept import find_arrays, keep_arrays
from nne_jax.data import Dataset
from nne_jax.dopamine import FIRED_HIDDEN, kernels
from nne_jax.dopamine.features import check_k_cap
from nne_jax.dopamine.kernels import Kernels, MostActive
from nne_jax.engines import memory
from nne_jax.errors import InputError
from nne_jax.runs.identity import fingerprint

SPLITS = ("train", "validation", "test")
_WIDEST = 10_000_000  # units: hours on a CPU, and hard to tell from the limit
_INITIAL = "initial"  # beside the kernels in a file: the logits of the initial weights


@dataclasses.dataclass(frozen=True)
class Layer:
    """A hidden layer: its width, ``inf`` for the limit, and how many of its units may fire."""

    width: int | float  # float for the limit only
    k_cap: int = 0  # 0: no cap

    def __post_init__(self):
        if self.width < 1:
            raise InputError(f"--hidden={self.width}: a layer needs at least 1 unit.")
        if self.width > _WIDEST and not self.is_limit:
            raise InputError(
                f"--hidden={self.width}: give at most {_WIDEST} units, or inf for their limit."
            )
        if self.k_cap and self.is_limit:
            raise InputError(
                f"--k_cap={self.k_cap}: the kernel of --hidden=inf is known in closed form only "
                "without a cap; give a width, 100000 say."
            )
        if self.k_cap:
            check_k_cap(self.k_cap, int(self.width))

    @property
    def is_limit(self) -> bool:
        """Whether it is the infinitely wide one."""
        return self.width == float("inf")

    @property
    def name(self) -> str:
        """Such as ``h1000`` or ``h100000-k256``."""
        return f"h{self.width}" + (f"-k{self.k_cap}" if self.k_cap else "")


def widths(text: str) -> tuple[str, ...]:
    """The texts of some layers' widths, each as it is written shortest.

    Raises:
      ValueError: one is none.

    >>> widths("1000,0100,inf")
    ('1000', '100', 'inf')
    """
    if not text.strip():
        raise ValueError("give at least one value")
    try:
        return tuple(str(width(part.strip())) for part in text.split(","))
    except InputError as error:
        raise ValueError("give whole numbers, or inf") from error


def width(text: str) -> int | float:
    """A layer's width from its text.

    Raises:
      InputError: it is none.

    >>> width("1000"), width("inf")
    (1000, inf)
    """
    try:
        return float(text) if text == "inf" else int(text)
    except ValueError as error:
        raise InputError(f"--hidden={text}: give whole numbers, or inf.") from error


def check_memory(datasets: dict[int, Dataset]) -> None:
    """Refuses images whose kernels do not fit: of a layer for each seed, and for two in the making.

    Raises:
      InputError: the machine has less memory.
    """
    dataset = next(iter(datasets.values()))
    size = len(dataset.train.labels)
    total = sum(len(getattr(dataset, name).labels) for name in SPLITS)
    needed = 4 * total * size * len(FIRED_HIDDEN) * (len(datasets) + 2)
    if needed > (available := memory.machine_bytes()):
        raise InputError(
            f"kernels of {size} training images with {total} images need about "
            f"{needed / 2**30:.1f} GiB of memory, the machine has {available / 2**30:.1f}: lower "
            "--per_class, or give fewer --seeds."
        )


class Keys(NamedTuple):
    """What is random about a seed."""

    data: jax.Array  # which images
    layer: jax.Array  # the hidden layer, and the output weights that learning starts from
    learning: jax.Array  # the order of the images, and exploration


def keys(seed: int) -> Keys:
    """The typed keys of a seed."""
    return Keys(*jax.random.split(jax.random.key(seed), 3))


class Problem(NamedTuple):
    """What the output layers of one hidden layer learn from and are judged by; float32."""

    kernels: dict[str, dict[str, np.ndarray]]  # [fired_hidden][split]: (B, S + C)
    labels: dict[str, jax.Array]  # [split]: (B,) int32
    initial: np.ndarray  # (C, S + C): the contributions that an output layer starts from
    activity: float  # mean |h|² of the training examples


def prepare(layers: list[Layer], datasets: dict[int, Dataset], folder: Path) -> None:
    """Writes the kernels of each layer and seed that the folder does not hold yet, or not whole."""
    for seed, dataset in datasets.items():
        settings = _settings(dataset)
        missing = [
            layer for layer in layers if find_arrays(_path(folder, layer, seed), settings) is None
        ]
        for layer, made in _compute(missing, dataset, keys(seed).layer):
            initial = {} if made.initial is None else {_INITIAL: made.initial}
            keep_arrays(_path(folder, layer, seed), settings, made.by_trace | initial)


def load(layer: Layer, dataset: Dataset, seed: int, folder: Path) -> Problem:
    """The problem that the kernels of one layer and seed pose, once they are prepared.

    Finite layers start from He uniform output weights, as one more contribution a class; the limit
    starts from zero.
    """
    by_trace = find_arrays(_path(folder, layer, seed), _settings(dataset))
    if by_trace is None:
        raise InputError(
            f"--workdir={folder}: {_path(folder, layer, seed).name} is gone or damaged since it "
            "was made; the same command with --resume makes it again."
        )
    splits = {name: getattr(dataset, name) for name in SPLITS}
    ends = np.cumsum([len(splits[name].labels) for name in SPLITS])
    size, num_classes = ends[0], len(dataset.classes)
    none = np.zeros((ends[-1], num_classes), np.float32)
    initial = by_trace.pop(_INITIAL, none)

    def by_split(kernel):
        parts = np.split(np.hstack([kernel, initial]), ends[:-1])
        return dict(zip(SPLITS, parts, strict=True))

    start = np.hstack([np.zeros((num_classes, size)), np.eye(num_classes)]).astype(np.float32)
    return Problem(
        {fired: by_split(kernel) for fired, kernel in by_trace.items()},
        {name: split.labels for name, split in splits.items()},
        start,
        float(np.trace(by_trace["graded"][:size]) / size),
    )


def _settings(dataset: Dataset) -> dict[str, str]:
    """What the kernels of a layer and a seed depend on, beside JAX's random numbers."""
    return {"sample": fingerprint(dataset)}


def _path(folder: Path, layer: Layer, seed: int) -> Path:
    return folder / f"{layer.name}-seed{seed}.npz"


def _compute(layers: list[Layer], dataset: Dataset, key) -> Iterator[tuple[Layer, Kernels]]:
    """Kernels of each layer; the most active units are found once for all caps of a width."""
    train, num_classes = dataset.train.inputs, len(dataset.classes)
    inputs = jnp.concatenate([getattr(dataset, name).inputs for name in SPLITS])
    active = {}
    for layer in layers:
        if layer.is_limit:
            yield layer, kernels.arc_cosine(inputs, train)
        elif not layer.k_cap:
            yield layer, kernels.blocked(key, layer.width, inputs, train, num_classes)
        else:
            if layer.width not in active:
                most = max(other.k_cap for other in layers if other.width == layer.width)
                active = {layer.width: kernels.most_active(key, layer.width, inputs, most)}
            left = MostActive(*(part[:, : layer.k_cap] for part in active[layer.width]))
            right = MostActive(*(part[: len(train)] for part in left))
            yield layer, kernels.capped(key, layer.width, left, right, num_classes)
