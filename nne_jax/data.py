"""Data sets: load one or make one of arrays, select classes and a sample of each, draw batches."""

import dataclasses
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from nne_jax import _arrays, _idx_files
from nne_jax._pytrees import static
from nne_jax.errors import InputError
from nne_jax.types import Inputs, Key, Labels

DATASETS = ("digits", *_idx_files.DATASETS)


class Batch(NamedTuple):
    """Examples with their labels."""

    inputs: Inputs  # (B, D) float32; images are in [0, 1]
    labels: Labels  # (B,) int32


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class Dataset:
    """Three disjoint sets of examples. ``test`` is for the final report, never for a choice."""

    train: Batch
    validation: Batch  # kept from the training examples for choices; empty until ``select``
    test: Batch
    name: str = static()
    classes: tuple = static()  # the original label of each class 0 … C-1, ascending


def load(name: str, data_dir: str | None = None) -> Dataset:
    """Loads a data set with its official training and test examples.

    ``digits`` are scikit-learn's 1797 real 8x8 digits (no network), of which a fixed stratified
    quarter is the test set. A name that ends in ``.npz`` is a file of your own arrays, see
    ``from_arrays``: x_train, y_train, x_test and y_test. The others come from ``data_dir`` or
    $NNE_JAX_DATA_DIR where the official files lie there, and through tensorflow-datasets
    otherwise; their SHA-256 is checked.

    Args:
      name: one of ``DATASETS``, or a path FILE.npz.
      data_dir: folder that holds ``<name>/*.gz``.

    Returns:
      A ``Dataset`` with an empty validation split.

    Raises:
      InputError: unknown name; missing, damaged or wrong files; no network; no extra ``data``.

    >>> ds = load("digits")
    >>> ds.train.inputs.shape, ds.test.inputs.shape, ds.classes
    ((1347, 64), (450, 64), (0, 1, 2, 3, 4, 5, 6, 7, 8, 9))
    """
    if name.endswith(".npz"):
        path = Path(name).expanduser()
        train, test = _arrays.load_npz(path)
        return from_arrays(*train, test=test, name=path.stem)
    if name not in DATASETS:
        known = ", ".join(DATASETS)
        raise InputError(f"dataset={name}: unknown; give FILE.npz or one of {known}.")
    train, test = _arrays.load_digits() if name == "digits" else _idx_files.load(name, data_dir)
    return from_arrays(*train, test=test, name=name)


def from_arrays(inputs: Any, labels: Any, test: tuple[Any, Any], name: str = "own") -> Dataset:
    """A data set of your own arrays.

    Args:
      inputs: (S, ...) finite numbers, flattened to (S, D) float32; scaled as they are.
      labels: (S,) of any values: numbers or strings. In ascending order they are classes 0 … C-1.
      test: inputs and labels of the test set.
      name: what reports call it.

    Returns:
      A ``Dataset`` with an empty validation split.

    Raises:
      InputError: arrays that do not fit each other, numbers that are not finite, fewer than two
        classes, a test label that no training example has.

    >>> x = np.eye(4)
    >>> ds = from_arrays(x, ["cat", "dog", "cat", "cow"], test=(x[:1], ["dog"]))
    >>> ds.classes, ds.train.labels.tolist(), ds.test.labels.tolist()
    (('cat', 'cow', 'dog'), [0, 2, 0, 1], [2])
    """
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
        raise InputError(f"test labels: {unknown[0]} is the label of no training example.")

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
    classes = ds.classes if classes is None else tuple(classes)
    if unknown := [label for label in classes if label not in ds.classes]:
        known = ", ".join(map(str, ds.classes))
        raise InputError(f"classes={unknown}: not in {ds.name}, whose classes are {known}.")
    old = sorted({ds.classes.index(label) for label in classes})
    if len(old) < 2:
        raise InputError(f"classes={list(classes)}: give two classes or more to tell apart.")
    if min(per_class, validation_per_class) < 0:
        raise InputError(
            f"per_class={per_class}, validation_per_class={validation_per_class}: give no negative "
            "numbers."
        )
    train, validation = [], []
    for index in old:
        found = np.flatnonzero(np.asarray(ds.train.labels) == index)
        if len(found) - validation_per_class < max(per_class, 1):
            raise InputError(
                f"per_class={per_class}, validation_per_class={validation_per_class}: class "
                f"{ds.classes[index]} of {ds.name} has {len(found)} training images; ask for at "
                "most that many in all (per_class=0: all that are left, at least 1)."
            )
        found = np.asarray(jax.random.permutation(jax.random.fold_in(key, index), found))
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


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, eq=False)
class Minibatches:
    """Draws ``batch_size`` different examples of a split: a pure function of a key.

    Args:
      split: a ``Batch``, or any pytree of arrays whose first axes are the examples.
      batch_size: how many of them to draw, at least 1 and at most all.

    Raises:
      InputError: arrays of different numbers of examples, a batch size out of bounds.

    >>> batches = Minibatches(load("digits").train, batch_size=5)
    >>> batches(jax.random.key(0)).inputs.shape
    (5, 64)
    """

    split: Any
    batch_size: int = static()

    def __post_init__(self):
        sizes = {jnp.shape(leaf)[:1] for leaf in jax.tree.leaves(self.split)}
        if any(
            not isinstance(leaf, (jax.Array, np.ndarray)) for leaf in jax.tree.leaves(self.split)
        ):
            return  # a pytree of something else: JAX maps over the leaves of this one
        if len(sizes) != 1 or sizes == {()}:
            raise InputError(
                f"split: its arrays have first axes of {sorted(sizes)}; give equal ones."
            )
        ((size,),) = sizes
        if not 1 <= self.batch_size <= size:
            raise InputError(
                f"batch_size={self.batch_size}: there are {size} examples; give 1 to {size}."
            )

    def __call__(self, key: Key) -> Any:
        """A random subset, drawn without replacement."""
        size = jax.tree.leaves(self.split)[0].shape[0]
        index = jax.random.choice(key, size, (self.batch_size,), replace=False)
        return jax.tree.map(lambda leaf: jnp.asarray(leaf)[index], self.split)


def _take(split: Batch, index: np.ndarray, old: list[int]) -> Batch:
    """Device arrays of some examples, whose labels all are among the ascending ``old``."""
    labels = np.searchsorted(old, np.asarray(split.labels)[index]).astype(np.int32)
    return Batch(jnp.asarray(np.asarray(split.inputs)[index]), jnp.asarray(labels))
