"""Table 1, figures 2 and 3 end to end, shrunk and on digits."""

import json
import shutil

import matplotlib.image
import numpy as np
import pytest

from experiments import table1 as launcher_of_table1
from experiments.evolved import gradient_rows, report
from experiments.launch.scale import scaled
from experiments.run import runner
from experiments.run.presets import PRESETS
from experiments.run.run_directory import RunDirectory
from nne_jax.errors import InputError
from tests.experiments.commands import run_command

TINY = ["--dataset=digits", "--scale=0.02", "--seeds=0,1"]
TABLE1 = ["--presets=digits", "--classes=0-1"]


def launch(name, folder, *arguments):
    files = [f"--output={folder / 'out' / name}.json", f"--workdir={folder / 'runs'}"]
    return run_command(name, *TINY, *files, *arguments)


def result(name, folder):
    return json.loads((folder / "out" / f"{name}.json").read_text())


def assert_is_a_picture(path, inches):
    """Of the figure's size, mostly white, with something coloured in it."""
    pixels = matplotlib.image.imread(path)[..., :3]
    assert pixels.shape == (round(120 * inches[1]), round(120 * inches[0]), 3)
    assert np.mean(np.all(pixels == 1, axis=-1)) > 0.3
    assert np.sum(np.ptp(pixels, axis=-1) > 0.3) > 200


@pytest.fixture(scope="module")
def table1(tmp_path_factory):
    """A folder with a table 1 of few iterations, and what the command printed."""
    folder = tmp_path_factory.mktemp("table1")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gradient_rows, "NUM_ITERATIONS", 200)
        done = launch("table1", folder, *TABLE1)
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


@pytest.fixture
def copied(table1, tmp_path, monkeypatch):
    """The same in a folder of the test's own, where nothing must evolve or be put together."""
    shutil.copytree(table1[0], tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr(runner, "run", _refuse)
    monkeypatch.setattr("experiments.evolved.lifetimes.assemble", _refuse)
    monkeypatch.setattr("experiments.evolved.gradient_rows.assemble", _refuse)
    return tmp_path


def _refuse(*arguments, **keywords):
    raise AssertionError("worked out again")


def summaries(folder):
    paths = [folder / f"runs/digits-0-1/seed-{seed}" for seed in (0, 1)]
    return [json.loads((path / "summary.json").read_text()) for path in paths]


@pytest.mark.slow
def test_table1(table1):
    folder, printed = table1
    rows = result("table1", folder)["rows"]
    assert [row["model"] for row in rows] == ["adam", "sgd", "nne", "nne+signsgd", "nne+dopamine"]
    assert {"command", "commit", "device", "jax"} <= result("table1", folder).keys()
    learnt = [
        json.loads((folder / f"runs/digits-0-1/seed-{seed}/lifetime-dopamine.json").read_text())
        for seed in (0, 1)
    ]
    for reports, row in ((summaries(folder), rows[2]), ([x["result"] for x in learnt], rows[4])):
        seeds = [report["test_accuracy"]["sampled_mean"] for report in reports]
        assert row["test_accuracy"]["sampled_mean"] == pytest.approx(np.mean(seeds), abs=1e-6)
        assert row["sd"]["sampled_mean"] == pytest.approx(np.std(seeds, ddof=1), abs=1e-6)
    assert rows[0]["test_accuracy"]["mean"] > 0.97  # zeros and ones, by gradients
    assert rows[2]["time_to"]["modal"][0].keys() == {"0.5", "0.6", "0.7", "0.788", "0.85", "0.882"}
    assert "classes  model" in printed
    assert_is_a_picture(folder / "out/table1.png", (5.5, 5))


def test_gradients_are_a_control_of_every_way_that_images_move():
    options = launcher_of_table1.Options(presets=("paper", "mnist_jitter", "mnist"))
    assert launcher_of_table1._with_gradients(options) == ["paper", "mnist_jitter"]
    still, moved = (PRESETS[name] for name in ("mnist", "mnist_jitter"))
    assert gradient_rows._num_iterations(moved) > gradient_rows._num_iterations(still)
    assert gradient_rows._moves(moved) == ["jitter 1", "warp 0.2"]


@pytest.mark.slow
def test_the_picture_of_table1_has_the_numbers_of_its_rows(table1):
    rows = result("table1", table1[0])["rows"]
    (axes,) = report.figure(rows).axes
    assert axes.get_title() == "digits 0-1"
    labels = [label.get_text() for label in axes.get_xticklabels()]
    assert labels[0] == "adam (gradient)"
    assert labels[4] == "nne + dopamine (digits)"
    heights = [bar.get_height() for bar in axes.patches][:5]
    accuracies = [row["test_accuracy"] for row in rows]
    expected = [accuracies[0]["mean"], accuracies[1]["mean"], *accuracies[2].values()]
    np.testing.assert_allclose(heights, 100 * np.array(expected))


def test_the_papers_sgd_stands_beside_both_kinds_of_gradients():
    assert report.published({"model": "adam", "classes": "0-9"}) == 0.882
    assert report.published({"model": "sgd", "classes": "0-4"}) == 0.96
    assert report.published({"model": "nne+dopamine", "classes": "0-9"}) is None


@pytest.mark.slow
def test_nothing_on_disk_is_lost(copied):
    assert "exists; add --overwrite" in launch("table1", copied, *TABLE1).stderr
    assert "holds runs; add --resume" in launch("table1", copied, "--overwrite").stderr
    again = launch("table1", copied, *TABLE1, "--overwrite", "--resume", "--scale=0.03")
    assert "has population_size=" in again.stderr  # the runs are of another configuration


@pytest.mark.slow
def test_what_table1_has_done_is_found_again(copied):
    before = result("table1", copied)["rows"]
    again = launch("table1", copied, *TABLE1, "--overwrite", "--resume")
    assert again.returncode == 0, again.stderr
    assert result("table1", copied)["rows"] == before
    fewer = launch("table1", copied, *TABLE1, "--overwrite", "--resume", "--lifetimes=dopamine")
    assert fewer.returncode == 0, fewer.stderr
    assert result("table1", copied)["rows"] == [*before[:3], before[4]]


@pytest.mark.slow
def test_a_lifetime_of_another_evolution_is_refused(copied):
    folder = RunDirectory(copied / "runs/digits-0-1/seed-1")
    with folder.held():
        folder.write_report(folder.summary(), 1 - folder.allele_freqs())
    again = launch("table1", copied, *TABLE1, "--overwrite", "--resume")
    assert "lifetime-signsgd was made with allele_freqs=" in again.stderr


@pytest.mark.slow
def test_a_lifetime_that_is_damaged_is_worked_out_again_and_the_same(table1, tmp_path):
    shutil.copytree(table1[0], tmp_path, dirs_exist_ok=True)
    path = tmp_path / "runs/digits-0-1/seed-1/lifetime-dopamine.json"
    sound = path.read_bytes()
    path.write_bytes(sound.replace(b"0.", b"1.", 1))
    with pytest.warns(UserWarning, match=r"lifetime-dopamine\.json: its content is not what was"):
        again = launch("table1", tmp_path, *TABLE1, "--overwrite", "--resume")
    assert again.returncode == 0, again.stderr
    assert path.read_bytes() == sound
    assert path.with_name("lifetime-dopamine.json.damaged").exists()


@pytest.mark.slow
def test_a_missing_evaluation_is_said_and_no_figure_made_without_it(copied):
    path = copied / "runs/digits-0-1/seed-1/metrics.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:4], b"#" + lines[4], *lines[5:]]))
    done = launch("figure2", copied, "--preset=digits", "--classes=0-1", "--resume")
    assert done.returncode == 1
    assert "seed-1: metrics.jsonl has no evaluation of generation 4, it is damaged" in done.stderr
    assert not (copied / "out/figure2.json").exists()


@pytest.mark.slow
def test_figure2_of_the_runs_of_table1_leaves_them_as_they_are(copied):
    before = [json.dumps(summary) for summary in summaries(copied)]
    done = launch("figure2", copied, "--preset=digits", "--classes=0-1", "--resume")
    assert done.returncode == 0, done.stderr
    assert list(result("figure2", copied)["curves"]) == ["0", "4", "8"]
    assert [json.dumps(summary) for summary in summaries(copied)] == before
    again = launch("table1", copied, *TABLE1, "--overwrite", "--resume")
    assert again.returncode == 0, again.stderr


@pytest.mark.slow
def test_figure2(tmp_path):
    done = launch("figure2", tmp_path, "--preset=digits", "--seeds=0")
    assert done.returncode == 0, done.stderr
    curves = result("figure2", tmp_path)["curves"]
    assert list(curves) == ["0", "4", "8"]  # next to 1/20, 1/2 and all of 8 generations
    assert np.shape(curves["8"]) == (1, 51)
    np.testing.assert_array_equal(np.asarray(curves["0"])[:, -1], 0)  # all frequencies 1/2
    assert np.all(np.diff(curves["8"]) <= 0)
    assert "generation      8" in done.stdout
    assert_is_a_picture(tmp_path / "out/figure2.png", (7, 4))


@pytest.mark.slow
def test_figure3(tmp_path):
    arguments = ["--preset=digits", "--classes=0-1", "--num_genes=50,200", "--seeds=0"]
    arguments += ["--ceiling_steps=200"]
    done = launch("figure3", tmp_path, *arguments)
    assert done.returncode == 0, done.stderr
    rows = result("figure3", tmp_path)["rows"]
    assert [row["num_genes"] for row in rows] == [50, 200]
    assert np.shape(rows[0]["validation_accuracy"]["modal"]) == (1, len(rows[0]["generations"]))
    assert 0 <= rows[1]["test_accuracy"]["modal"]["mean"] <= 1
    assert_is_a_picture(tmp_path / "out/figure3.png", (5.5, 4))
    ceiling = json.loads((tmp_path / "runs/digits-0-1-50/ceiling-0.json").read_text())
    assert ceiling["settings"]["genes_per_link"] == 5  # five genes a link, as in the preset
    assert rows[0]["ceiling"]["test"]["modal"]["mean"] == pytest.approx(
        ceiling["result"]["test"]["modal"], abs=1e-6
    )
    assert rows[1]["ceiling"]["test"]["mean"]["mean"] > 0.97  # zeros and ones, by gradients
    assert "modal" in done.stdout
    assert "ceiling 0." in done.stdout or "ceiling 1." in done.stdout
    other = launch("figure3", tmp_path, *arguments, "--resume", "--overwrite", "--ceiling_rate=1")
    assert "ceiling-0 was made with rate=" in other.stderr
    again = launch("figure3", tmp_path, *arguments, "--resume", "--overwrite")
    assert again.returncode == 0, again.stderr
    assert result("figure3", tmp_path)["rows"] == rows


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("table1", "--scale=0", "--scale=0.0: must be more than 0 and at most 1"),
        ("table1", "--scale=0.001 --presets=digits", "leaves no generation of the 400"),
        ("table1", "--presets=best", "--presets=best: each must be one of digits, mnist, mnist_j"),
        ("table1", "--presets=digits,digits", "--presets=digits,digits: give each value once"),
        ("table1", "--lifetimes=sleep", "--lifetimes=sleep: each must be one of signsgd, sgd, dop"),
        ("table1", "--lifetimes=", "--lifetimes=: give at least one value"),
        ("table1", "--presets=", "--presets=: give at least one value"),
        ("table1", "--classes=", "--classes=: give class numbers such as 0-4"),
        ("table1", "--classes=0-4,few", "--classes=0-4,few: give class numbers such as 0"),
        ("table1", "--classes=4,5", "--classes=4: give two classes or more to tell apart"),
        ("table1", "--presets=digits --classes=0-4,8-12", "classes=[10"),
        ("table1", "--seeds=", "--seeds=: give at least one value"),
        ("table1", "--seeds=0,0", "--seeds=0,0: give each value once"),
        ("table1", "--output=", "--output=: give a file that ends in .json"),
        ("figure2", "--seeds=x", "--seeds=x: give whole numbers"),
        ("figure2", "--preset=best", "--preset=best: must be one of digits, mnist, mnist_jitte"),
        ("figure2", "--classes=9-0", "--classes=9-0: give class numbers such as 0-4"),
        ("figure2", "--output=table.png", "--output=table.png: give a file that ends in .json"),
        ("figure3", "--num_genes=few", "--num_genes=few: give whole numbers"),
        ("figure3", "--num_genes=300,0", "--num_genes=300,0: each must be at least 1"),
        ("figure3", "--num_genes=", "--num_genes=: give at least one value"),
        ("figure3", "--network=foo", "--network=foo: must be one of sampled_mean, modal, mean"),
        ("figure3", "--ceiling_steps=-1", "--ceiling_steps=-1: must be at least 0"),
        ("figure3", "--ceiling_rate=0", "--ceiling_rate=0.0: must be more than 0"),
        ("figure3", "--ceiling_steps=0 --ceiling_rate=1", "has no effect without --ceiling_steps"),
        ("figure3", "--output=", "--output=: give a file that ends in .json"),
        ("figure3", "--dataset=imagenet", "--dataset=imagenet: must be one of digits"),
    ],
)
def test_bad_input(name, arguments, message, tmp_path):
    done = launch(name, tmp_path, *arguments.split())
    assert done.returncode == 1
    assert message in done.stderr
    assert done.stderr.count("\n") == 1  # one sentence
    assert not (tmp_path / "runs").exists()


def test_an_output_that_is_a_folder_is_refused_before_work(tmp_path):
    (tmp_path / "out" / "figure3.json").mkdir(parents=True)
    assert "figure3.json: is a folder; give a file" in launch("figure3", tmp_path).stderr
    assert not (tmp_path / "runs").exists()


def test_no_data_set_is_reported_before_anything_is_written(tmp_path):
    done = launch("table1", tmp_path, "--dataset=mnist", f"--data_dir={tmp_path / 'nowhere'}")
    assert "nowhere: no such folder" in done.stderr
    assert not (tmp_path / "runs").exists()


def test_batches_that_a_lifetime_cannot_fill_are_refused_before_the_evolution(tmp_path):
    """Of 88 images 40 are for validation; a generation takes 45, a lifetime's batch 50."""
    inputs, labels = np.random.default_rng(0).random((88, 9)), np.arange(88) % 2
    path = tmp_path / "own.npz"
    np.savez(path, x_train=inputs, y_train=labels, x_test=inputs, y_test=labels)
    done = launch("table1", tmp_path, *TABLE1, f"--dataset={path}", "--scale=0.0025")
    assert "--lifetime_batch_size=50: there are 48 training images" in done.stderr
    assert not (tmp_path / "runs").exists()


def test_scale_1_is_the_preset_itself():
    with pytest.raises(InputError, match="scale=2"):
        scaled("paper", 2)
    config = scaled("paper", 1.0, classes=tuple(range(10)))
    assert (config.num_generations, config.population_size, config.batch_size) == (200_000, 1000, 0)
