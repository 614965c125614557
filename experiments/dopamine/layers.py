"""The random hidden layers of table 2: their kernels on a data set's images, kept on disk."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

import nne_jax as nne
from nne_jax.types import InputError

SPLITS = ("train", "validation", "test")


@dataclasses.dataclass(frozen=True)
class Layer:
    """A hidden layer: its width, ``inf`` for the limit, and how many of its units may fire."""

    width: float  # a whole number, or inf
    k_cap: int = 0  # 0: no cap

    def __post_init__(self):
        if self.width < 1:
            raise InputError(f"--hidden={self.width}: a layer needs at least 1 unit.")
        if self.k_cap and self.is_limit:
            raise InputError(
                f"--k_cap={self.k_cap}: the kernel of --hidden=inf is known in closed form only "
                "without a cap; give a width, 100000 say."
            )
        if self.k_cap:
            nne.random_features.check_k_cap(self.k_cap, self.width)

    @property
    def is_limit(self) -> bool:
        """Whether it is the infinitely wide one."""
        return self.width == float("inf")

    @property
    def name(self) -> str:
        """Such as ``h1000`` or ``h100000-k256``."""
        return f"h{self.width}" + (f"-k{self.k_cap}" if self.k_cap else "")


class Keys(NamedTuple):
    """What is random about a seed."""

    data: jax.Array  # which images
    layer: jax.Array  # the hidden layer, and the output weights that learning starts from
    learning: jax.Array  # the order of the images, and exploration


def keys(seed: int) -> Keys:
    """The typed keys of a seed."""
    return Keys(*jax.random.split(jax.random.key(seed), 3))


class Problem(NamedTuple):
    """What the readouts of one layer learn from and are judged by; float32."""

    kernels: dict[str, dict[str, np.ndarray]]  # [fired_hidden][split]: (B, S + C)
    labels: dict[str, jax.Array]  # [split]: (B,) int32
    initial: np.ndarray  # (C, S + C): the contributions that an output layer starts from
    activity: float  # mean |h|² of the training images


def prepare(layers: list[Layer], datasets: dict[int, nne.data.Dataset], folder: Path) -> None:
    """Writes the kernels of each layer and seed that the folder does not hold yet."""
    for seed, dataset in datasets.items():
        missing = [layer for layer in layers if not _path(folder, layer, seed).exists()]
        for layer, kernels in _compute(missing, dataset, keys(seed).layer):
            path = _path(folder, layer, seed)
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_name(f"partial-{path.name}")
            np.savez(partial, **{name: np.asarray(kernel) for name, kernel in kernels.items()})
            partial.rename(path)


def load(layer: Layer, dataset: nne.data.Dataset, seed: int, folder: Path) -> Problem:
    """The problem that the kernels of one layer and seed pose, once they are prepared.

    Finite layers start from He uniform output weights, as one more contribution a class; the limit
    starts from zero.
    """
    with np.load(_path(folder, layer, seed)) as stored:
        arrays = dict(stored)
    splits = [getattr(dataset, name) for name in SPLITS]
    ends = np.cumsum([len(split.labels) for split in splits])[:-1]
    size, num_classes = ends[0], len(dataset.classes)
    none = np.zeros((len(arrays["graded"]), num_classes), np.float32)
    initial = arrays.pop("initial", none)
    kernels = {
        fired: dict(zip(SPLITS, np.split(np.hstack([kernel, initial]), ends), strict=True))
        for fired, kernel in arrays.items()
    }
    start = np.hstack([np.zeros((num_classes, size)), np.eye(num_classes)]).astype(np.float32)
    labels = {name: split.labels for name, split in zip(SPLITS, splits, strict=True)}
    return Problem(kernels, labels, start, float(np.trace(arrays["graded"][:size]) / size))


def _path(folder: Path, layer: Layer, seed: int) -> Path:
    return folder / f"{layer.name}-seed{seed}.npz"


def _compute(layers: list[Layer], dataset, key) -> Iterator[tuple[Layer, dict[str, jax.Array]]]:
    """Kernels of each layer; the most active units are found once for all caps of a width."""
    train, num_classes = dataset.train.images, len(dataset.classes)
    images = jnp.concatenate([getattr(dataset, name).images for name in SPLITS])
    fired = {}
    for layer in layers:
        if layer.is_limit:
            kernels = nne.kernels.arc_cosine(images, train)
        elif not layer.k_cap:
            kernels = nne.kernels.blocked(key, layer.width, images, train, num_classes)
        else:
            if layer.width not in fired:
                most = max(other.k_cap for other in layers if other.width == layer.width)
                fired = {layer.width: nne.kernels.capped(key, layer.width, images, most)}
            left = [part[:, : layer.k_cap] for part in fired[layer.width]]
            right = [part[: len(train)] for part in left]
            kernels = nne.kernels.of_capped(key, layer.width, left, right, num_classes)
        yield layer, {k: v for k, v in kernels._asdict().items() if v is not None}
