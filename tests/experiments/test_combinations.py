"""Options that do not go together, and those that would do nothing beside others."""

import dataclasses
from pathlib import Path

import jax
import numpy as np
import pytest

import nne_jax as nne
from experiments.run.assemble import assemble
from experiments.run.config import Config
from experiments.run.presets import new_config
from experiments.run.report import header
from nne_jax.errors import InputError


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"classes": (3, 11)}, "classes=[11]: not in digits, whose classes are 0, 1, 2"),
        ({"classes": tuple(range(13))}, "classes=[10"),
        ({"classes": (3,)}, "classes=[3]: give two classes or more"),
        (
            {"per_class": 500},
            "per_class=500, validation_per_class=20: class 0 of digits has 133 training",
        ),
        ({"batch_size": 5000}, "--batch_size=5000: there are 1147 training images"),
        ({"population_size": 10**9}, "needs about"),
        ({"num_sampled": 2**31 - 1}, "--num_seeds or --num_sampled"),
        ({"hidden": (2**31 - 1,)}, "GiB of memory, the machine has"),
        ({"num_genes": 2**31 - 1}, "GiB of memory, the machine has"),
        ({"population_size": 2**31 - 1}, "GiB of memory, the machine has"),
        ({"per_class": 2**31 - 1}, "class 0 of digits has 133 training"),
        ({"num_genes": 10**9}, "GiB of memory, the machine has"),
        (
            {"selection": "weak", "epsilon": 5.0},
            "--epsilon=5.0: 1 + epsilon f can be negative, as log_likelihood can be as low as",
        ),
        (
            {"lifetime": "sgd", "lifetime_batch_size": 5000},
            "--lifetime_batch_size=5000: there are 1147",
        ),
    ],
)
def test_a_run_that_would_fail_is_refused_before_it_starts(options, message):
    with pytest.raises(InputError) as error:
        assemble(dataclasses.replace(Config(), **options))
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_chromosomes": 3}, "--num_chromosomes=3: --hidden=64 cannot be shared among them eq"),
        (
            {"num_chromosomes": 32},
            "--num_chromosomes=32: --num_genes=2000 cannot be shared among them equally",
        ),
        (
            {"num_chromosomes": 2, "hidden": (8, 8)},
            "--num_chromosomes=2: chromosomes are of the units of one hidden layer, and --hid",
        ),
        (
            {"num_chromosomes": 8, "genes_per_link": 500.0},
            "--num_chromosomes=8: one has 250 of the genes, and a link depends on --genes_per_lin",
        ),
        ({"num_haplotypes": 4}, "--num_haplotypes=4: with one chromosome genotypes that share it"),
        (
            {"num_chromosomes": 8, "num_haplotypes": 3, "antithetic": True},
            "--num_haplotypes=3: --antithetic makes pairs; give an even number.",
        ),
        (
            {"num_chromosomes": 8, "repack": True},
            "--repack: has no effect with --num_chromosomes=8, whose haplotypes take little time",
        ),
    ],
)
def test_chromosomes_that_cannot_be_are_refused(options, message):
    with pytest.raises(InputError) as error:
        dataclasses.replace(Config(), **options)
    assert message in str(error.value)


def test_a_run_whose_genes_have_receptive_fields():
    small = {"hidden": (8,), "num_genes": 80, "batch_size": 20, "population_size": 10}
    run = assemble(Config(**small, receptive_field=1.5))
    first, rows, genes = run.net.layers[0], np.asarray(run.gen.rows), np.asarray(run.gen.genes)
    in_first = rows < first.num_links
    np.testing.assert_array_equal(np.asarray(first.receivers)[rows[in_first]], genes[in_first] % 8)
    assert "a link, in fields of σ 1.5" in header(run, Path("here"))
    wide = assemble(Config(**small, receptive_field=20.0))  # every gene of a unit on all its links
    assert wide.gen.effects.size > 10 * first.num_links
    assert wide.memory_bytes > run.memory_bytes
    with pytest.raises(InputError, match="--receptive_field=1e-06: sigma=1e-06: no gene reaches"):
        assemble(Config(**small, receptive_field=1e-6))
    for options, message in [
        ({"num_genes": 7}, "--receptive_field=1.5: every one of --hidden=8 has genes of its own"),
        ({"genes_per_link": 0.0}, "--receptive_field=1.5: with --genes_per_link=0 no gene has an"),
        ({"receptive_field": -1.0}, "--receptive_field=-1.0: must be at least 0"),
    ]:
        with pytest.raises(InputError) as error:
            Config(**{**small, "receptive_field": 1.5, **options})
        assert message in str(error.value)


@pytest.mark.slow
def test_a_run_whose_genotypes_share_haplotypes():
    small = {"hidden": (8,), "num_genes": 80, "batch_size": 20, "population_size": 10}
    run = assemble(Config(**small, num_chromosomes=4, num_haplotypes=6, antithetic=True))
    genotypes = run.step.reproduction.genotypes(jax.random.key(0), run.state)
    assert (genotypes.shape, genotypes.haplotypes.shape[0]) == ((10, 80), 6)
    state, _ = nne.evolution.evolve(run.step, run.state, run.batches, 2)
    assert np.std(state.allele_freqs) > 0.01
    assert "10 genotypes in mirrored pairs, who share 6 haplotypes" in header(run, Path("here"))


def test_an_admissible_epsilon_is_accepted():
    assemble(Config(selection="weak", epsilon=5.0, fitness="reward"))  # never negative
    with pytest.raises(InputError) as error:
        assemble(Config(selection="weak", epsilon=1.0))
    largest = float(str(error.value).split("give at most ")[1].split(",")[0])
    assemble(Config(selection="weak", epsilon=largest))
    with pytest.raises(InputError):  # a batch may be of the worst images
        assemble(Config(selection="weak", epsilon=largest, batch_size=1))


def test_an_option_that_would_do_nothing_is_refused():
    with pytest.raises(InputError, match=r"--epsilon=2\.0: has no effect without --selection=weak"):
        new_config(None, {"epsilon": 2.0})
    with pytest.raises(InputError, match=r"--lifetime_rate=0\.1: has no effect without --lifetime"):
        new_config(None, {"lifetime_rate": 0.1})
    with pytest.raises(InputError, match="no effect without --evolution=wright_fisher"):
        new_config(None, {"recombination_rate": 0.1})
    assert new_config(None, {"epsilon": 0.1, "selection": "weak"}).epsilon == 0.1
