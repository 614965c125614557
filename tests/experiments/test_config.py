import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from absl import flags as absl_flags

import nne_jax as nne
from experiments import launch
from experiments.launch.options import option_types
from experiments.run import flags
from experiments.run.assemble import assemble
from experiments.run.config import OF_A_MACHINE, SELECTIONS, Config
from experiments.run.presets import PRESETS, new_config
from experiments.run.steps import make_rule
from nne_jax.errors import InputError


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dataset": "cifar"}, "--dataset=cifar: must be one of digits, mnist"),
        ({"population_size": 0}, "--population_size=0: must be at least 1"),
        ({"num_genes": 0}, "--num_genes=0: must be at least 1"),
        ({"num_generations": 0}, "--num_generations=0: must be at least 1"),
        ({"edge_prob": 1.5}, "--edge_prob=1.5: must be between 0 and 1"),
        ({"genes_per_link": -0.1}, "--genes_per_link=-0.1: must be at least 0"),
        ({"genes_per_link": float("nan")}, "--genes_per_link=nan: must be at least 0"),
        ({"num_genes": 3}, "--genes_per_link=5.0: there are 3 genes; give at most as many"),
        ({"mutation_rate": 0.7}, "--mutation_rate=0.7: must be between 0 and 0.5"),
        ({"temperature": 0.0}, "--temperature=0.0: must be more than 0"),
        ({"selection_intensity": -1.0}, "--selection_intensity=-1.0: must be more than 0"),
        (
            {"selected_fraction": 1.0},
            "--selected_fraction=1.0: must be more than 0 and less than 1",
        ),
        ({"epsilon": float("inf")}, "--epsilon=inf: must be more than 0, and finite"),
        ({"hidden": (64, 0)}, "--hidden=64,0: each must be at least 1"),
        ({"hidden": ()}, "--hidden=: give at least one value"),
        ({"classes": (3, 3)}, "--classes=3,3: give each value once"),
        ({"seed": 2**32}, "--seed=4294967296: must be between 0 and 4294967295"),
        ({"seed": -1}, "--seed=-1: must be between 0 and"),
        ({"lifetime_rate": float("inf")}, "--lifetime_rate=inf: must be more than 0, and finite"),
        ({"intensity_decay": float("inf")}, "--intensity_decay=inf: must be at least 0, and fin"),
        ({"recombination_rate": 0.6}, "--recombination_rate=0.6: must be between 0 and 0.5"),
        ({"evolution": "moran"}, "--evolution=moran: must be one of nne, wright_fisher"),
        (
            {"evolution": "wright_fisher", "selection": "adam"},
            "--selection=adam: gives individuals no relative fitness",
        ),
        ({"chunk_size": -1}, "--chunk_size=-1: must be at least 0"),
        ({"selection_intensity": 1e38}, "=1e+38: give a number of a size from 1e-06 to 1e+06"),
        ({"temperature": 1e-30}, "--temperature=1e-30: give a number of a size from 1e-06 to 1e+"),
        ({"epsilon": 1e300}, "--epsilon=1e+300: give a number of a size from 1e-06 to 1e+06"),
        ({"lifetime_rate": 1e30}, "--lifetime_rate=1e+30: give a number of a size from 1e-06"),
        ({"mutation_rate": 1e-300}, "--mutation_rate=1e-300: give a number of a size from 1e-37"),
        ({"num_genes": 10**12}, "--num_genes=1000000000000: must be at most 2147483647"),
        ({"num_generations": 2**31}, "--num_generations=2147483648: must be at most 2147483647"),
        ({"hidden": (3, 10**18)}, "--hidden=3,1000000000000000000: must be at most 2147483647"),
        ({"num_genes": "many"}, "--num_genes=many: give a whole number"),  # of an edited file, say
        ({"num_genes": 3.0}, "--num_genes=3.0: give a whole number"),
        ({"num_genes": True}, "--num_genes=true: give a whole number"),
        ({"num_genes": None}, "--num_genes=None: give a whole number"),
        ({"temperature": "hot"}, "--temperature=hot: give a number"),
        ({"antithetic": 1}, "--antithetic=1: give true or false"),
        ({"hidden": 64}, "--hidden=64: give whole numbers"),
        ({"hidden": (64, "x")}, "--hidden=64,x: give whole numbers"),
        ({"dataset": 3}, "--dataset=3: give a text"),
        ({"workdir": "--resume"}, "--workdir=--resume: looks like an option; give ./--resume if"),
        ({"workdir": "y" * 300}, "no file can have such a name; give a shorter or simpler one"),
        ({"data_dir": "~no_such_user"}, "--data_dir=~no_such_user: there is no such home folder"),
        ({"fitness": "loss"}, "--fitness=loss: must be one of reward, log_likelihood"),
    ],
)
def test_values_out_of_bounds_name_the_flag_the_value_and_the_remedy(options, message):
    with pytest.raises(InputError) as error:
        Config(**options)
    assert message in str(error.value)


def parsed(*arguments):
    """The options that some flags of a run give."""
    values = absl_flags.FlagValues()
    flags.define(values)
    launch.flags.parse(["evolve", *arguments], values)
    return flags.read(values)


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("--hidden=64,x", "--hidden=64,x: give whole numbers."),
        ("--hidden=", "--hidden=: give at least one value."),
        ("--classes=9-3", "--classes=9-3: give class numbers"),
        ("--classes=a-b", "--classes=a-b: give class numbers"),
        ("--classes=3,,5", "--classes=3,,5: give class numbers"),
        ("--num_genes=1e3", "--num_genes=1e3: give a whole number."),
        ("--noseed", "--noseed: is no option of this command"),
        (
            "--classes=0-1000000000000",
            "--classes=0-1000000000000: give class numbers such as 0-4 or",
        ),
        ("--classes=0-" + "9" * 5000, "--classes=0-999"),
        ("--progress=perhaps", "--progress=perhaps: give true or false."),
        ("--noprogress=1", "--noprogress=1 does not take an argument."),
        (
            "--flagfile=/no/such/file",
            "--flagfile=/no/such/file: cannot be read (No such file or directory); give a file",
        ),
        ("--flagfile=", "--flagfile=: is empty; give a file of flags."),
        ("--flagfile=/proc/self/exe", "--flagfile: cannot be read ("),
        ("--preset=best", "--preset=best: must be one of digits, mnist,"),
        ("--seed", "Missing value for flag --seed."),
        ("--", "word: is no option; options are --name=value"),
    ],
)
def test_texts_that_are_no_values_are_refused(argument, message):
    with pytest.raises(InputError) as error:
        parsed(argument, *["word"] * (argument == "--"))
    assert str(error.value).startswith(message)


def test_an_option_that_is_given_twice_has_its_last_value():
    assert parsed("--seed=1", "--hidden=3", "--seed=2").options == {"seed": 2, "hidden": (3,)}
    with pytest.raises(InputError, match="--seed=x: give a whole number"):
        parsed("--seed=x", "--seed=2")


def test_options_from_a_file_and_those_that_another_command_has(tmp_path):
    (tmp_path / "flags").write_text("--seed=3\n# a comment\n--hidden=5,4\n")
    given = parsed(f"--flagfile={tmp_path / 'flags'}", "--undefok=of_another", "--of_another=1")
    assert given.options == {"seed": 3, "hidden": (5, 4)}


def test_home_is_written_out(monkeypatch):
    monkeypatch.setenv("HOME", "/of/mine")
    given = Config(dataset="~/own.npz", workdir="~/run", data_dir="~/data")
    assert (given.dataset, given.workdir, given.data_dir) == (
        "/of/mine/own.npz",
        "/of/mine/run",
        "/of/mine/data",
    )


STRENGTHS = [
    "temperature=1e-6 selection=intensity",
    "temperature=1e6 selection=intensity",
    "temperature=1e-6 temperature_decay=1e6",
    "selection_intensity=1e6",
    "intensity_decay=1e9",
    "selection=weak fitness=reward epsilon=1e6",
    "selection=weak fitness=reward epsilon=1e6 temperature=1e-6",
    "selection=weak fitness=reward epsilon=1e6 evolution=wright_fisher",
    "selection=adam learning_rate=1e6",
    "selection=truncation selected_fraction=1e-37",
    "population_size=1",
    "population_size=1 evolution=wright_fisher",
    "genes_per_link=0.0",
    "edge_prob=0.0",
]


@pytest.mark.slow
@pytest.mark.parametrize("strengths", STRENGTHS)
def test_options_at_their_bounds_leave_frequencies(strengths):
    """So that whatever the bounds admit is a run."""
    options = parsed(*(f"--{strength}" for strength in strengths.split())).options
    small = {"hidden": (6,), "num_genes": 12, "batch_size": 20, "genes_per_link": 2.4}
    run = assemble(Config(**{"population_size": 10, **small, **options}))
    with jax.numpy_dtype_promotion("standard"):  # which optax's Adam needs
        state, _ = nne.evolution.evolve(run.step, run.state, run.batches, 4)
    p = np.asarray(state.allele_freqs)
    assert np.all((p >= 0) & (p <= 1))


def test_every_option_has_a_flag_whose_text_comes_back_as_it_was():
    values = absl_flags.FlagValues()
    flags.define(values)
    assert set(values) == {"preset", *option_types(Config)}
    for preset, config in PRESETS.items():
        texts = [f"--preset={preset}"]
        for name, kind in option_types(Config).items():
            value = getattr(config, name)
            if kind is bool:
                texts.append(f"--{name}" if value else f"--no{name}")
            elif value not in ((), None):
                texts.append(f"--{name}={launch.options.as_text(value)}")
        given = parsed(*texts)
        assert given.preset == preset
        assert dataclasses.replace(PRESETS["digits"], **given.options) == config


def test_presets():
    assert new_config(None, {}) == Config() == PRESETS["digits"]
    assert new_config(None, {"dataset": "fashion_mnist"}).population_size == 1024
    paper = new_config("paper", {})
    assert (paper.dataset, paper.per_class, paper.hidden) == ("mnist", 200, (1000,))
    assert (paper.edge_prob, paper.genes_per_link, paper.num_genes) == (0.1, 5, 2000)
    assert (paper.population_size, paper.batch_size, paper.initial_spread) == (1000, 0, 1.0)
    assert (paper.fitness, paper.temperature, paper.selection) == ("reward", 1.0, "weak")
    for name in "dataset classes per_class genes_per_link".split():
        assert getattr(PRESETS["mnist_fast"], name) == getattr(paper, name)  # the same problem


@pytest.mark.slow
@pytest.mark.parametrize("selection", SELECTIONS)
@pytest.mark.parametrize("mutation_rate", [0.0, 0.01])
def test_every_selection_has_a_rule(selection, mutation_rate):
    """Fitter carriers of allele 1 of the first gene raise its frequency and no other's."""
    rule = make_rule(Config(selection=selection, mutation_rate=mutation_rate, epsilon=0.5))
    p = jnp.array([0.5, 0.5])
    genotypes = jnp.array([[1, 1], [1, 0], [0, 1], [0, 0]], bool)
    fitness = jnp.array([2.0, 2.0, 1.0, 1.0])
    with jax.numpy_dtype_promotion("standard"):  # which optax's Adam needs
        after, _ = nne.selection.apply(rule, genotypes, fitness, rule.init(p), p)
    expected = {"weak": 4 / 7, "intensity": 1.0, "truncation": 1.0, "adam": jax.nn.sigmoid(0.1)}
    expected["pbil"] = 0.55  # a tenth of the way to the parents' 1
    moved = expected[selection] * (1 - 2 * mutation_rate) + mutation_rate
    np.testing.assert_allclose(after, [moved, 0.5], atol=1e-5)


def test_the_intensity_falls_as_the_generations_go_by():
    rule = make_rule(Config(selection_intensity=0.5, intensity_decay=0.1))
    state = rule.init(jnp.array([0.5]))._replace(generation=jnp.int32(10))
    relative = rule.relative_fitness(jnp.array([1.0, 3.0]), state)
    np.testing.assert_allclose(relative, [0.75, 1.25])  # 1 ± 0.5 / (1 + 0.1 x 10)


@pytest.mark.slow
def test_the_temperature_falls_as_the_generations_go_by():
    """After three generations it is half of what it was; the lifetime learns at the last one."""
    small = {"hidden": (6,), "num_genes": 40, "population_size": 10, "batch_size": 20}
    run = assemble(Config(**small, temperature=8.0, temperature_decay=1 / 3, num_generations=9))
    at_4 = assemble(Config(**small, temperature=4.0))
    state = run.state._replace(generation=jnp.int32(3))
    batch = run.batches(jax.random.key(0))
    one, other = (made.step(state, batch)[1].fitness_mean for made in (run, at_4))
    np.testing.assert_allclose(one, other, rtol=1e-6)
    assert one != run.step(run.state, batch)[1].fitness_mean
    assert run.config.last_temperature == 2.0


def test_classes_and_hidden_layers():
    assert parsed("--classes=0-4").options["classes"] == (0, 1, 2, 3, 4)
    assert parsed("--classes=3,5").options["classes"] == (3, 5)
    assert Config().classes == ()
    assert parsed("--hidden=300,100").options["hidden"] == (300, 100)


def test_no_result_depends_on_places_or_on_what_is_shown():
    own = Config(data_dir="data", workdir="runs/mine", progress=False, tensorboard=True, seed=3)
    assert own.deciding == Config(seed=3).deciding
    assert own.deciding != Config().deciding
    others = {*OF_A_MACHINE, "tensorboard"}
    assert own.deciding.keys() | others == {f.name for f in dataclasses.fields(Config)}
