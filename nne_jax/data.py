"""Data sets: load one, select classes and a sample of each, draw a generation's images."""

import dataclasses
from collections.abc import Iterable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from nne_jax import idx_files
from nne_jax.types import Images, InputError, Key, Labels, static

DATASETS = ("digits", *idx_files.DATASETS)
_DIGITS_TEST_FRACTION = 0.25  # scikit-learn's digits have no official test set


class Batch(NamedTuple):
    """Images with their labels."""

    images: Images  # (B, D) float32 in [0, 1]
    labels: Labels  # (B,) int32


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class Dataset:
    """Three disjoint sets of images. ``test`` is for the final report, never for a choice."""

    train: Batch
    validation: Batch  # kept from the training images for choices; empty until ``select``
    test: Batch
    name: str = static()
    classes: tuple[int, ...] = static()  # the original label of each class 0 … C-1


def load(name: str, data_dir: str | None = None) -> Dataset:
    """Loads a data set with its official training and test images.

    ``digits`` are scikit-learn's 1797 real 8x8 digits (no network), of which a fixed stratified
    quarter is the test set. The others come from ``data_dir`` or $NNE_JAX_DATA_DIR where the
    official files lie there, and through tensorflow-datasets otherwise; their SHA-256 is checked.

    Args:
      name: one of ``DATASETS``.
      data_dir: folder that holds ``<name>/*.gz``.

    Returns:
      A ``Dataset`` with an empty validation split.

    Raises:
      InputError: unknown name; missing, damaged or wrong files; no network.

    >>> ds = load("digits")
    >>> ds.train.images.shape, ds.test.images.shape, ds.classes
    ((1347, 64), (450, 64), (0, 1, 2, 3, 4, 5, 6, 7, 8, 9))
    """
    if name not in DATASETS:
        raise InputError(f"dataset={name}: unknown; the known ones are {', '.join(DATASETS)}.")
    train, test = _load_digits() if name == "digits" else idx_files.load(name, data_dir)
    classes = tuple(np.unique(train[1]).tolist())
    empty = (train[0][:0], train[1][:0])
    splits = (_batch(images, labels, classes) for images, labels in (train, empty, test))
    return Dataset(*splits, name=name, classes=classes)


def select(
    ds: Dataset,
    key: Key,
    classes: Iterable[int] | None = None,
    per_class: int = 0,
    validation_per_class: int = 0,
) -> Dataset:
    """Keeps some classes, and a random sample of the training images of each.

    The classes are relabelled 0 … C-1 in ascending order; every test image of theirs is kept.

    Args:
      ds: a data set.
      key: typed key of the sample.
      classes: original labels to keep; None keeps all.
      per_class: training images a class; 0 keeps all those that are not for validation.
      validation_per_class: training images a class set aside as the validation split.

    Returns:
      A ``Dataset``.

    Raises:
      InputError: an unknown class, fewer than two classes, or too few images of one.

    >>> ds = select(load("digits"), jax.random.key(0), classes=range(5), per_class=20)
    >>> ds.train.images.shape, ds.classes
    ((100, 64), (0, 1, 2, 3, 4))
    """
    classes = ds.classes if classes is None else tuple(sorted(set(classes)))
    if unknown := sorted(set(classes) - set(ds.classes)):
        known = ", ".join(map(str, ds.classes))
        raise InputError(f"classes={unknown}: not in {ds.name}, whose classes are {known}.")
    if len(classes) < 2:
        raise InputError(f"classes={list(classes)}: telling apart takes two classes or more.")
    if min(per_class, validation_per_class) < 0:
        raise InputError("per_class and validation_per_class must not be negative.")
    labels = np.asarray(ds.train.labels)
    chosen = {"train": [], "validation": []}
    for label in classes:
        index = np.flatnonzero(labels == ds.classes.index(label))
        available = len(index) - validation_per_class
        if available < max(per_class, 1):
            raise InputError(
                f"per_class={per_class}, validation_per_class={validation_per_class}: class "
                f"{label} of {ds.name} has {len(index)} training images; ask for at most that many "
                "in all (per_class=0: all that are left, at least 1)."
            )
        index = np.asarray(jax.random.permutation(jax.random.fold_in(key, label), index))
        end = validation_per_class + per_class if per_class else len(index)
        chosen["validation"].append(index[:validation_per_class])
        chosen["train"].append(index[validation_per_class:end])
    old = tuple(ds.classes.index(label) for label in classes)
    train, validation = (_take(ds.train, np.concatenate(chosen[k]), old) for k in chosen)
    test = _take(ds.test, np.flatnonzero(np.isin(ds.test.labels, old)), old)
    return Dataset(train, validation, test, name=ds.name, classes=classes)


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class Minibatches:
    """Draws ``batch_size`` different images of a split: a pure function of a key.

    >>> batches = Minibatches(load("digits").train, batch_size=5)
    >>> batches(jax.random.key(0)).images.shape
    (5, 64)
    """

    split: Batch
    batch_size: int = static()

    def __call__(self, key: Key) -> Batch:
        """Images and labels of a random subset, drawn without replacement."""
        size = self.split.labels.shape[0]
        index = jax.random.choice(key, size, (self.batch_size,), replace=False)
        return Batch(self.split.images[index], self.split.labels[index])


def _load_digits():
    from sklearn import datasets, model_selection

    images, labels = datasets.load_digits(return_X_y=True)
    train_x, test_x, train_y, test_y = model_selection.train_test_split(
        images / 16, labels, test_size=_DIGITS_TEST_FRACTION, stratify=labels, random_state=0
    )
    return (train_x, train_y), (test_x, test_y)


def _batch(images: np.ndarray, labels: np.ndarray, classes: tuple[int, ...]) -> Batch:
    """Host arrays with the labels counted from 0 in the order of the sorted ``classes``."""
    return Batch(images.astype(np.float32), np.searchsorted(classes, labels).astype(np.int32))


def _take(split: Batch, index: np.ndarray, classes: tuple[int, ...]) -> Batch:
    """Device arrays of some images, whose labels all are among the sorted ``classes``."""
    labels = np.asarray(split.labels)[index]
    return Batch(*map(jnp.asarray, _batch(np.asarray(split.images)[index], labels, classes)))
