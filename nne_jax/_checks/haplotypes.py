"""Chromosomes, and individuals that share their haplotypes."""

from typing import TYPE_CHECKING, Any

import numpy as np

from nne_jax._checks.arrays import check_array, check_values
from nne_jax._checks.dtypes import values_of
from nne_jax._checks.numbers import check_count
from nne_jax.errors import InputError

if TYPE_CHECKING:
    from nne_jax.genome import Genome
    from nne_jax.network import Network


def check_chromosomes(num_chromosomes: int, **numbers: int) -> None:
    """Raises an InputError unless each number is a multiple of the number of chromosomes.

    >>> check_chromosomes(3, num_genes=10)
    Traceback (most recent call last):
    nne_jax.errors.InputError: num_chromosomes=3: num_genes=10 cannot be shared among them ...
    """
    check_count("num_chromosomes", num_chromosomes)
    for name, number in numbers.items():
        if number % num_chromosomes:
            raise InputError(
                f"num_chromosomes={num_chromosomes}: {name}={number} cannot be shared among them "
                "equally; give a divisor of it."
            )


def check_haplotypes(num_haplotypes: int, antithetic: bool) -> None:
    """Raises an InputError unless there are some, and an even number of them for pairs."""
    check_count("num_haplotypes", num_haplotypes)
    if antithetic and num_haplotypes % 2:
        raise InputError(
            f"num_haplotypes={num_haplotypes}: antithetic ones come in pairs; give an even number."
        )


def check_assorted(genotypes: Any) -> None:
    """Raises an InputError unless all haplotypes that individuals carry are there."""
    check_array("genotypes.haplotypes", genotypes.haplotypes, ("K", "n"), "booleans")
    check_array("genotypes.carried", genotypes.carried, ("N", "C"), "whole numbers")
    num_haplotypes, num_genes = genotypes.haplotypes.shape
    check_chromosomes(genotypes.carried.shape[1], num_genes=num_genes)
    check_values("genotypes.carried", genotypes.carried, 0, num_haplotypes - 1, "haplotypes")


def chromosomes_of(net: "Network", num_chromosomes: int) -> np.ndarray:
    """The chromosome with the genes of each link, by the hidden unit at one of its ends, (m,)."""
    first, output = net.layers
    units = np.concatenate([np.asarray(first.receivers), np.asarray(output.senders)])
    return units // (first.num_out // num_chromosomes)


def is_separable(net: "Network") -> bool:
    """Whether the logits are a sum over hidden units, each of which fires by itself."""
    return len(net.layers) == 2 and net.k_cap is None and not net.has_biases


def check_chromosomes_of(net: "Network", gen: "Genome") -> None:
    """Raises an InputError unless the genes of each hidden unit are on its chromosome."""
    count = check_count("gen.num_chromosomes", gen.num_chromosomes)
    rows, genes = values_of(gen.rows), values_of(gen.genes)
    if count == 1 or rows is None or genes is None:
        return
    fits = is_separable(net) and net.layers[0].num_out % count == gen.num_genes % count == 0
    if not fits or np.any(chromosomes_of(net, count)[rows] != genes // (gen.num_genes // count)):
        raise InputError(
            f"gen: its num_chromosomes={count} have not each the genes of as many hidden units of "
            "this network; draw it for this network, by genome.init."
        )
