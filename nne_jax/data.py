"""Data sets: load one or make one of arrays, select classes and a sample of each, draw batches."""

import dataclasses
import itertools
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jax
import numpy as np

from nne_jax import _arrays, _idx_files, _npz, _official
from nne_jax._batches import Batch, Minibatches
from nne_jax._checks import check_count, check_key
from nne_jax._permutations import permutations
from nne_jax._pytrees import pytree, static
from nne_jax._shifts import Jitter, all_shifts, side_of
from nne_jax.errors import InputError
from nne_jax.types import Key

__all__ = [
    "DATASETS",
    "Batch",
    "Dataset",
    "Jitter",
    "Minibatches",
    "all_shifts",
    "from_arrays",
    "load",
    "select",
    "side_of",
]

DATASETS = ("digits", *_official.DATASETS)


@pytree
@dataclasses.dataclass(frozen=True, eq=False)
class Dataset:
    """Three disjoint sets of examples. ``test`` is for the final report, never for a choice."""

    train: Batch
    validation: Batch  # kept from the training examples for choices; empty until ``select``
    test: Batch
    name: str = static()
    classes: tuple = static()  # the original label of each class 0 … C-1, ascending


def load(name: str | os.PathLike[str], data_dir: str | os.PathLike[str] | None = None) -> Dataset:
    """Loads a data set with its official training and test examples.

    ``digits`` are scikit-learn's 1797 real 8x8 digits (no network), of which a fixed stratified
    quarter is the test set. A name that ends in ``.npz`` is a file of your own arrays, see
    ``from_arrays``: x_train, y_train, x_test and y_test. The others come from ``data_dir`` or
    $NNE_JAX_DATA_DIR where their files lie there, packed as .gz or not, and are downloaded
    otherwise. What is checked is what they hold: its SHA-256.

    Args:
      name: one of ``DATASETS``, or a path FILE.npz.
      data_dir: folder that holds ``<name>/train-images-idx3-ubyte.gz`` and its kin.

    Returns:
      A ``Dataset`` with an empty validation split.

    Raises:
      InputError: unknown name; missing, damaged or wrong files; no network; no extra ``data``.
      StorageError: a download cannot be written.

    >>> ds = load("digits")
    >>> ds.train.inputs.shape, ds.test.inputs.shape, ds.classes
    ((1347, 64), (450, 64), (0, 1, 2, 3, 4, 5, 6, 7, 8, 9))
    """
    for given, path in (("dataset", name), ("data_dir", data_dir or "")):
        if not isinstance(path, str | os.PathLike):
            raise InputError(f"{given}={path!r}: give a text.")
    name = os.fspath(name)
    if name.endswith(".npz"):
        path = Path(os.path.expanduser(name))
        train, test = _npz.load_npz(path)
        return from_arrays(*train, test=test, name=path.stem)
    if name not in DATASETS:
        known = ", ".join(DATASETS)
        raise InputError(f"dataset={name}: unknown; give FILE.npz or one of {known}.")
    train, test = _arrays.load_digits() if name == "digits" else _idx_files.load(name, data_dir)
    return from_arrays(*train, test=test, name=name)


def from_arrays(inputs: Any, labels: Any, test: tuple[Any, Any], name: str = "own") -> Dataset:
    """A data set of your own arrays, of which it keeps copies.

    Args:
      inputs: (S, ...) finite real numbers, flattened to (S, D) float32; scaled as they are.
      labels: (S,) of any values: numbers or strings. In ascending order they are classes 0 … C-1.
        Whole numbers of a floating dtype count as integers.
      test: inputs and labels of the test set.
      name: what reports call it.

    Returns:
      A ``Dataset`` with an empty validation split.

    Raises:
      InputError: arrays that do not fit each other, numbers that are not finite or not real, fewer
        than two classes, a test label that no training example has.

    >>> x = np.eye(4)
    >>> ds = from_arrays(x, ["cat", "dog", "cat", "cow"], test=(x[:1], ["dog"]))
    >>> ds.classes, ds.train.labels.tolist(), ds.test.labels.tolist()
    (('cat', 'cow', 'dog'), [0, 2, 0, 1], [2])
    """
    if not isinstance(test, tuple | list) or len(test) != 2:
        raise InputError("test: give a pair, the inputs and the labels of the test set.")
    train, test = _arrays.checked("", inputs, labels), _arrays.checked("test ", *test)
    if train[0].shape[1] != test[0].shape[1]:
        raise InputError(
            f"test inputs: {test[0].shape[1]} numbers an example, where the training inputs have "
            f"{train[0].shape[1]}."
        )
    values = np.unique(train[1])
    if len(values) < 2:
        raise InputError(
            f"labels: all are {values.tolist()}; give examples of two classes or more."
        )
    if unknown := sorted(set(test[1].tolist()) - set(values.tolist())):
        raise InputError(f"test labels: {unknown[0]!r} is the label of no training example.")

    def batch(inputs, labels):
        """Host arrays with labels counted from 0."""
        return Batch(inputs, np.searchsorted(values, labels).astype(np.int32))

    empty = train[0][:0], train[1][:0]
    return Dataset(
        batch(*train), batch(*empty), batch(*test), name=name, classes=tuple(values.tolist())
    )


def select(
    key: Key,
    ds: Dataset,
    classes: Iterable | None = None,
    per_class: int = 0,
    validation_per_class: int = 0,
) -> Dataset:
    """Keeps some classes, and a random sample of the training examples of each.

    The classes are relabelled 0 … C-1 in ascending order; every test example of theirs is kept.

    Args:
      key: typed key of the sample.
      ds: a data set.
      classes: original labels to keep; None keeps all.
      per_class: training examples a class; 0 keeps all those that are not for validation.
      validation_per_class: training examples a class set aside as the validation split.

    Returns:
      A ``Dataset``.

    Raises:
      InputError: an unknown class, fewer than two classes, or too few examples of one.

    >>> ds = select(jax.random.key(0), load("digits"), classes=range(5), per_class=20)
    >>> ds.train.inputs.shape, ds.classes
    ((100, 64), (0, 1, 2, 3, 4))
    """
    check_key("key", key)
    if not isinstance(ds, Dataset):
        raise InputError(f"ds: it is {type(ds).__name__}; give what load or from_arrays returns.")
    old = _chosen(ds, ds.classes if classes is None else classes)
    check_count("per_class", per_class, 0)
    check_count("validation_per_class", validation_per_class, 0)
    labels = np.asarray(ds.train.labels)
    examples = [np.flatnonzero(labels == index) for index in old]
    for index, found in zip(old, examples, strict=True):
        if len(found) - validation_per_class < max(per_class, 1):
            raise InputError(
                f"per_class={per_class}, validation_per_class={validation_per_class}: class "
                f"{ds.classes[index]} of {ds.name} has {len(found)} training examples; ask for at "
                "most that many in all (per_class=0: all that are left, at least 1)."
            )
    orders = permutations(key, old, [len(found) for found in examples])
    train, validation = [], []
    for found, order in zip(examples, orders, strict=True):
        found = found[order]
        end = validation_per_class + per_class if per_class else len(found)
        validation.append(found[:validation_per_class])
        train.append(found[validation_per_class:end])
    tested = np.flatnonzero(np.isin(ds.test.labels, old))
    return Dataset(
        _take(ds.train, np.concatenate(train), old),
        _take(ds.train, np.concatenate(validation), old),
        _take(ds.test, tested, old),
        name=ds.name,
        classes=tuple(ds.classes[index] for index in old),
    )


def _chosen(ds: Dataset, classes: Iterable) -> list[int]:
    """Indices, ascending, of the classes that are chosen by their labels."""
    if isinstance(classes, str) or not isinstance(classes, Iterable):
        raise InputError(f"classes={classes!r}: give a sequence of labels.")
    # one more than there are has an unknown or a double one among them, however many follow
    labels = list(itertools.islice(classes, len(ds.classes) + 1))
    labels = [label.tolist() if hasattr(label, "tolist") else label for label in labels]
    if unknown := [label for label in labels if label not in ds.classes]:
        known = ", ".join(map(repr, ds.classes))
        raise InputError(f"classes={unknown}: not in {ds.name}, whose classes are {known}.")
    old = sorted(map(ds.classes.index, labels))
    if len(set(old)) < len(old):
        raise InputError(f"classes={labels}: some stand there twice; give each of them once.")
    if len(old) < 2:
        raise InputError(f"classes={labels}: give two classes or more to tell apart.")
    return old


def _take(split: Batch, index: np.ndarray, old: list[int]) -> Batch:
    """Device arrays of some examples, whose labels all are among the ascending ``old``."""
    labels = np.searchsorted(old, np.asarray(split.labels)[index]).astype(np.int32)
    return jax.device_put(Batch(np.asarray(split.inputs)[index], labels))
