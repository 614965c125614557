"""Every engine is registered in ``ENGINES`` and gets every property test from there."""

import functools

import jax
import pytest

import nne_jax as nne
from nne_jax import engines
from nne_jax.engines import ENGINES, fused

CALL = jax.jit(lambda function, *arguments: function(*arguments))
log_likelihood = functools.partial(nne.fitness.log_likelihood, temperature=3.0)
every_engine = pytest.mark.parametrize("name", ENGINES)
on_cpu = pytest.mark.parametrize("name", ["dense", "gathered", "batched"])  # not interpreted


def population_fitness(name, case, genotypes=None, **options):
    """Fitness by an engine; the fused one is interpreted."""
    net, gen, everybody, batch = case
    genotypes = everybody if genotypes is None else genotypes
    engine = fused.INTERPRETED if name == "fused" else name
    function = engines.make(net, gen, log_likelihood, engine, **options)
    return CALL(function, genotypes, batch)
