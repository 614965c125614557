"""Arrays that data sets are made of: scikit-learn's digits, or one's own, checked."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from nne_jax.errors import InputError, load_extra

Split = tuple[np.ndarray, np.ndarray]  # inputs (B, D) and labels (B,)
_DIGITS_TEST_FRACTION = 0.25  # scikit-learn's digits have no official test set
_EXACT = 2.0**53  # a float64 holds every whole number up to here


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


def checked(what: str, inputs: Any, labels: Any) -> Split:
    """Inputs (S, D) float32 and labels (S,): checked copies, on the host, of what was given."""
    inputs, values = _array(f"{what}inputs", inputs), _array(f"{what}labels", labels)
    real = jnp.issubdtype(inputs.dtype, jnp.floating) or inputs.dtype.kind in "biu"
    if inputs.ndim < 2 or not real or 0 in inputs.shape[1:]:
        raise InputError(
            f"{what}inputs: {inputs.dtype} of shape {inputs.shape}; give real numbers "
            "(examples, ...)."
        )
    if values.shape != inputs.shape[:1] or not len(values):
        raise InputError(
            f"{what}labels: their shape is {values.shape}; {what}inputs of shape {inputs.shape} "
            "need one label an example, and at least one example."
        )
    with np.errstate(over="ignore"):
        flat = inputs.reshape(len(inputs), -1).astype(np.float32)
    if not np.isfinite(flat).all():
        raise InputError(
            f"{what}inputs: NaN or infinity among them, or more than float32 holds; give finite "
            "numbers."
        )
    return flat, _labels(f"{what}labels", values, labels)


def _array(what: str, given: Any) -> np.ndarray:
    if np.ma.is_masked(given):
        raise InputError(f"{what}: some are masked; leave those examples out, or fill them.")
    try:
        return np.asarray(given)
    except Exception as error:  # of lists of different lengths, traced arrays, other libraries'
        reason = str(error).partition("\n")[0].rstrip(".")
        raise InputError(f"{what}: they are no array ({reason}); give one.") from error


def _labels(what: str, values: np.ndarray, given: Any) -> np.ndarray:
    """Labels as whole numbers where they are, or else as they are: names of classes."""
    kind = values.dtype.kind
    if kind in "OSUT":  # a list of words and numbers would become one of words
        words = given if isinstance(given, list | tuple) else values.tolist()
        if all(
            isinstance(word, str) or (kind == "S" and isinstance(word, bytes)) for word in words
        ):
            return values.astype(str)
    elif kind == "f":
        if not np.isfinite(values).all():
            raise InputError(f"{what}: NaN or infinity among them; give whole numbers or words.")
        whole = (values == np.round(values)).all() and np.abs(values).max() < _EXACT
        return values.astype(np.int64) if whole else values
    elif kind in "biu":
        return values
    raise InputError(f"{what}: {values.dtype} is not of numbers or strings, all of one kind.")
