"""The weight generation matrix W: how genes make weights, w = w0 + W x. Fixed, and kept sparse.

Genes may be expressed by a nonlinear function g too, w = g(w0 + W x), of each weight by itself.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from nne_jax import _model, _weights
from nne_jax._checks import (
    check_array,
    check_count,
    check_entries,
    check_finite,
    check_freqs,
    check_genes,
    check_genome,
    check_key,
    check_on_host,
)
from nne_jax._model import Structure
from nne_jax._pytrees import as_pytree, is_traced, pytree, static
from nne_jax.elementwise import EXPRESSIONS, named
from nne_jax.errors import InputError
from nne_jax.network import bernoulli_positions
from nne_jax.types import AlleleFreqs, Key, Weights


@pytree
@dataclasses.dataclass(frozen=True, eq=False)
class Genome:
    """The non-zero entries of W (m, n): entry e adds ``effects[e] * x[genes[e]]`` to a weight."""

    rows: jax.Array  # (entries,) int32, ascending: row of W, which weight
    genes: jax.Array  # (entries,) int32: column of W, which gene
    effects: jax.Array  # (entries,) float32: value of W
    base: jax.Array | None  # (m,) float32: w0, the weights without any allele 1; None: 0
    num_weights: int = static()
    num_genes: int = static()
    structure: Structure | None = static(default=None)  # of ``parameters``; None: (m,) as they are
    of_weights: bool = static(default=False)  # "alleles" are any numbers: that of ``identity``
    num_chromosomes: int = static(default=1)  # that have the genes of so many groups of units
    expression: Any = None  # g, a pytree and a function of each number by itself; None: linear


def init(
    key: Key,
    model: Any,
    num_genes: int,
    density: float | None = None,
    genes_per_weight: float | None = None,
    scale: str | float = "unit",
    base: Any = None,
    output_axis: int = -1,
    num_chromosomes: int = 1,
    expression: str | Callable = "linear",
) -> Genome:
    """Draws a sparse weight generation matrix W for the weights of a network or of any model.

    W(j, i) ~ U[-a(j), a(j)] with probability β, else 0, independently (A2; the paper's a is 1).
    Drawn on the host, since the number of entries is part of the shapes.

    Args:
      key: typed key.
      model: a ``Network``, whose links get weights, or any pytree of arrays of floats (or of
        ``jax.ShapeDtypeStruct``), the parameters of a model of any library.
      num_genes: number n of genes, at least 1.
      density: probability β of an entry, in [0, 1].
      genes_per_weight: β n in its place, the number of genes that a weight depends on, on average.
      scale: the largest effect a. ``"unit"`` is the paper's 1, a number is the same for all.
        ``"fan_in"`` has a² = 6 / (β n f) with f the number of inputs of the receiving unit: the
        weights of genotypes of p = 1/2 then have a variance of 1/f (LeCun), so that a network of
        any depth starts with the accuracy and the likelihood of a guess.
      base: w0, the weights of a genotype without any allele 1: a pytree of the model's form, (m,)
        for a ``Network``; 0 by default. Evolution then goes on around given weights.
      output_axis: for ``"fan_in"``, the axis of a matrix or kernel that its outputs are on: the
        last one in Flax and Haiku, 0 in Equinox. f is the product of the other axes, and the size
        of a leaf of one axis or none, such as a bias.
      num_chromosomes: number C of chromosomes, of n/C genes each. With more than one the links into
        and out of H/C consecutive hidden units depend on genes of one chromosome alone, so that
        individuals who share haplotypes share the work too, see ``assortment``. For a ``Network``
        with one hidden layer.
      expression: g of w = g(w0 + W x), one of ``elementwise.EXPRESSIONS`` or a function of an
        array, of each number by itself. The paper's is linear; where g bends is a matter of
        ``scale``. Lemma 1 holds with any: it is of fitness as a function of genotypes.

    Returns:
      A ``Genome``.

    Raises:
      InputError: a number out of bounds, neither or both of ``density`` and ``genes_per_weight``,
        an unknown ``scale`` or ``expression``, a model without weights or with a leaf that is no
        array of floats, a ``base`` of another form, chromosomes of a model that has no hidden units
        to share among them, or a number of genes or hidden units that is no multiple of theirs.

    Source: the paper, section 2; LeCun et al., Efficient backprop, 1998.

    >>> params = {"kernel": jnp.zeros((8, 4)), "bias": jnp.zeros(4)}
    >>> gen = init(jax.random.key(1), params, num_genes=1000, genes_per_weight=5)
    >>> gen.num_weights, gen.num_genes, 4 < len(gen.effects) / gen.num_weights < 6
    (36, 1000, True)
    """
    check_key("key", key)
    check_on_host("genome", key, density, genes_per_weight, scale)
    expression = as_pytree(named("expression", expression, EXPRESSIONS))
    num_genes = check_count("num_genes", num_genes)
    density = _weights.density(num_genes, density, genes_per_weight)
    structure, num_weights = _weights.form(model)
    if structure is not None and num_weights == 0:
        raise InputError(
            "model: it has no parameters to evolve; give a pytree of arrays of floats."
        )
    chromosomes = _weights.chromosomes(model, num_weights, num_chromosomes, num_genes)
    own_genes = num_genes // num_chromosomes  # those that may have an effect on a weight
    genes_per_weight = density * num_genes
    if genes_per_weight > own_genes:
        raise InputError(
            f"num_chromosomes={num_chromosomes}: a weight depends on {genes_per_weight:g} genes, "
            f"and a chromosome has {own_genes}; give fewer chromosomes, or more genes."
        )
    key_positions, key_effects = jax.random.split(key)
    own_density = min(density * num_chromosomes, 1.0)
    entries = bernoulli_positions(key_positions, own_density, num_weights * own_genes)
    rows, genes = (i.astype(np.int32) for i in np.divmod(entries, own_genes))
    genes += own_genes * chromosomes[rows]
    largest = _weights.largest_effects(model, structure, genes_per_weight, scale, output_axis)
    effects = jax.random.uniform(key_effects, rows.shape, jnp.float32, -1, 1)  # A2
    if np.ndim(largest):
        effects *= jax.device_put(np.asarray(largest, np.float32)[rows])
    elif largest != 1:
        effects *= largest
    if base is not None:
        base = _model.flatten(base, structure, num_weights)
        check_finite("base", base)
    return Genome(
        jax.device_put(rows),
        jax.device_put(genes),
        effects,
        base,
        num_weights,
        num_genes,
        structure,
        num_chromosomes=num_chromosomes,
        expression=expression,
    )


def identity(model: Any) -> Genome:
    """The genome in which every weight has a gene of its own, whose "allele" is the weight itself.

    With it a population fitness takes weights in the place of genotypes, for search methods that
    search the weights.

    Args:
      model: as in ``init``.

    Raises:
      InputError: a model with a leaf that is no array of floats.

    >>> express(identity({"w": jnp.zeros(3)}), jnp.array([0.5, -2.0, 0.0])).tolist()
    [0.5, -2.0, 0.0]
    """
    structure, size = _weights.form(model)
    each = jnp.arange(size, dtype=jnp.int32)
    return Genome(each, each, jnp.ones(size, jnp.float32), None, size, size, structure, True)


def express(gen: Genome, genotypes: jax.Array) -> Weights:
    """Expresses genotypes as weights, w = w0 + W x (A2), or g(w0 + W x).

    Where it is linear, frequencies give mean weights. Written for one genotype and vmapped over
    individuals.

    Args:
      gen: the genome.
      genotypes: (n,) or (N, n), alleles in {0, 1} or frequencies in [0, 1], any real dtype.

    Returns:
      (m,) or (N, m) float32.

    Raises:
      InputError: genotypes of another number of genes, or numbers outside [0, 1], which only the
        genome of ``identity`` takes.

    >>> entries = jnp.array([0, 0, 2]), jnp.array([0, 1, 1]), jnp.array([0.5, 1.0, -2.0])
    >>> express(Genome(*entries, None, 3, 2), jnp.array([[True, False], [True, True]]))
    Array([[ 0.5,  0. ,  0. ],
           [ 1.5,  0. , -2. ]], dtype=float32)
    """
    check_genes(gen, genotypes)
    if genotypes.ndim == 2:
        return jax.vmap(lambda genotype: express(gen, genotype))(genotypes)
    contributions = gen.effects * genotypes.astype(gen.effects.dtype)[gen.genes]
    weights = jax.ops.segment_sum(contributions, gen.rows, gen.num_weights, indices_are_sorted=True)
    weights = weights if gen.base is None else gen.base + weights
    return weights if gen.expression is None else gen.expression(weights)


def fix(gen: Genome, allele_freqs: AlleleFreqs) -> Genome:
    """Folds the effects of fixed alleles into w0: the same weights, of fewer entries.

    A gene whose frequency is exactly 0 or 1 has one allele in everybody: its column of W adds the
    same to everybody's weights. Genotypes keep their form, the genes their numbers.

    Args:
      gen: the genome.
      allele_freqs: (n,) frequencies.

    Returns:
      A genome without entries of fixed genes, whose w0 has them; ``gen`` itself where there are no
      such entries. For genotypes that have the fixed alleles it expresses the same weights, but for
      the rounding of sums.

    Raises:
      InputError: frequencies of other genes, or out of bounds; the genome of ``identity``, which
        has no alleles; under ``jit``, since the number of entries is part of the shapes.

    >>> entries = jnp.array([0, 0, 2]), jnp.array([0, 1, 1]), jnp.array([0.5, 1.0, -2.0])
    >>> gen = fix(Genome(*entries, None, 3, 2), jnp.array([0.5, 1.0]))
    >>> gen.base.tolist(), gen.genes.tolist()
    ([1.0, 0.0, -2.0], [0])
    """
    check_entries(gen)
    check_freqs("allele_freqs", allele_freqs, gen.num_genes)
    if is_traced(gen, allele_freqs):
        raise InputError(
            "allele_freqs: the number of entries depends on which are 0 or 1, and under jit or "
            "vmap they have no values; fix genes outside."
        )
    if gen.of_weights:
        raise InputError("gen: its genes are weights, of no alleles; give one of genome.init.")
    p = np.asarray(allele_freqs, np.float64)
    rows, genes, effects = (np.asarray(part) for part in (gen.rows, gen.genes, gen.effects))
    fixed = ((p == 0) | (p == 1))[genes]
    if not fixed.any():
        return gen
    added = np.bincount(rows[fixed], (effects * p[genes])[fixed], gen.num_weights)
    base = added if gen.base is None else np.asarray(gen.base) + added
    return dataclasses.replace(
        gen,
        rows=jax.device_put(rows[~fixed]),
        genes=jax.device_put(genes[~fixed]),
        effects=jax.device_put(effects[~fixed]),
        base=jax.device_put(base.astype(np.float32)),
    )


def parameters(gen: Genome, genotype: jax.Array) -> Any:
    """The parameters of one individual's model, in the form of the model that ``init`` was given.

    Args:
      gen: the genome.
      genotype: (n,) alleles, or frequencies for the mean genotype.

    Returns:
      The pytree; (m,) float32 for a ``Network``.

    Raises:
      InputError: as ``express``, or several genotypes: ``vmap`` over them.

    >>> gen = identity({"bias": jnp.zeros(1), "kernel": jnp.zeros((1, 2))})
    >>> jax.tree.map(lambda leaf: leaf.tolist(), parameters(gen, jnp.array([1.0, 2.0, 3.0])))
    {'bias': [1.0], 'kernel': [[2.0, 3.0]]}
    """
    check_genome(gen)
    check_array("genotype", genotype, (gen.num_genes,), "alleles or frequencies")
    weights = express(gen, genotype)
    return weights if gen.structure is None else _model.unflatten(gen.structure, weights)
