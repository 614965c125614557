import dataclasses
import subprocess
from unittest import mock

import jax
import pytest

from experiments import assemble as assemble_module
from experiments import flags
from experiments.assemble import assemble, make_rule
from experiments.config import PRESETS, SELECTIONS, Config
from experiments.provenance import commit, provenance
from experiments.run_directory import RunDirectory
from nne_jax.types import InputError


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dataset": "cifar"}, "--dataset=cifar: must be one of digits, mnist"),
        ({"population_size": 0}, "--population_size=0: must be at least 1"),
        ({"num_genes": 0}, "--num_genes=0: must be at least 1"),
        ({"num_generations": 0}, "--num_generations=0: must be at least 1"),
        ({"edge_prob": 1.5}, "--edge_prob=1.5: must be between 0 and 1"),
        ({"gene_density": -0.1}, "--gene_density=-0.1: must be between 0 and 1"),
        ({"gene_density": float("nan")}, "--gene_density=nan: must be between 0 and 1"),
        ({"mutation_rate": 0.7}, "--mutation_rate=0.7: must be between 0 and 0.5"),
        ({"temperature": 0.0}, "--temperature=0.0: must be more than 0"),
        ({"selection_intensity": -1.0}, "--selection_intensity=-1.0: must be more than 0"),
        (
            {"selected_fraction": 1.0},
            "--selected_fraction=1.0: must be more than 0 and less than 1",
        ),
        ({"epsilon": float("inf")}, "--epsilon=inf: must be more than 0, and finite"),
        ({"hidden": "64,x"}, "--hidden=64,x: give sizes"),
        ({"hidden": "0"}, "--hidden=0: give sizes"),
        ({"hidden": ""}, "--hidden=: give sizes"),
        ({"classes": "9-3"}, "--classes=9-3: give class numbers"),
        ({"classes": "a-b"}, "--classes=a-b: give class numbers"),
        ({"recombination_rate": 0.6}, "--recombination_rate=0.6: must be between 0 and 0.5"),
        ({"evolution": "moran"}, "--evolution=moran: must be one of nne, wright_fisher"),
        (
            {"evolution": "wright_fisher", "selection": "adam"},
            "--selection=adam: gives individuals no relative fitness",
        ),
        ({"chunk_size": -1}, "--chunk_size=-1: must be at least 0"),
        ({"fitness": "loss"}, "--fitness=loss: must be one of reward, log_likelihood"),
    ],
)
def test_values_out_of_bounds_name_the_flag_the_value_and_the_remedy(options, message):
    with pytest.raises(InputError) as error:
        Config(**options)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"classes": "3,11"}, "classes=[11]: not in digits, whose classes are 0, 1, 2"),
        ({"classes": "0-12"}, "classes=[10, 11, 12]: not in digits"),
        ({"classes": "3"}, "takes two classes or more"),
        (
            {"per_class": 500},
            "per_class=500, validation_per_class=20: class 0 of digits has 133 training images",
        ),
        ({"batch_size": 5000}, "--batch_size=5000: there are 1147 training images"),
        ({"population_size": 10**9}, "needs about"),
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
        flags.new_config(None, {"epsilon": 2.0})
    with pytest.raises(InputError, match=r"--lifetime_rate=0\.1: has no effect without --lifetime"):
        flags.new_config(None, {"lifetime_rate": 0.1})
    with pytest.raises(InputError, match="no effect without --evolution=wright_fisher"):
        flags.new_config(None, {"recombination_rate": 0.1})
    assert flags.new_config(None, {"epsilon": 0.1, "selection": "weak"}).epsilon == 0.1


def test_presets():
    assert flags.new_config(None, {}) == Config() == PRESETS["digits"]
    assert flags.new_config(None, {"dataset": "fashion_mnist"}).population_size == 1000
    paper = flags.new_config("paper", {})
    assert (paper.dataset, paper.per_class, paper.hidden_sizes) == ("mnist", 200, (1000,))
    assert (paper.edge_prob, paper.gene_density, paper.num_genes) == (0.1, 0.0025, 2000)
    assert (paper.population_size, paper.batch_size, paper.initial_spread) == (1000, 0, 1.0)
    assert (paper.fitness, paper.temperature, paper.selection) == ("reward", 1.0, "weak")
    for name in "dataset per_class hidden edge_prob num_genes gene_density".split():
        assert getattr(PRESETS["mnist_fast"], name) == getattr(paper, name)  # the same problem


@pytest.mark.parametrize("selection", SELECTIONS)
@pytest.mark.parametrize("mutation_rate", [0.0, 0.01])
def test_every_selection_has_a_rule(selection, mutation_rate):
    rule = make_rule(Config(selection=selection, mutation_rate=mutation_rate))
    assert callable(rule.update)


def test_classes_and_hidden_layers():
    assert Config(classes="0-4").class_list == (0, 1, 2, 3, 4)
    assert Config(classes="3,5").class_list == (3, 5)
    assert Config().class_list is None
    assert Config(hidden="300,100").hidden_sizes == (300, 100)


def test_resuming_keeps_what_evolves():
    stored = dataclasses.asdict(Config(seed=3))
    longer = flags.resumed_config(stored, {"num_generations": 900, "progress": False}, "runs/x")
    assert (longer.num_generations, longer.seed, longer.workdir) == (900, 3, "runs/x")
    with pytest.raises(InputError, match=r"--seed=4: the run in runs/x has seed=3; drop the flag"):
        flags.resumed_config(stored, {"seed": 4}, "runs/x")


def test_a_folder_that_is_taken_is_refused(tmp_path):
    folder = RunDirectory.new(Config(workdir=str(tmp_path / "run")), "x")
    folder.create(Config())
    with pytest.raises(InputError, match=r"--workdir=.*run: holds another run; add --resume"):
        RunDirectory.new(Config(workdir=str(tmp_path / "run")), "x")
    with pytest.raises(InputError, match=r"is not empty"):
        RunDirectory.new(Config(workdir=str(tmp_path)), "x")
    with pytest.raises(InputError, match=r"holds no run to resume"):
        RunDirectory(tmp_path).stored_config()
    (tmp_path / "config.json").write_text('{"config"')
    with pytest.raises(InputError, match=r"config.json is damaged; restore it"):
        RunDirectory(tmp_path).stored_config()
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="is a file"):
        RunDirectory.new(Config(workdir=str(tmp_path / "file")), "x")


def test_rows_after_a_checkpoint_and_half_rows_are_dropped(tmp_path):
    folder = RunDirectory(tmp_path)
    folder.append_rows({"generation": g, "x": 0.1 * g} for g in range(5))
    with (tmp_path / "metrics.jsonl").open("a") as file:
        file.write('{"generation": 5, "x"')
    assert (
        folder.truncate_rows(2)
        == folder.rows()
        == [{"generation": g, "x": 0.1 * g} for g in range(3)]
    )


def test_provenance_says_what_ran_where():
    record = provenance()
    assert {"commit", "nne_jax", "jax", "jaxlib", "device", "platform"} <= record.keys()
    assert "cores" in record["device"] or record["platform"] != "cpu"


def test_changed_code_makes_a_commit_dirty_and_changed_results_do_not(tmp_path):
    folder = tmp_path / "experiments"
    (folder / "results").mkdir(parents=True)
    files = [tmp_path / "code.py", folder / "results" / "one.json"]

    def git(arguments):
        identity = ["-c", "user.name=x", "-c", "user.email=x"]
        command = ["git", *identity, *arguments.split()]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, check=True, text=True)

    git("init")
    assert commit(folder) == "unknown"  # nothing is committed
    for file in files:
        file.write_text("1")
    git("add .")
    git("commit -m first")
    head = git("rev-parse HEAD").stdout[:12]
    assert commit(folder) == head
    files[1].write_text("2")
    (tmp_path / "new").write_text("untracked")
    assert commit(folder) == head
    files[0].write_text("2")
    assert commit(folder) == f"{head}-dirty"


@pytest.mark.parametrize(("population_size", "number"), [(20, None), (128, 2), (1000, 8)])
def test_a_device_has_a_share_that_is_worth_it(population_size, number):
    with mock.patch.multiple(jax, devices=lambda: list(range(8)), device_count=lambda: 8):
        devices = assemble_module._devices(Config(population_size=population_size))
    assert devices == (number and list(range(number)))
