"""Chromosomes, and individuals that share their haplotypes."""

from typing import Any

from nne_jax._checks.arrays import check_array, check_values
from nne_jax._checks.numbers import check_count
from nne_jax.errors import InputError


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
