"""The parameters of a model, any pytree of arrays of floats, as one vector of m weights."""

import math
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from nne_jax.errors import InputError
from nne_jax.types import Weights


class Structure(NamedTuple):
    """How m weights make the parameters of a model."""

    treedef: Any
    shapes: tuple[tuple[int, ...], ...]  # of each leaf
    dtypes: tuple[np.dtype, ...]

    @property
    def num_weights(self) -> int:
        """Number m of weights."""
        return sum(map(math.prod, self.shapes))


def structure(model: Any) -> Structure:
    """The structure of a pytree of arrays of floats, or of ``jax.ShapeDtypeStruct``."""
    leaves, treedef = jax.tree_util.tree_flatten_with_path(model)
    for path, leaf in leaves:
        dtype = getattr(leaf, "dtype", None)
        if dtype is None or not jnp.issubdtype(dtype, jnp.floating):
            raise InputError(
                f"model{jax.tree_util.keystr(path)}: it is {dtype or type(leaf).__name__}, and "
                "only arrays of floats evolve; keep it out of the parameters, by equinox.filter."
            )
    arrays = [leaf for _, leaf in leaves]
    shapes = tuple(tuple(leaf.shape) for leaf in arrays)
    return Structure(treedef, shapes, tuple(np.dtype(leaf.dtype) for leaf in arrays))


def flatten(base: Any, structure: Structure | None, num_weights: int) -> Weights:
    """The (m,) float32 weights of a pytree of a structure; of a (m,) array where it is None."""
    if structure is None:
        if jnp.shape(base) != (num_weights,):
            raise InputError(
                f"base: its shape is {jnp.shape(base)}; a network's weights are ({num_weights},)."
            )
        return jnp.asarray(base, jnp.float32)
    leaves, treedef = jax.tree.flatten(base)
    if not all(hasattr(leaf, "__array__") for leaf in leaves):
        raise InputError("base: not all of its leaves are arrays; give weights to start from.")
    shapes = tuple(jnp.shape(leaf) for leaf in leaves)
    if treedef != structure.treedef or shapes != structure.shapes:
        raise InputError(
            f"base: its form {treedef} of shapes {shapes} is not that of the model, "
            f"{structure.treedef} of shapes {structure.shapes}."
        )
    return jnp.concatenate([jnp.ravel(leaf).astype(jnp.float32) for leaf in leaves])


def unflatten(structure: Structure, weights: Weights) -> Any:
    """The pytree of a structure, of (m,) weights."""
    treedef, shapes, dtypes = structure
    ends = np.cumsum([math.prod(shape) for shape in shapes])[:-1]
    parts = zip(jnp.split(weights, ends), shapes, dtypes, strict=True)
    return jax.tree.unflatten(treedef, [w.reshape(s).astype(d) for w, s, d in parts])


def fan_in(structure: Structure, output_axis: int) -> np.ndarray:
    """Number of inputs of the unit that each weight belongs to, (m,); see ``genome.init``."""
    inputs = []
    for shape in structure.shapes:
        size = math.prod(shape)
        if len(shape) < 2:
            inputs.append(np.full(size, size))
        elif -len(shape) <= output_axis < len(shape):
            inputs.append(np.full(size, size // max(shape[output_axis], 1)))
        else:
            raise InputError(f"output_axis={output_axis}: a leaf of the model has shape {shape}.")
    return np.concatenate(inputs)
