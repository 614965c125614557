"""Direct feedback alignment: errors come back through random links in place of the weights' own.

For a hidden layer h = relu(V x) below logits z = W h and e = softmax(z) - label, back-propagation
has ∂W = e hᵀ and ∂V = (Wᵀ e ⊙ 1[h > 0]) xᵀ. Here a fixed random B stands for Wᵀ.

Source: Nøkland, Direct feedback alignment provides learning in deep neural networks, 2016; with one
hidden layer it is the feedback alignment of Lillicrap et al., 2016.
"""

import jax
import jax.numpy as jnp

from nne_jax import fitness
from nne_jax.data import Batch


@jax.custom_vjp
def output_layer(hidden: jax.Array, output: jax.Array, feedback: jax.Array) -> jax.Array:
    """Logits h W, whose derivative in h is e B in place of e Wᵀ.

    Args:
      hidden: (B, H).
      output: (H, C) weights W.
      feedback: (C, H) weights B; with Wᵀ the derivative is the true one.

    >>> w, b = jnp.array([[1.0], [2.0]]), jnp.array([[7.0, 0.0]])
    >>> jax.grad(lambda h: output_layer(h, w, b).sum())(jnp.ones((1, 2))).tolist()
    [[7.0, 0.0]]
    """
    del feedback
    return jnp.matmul(hidden, output, precision="highest")


def _forward(hidden, output, feedback):
    return output_layer(hidden, output, feedback), (hidden, feedback)


def _backward(kept, error):
    hidden, feedback = kept
    through = jnp.matmul(error, feedback, precision="highest")
    return through, jnp.matmul(hidden.T, error, precision="highest"), jnp.zeros_like(feedback)


output_layer.defvjp(_forward, _backward)


def loss(feedback: jax.Array | None, params: dict[str, jax.Array], batch: Batch) -> jax.Array:
    """Mean cross entropy of a network of one hidden layer, to be differentiated in its parameters.

    Args:
      feedback: (C, H), or None for back-propagation.
      params: hidden (D, H) and output (H, C).
      batch: the examples.
    """
    through = params["output"].T if feedback is None else feedback
    logits = output_layer(hidden(params, batch.inputs), params["output"], through)
    return jnp.mean(fitness.cross_entropy(logits, batch.labels))


def hidden(params: dict[str, jax.Array], inputs: jax.Array) -> jax.Array:
    """What the hidden layer fires."""
    return jax.nn.relu(jnp.matmul(inputs, params["hidden"], precision="highest"))
