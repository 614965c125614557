"""Training by gradients, of any pytree of parameters: the control beside evolution."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import optax

from nne_jax._checks import check_count, check_key, check_pytree, described
from nne_jax._pytrees import as_pytree, is_traced
from nne_jax.errors import InputError
from nne_jax.selection import _checks as selection_checks
from nne_jax.types import Key


def train(
    key: Key,
    params: Any,
    loss_fn: Callable[[Any, Any], jax.Array],
    batches: Any,
    optimiser: optax.GradientTransformation,
    num_iterations: int,
) -> Any:
    """Minimises a loss: iteration i moves the parameters by the gradient of batch i.

    What is compiled serves every call with the same functions, the same optimiser object and arrays
    of the same shapes. A loss that reads arrays beside its arguments, a network say, takes them as
    ``jax.tree_util.Partial(loss_fn, net)``, so that they are arguments too. With a learning rate
    that is traced, as in the example below, all rates are compiled once.

    Args:
      key: typed key of the batches.
      params: where to start, any pytree of floating-point arrays.
      loss_fn: maps parameters and a batch to a () loss.
      batches: any pytree, the batch of every iteration; or a function of a key
        (``data.Minibatches``): iteration i draws ``batches(fold_in(key, i))``.
      optimiser: an optax optimiser.
      num_iterations: number of batches, at least 0.

    Returns:
      The parameters after the last iteration, shapes and dtypes as in ``params``.

    Raises:
      InputError: a negative number of iterations, parameters that are no floating-point arrays,
        batches of something else than arrays, or a loss that is not a scalar. (Labels of no class
        make the losses of ``fitness`` NaN, and so all parameters.)

    >>> def loss(params, batch):
    ...     return jnp.mean((params["slope"] * batch - 6.0) ** 2)
    >>> params, batch = {"slope": jnp.array(0.0)}, jnp.array([2.0])
    >>> train(jax.random.key(0), params, loss, batch, optax.sgd(0.1), num_iterations=50)
    {'slope': Array(3., dtype=float32)}
    >>> def slope(rate):
    ...     return train(jax.random.key(0), params, loss, batch, optax.sgd(rate), 1)["slope"]
    >>> jax.jit(jax.vmap(slope))(jnp.array([0.01, 0.1]))
    Array([0.24, 2.4 ], dtype=float32)
    """
    check_key("key", key)
    check_count("num_iterations", num_iterations, 0)
    selection_checks.optimiser(optimiser)
    if not callable(loss_fn):
        raise InputError(
            f"loss_fn: it is {type(loss_fn).__name__}; give a function of the parameters and a "
            "batch."
        )
    if not callable(batches):
        check_pytree("batches", batches, "give a pytree of arrays, or a function of a key")
    _check_params(params)
    params = jax.tree.map(jnp.asarray, params)
    loss_fn, batches = as_pytree(loss_fn), as_pytree(batches)
    jax.eval_shape(lambda: _check_loss(loss_fn(params, _draw(batches, key))))
    # Within another program, which may trace the optimiser's numbers, there is nothing to keep.
    run = _train if is_traced(jnp.zeros(())) else _train_compiled
    return run(key, params, loss_fn, batches, optimiser, num_iterations)


def _train(key, params, loss_fn, batches, optimiser, num_iterations):
    def iteration(carry, index):
        params, state = carry
        gradient = jax.grad(loss_fn)(params, _draw(batches, jax.random.fold_in(key, index)))
        with jax.numpy_dtype_promotion("standard"):  # which optax's Adam needs
            step, state = optimiser.update(gradient, state, params)  # B1 with optax.sign_sgd
        return (optax.apply_updates(params, step), state), None

    (params, _), _ = jax.lax.scan(
        iteration, (params, optimiser.init(params)), jnp.arange(num_iterations)
    )
    return params


_train_compiled = jax.jit(_train, static_argnames=("optimiser", "num_iterations"))


def _check_params(params: Any) -> None:
    check_pytree("params", params, "gradients need floats; leave the others out")
    leaves = jax.tree.leaves(params)
    if not leaves or any(
        not jnp.issubdtype(jnp.result_type(leaf), jnp.floating) for leaf in leaves
    ):
        raise InputError("params: gradients need floating-point parameters; leave the others out.")


def _check_loss(loss: Any) -> None:
    is_float = hasattr(loss, "dtype") and jnp.issubdtype(loss.dtype, jnp.floating)
    if not is_float or loss.shape != ():
        raise InputError(
            f"loss_fn: the loss of a batch must be a scalar, a float, and it is {described(loss)}; "
            "return its mean."
        )


def _draw(batches: Any, key: Key) -> Any:
    """The batch of an iteration, from its key."""
    return batches(key) if callable(batches) else batches
