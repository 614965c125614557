"""What an engine is: a few functions, the same in every file of one."""

from collections.abc import Callable
from typing import Any, NamedTuple

from nne_jax.data import Batch
from nne_jax.genome import Genome
from nne_jax.network import Network


class Sizes(NamedTuple):
    """Sizes of a network and its genome: what memory, and the choice of an engine, depend on."""

    layer_sizes: tuple[int, ...]
    layer_links: tuple[int, ...]  # links between each two layers
    num_entries: int  # of the genome
    num_genes: int
    k_cap: int | None = None
    has_biases: bool = False

    @property
    def num_links(self) -> int:
        """Number m of links."""
        return sum(self.layer_links)

    @classmethod
    def of(cls, net: Network, gen: Genome) -> "Sizes":
        """The sizes of a network and its genome."""
        links = tuple(layer.num_links for layer in net.layers)
        entries = gen.effects.shape[0]
        return cls(net.layer_sizes, links, entries, gen.num_genes, net.k_cap, net.has_biases)


class Engine(NamedTuple):
    """A schedule of the forward pass of a population of networks; your own is one more of these.

    N individuals of a chunk, n genes, B examples.
    """

    # (sizes, platform) -> what is wrong with them for this engine, in words; None: nothing
    problem: Callable[[Sizes, str], str | None]
    # (net, gen) -> plan, any pytree: network and genome as this engine wants them; on the host
    prepare: Callable[[Network, Genome], Any]
    # (sizes, num_examples, platform) -> individuals to compute together by default
    chunk_size: Callable[[Sizes, int, str], int]
    # (sizes, num_examples) -> bytes that one individual takes
    bytes_per_individual: Callable[[Sizes, int], int]
    # (plan, genotypes (N, n), batch, fitness_fn, dtype of operands) -> fitness (N,) float32
    fitness: Callable[..., Any]
    lanes: int = 1  # chunks are multiples of so many individuals, whom it computes alike
    # (plan, batch, dtype) -> plan with what is computed once for all chunks; None: nothing is
    for_batch: Callable[[Any, Batch, Any], Any] | None = None
    # (plan, haplotypes (K, n), batch, dtype, chromosomes (c,)) -> (c, K, B, outputs) float32: what
    # each haplotype of these chromosomes adds to the logits; None: individuals that share
    # haplotypes are put together
    logits_of_haplotypes: Callable[..., Any] | None = None
    # sizes -> bytes of an example, once for all individuals, beside its inputs; None: nothing is
    bytes_per_example: Callable[[Sizes], int] | None = None
