"""What tells one run from another: fingerprints of its parts, and what decides random numbers."""

import hashlib
from collections.abc import Mapping
from typing import Any

import jax
import numpy as np

from nne_jax._pytrees import is_key
from nne_jax.errors import InputError

Identity = dict[str, Any]  # JSON's types
_DIGEST = 64  # letters of a SHA-256
_SETTINGS = ("jax_default_prng_impl", "jax_threefry_partitionable", "jax_enable_x64")


def identity(parts: Mapping[str, Any]) -> Identity:
    """The identity of a run: by name, of each part the fingerprint, and the settings of JAX.

    A part that is a word or more, an option's value say, stands for itself.

    >>> sorted(identity({"state": np.zeros(2)}))
    ['jax_default_prng_impl', 'jax_enable_x64', 'jax_threefry_partitionable', 'state']
    """
    known = {name: p if isinstance(p, str) else fingerprint(p) for name, p in parts.items()}
    return settings() | known


def settings() -> Identity:
    """The settings of JAX that decide random numbers."""
    return {name: getattr(jax.config, name) for name in _SETTINGS}


def refuse_difference(stored: Mapping[str, Any], now: Identity, given: str) -> None:
    """Refuses another run than the stored one.

    Args:
      stored: its identity.
      now: that of the run to go on with.
      given: where it is stored, such as ``--workdir=runs/mine``.

    Raises:
      InputError: names the first difference; settings come first, since parts are drawn by them.
    """
    if (name := first_difference(stored, now)) is None:
        return
    old, new = stored.get(name), now.get(name)
    if name.startswith("jax_"):
        raise InputError(
            f"{given}: its run was made with {name}={old}, and this process has {new}; random "
            f"numbers differ: set {name.upper()}={str(old).lower()}, or give another folder."
        )
    if len(str(new or old)) != _DIGEST:
        raise InputError(
            f"{given}: holds a run with {name}={old}, and now it is {new}; give another folder, or "
            "what that run was given."
        )
    raise InputError(
        f"{given}: holds a run with another {name} (SHA-256 {str(old)[:12]}, now "
        f"{str(new)[:12]}); give another folder, or what that run was given."
    )


def first_difference(stored: Mapping[str, Any], now: Mapping[str, Any]) -> str | None:
    """The first name, of those now and then of those that were stored, whose values differ.

    >>> first_difference({"a": 1, "b": 2, "d": 4}, {"a": 1, "b": 3, "c": 5})
    'b'
    """
    names = [*now, *(name for name in stored if name not in now)]
    return next((name for name in names if stored.get(name) != now.get(name)), None)


def fingerprint(tree: Any) -> str:
    """A SHA-256 of the arrays and numbers in a pytree: values, shapes, dtypes and places.

    What is no array or number, a function say, does not count.

    >>> fingerprint({"p": np.zeros(2)}) == fingerprint({"p": np.ones(2)})
    False
    >>> fingerprint((0.5, jax.numpy.sin)) == fingerprint((0.5, jax.numpy.cos))
    True
    """
    digest = hashlib.sha256()
    for path, leaf in jax.tree_util.tree_leaves_with_path(tree):
        kind = ""
        if is_key(leaf):
            leaf, kind = jax.random.key_data(leaf), str(jax.random.key_impl(leaf))
        array = np.asarray(leaf)
        if array.dtype == object:
            continue
        place = jax.tree_util.keystr(path)
        digest.update(f"{place} {array.shape} {array.dtype} {kind}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
