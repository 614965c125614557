"""evosax in tests: it may be missing, and it counts on numpy's promotion of ranks and dtypes."""

import contextlib

import jax
import pytest


@contextlib.contextmanager
def evosax_or_skip():
    """Within it JAX promotes as by default."""
    pytest.importorskip("evosax", reason="the extra bench is not installed")
    with as_evosax_expects():
        yield


@contextlib.contextmanager
def as_evosax_expects():
    """The same, whether it is there or not."""
    with jax.numpy_rank_promotion("allow"), jax.numpy_dtype_promotion("standard"):
        yield
