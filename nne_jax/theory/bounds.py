"""How low fitness can be in a network, by interval arithmetic from genes to fitness.

Relative fitness 1 + ε f must not be negative (A7): a lower bound on f tells the largest ε.
"""

import dataclasses

import jax
import jax.numpy as jnp

from nne_jax import fitness, genome, phenotype
from nne_jax._checks import (
    check_array,
    check_count,
    check_genome,
    check_genome_of,
    check_network,
    check_scalar,
)
from nne_jax._pytrees import as_pytree
from nne_jax.elementwise import EXPRESSIONS, relu
from nne_jax.errors import InputError
from nne_jax.genome import Genome
from nne_jax.network import Network
from nne_jax.types import Inputs, Logits, Weights


def weight_range(gen: Genome) -> tuple[Weights, Weights]:
    """Smallest and largest weight that any genotype can give each link.

    Returns:
      (m,), (m,) float32: w0 and the sums of the negative and of the positive effects of each link,
      as they are expressed.

    Raises:
      InputError: what is given is no genome, or that of ``identity``, whose weights have no bounds;
        an expression of your own, which may fall.

    >>> entries = jnp.array([0, 0]), jnp.array([0, 1]), jnp.array([0.5, -2.0])
    >>> [bound.tolist() for bound in weight_range(Genome(*entries, None, 1, 2))]
    [[-2.0], [0.5]]
    """
    check_genome(gen)
    if gen.of_weights:
        raise InputError("gen: that of genome.identity has no bounds; give one of genome.init.")
    rising = [jax.tree.structure(as_pytree(g)) for g in EXPRESSIONS.values()]
    if jax.tree.structure(gen.expression) not in rising:
        raise InputError(
            "gen: its expression may fall, and only ends of what rises are bounds; take one of "
            f"{', '.join(EXPRESSIONS)}."
        )
    every_gene = jnp.ones(gen.num_genes)
    lowest, highest = (
        genome.express(dataclasses.replace(gen, effects=clip(gen.effects, 0)), every_gene)
        for clip in (jnp.minimum, jnp.maximum)
    )
    return lowest, highest


def logit_range(
    net: Network, lowest: Weights, highest: Weights, inputs: Inputs
) -> tuple[Logits, Logits]:
    """Bounds on the logits over all weights between two bounds.

    Args:
      net: the wiring.
      lowest: (m,) smallest weight of each link.
      highest: (m,) largest weight of each link.
      inputs: (B, D).

    Returns:
      (B, C), (B, C): no genotype's logits lie outside.

    Raises:
      InputError: inputs or weights of another network; hidden units that are not of relu.

    >>> from nne_jax import network
    >>> net = network.init(jax.random.key(0), (1, 1), (1.0,))
    >>> low, high = logit_range(net, jnp.array([-2.0]), jnp.array([0.5]), jnp.array([[1.0], [-1]]))
    >>> low.tolist(), high.tolist()
    ([[-2.0], [-0.5]], [[0.5], [2.0]])
    """
    check_network(net)
    check_array("inputs", inputs, ("B", net.layer_sizes[0]), "real numbers")
    for name, weights in (("lowest", lowest), ("highest", highest)):
        check_array(name, weights, (net.num_links,), "floats")
    if net.activation is not relu:
        raise InputError("net: bounds are known of relu alone; draw it with that activation.")
    received = sent = (net.sent(inputs),) * 2  # their lower and upper bounds
    for layer, *bounds in zip(net.layers, net.split(lowest), net.split(highest), strict=True):
        low, high = (phenotype.weight_matrix(layer, bound).T for bound in bounds)
        received = -_largest(*sent, -high, -low), _largest(*sent, low, high)
        # Any unit may be silenced by a cap.
        lowest_fired = relu(received[0]) if net.k_cap is None else 0 * received[0]
        sent = net.sent(lowest_fired), net.sent(relu(received[1]))
    return received


def lowest_fitness(
    net: Network,
    gen: Genome,
    inputs: Inputs,
    name: str,
    temperature: float = 1.0,
    batch_size: int | None = None,
) -> float:
    """A lower bound on the fitness of every genotype on some inputs, with any labels.

    L ≤ log C + max_c z - min_c z, so log_likelihood is bounded by the logits' range; reward by 0.

    Args:
      net: the wiring.
      gen: its genome.
      inputs: (B, D).
      name: of a fitness function in ``fitness.FITNESS``.
      temperature: positive number that divides the logits.
      batch_size: fitness on any that many of the B inputs: the bound is that of the worst ones.

    Raises:
      InputError: an unknown fitness, sizes that do not fit, a number out of bounds.

    >>> from nne_jax import network
    >>> net = network.init(jax.random.key(0), (1, 2), (1.0,))
    >>> gen = genome.init(jax.random.key(1), net, num_genes=3, density=1.0)
    >>> lowest_fitness(net, gen, jnp.zeros((1, 1)), "log_likelihood")  # a guess: -log 2
    -0.69315
    """
    if name not in fitness.FITNESS:
        raise InputError(f"name={name}: the known fitness is {', '.join(fitness.FITNESS)}.")
    check_genome_of(net, gen)
    check_array("inputs", inputs, ("B", net.layer_sizes[0]), "real numbers")
    check_scalar("temperature", temperature, above=0)
    if batch_size is not None:
        check_count("batch_size", batch_size, 1, inputs.shape[0])
    lowest, highest = logit_range(net, *weight_range(gen), inputs)
    if name == "reward":
        return 0.0
    spread = jnp.max(highest, axis=1) - jnp.min(lowest, axis=1)
    worst = jnp.sort(spread)[-(batch_size or spread.size) :]
    return float(-jnp.mean(jnp.log(lowest.shape[1]) + worst / temperature))


def _largest(bottom: jax.Array, top: jax.Array, low: jax.Array, high: jax.Array) -> jax.Array:
    """Upper bound on u w over (B, in) units from bottom to top and (in, out) weights low to high.

    The largest for units of one sign, as inputs and what a relu sends are.
    """

    def product(units, weights):
        return jnp.matmul(units, weights, precision="highest")

    positive, negative = (lambda x: jnp.maximum(x, 0)), (lambda x: jnp.minimum(x, 0))
    of_positive = product(positive(top), positive(high)) + product(positive(bottom), negative(high))
    of_negative = product(negative(bottom), negative(low)) + product(negative(top), positive(low))
    return of_positive + of_negative
