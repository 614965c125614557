"""How networks are laid out, and what XLA and Triton are given."""

import contextlib
import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nne_jax as nne
from nne_jax import engines
from nne_jax.engines import blocks, fused, layout
from tests.engines.cases import CALL, log_likelihood


@pytest.mark.slow
def test_the_layout_expresses_the_weights_of_the_genome(case):
    """As a set of rows: the layout is free to order them."""
    net, gen, genotypes, _ = case
    plan = blocks.by_unit(net, gen)
    assert len(plan.groups) == 3
    found = []
    for units, num_rows in zip(plan.groups, plan.num_rows, strict=True):
        express = functools.partial(layout.express, plan, num_rows=num_rows)
        express = jax.jit(jax.vmap(express, (0, None)))
        block = express(units, genotypes[:3].T.astype(jnp.int8))
        assert jnp.all(block[:, -1] == 0)  # the row of absent links
        found.append(np.asarray(block)[:, :-1].reshape(-1, 3))

    def sorted_rows(weights):
        rows = weights[np.any(weights != 0, axis=1)]
        return rows[np.lexsort(rows.round(4).T)]

    expected = np.asarray(nne.genome.express(gen, genotypes[:3])).T
    np.testing.assert_allclose(sorted_rows(np.concatenate(found)), sorted_rows(expected), atol=1e-6)


@contextlib.contextmanager
def an_abstract_gpu():
    """A GPU to lower for where there is none: newer versions of JAX ask what kind of GPU it is."""
    if jax.__version_info__ < (0, 11):
        yield
        return
    gpu = jax.sharding.AbstractDevice("NVIDIA H100 80GB HBM3", None, "cuda")
    mesh = jax.sharding.AbstractMesh((1,), ("x",), abstract_device=gpu)
    with jax.sharding.use_abstract_mesh(mesh):
        yield


def test_the_fused_kernel_lowers_to_triton(case):
    """No GPU is needed to see that the kernel is one that Triton can be given."""
    net, gen, genotypes, batch = case
    function = jax.jit(lambda plan, *arguments: fused.logits(plan, *arguments))
    plan = fused.ENGINE.prepare(net, gen)
    with an_abstract_gpu():
        traced = function.trace(plan, genotypes, batch.inputs)
        text = traced.lower(lowering_platforms=("cuda",)).as_text()
    assert "xla.gpu.triton" in text


def test_batched_multiplies_what_links_there_are():
    """By XLA's count: a tenth of the links are a fifth of the work, with what is padded."""
    key = jax.random.key(2)
    net = nne.network.init(key, (400, 50, 4), (0.1, 1.0))
    gen = nne.genome.init(key, net, num_genes=20, density=0.05)
    batch = nne.data.Batch(jnp.ones((64, 400)), jnp.zeros(64, jnp.int32))
    genotypes = jnp.ones((64, 20), bool)

    def operations(name):
        function = engines.make(net, gen, log_likelihood, name)
        return CALL.lower(function, genotypes, batch).compile().cost_analysis()["flops"]

    assert operations("batched") < 0.2 * operations("dense")
