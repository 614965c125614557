"""A population shared among devices: eight fake ones, in a process of their own.

Its programs are optimised as XLA does by default, unlike those of the other tests.
"""

import dataclasses
import functools
import os
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.sharding import NamedSharding, PartitionSpec

import nne_jax as nne
from experiments.speed import collectives, cost_model
from experiments.speed.cases import Scale

MAKERS = ("per_individual", "gathered")  # one engine of each way to make population fitness
ENGINES = ("per_individual", "dense", "gathered", "packed")  # packed: most genes are fixed


def functions(devices):
    """Population fitness of a network by each engine, shared among devices, and arguments."""
    key = jax.random.key(0)
    net = nne.network.init(key, (20, 24, 4), (0.3, 1.0))
    gen = nne.genome.init(key, net, 40, 0.1)
    batch = nne.data.Batch(jax.random.uniform(key, (30, 20)), jnp.arange(30) % 4)
    genotypes = nne.population.sample(key, jnp.full(40, 0.5), 18)  # does not divide by four
    likelihood = functools.partial(nne.fitness.log_likelihood, temperature=3.0)

    def individual(weights, batch):
        return likelihood(nne.phenotype.apply(net, weights, batch.inputs), batch.labels)

    made = {
        name: nne.engines.make(net, gen, likelihood, name, chunk_size=3, devices=devices)
        for name in ENGINES[1:3]
    }
    made["packed"] = made["gathered"].without_fixed(mostly_fixed(40))
    shared = nne.engines.per_individual(individual, gen, chunk_size=3, devices=devices)
    return {"per_individual": shared, **made}, genotypes, batch


def mostly_fixed(num_genes) -> jax.Array:
    """Frequencies of which four in five are 0 or 1."""
    gene = jnp.arange(num_genes)
    return jnp.where(gene % 5 == 0, 0.5, (gene % 2).astype(jnp.float32))


def run(function, batch, key) -> jax.Array:
    """Frequencies after three generations."""
    rule = nne.selection.intensity(0.5)
    step = nne.evolution.make_generation_step(function, rule, 16)
    state = nne.evolution.init(key, 40, rule)
    return nne.evolution.evolve(step, state, batch, 3)[0].allele_freqs


def seeds() -> jax.Array:
    return jax.random.split(jax.random.key(1), 4)


def replicated(function, batch) -> jax.Array:
    """Frequencies of ``run`` for all seeds, side by side."""
    rule = nne.selection.intensity(0.5)
    step = nne.evolution.make_generation_step(function, rule, 16)
    together = nne.replicates.make_generation_step([step] * 4, batch)
    state = nne.replicates.init([nne.evolution.init(key, 40, rule) for key in seeds()])
    return nne.evolution.evolve(together, state, None, 3)[0].allele_freqs


def digits_in_chunks() -> dict[str, jax.Array]:
    """Products large enough to be blocked and spread over threads."""
    key, ds = jax.random.key(0), nne.data.load("digits")
    net = nne.network.init(key, (64, 64, 10), (0.3, 1.0))
    gen = nne.genome.init(key, net, 200, 0.03)
    found = {}
    for name, size, few in (("dense", 21, 8), ("batched", 150, 64)):
        genotypes = nne.population.sample(key, jnp.full(200, 0.5), size)
        for chunk_size in (1000, 1, few):
            function = nne.engines.make(
                net, gen, nne.fitness.log_likelihood, name, chunk_size=chunk_size
            )
            label = f"digits by {name}, chunks of {chunk_size}"
            found[label] = jax.jit(function)(genotypes, ds.train)
    return found


def many(engine: str, devices, chunk_size: int | None) -> jax.Array:
    """Fitness of more individuals than an engine computes together: one chunk, or several."""
    key, ds = jax.random.key(0), nne.data.load("digits")
    net = nne.network.init(key, (64, 16, 10), (0.3, 1.0))
    gen = nne.genome.init(key, net, 50, 0.1)
    options = {"chunk_size": chunk_size, "devices": devices}
    function = nne.engines.make(net, gen, nne.fitness.log_likelihood, engine, **options)
    genotypes = nne.population.sample(key, jnp.full(50, 0.5), 130)
    return jax.jit(function)(genotypes, jax.tree.map(lambda leaf: leaf[:23], ds.train))


def evolved_digits(engine: str, devices, chunk_size: int, shared: bool = False) -> jax.Array:
    """Frequencies after three generations on digits; 18 individuals do not divide by four.

    Those that have ``shared`` haplotypes are 130, since they are computed 64 at a time.
    """
    key, ds = jax.random.key(0), nne.data.load("digits")
    net = nne.network.init(key, (64, 16, 10), (0.3, 1.0))
    chromosomes = {"num_chromosomes": 2} if shared else {}
    gen = nne.genome.init(key, net, 50, 0.1, **chromosomes)
    likelihood = functools.partial(nne.fitness.log_likelihood, temperature=10.0)
    name = "gathered" if engine == "packed" else engine
    function = nne.engines.make(net, gen, likelihood, name, chunk_size=chunk_size, devices=devices)
    if engine == "packed":
        function = function.without_fixed(mostly_fixed(50))
    rule = nne.selection.with_mutation(nne.selection.intensity(0.5), 0.01)
    sizes = {"population_size": 130, "num_haplotypes": 6} if shared else {"population_size": 18}
    step = nne.evolution.make_generation_step(function, rule, **sizes, **chromosomes)
    state = nne.evolution.init(key, 50, rule)
    batches = nne.data.Minibatches(ds.train, 20)
    return nne.evolution.evolve(step, state, batches, 3)[0].allele_freqs


def meshes(devices):
    """Of two by two devices, the population along the second axis."""
    axes = (2, 2), ("seeds", "population")
    kinds = jax.sharding.AxisType.Explicit, jax.sharding.AxisType.Auto
    return [jax.make_mesh(*axes, (kind,) * 2, devices=devices) for kind in kinds]


def runs(eight):
    """Runs by each engine on several devices, and fitness in chunks of several sizes."""
    devices, found = eight[:4], {}
    for name in ENGINES[1:]:
        if name != "gathered":
            found[f"run of {name}, 4 devices"] = evolved_digits(name, devices, 3)
        found[f"run of {name}, alone"] = evolved_digits(name, None, 7)
    for number in (2, 3, 8):
        found[f"run of gathered, {number} devices"] = evolved_digits("gathered", eight[:number], 3)
    for places, chunk_size in ((devices, 3), (None, 1000)):
        where = f"{places and len(places)} devices, chunks of {chunk_size}"
        found[f"many in gathered, {where}"] = many("gathered", places, chunk_size)
        for name in ("dense", "gathered"):
            label = f"haplotypes in {name}, {where}"
            found[label] = evolved_digits(name, places, chunk_size, shared=True)
    scale = Scale((30, 12, 4), 0.3, 70, 0.1, 21, 8)  # 21 individuals: their shares are not equal
    for number in (3, 8):
        found[f"messages, {number} devices"] = collectives.of_generation(scale, number).num_bytes
    return found


def places(devices, explicit, auto):
    """Fitness by each engine in each of the places where ``devices=`` may be used."""
    made, genotypes, batch = functions(devices)
    whole = PartitionSpec()
    in_shards = functools.partial(
        jax.shard_map, in_specs=(whole, whole), out_specs=whole, check_vma=False
    )
    alone, found = functions(None)[0], {}
    for name, function in made.items():
        found[f"{name}, alone"] = jax.jit(alone[name])(genotypes, batch)
        one_by_one = dataclasses.replace(alone[name], chunk_size=1)
        found[f"{name}, chunks of 1"] = jax.jit(one_by_one)(genotypes, batch)
        found[f"{name}, jit"] = jax.jit(function)(genotypes, batch)
    for name in MAKERS:
        with jax.set_mesh(explicit):
            found[f"{name}, under set_mesh"] = jax.jit(made[name])(genotypes, batch)
            found[f"{name}, in shard_map"] = jax.jit(in_shards(made[name]))(genotypes, batch)
    function = made["per_individual"]
    found["per_individual, plain"] = function(genotypes, batch)
    with jax.set_mesh(auto):
        found["per_individual, under set_mesh, auto"] = jax.jit(function)(genotypes, batch)
        found["per_individual, under set_mesh, no jit"] = function(genotypes, batch)
        found["per_individual, in shard_map, auto"] = jax.jit(in_shards(function))(genotypes, batch)
    own = in_shards(function, mesh=auto)
    found["per_individual, in a shard_map of another mesh"] = jax.jit(own)(genotypes, batch)
    return found


def seeds_in_meshes(devices, explicit, auto):
    """Several seeds along one axis of a mesh, by ``vmap`` and as replicates."""
    made, _, batch = functions(devices)
    alone, found = functions(None)[0], {}
    with jax.set_mesh(explicit):
        found["run of gathered, in a mesh, explicit"] = evolved_digits("gathered", None, 3)
        keys = jax.device_put(seeds(), NamedSharding(explicit, PartitionSpec("seeds")))
        for name in MAKERS:
            each = jax.jit(jax.vmap(functools.partial(run, alone[name], batch)))
            found[f"seeds of {name}"] = each(keys)
    by_seeds = jax.make_mesh((4,), ("seeds",), (jax.sharding.AxisType.Auto,), devices=devices)
    found |= {
        "replicates, shared": replicated(made["gathered"], batch),
        "replicates, alone": jnp.stack([run(alone["gathered"], batch, key) for key in seeds()]),
    }
    for name, mesh in {"their own devices": by_seeds, "both axes": auto}.items():
        with jax.set_mesh(mesh):
            found[f"replicates, {name}"] = replicated(alone["gathered"], batch)
    with jax.set_mesh(auto):
        found["run of gathered, in a mesh, auto"] = evolved_digits("gathered", devices, 3)
        keys = jax.device_put(seeds(), NamedSharding(auto, PartitionSpec("seeds")))
        each = jax.vmap(functools.partial(run, alone["gathered"], batch), spmd_axis_name="seeds")
        found["seeds of gathered, auto"] = jax.jit(each)(keys)
    return found


def on_devices() -> dict[str, np.ndarray]:
    """All that the tests below look at, by name."""
    four = jax.devices()[:4]
    both = meshes(four)
    found = digits_in_chunks() | runs(jax.devices())
    found |= places(four, *both) | seeds_in_meshes(four, *both)
    return {name: np.asarray(value) for name, value in found.items()}


@pytest.fixture(scope="module")
def four_devices(tmp_path_factory):
    file = tmp_path_factory.mktemp("shared") / "fitness.npz"
    code = (
        "import sys, numpy as np; from tests.engines import test_sharing;"
        "np.savez(sys.argv[1], **test_sharing.on_devices())"
    )
    # XLA's own level of optimisation; in one piece, which is compiled sooner
    flags = "--xla_force_host_platform_device_count=8 --xla_cpu_parallel_codegen_split_count=1"
    environment = os.environ | {"XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, "-c", code, str(file)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return dict(np.load(file))


@pytest.mark.slow
@pytest.mark.parametrize("name", ENGINES)
def test_chunks_and_devices_change_no_bit_wherever_they_are_used(four_devices, name):
    found = {key: value for key, value in four_devices.items() if key.startswith(name)}
    assert len(found) == 3 + 2 * (name in MAKERS) + 5 * (name == "per_individual")
    for place, fitness in found.items():
        np.testing.assert_array_equal(fitness, found[f"{name}, alone"], err_msg=place)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES[1:])
def test_chunks_and_devices_change_no_bit_of_a_run(four_devices, engine):
    found = {k: v for k, v in four_devices.items() if k.startswith(f"run of {engine},")}
    assert len(found) == (6 if engine == "gathered" else 2)
    for place, freqs in found.items():
        np.testing.assert_array_equal(freqs, found[f"run of {engine}, alone"], err_msg=place)


@pytest.mark.slow
@pytest.mark.parametrize(
    "what", ["many in gathered", "haplotypes in dense", "haplotypes in gathered"]
)
def test_chunks_and_devices_change_no_bit_of_many(four_devices, what):
    one, other = (value for key, value in four_devices.items() if key.startswith(f"{what},"))
    assert np.std(one) > 0.01
    np.testing.assert_array_equal(other, one)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "few"), [("dense", 8), ("batched", 64)])
def test_the_chunk_size_changes_no_bit_on_digits(four_devices, name, few):
    sizes = 1000, 1, few
    whole, *chunks = (four_devices[f"digits by {name}, chunks of {size}"] for size in sizes)
    for chunked in chunks:
        np.testing.assert_array_equal(chunked, whole)


@pytest.mark.slow
@pytest.mark.parametrize("name", MAKERS)
def test_seeds_may_be_spread_over_an_explicit_mesh(four_devices, name):
    """One seed a device: to rounding, since each device has a smaller batched product."""
    made, _, batch = functions(None)
    expected = jax.vmap(functools.partial(run, made[name], batch))(seeds())
    for where, found in four_devices.items():
        if where.startswith(f"seeds of {name}"):
            np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6, err_msg=where)


@pytest.mark.slow
def test_replicates_are_to_the_bit_what_they_are_alone_wherever_they_lie(four_devices):
    alone = four_devices["replicates, alone"]
    np.testing.assert_array_equal(four_devices["replicates, shared"], alone)
    np.testing.assert_array_equal(four_devices["replicates, their own devices"], alone)
    # By vmap, which rounds sums in another order; a genotype of a few may then differ.
    np.testing.assert_allclose(four_devices["replicates, both axes"], alone, atol=1e-5)


@pytest.mark.slow
def test_no_more_travels_than_fitness_and_sums(four_devices):
    """Counted in the programs: of 21 individuals, whose shares on 8 devices are not equal."""
    for number, individuals in {3: 21, 8: 24}.items():
        expected = cost_model.message_bytes(individuals, 70)
        assert four_devices[f"messages, {number} devices"] == expected
