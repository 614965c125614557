"""The paper's rule with ever weaker selection: its clock, its forecast, the command on digits."""

import dataclasses
import json

import numpy as np
import pytest

from experiments.evolved import rule_figure
from experiments.evolved.rule_forecast import forecast
from experiments.evolved.selection_time import generations_of, selection_times
from experiments.paper_rule import Options
from tests.experiments.commands import run_command
from tests.experiments.test_paper_launchers import assert_is_a_picture

TINY = (
    "--dataset=digits --seeds=0,1 --per_class=9 --validation_per_class=4 --population_size=6 "
    "--check_population=4 --longest=0 --batch_size=10"
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


def test_another_epsilon_is_as_far_after_as_many_generations_more():
    """Against runs of the replicator equation itself, with fitness that frequencies decide."""

    def run(epsilon, num_generations):
        p, rows = 0.05, [{"generation": 0}]
        for generation in range(1, num_generations + 1):
            mean = 3 + p
            rows.append({"generation": generation, "fitness_mean": mean})
            p += epsilon * p * (1 - p) / (1 + epsilon * mean)
        return p, rows

    (p, rows), generations = run(0.1, 50), [0, 25, 50]
    times = selection_times(rows, 0.1, generations)
    after = generations_of(0.02, 0.1, generations, times)
    assert after[0] == 0
    assert run(0.02, round(after[-1]))[0] == pytest.approx(p, rel=0.02)
    assert abs(run(0.02, 250)[0] - p) > 0.05 * p  # as many εt are not as far


def test_the_forecast_is_read_from_the_run_that_went_farthest():
    def row(epsilon, times, accuracies):
        curves = dict.fromkeys(("sampled_mean", "modal", "mean"), accuracies)
        generations = [0, 10, 20]
        curve = {"generations": generations, "selection_time": times}
        return {"epsilon": epsilon, "curve": curve | {"validation_accuracy": curves}}

    short = row(1.0, [[0.0, 3.0, 6.0]], [[0.1, 0.1, 0.1]])
    far = row(2.0, [[0.0, 4.0, 8.0], [0.0, 5.0, 10.0]], [[0.0, 0.4, 0.6], [0.0, 0.2, 0.8]])
    found = forecast([short, far], 3010)
    assert (found["of"], found["generations"]) == (1, 3010)
    by_epsilon = {one["epsilon"]: one for one in found["by_epsilon"]}
    # t + τ (1000 - 1/2): the first seed is there at τ = 3.0087, the second at 3.0090.
    one = by_epsilon[0.001]
    assert one["selection_time"] == pytest.approx(3010 / (999.5 + 2.25), rel=1e-3)
    expected = {"mean": (0.4 * 3.005 / 4 + 0.2 * 3.005 / 5) / 2, "sd": 0.1275}
    assert one["validation_accuracy"]["modal"] == pytest.approx(expected, rel=2e-3)
    # 8 × 499.5 + 20 = 4016 is as far as both went with 0.002, 8 × 199.5 + 20 = 1616 with 0.005.
    assert by_epsilon[0.002]["selection_time"] == pytest.approx(3010 / (499.5 + 2.25), rel=1e-3)
    none = {"epsilon": 0.005, "selection_time": None, "validation_accuracy": None}
    assert by_epsilon[0.005] == none


def test_generations_follow_epsilon_and_the_shortest_are_first():
    options = Options(dataset="digits", per_class=20, validation_per_class=10)
    settings = options.settings()
    found = [(s.kind, s.config.epsilon, s.config.num_generations) for s in settings]
    assert found[0] == ("series", 5.0, 400)
    assert [kind for kind, *_ in found].count("series") == 5
    assert found[-2:] == [("series", 0.2, 10_000), ("longest", 5.0, 12_000)]
    costs = [s.image_evaluations for s in settings]
    assert costs == sorted(costs)
    assert costs[0] == 400 * 1000 * 100
    repeated = [s.kind == "longest" or c <= 3e8 for s, c in zip(settings, costs, strict=True)]
    assert [len(s.seeds) for s in settings] == [3 if several else 1 for several in repeated]
    assert settings[-1].config.eval_every == 200
    assert {(s.config.engine, s.config.precision) for s in settings} == {("auto", "float32")}
    computed = dataclasses.replace(options, engine="dense", precision="bfloat16").settings()
    assert {(s.config.engine, s.config.precision) for s in computed} == {("dense", "bfloat16")}
    assert len({s.folder for s in settings}) == len(settings)
    fewer = dataclasses.replace(options, epsilons=(1.0, 2.0)).settings()
    assert [(s.kind, s.config.epsilon) for s in fewer] == [("series", 2.0), ("series", 1.0)]
    longer = Options(epsilon_generations=5000.0)
    assert longer.config(0.1).eval_every == options.config(0.1).eval_every == 500


@pytest.mark.slow
def test_the_series_on_digits(tmp_path):
    arguments = ["--epsilons=2,1,4", "--epsilon_generations=8", "--repeat_below=100"]
    arguments += ["--check_epsilon=4", "--longest=20"]
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
        ("longest", 4.0, 20, [0, 1]),  # 1200, and yet for all seeds
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
    assert result["rows"][-1]["curve"]["generations"] == [0, 20]
    assert result["forecast"]["of"] == 5
    assert result["forecast"]["generations"] == 200_000
    assert "after 200000 generations, read from the run that went farthest" in done.stdout
    assert "  epsilon 0.001: no run went as far" in done.stdout
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


def test_the_picture_shows_the_paper_only_beside_its_data():
    accuracy = {name: {"mean": 0.5, "sd": None} for name in ("sampled_mean", "modal", "mean")}
    curves = {name: [[0.1, 0.5]] for name in accuracy}
    curve = {"generations": [0, 4], "selection_time": [[0.0, 3.0]], "validation_accuracy": curves}
    row = {"kind": "series", "epsilon": 2.0, "population_size": 1000, "batch_size": 100}
    row |= {"test_accuracy": accuracy, "curve": curve, "seeds": [0], "generations": 4}
    row |= {"first_seed": {"sampled_mean": 0.4, "modal": 0.5, "mean": 0.6}}
    check = row | {"kind": "population", "population_size": 4000}
    known = {"epsilon": 0.01, "selection_time": 2.5}
    found = {"generations": 9, "by_epsilon": [known, {"epsilon": 0.1, "selection_time": None}]}
    longest = row | {
        "kind": "longest",
        "generations": 20_000,
        "curve": curve | {"selection_time": [[0.0, 7.0]]},
    }
    ends, clock, selected = rule_figure.figure([row, check, longest], found, "mnist").axes
    drawn = [(list(line.get_xdata()), list(line.get_ydata())) for line in ends.lines]
    assert ([3.0, 7.0], [40, 40]) in drawn  # the series and the longest run are one line
    assert ([3.0], [60]) in drawn  # the check
    assert ([2.5, 2.5], [0, 1]) in drawn
    assert [text.get_text() for text in ends.texts] == ["ε = 0.01", "the paper"]
    assert clock.lines[0].get_xdata().tolist() == [8.0]
    assert selected.lines[0].get_xdata().tolist() == [3.0]
    labels = [text.get_text() for text in selected.get_legend().get_texts()]
    assert labels == ["ε = 2", "ε = 2, N = 4000", "ε = 2, T = 20,000"]
    nothing = {"generations": 9, "by_epsilon": []}
    assert not rule_figure.figure([row], nothing, "digits").axes[0].texts
    several = row | {"seeds": [0, 1]}
    several["test_accuracy"] = {name: {"mean": 0.5, "sd": 0.1} for name in accuracy}
    bars = rule_figure.figure([several, check], nothing, "mnist").axes[0].containers
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
            "--check_epsilon=2.0: has no effect without --check_images, --check_population or",
        ),
        ("--check_population=6", "--check_population=6: is the --population_size of the series"),
        ("--longest=-1", "--longest=-1: must be between 0 and 2147483647"),
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
