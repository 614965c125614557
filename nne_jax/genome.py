"""The weight generation matrix W: how genes make weights, w = W x. Fixed for a run, kept sparse."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np

from nne_jax.network import Network, bernoulli_positions
from nne_jax.types import InputError, Key, Weights, static


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class Genome:
    """The non-zero entries of W (m, n): entry e adds ``effects[e] * x[genes[e]]`` to a link."""

    links: jax.Array  # (entries,) int32, ascending: row of W
    genes: jax.Array  # (entries,) int32: column of W
    effects: jax.Array  # (entries,) float32: value of W
    num_links: int = static()
    num_genes: int = static()


def init(key: Key, net: Network, num_genes: int, density: float) -> Genome:
    """Draws a sparse weight generation matrix W for the links of a network.

    W(j, i) ~ U[-1, 1] with probability β, else 0, independently (A2). Drawn on the host, since the
    number of entries is part of the shapes.

    Args:
      key: typed key.
      net: the network whose m links get weights.
      num_genes: number n of genes, at least 1.
      density: probability β of an entry, in [0, 1]; a link depends on β n genes on average.

    Returns:
      A ``Genome``.

    Raises:
      InputError: ``num_genes`` below 1 or ``density`` outside [0, 1].

    Source: the paper, section 2.

    >>> from nne_jax import network
    >>> net = network.init(jax.random.key(0), (64, 64, 10), (0.3, 1.0))
    >>> gen = init(jax.random.key(1), net, num_genes=1000, density=0.005)
    >>> gen.num_genes, 4.5 < len(gen.effects) / gen.num_links < 5.5  # β n = 5 genes a link
    (1000, True)
    """
    if num_genes < 1:
        raise InputError(f"num_genes={num_genes}: a genome needs at least 1 gene.")
    key_positions, key_effects = jax.random.split(key)
    entries = bernoulli_positions(key_positions, density, net.num_links * num_genes)
    links, genes = (jnp.asarray(i, jnp.int32) for i in np.divmod(entries, num_genes))
    effects = jax.random.uniform(key_effects, links.shape, minval=-1, maxval=1)  # A2
    return Genome(links, genes, effects, net.num_links, num_genes)


def express(gen: Genome, genotypes: jax.Array) -> Weights:
    """Expresses genotypes as weights, w = W x (A2). Linear: frequencies give mean weights.

    Written for one genotype and vmapped over individuals.

    Args:
      gen: the genome.
      genotypes: (n,) or (N, n), alleles in {0, 1} or frequencies in [0, 1], any real dtype.

    Returns:
      (m,) or (N, m) float32.

    >>> gen = Genome(jnp.array([0, 0, 2]), jnp.array([0, 1, 1]), jnp.array([0.5, 1.0, -2.0]), 3, 2)
    >>> express(gen, jnp.array([[True, False], [True, True]]))
    Array([[ 0.5,  0. ,  0. ],
           [ 1.5,  0. , -2. ]], dtype=float32)
    """
    if genotypes.ndim == 2:
        return jax.vmap(lambda genotype: express(gen, genotype))(genotypes)
    contributions = gen.effects * genotypes.astype(gen.effects.dtype)[gen.genes]
    return jax.ops.segment_sum(contributions, gen.links, gen.num_links, indices_are_sorted=True)


def weight_range(gen: Genome) -> tuple[Weights, Weights]:
    """Smallest and largest weight that any genotype can give each link.

    Returns:
      (m,), (m,) float32: the sums of the negative and of the positive effects of each link.

    >>> gen = Genome(jnp.array([0, 0]), jnp.array([0, 1]), jnp.array([0.5, -2.0]), 1, 2)
    >>> [bound.tolist() for bound in weight_range(gen)]
    [[-2.0], [0.5]]
    """
    every_gene = jnp.ones(gen.num_genes)
    return tuple(
        express(dataclasses.replace(gen, effects=clip(gen.effects, 0)), every_gene)
        for clip in (jnp.minimum, jnp.maximum)
    )


def without_silent_inputs(net: Network, gen: Genome, images: jax.Array) -> tuple[Network, Genome]:
    """Drops the links from inputs that are 0 in all of some images: on those nothing else changes.

    A fifth of MNIST's pixels are 0 in all of 2000 training images. On other images, of the test set
    say, such a link has its say: evaluate with the whole network.

    Args:
      net: the wiring.
      gen: its genome.
      images: (B, D).

    Returns:
      A network with the same units and a genome with the same genes.

    >>> from nne_jax import network
    >>> net = network.init(jax.random.key(0), (2, 3), (1.0,))
    >>> gen = init(jax.random.key(1), net, num_genes=4, density=1.0)
    >>> net, gen = without_silent_inputs(net, gen, jnp.array([[0.0, 1.0]]))
    >>> net.layers[0].senders.tolist(), gen.num_links, gen.links.size
    ([1, 1, 1], 3, 12)
    """
    first = net.layers[0]
    kept = np.any(np.asarray(images) != 0, axis=0)[np.asarray(first.senders)]
    kept = np.append(kept, np.ones(net.num_links - first.num_links, bool))
    links = np.asarray(gen.links)
    entries, new_ids = kept[links], np.cumsum(kept) - 1
    num_first = first.num_links
    first = dataclasses.replace(
        first, senders=first.senders[kept[:num_first]], receivers=first.receivers[kept[:num_first]]
    )
    gen = Genome(
        jnp.asarray(new_ids[links[entries]], jnp.int32),
        gen.genes[entries],
        gen.effects[entries],
        int(kept.sum()),
        gen.num_genes,
    )
    return Network((first, *net.layers[1:])), gen
