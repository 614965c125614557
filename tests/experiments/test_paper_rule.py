"""The paper's rule with ever weaker selection: its clock, its trend, and the command on digits."""

import dataclasses
import json

import numpy as np
import pytest

from experiments.evolved import rule_figure
from experiments.evolved.trend import extrapolate, selection_times
from experiments.paper_rule import Options
from tests.experiments.commands import run_command
from tests.experiments.test_paper_launchers import assert_is_a_picture

TINY = (
    "--dataset=digits --seeds=0,1 --per_class=9 --validation_per_class=4 --population_size=6 "
    "--check_population=4 --batch_size=10"
).split()


def paper_rule(folder, *arguments):
    files = [f"--output={folder / 'out.json'}", f"--workdir={folder / 'runs'}"]
    return run_command("paper_rule", *TINY, *files, *arguments)


def test_selection_time_is_the_sum_of_relative_steps():
    rng = np.random.default_rng(0)
    fitness = rng.uniform(0, 5, 20)
    rows = [{"generation": 0}]
    rows += [{"generation": g, "fitness_mean": f} for g, f in enumerate(fitness, 1)]
    expected = [sum(2 / (1 + 2 * f) for f in fitness[:g]) for g in (0, 7, 20)]
    np.testing.assert_allclose(selection_times(rows, 2.0, [0, 7, 20]), expected, atol=2e-6)


def test_where_generations_were_left_out_their_fitness_is_that_of_the_next_row():
    rows = [{"generation": 4, "fitness_mean": 1.0}, {"generation": 8, "fitness_mean": 3.0}]
    times = selection_times(rows, 1.0, [2, 4, 8])
    np.testing.assert_allclose(times, [1, 2, 3])


def test_selection_time_is_the_time_of_the_replicator_equation():
    """With f1 - f0 exact, log odds move by (f1 - f0) τ, to first order in ε, whatever ε is."""

    def frequency(epsilon, num_generations):
        p, rows = 0.1, []
        for generation in range(1, num_generations + 1):
            f1, f0 = 2.0, 1.5
            mean = p * f1 + (1 - p) * f0
            rows.append({"generation": generation, "fitness_mean": mean})
            p *= (1 + epsilon * f1) / (1 + epsilon * mean)
        return p, selection_times(rows, epsilon, [num_generations])[0]

    for epsilon, num_generations in ((0.01, 300), (0.05, 65)):
        p, time = frequency(epsilon, num_generations)
        assert np.log(p / (1 - p)) - np.log(0.1 / 0.9) == pytest.approx(0.5 * time, rel=0.02)


def test_lines_and_what_they_miss():
    steps = [0.04, 0.16, 0.09, 0.36, 1.0]
    roots = [0.8 - 0.3 * np.sqrt(step) for step in steps]
    lines = extrapolate(steps, roots, at=0.01)
    root = lines["sqrt(step)"]
    assert root["accuracy"] == pytest.approx(0.77)
    assert root["slope"] == pytest.approx(-0.3)
    np.testing.assert_allclose(root["residuals"], np.zeros(4), atol=1e-6)  # the largest is left out
    assert root["missed"] == pytest.approx(0, abs=1e-6)
    design = np.stack([np.ones(3), [0.09, 0.16, 0.36]], axis=1)
    line = np.linalg.lstsq(design, [roots[2], roots[1], roots[3]], rcond=None)[0]
    assert lines["step"]["missed"] == pytest.approx(roots[0] - line @ [1, 0.04], abs=1e-6)
    assert extrapolate(steps[:2], roots[:2], at=0.01) is None


def test_generations_follow_epsilon_and_the_shortest_are_first():
    options = Options(dataset="digits", per_class=20, validation_per_class=10)
    settings = options.settings()
    found = [(s.kind, s.config.epsilon, s.config.num_generations) for s in settings]
    assert found[0] == ("series", 5.0, 400)
    assert [kind for kind, *_ in found].count("series") == 6
    assert found[-1] == ("series", 0.05, 40_000)
    costs = [s.image_evaluations for s in settings]
    assert costs == sorted(costs)
    assert costs[0] == 400 * 1000 * 100
    assert [len(s.seeds) for s in settings] == [3 if c <= 3e8 else 1 for c in costs]
    fewer = dataclasses.replace(options, epsilons=(1.0, 2.0)).settings()
    assert [(s.kind, s.config.epsilon) for s in fewer] == [("series", 2.0), ("series", 1.0)]
    longer = Options(epsilon_generations=5000.0)
    assert longer.config(0.1).eval_every == options.config(0.1).eval_every == 500


@pytest.mark.slow
def test_the_series_on_digits(tmp_path):
    arguments = ["--epsilons=2,1,4", "--epsilon_generations=8", "--repeat_below=100"]
    arguments += ["--check_epsilon=4"]
    done = paper_rule(tmp_path, *arguments)
    assert done.returncode == 0, done.stderr
    result = json.loads((tmp_path / "out.json").read_text())
    found = [(r["kind"], r["epsilon"], r["generations"], r["seeds"]) for r in result["rows"]]
    assert found == [
        ("population", 4.0, 2, [0, 1]),  # T N S = 80
        ("series", 4.0, 2, [0]),
        ("series", 2.0, 4, [0]),
        ("series", 1.0, 8, [0]),
        ("all images", 4.0, 2, [0]),  # 1080
    ]
    row = result["rows"][0]
    assert row["test_accuracy"].keys() >= {"sampled_mean", "modal", "mean"}
    summary = tmp_path / "runs/epsilon-4.0-genotypes-4-images-10/seed-0/summary.json"
    assert json.loads(summary.read_text())["test_accuracy"].items() >= row["first_seed"].items()
    assert np.shape(row["curve"]["validation_accuracy"]["mean"]) == (2, 2)
    assert 0 < row["mean_step"][0] < 4
    metrics = [
        json.loads(line)
        for line in (tmp_path / "runs/epsilon-4.0-genotypes-4-images-10/seed-1/metrics.jsonl")
        .read_text()
        .splitlines()
    ]
    assert row["heterozygosity"][1] == pytest.approx(metrics[-1]["heterozygosity"])
    trend = result["trend"]
    assert trend["epsilon"] == pytest.approx(8 / 200_000)
    assert trend["step"] == pytest.approx(trend["epsilon"], rel=1e-3)
    assert trend["test_accuracy"]["modal"].keys() == {"sqrt(step)", "step"}
    assert "200000 generations, epsilon 4e-05" in done.stdout
    assert_is_a_picture(tmp_path / "out.png", (15, 4.8))
    before = (tmp_path / "out.json").read_text()
    again = paper_rule(tmp_path, *arguments, "--resume", "--overwrite")
    assert again.returncode == 0, again.stderr
    assert json.loads(before)["rows"] == json.loads((tmp_path / "out.json").read_text())["rows"]
    longer = [
        "--epsilons=4",
        "--epsilon_generations=16",
        "--nocheck_images",
        "--check_population=0",
    ]
    more = paper_rule(tmp_path, *longer, "--resume", "--overwrite")
    assert more.returncode == 0, more.stderr
    (row,) = json.loads((tmp_path / "out.json").read_text())["rows"]
    assert row["generations"] == 4
    assert "too few runs" in more.stdout


def test_the_picture_shows_the_paper_only_beside_its_data():
    accuracy = {name: {"mean": 0.5, "sd": None} for name in ("sampled_mean", "modal", "mean")}
    curves = {name: [[0.1, 0.5]] for name in accuracy}
    curve = {"generations": [0, 4], "selection_time": [[0.0, 3.0]], "validation_accuracy": curves}
    row = {"kind": "series", "epsilon": 2.0, "population_size": 1000, "batch_size": 100}
    row |= {"test_accuracy": accuracy, "curve": curve, "seeds": [0]}
    row |= {"first_seed": {"sampled_mean": 0.4, "modal": 0.5, "mean": 0.6}}
    check = row | {"kind": "population", "population_size": 4000}
    line = {"step": {"accuracy": 0.7}, "sqrt(step)": {"accuracy": 0.8}}
    trend = {"epsilon": 0.01, "generations": 200_000}
    trend["test_accuracy"] = {"sampled_mean": None, "modal": None, "mean": line}
    ends, clock, selected = rule_figure.figure([row, check], trend, "mnist").axes
    assert [40] in [list(line.get_ydata()) for line in ends.lines]
    assert [70, 80] in [list(line.get_ydata()) for line in ends.lines]
    assert [text.get_text() for text in ends.texts] == ["the paper"]
    assert clock.lines[0].get_xdata().tolist() == [8.0]
    assert selected.lines[0].get_xdata().tolist() == [3.0]
    labels = [text.get_text() for text in selected.get_legend().get_texts()]
    assert labels == ["ε = 2", "ε = 2, N = 4000"]
    assert not rule_figure.figure([row], trend, "digits").axes[0].texts
    several = row | {"seeds": [0, 1]}
    several["test_accuracy"] = {name: {"mean": 0.5, "sd": 0.1} for name in accuracy}
    bars = rule_figure.figure([several, check], trend, "mnist").axes[0].containers
    assert len(bars) == 3 + 1  # networks, and the legend's
    assert bars[0].lines[2][0].get_segments()[0][:, 1].tolist() == pytest.approx([40, 60])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--epsilons=0", "--epsilons=0.0: each must be more than 0"),
        ("--epsilons=1,1.0", "--epsilons=1.0,1.0: give each value once"),
        ("--epsilons=", "--epsilons=: give at least one value"),
        ("--epsilons=1e7", "--epsilons=10000000.0: give a number of a size from 1e-06"),
        ("--epsilon_generations=2", "--epsilon_generations=2.0: leaves no generation with"),
        ("--epsilon_generations=1e11", "these are 2e+10 generations with epsilon 5.0; give less"),
        ("--check_epsilon=3", "--check_epsilon=3.0: there is no run beside it to compare it with"),
        (
            "--check_epsilon=2 --nocheck_images --check_population=0",
            "--check_epsilon=2.0: has no effect without --check_images or --check_population",
        ),
        ("--check_population=6", "--check_population=6: is the --population_size of the series"),
        ("--population_size=900000000", "this configuration needs about"),
        ("--per_class=900", "class 0 of digits has 133 training examples; ask for at most"),
        ("--batch_size=5000", "--batch_size=5000: there are 90 training images"),
        ("--dataset=imagenet", "--dataset=imagenet: must be one of digits"),
        ("--output=x.txt", "--output=x.txt: give a file that ends in .json"),
    ],
)
def test_bad_input(arguments, message, tmp_path):
    done = paper_rule(tmp_path, *arguments.split())
    assert done.returncode == 1
    assert message in done.stderr
    assert done.stderr.count("\n") == 1  # one sentence
    assert not (tmp_path / "runs").exists()
