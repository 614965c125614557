"""Functions and settings as parts of pytrees: what is traced, and what makes another program."""

import dataclasses
import functools
from collections.abc import Callable
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
from jax.tree_util import Partial

_T = TypeVar("_T")
# Marks a field of a dataclass as part of the program, compared by ==, not as an array.
static = functools.partial(dataclasses.field, metadata={"static": True})
# The same for what says how something is computed, and not what: a run may go on with another.
execution = functools.partial(dataclasses.field, metadata={"static": True, "execution": True})


def pytree(cls: type[_T]) -> type[_T]:
    """Registers a dataclass as a pytree of its fields; those of ``static`` are compared by ==.

    As ``jax.tree_util.register_dataclass`` does, but of two classes the structures differ. There,
    from jaxlib 0.10 on, they are equal where the fields are, and ``jit`` now and then runs the
    program of the one for the other.

    >>> @pytree
    ... @dataclasses.dataclass(frozen=True)
    ... class Rate:
    ...     value: float
    >>> jax.tree.map(lambda value: 2 * value, Rate(0.5))
    Rate(value=1.0)
    """
    fields = [field for field in dataclasses.fields(cls) if field.init]  # type: ignore[arg-type]
    meta = tuple(field.name for field in fields if field.metadata.get("static"))
    data = tuple(field.name for field in fields if field.name not in meta)
    keys = tuple(map(jax.tree_util.GetAttrKey, data))

    def flatten(tree: Any) -> tuple[tuple, tuple]:
        return tuple(getattr(tree, n) for n in data), tuple(getattr(tree, n) for n in meta)

    def flatten_with_keys(tree: Any) -> tuple[tuple, tuple]:
        children, aux = flatten(tree)
        return tuple(zip(keys, children, strict=True)), aux

    def unflatten(aux: tuple, children: Any) -> _T:
        return cls(**dict(zip(data, children, strict=True)), **dict(zip(meta, aux, strict=True)))

    jax.tree_util.register_pytree_with_keys(cls, flatten_with_keys, unflatten, flatten)
    return cls


@dataclasses.dataclass(frozen=True)
class _Bound:
    """A function with arguments: equal when these are, where ``functools.partial`` is not."""

    function: Callable
    arguments: tuple
    keywords: tuple[tuple[str, Any], ...]

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        return self.function(*self.arguments, *arguments, **{**dict(self.keywords), **keywords})


def as_pytree(argument: Any) -> Any:
    """A plain function as a pytree without leaves; anything else as it is.

    Two equal functions then share one compiled program, also those of ``functools.partial`` with
    equal arguments. ``jax.tree_util.Partial`` is a pytree already: its arguments are traced.

    >>> one, other = (as_pytree(functools.partial(pow, exp=2)) for _ in range(2))
    >>> jax.tree.structure(one) == jax.tree.structure(other)
    True
    """
    if not callable(argument) or not jax.tree_util.all_leaves([argument]):
        return argument
    if isinstance(argument, functools.partial):
        bound = _Bound(argument.func, argument.args, tuple(sorted(argument.keywords.items())))
        try:
            hash(bound)
        except TypeError:  # an array among the arguments, say
            return Partial(argument)
        return Partial(bound)
    return Partial(argument)


def settings_in(value: Any, place: str) -> dict[str, str]:
    """By their places, the static numbers and words in a pytree, ``execution`` apart, as text.

    >>> from nne_jax.data import Minibatches
    >>> settings_in({"own": Minibatches(jnp.zeros(9), 4)}, "batches")
    {'batches.own.batch_size': '4'}
    """
    parts: dict[str, Any]
    if isinstance(value, Partial | _Bound):  # a function with arguments
        function = value.func if isinstance(value, Partial) else value.function
        parts = {"": function, **dict(value.keywords)}
    elif isinstance(value, jax.tree_util.PyTreeDef):
        parts = _parts_of_structure(value)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = [f for f in dataclasses.fields(value) if not f.metadata.get("execution")]
        parts = {field.name: getattr(value, field.name) for field in fields}
    elif isinstance(value, dict):
        parts = value
    elif isinstance(value, list | tuple):
        names = getattr(value, "_fields", None) or map(str, range(len(value)))
        parts = dict(zip(names, value, strict=True))
    else:
        return {place: repr(value)} if isinstance(value, bool | int | float | str) else {}
    found: dict[str, str] = {}
    for name, part in parts.items():
        found |= settings_in(part, f"{place}.{name}" if name else place)
    return found


def _parts_of_structure(structure: Any) -> dict[str, Any]:
    """By name, what is static in the outermost class of a structure, and the structures in it."""
    kind, static_parts = structure.node_data() or (None, ())
    children = structure.children()
    if kind is Partial:
        return {"": static_parts}
    if not dataclasses.is_dataclass(kind):
        return dict(zip(map(str, range(len(children))), children, strict=True))
    fields = [field for field in dataclasses.fields(kind) if field.init]
    meta = [field for field in fields if field.metadata.get("static")]
    data = [field.name for field in fields if not field.metadata.get("static")]
    own = zip(meta, static_parts, strict=True)
    named = {field.name: part for field, part in own if not field.metadata.get("execution")}
    return named | dict(zip(data, children, strict=True))


def is_key(leaf: Any) -> bool:
    """Whether a leaf is a typed key, or an array of them."""
    return isinstance(leaf, jax.Array) and jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key)


def as_numbers(leaf: Any) -> Any:
    """A leaf as it is, but a typed key as its numbers."""
    return jax.random.key_data(leaf) if is_key(leaf) else leaf


def is_traced(*trees: Any) -> bool:
    """Whether any leaf has no value yet, under jit, vmap or grad."""
    return any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves(trees))


def in_generation(function: Any, generation: jax.Array) -> Any:
    """What a function is in a generation, where it says so; most are always the same."""
    changes = getattr(function, "in_generation", None)
    return changes(generation) if changes else function
