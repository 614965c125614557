"""Arrays that data sets are made of: scikit-learn's digits, a file of one's own; their checks."""

from pathlib import Path
from typing import Any

import numpy as np

from nne_jax.errors import InputError, load_extra

Split = tuple[np.ndarray, np.ndarray]  # inputs (B, D) and labels (B,)
_DIGITS_TEST_FRACTION = 0.25  # scikit-learn's digits have no official test set
_NPZ_ARRAYS = ("x_train", "y_train", "x_test", "y_test")  # names as in Keras' own mnist.npz


def load_digits() -> tuple[Split, Split]:
    """scikit-learn's digits, pixels in [0, 1]: a stratified quarter of them is the test set."""
    # here, since importing it takes a second
    datasets = load_extra("sklearn.datasets", "dataset=digits:", "data")
    model_selection = load_extra("sklearn.model_selection", "dataset=digits:", "data")
    inputs, labels = datasets.load_digits(return_X_y=True)
    train_x, test_x, train_y, test_y = model_selection.train_test_split(
        inputs / 16, labels, test_size=_DIGITS_TEST_FRACTION, stratify=labels, random_state=0
    )
    return (train_x, train_y), (test_x, test_y)


def load_npz(path: Path) -> tuple[Split, Split]:
    """Training and test arrays of a file; nothing in it is unpickled."""
    try:
        with np.load(path, allow_pickle=False) as file:
            if missing := [name for name in _NPZ_ARRAYS if name not in file]:
                raise InputError(
                    f"dataset={path}: it holds no {', '.join(missing)}; it should have "
                    f"{', '.join(_NPZ_ARRAYS)}."
                )
            train_x, train_y, test_x, test_y = (file[name] for name in _NPZ_ARRAYS)
    except FileNotFoundError as error:
        raise InputError(f"dataset={path}: there is no such file.") from error
    except InputError:
        raise
    except Exception as error:  # zipfile's, numpy's and the system's, of damaged files and pickles
        reason = str(error).partition("\n")[0].rstrip(".")
        raise InputError(f"dataset={path}: it cannot be read ({reason}).") from error
    return (train_x, train_y), (test_x, test_y)


def checked(what: str, inputs: Any, labels: Any) -> Split:
    """Checked inputs (S, D) float32 and labels (S,), on the host."""
    inputs, labels = np.asarray(inputs), np.asarray(labels)
    if inputs.ndim < 2 or not (np.issubdtype(inputs.dtype, np.number) or inputs.dtype == bool):
        raise InputError(
            f"{what}inputs: {inputs.dtype} of shape {inputs.shape}; give numbers (examples, ...)."
        )
    if labels.shape != inputs.shape[:1] or not len(labels):
        raise InputError(
            f"{what}labels: their shape is {labels.shape}; {what}inputs of shape {inputs.shape} "
            "need one label an example, and at least one example."
        )
    inputs = inputs.reshape(len(inputs), -1).astype(np.float32)
    if not np.isfinite(inputs).all():
        raise InputError(f"{what}inputs: NaN or infinity among them; give finite numbers.")
    if labels.dtype.kind not in "biufSU" or (labels.dtype.kind == "f" and np.isnan(labels).any()):
        raise InputError(f"{what}labels: {labels.dtype} is not of numbers or strings.")
    return inputs, labels
