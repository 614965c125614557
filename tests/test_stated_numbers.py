"""Every number in the tables of the README and of experiments/README.md's overview is a result."""

import re
from pathlib import Path

import pytest

from docs._site import cells, tables
from tests.test_sections import json_files, text_of

ROOT = Path(__file__).parent.parent
README, RESULTS = ((ROOT / name).read_text() for name in ("README.md", "experiments/README.md"))
MEASURED = re.compile(r"\d+\.\d ± \d+\.\d")
NETWORKS = ("sampled_mean", "modal", "mean")


def stated(mean: float, sd: float) -> str:
    return measured_in(cells.percent(mean, sd))[0]


def measured_in(row: str) -> list[str]:
    return MEASURED.findall(row.replace("\N{NO-BREAK SPACE}", " "))


def of_seeds(name: str, key: str = "test_accuracy") -> dict[str, str]:
    """The three networks' accuracies in a file of ``experiments.seeds``."""
    found = cells.read(name)[key]
    return {k: stated(found[k]["mean"], found[k]["sd"]) for k in NETWORKS if k in found}


def of_table1(model: str, classes: str, preset: str = "mnist") -> dict[str, str]:
    (row,) = (
        row
        for row in cells.read("table1")["rows"]
        if (row["model"], row["preset"], row["classes"]) == (model, preset, classes)
    )
    accuracy, sd = row["test_accuracy"], row["sd"]
    return {k: stated(accuracy[k], sd[k]) for k in NETWORKS if k in accuracy}


def longest_run() -> dict:
    """The paper's rule where it was run to the end."""
    (row,) = (row for row in cells.read("paper_rule")["rows"] if row["kind"] == "longest")
    return row


def of_paper_rule() -> dict[str, str]:
    """Its accuracies."""
    accuracy = longest_run()["test_accuracy"]
    return {name: stated(**accuracy[name]) for name in NETWORKS}


def of_table2(model: str, hidden: int) -> str:
    """What validation chooses among a model's settings."""
    best = cells.best(cells.read("table2")["rows"], model, hidden)
    return stated(best["test_accuracy"], best["sd"])


def of_frontier(dataset: str, method: str, per_class: int) -> str:
    """The accuracy of the network that validation looked at."""
    (row,) = (
        row
        for row in cells.read("frontier")["rows"]
        if (row["dataset"], row["method"], row["per_class"]) == (dataset, method, per_class)
    )
    return stated(**cells.chosen(row))


def table(text: str, heading: str) -> list[str]:
    """The rows of the first table below a heading."""
    lines = text.partition(f"## {heading}\n")[2].partition("\n|---")[2].splitlines()[1:]
    return lines[: next(i for i, line in enumerate(lines) if not line.startswith("|"))]


def modal_and_dopamine() -> list[list[str]]:
    """The measured numbers of the README's table, row by row."""
    modal = [
        of_table1("nne", "0-4"),
        of_table1("nne", "0-4", "mnist_fields"),
        of_seeds("mnist_jitter_0-4"),
        of_paper_rule(),
        of_seeds("mnist_1000"),
        of_table1("nne", "0-9"),
        of_seeds("mnist_fields"),
        of_seeds("mnist_jitter"),
        of_seeds("mnist_60k"),
        of_seeds("mnist_60k_gpu"),
    ]
    dopamine = [of_table2("dnn:c2_minus_above", 1000), of_table2("dnn:agrel", 100_000)]
    dopamine += [of_frontier("mnist", "agrel", 6000)]
    gradients = of_table1("sgd", "0-9", "gradient")["modal"]
    return [[number] for number in (*(row["modal"] for row in modal), *dopamine, gradients)]


def all_networks() -> list[list[str]]:
    """Those of the overview, the three networks' in each row."""
    rows = [of_seeds("digits")]
    rows += [of_table1(f"nne{more}", "0-4") for more in ("", "+signsgd", "+dopamine")]
    rows += [of_table1("nne", "0-4", "mnist_fields"), of_seeds("mnist_jitter_0-4")]
    gradients = [
        {"modal": of_table1(name, classes, "gradient")["modal"]}
        for classes in ("0-4", "0-9")
        for name in ("adam", "sgd")
    ]
    rows += gradients[:2]
    rows += [of_paper_rule()]
    rows += [of_seeds("mnist_1000")]
    rows += [of_table1(f"nne{more}", "0-9") for more in ("", "+signsgd", "+dopamine")]
    rows += [of_seeds("mnist_fields"), of_table1("nne+signsgd", "0-9", "mnist_fields")]
    rows += [of_seeds("mnist_jitter")]
    sampled = of_seeds("mnist_jitter", "lifetime")["sampled_mean"]
    rows += [{"sampled_mean": sampled}, of_seeds("mnist_60k"), of_seeds("mnist_60k_gpu")]
    rows += gradients[2:]
    return [list(row.values()) for row in rows]


def dopamine_by_units() -> list[list[str]]:
    """Those of the dopaminergic networks, by the number of hidden units."""
    return [measured_in(row) for row in tables.table2().splitlines()[2:]]


def by_images() -> list[list[str]]:
    """Test errors of the frontier, by the number of images a class."""
    return [measured_in(row) for row in tables.frontier().splitlines()[2:]]


def test_table_1_is_stated_as_it_was_measured():
    """Every number of its section, and the generations that it took to an accuracy."""
    section = text_of("Table 1: MNIST")
    rows = cells.read("table1")["rows"]
    words = " ".join(section.split())
    for row in rows:
        of = "modal" if "modal" in row["test_accuracy"] else "sampled_mean"
        assert stated(row["test_accuracy"][of], row["sd"][of]) in words
    known = [stated(row["test_accuracy"][of], row["sd"][of]) for row in rows for of in row["sd"]]
    assert set(measured_in(words)) <= set(known)
    elsewhere = re.findall(r"(Adam|SGD)'s (\S+)% in table\s1", " ".join(RESULTS.split()))
    assert len(elsewhere) == 5
    for name, number in elsewhere:
        of_classes = {of_table1(name.lower(), c, "gradient")["modal"][:4] for c in ("0-4", "0-9")}
        assert number in of_classes
    took = {}  # generations and so on: means over the seeds, where all got there
    for row in rows:
        for accuracy in row["time_to"]["sampled_mean"][0] if "time_to" in row else ():
            seeds = [seed[accuracy] for seed in row["time_to"]["sampled_mean"]]
            if all(seeds):
                means = [sum(one[of] for one in seeds) / len(seeds) for of in seeds[0]]
                took[row["classes"], row["preset"], float(accuracy)] = means
    name = ""
    for line in section.partition("| classes |")[2].partition("\n\n")[0].splitlines()[2:]:
        classes, rule, accuracies, *numbers = [cell.strip() for cell in line.split("|")[1:-1]]
        name = (classes, rule) if classes else name
        preset = "paper" if name[1] == "the paper's" else name[1].strip("`")
        for accuracy in accuracies.rstrip("%").split(", "):
            means = took.pop((name[0], preset, round(float(accuracy) / 100, 3)))
            assert list(map(float, numbers)) == pytest.approx(means, rel=0.05)
    assert not took


def test_receptive_fields_are_stated_as_they_were_measured():
    section = text_of("Receptive fields")
    rows = {row["setting"]: row["validation_accuracy"] for row in cells.read("fields")["rows"]}
    for line in table(RESULTS, "Receptive fields"):
        changed, *numbers = [cell.strip() for cell in line.strip("|").split("|")]
        found = rows.pop(changed.split("`")[1][2:] if "`" in changed else "as-given")
        assert numbers == [f"{100 * found[network]['mean']:.1f}" for network in NETWORKS]
    assert not rows
    words = " ".join(section.replace("%", "").split())
    for name in json_files(section) - {"fields"}:
        assert set(of_seeds(name).values()) <= set(measured_in(words))


def test_the_papers_rule_is_stated_row_by_row():
    heading = "The paper's rule: more and more generations"
    made = tables.paper_rule().replace("\N{NO-BREAK SPACE}", " ").splitlines()
    assert table(RESULTS, heading) == made[2:]
    second = RESULTS.partition("| selection time | 50 ")[2].partition("\n\n")[0].splitlines()
    rows = sorted(cells.read("paper_rule")["rows"], key=lambda row: row["kind"] != "series")
    for line, row in zip(second[2:], rows, strict=True):
        found = [one["sampled_mean"] for one in row["at_selection_time"].values()]
        assert re.findall(r"\| (\d+\.\d)(?= \|)", line) == [f"{100 * share:.1f}" for share in found]
    third = RESULTS.partition("| ε | selection time | sampled ")[2].partition("\n\n")[0]
    made = tables.paper_rule_by_epsilon().replace("\N{NO-BREAK SPACE}", " ").splitlines()
    assert third.splitlines()[2:] == made[2:]


@pytest.mark.parametrize(
    ("name", "stated_shares"),
    [("figure2", "19, 22 and 27%"), ("figure2_mnist", "0.2, 64 and 97%")],
)
def test_figure_2_says_how_many_alleles_are_nearly_fixed(name, stated_shares):
    """Within 0.1 of 0 or 1, of distances up to 0.5, mean over seeds."""
    section = RESULTS.partition(f"(results/{name}.json)")[2].partition("\n\n")[0]
    assert stated_shares in " ".join(section.split())
    seeds_of = cells.read(name)["curves"].values()
    near = [100 * (1 - sum(y[len(y) // 5] for y in ys) / len(ys)) for ys in seeds_of]
    shares = [float(share) for share in re.findall(r"[\d.]+", stated_shares)]
    assert near == pytest.approx(shares, abs=0.5)


def test_figure_3_stands_beside_its_ceilings():
    made = tables.figure3().replace("\N{NO-BREAK SPACE}", " ").splitlines()
    assert table(RESULTS, "Figure 3: the number of genes") == made[2:]
    best, behind = {}, {}  # what the words conclude
    for row in cells.read("figure3")["rows"]:
        of_both = row["test_accuracy"], row["ceiling"]["test"]
        key = row["classes"], row["num_genes"]
        (sampled, modal), (trained, ceiling) = (
            [one[name]["mean"] for name in ("sampled_mean", "modal")] for one in of_both
        )
        behind[key] = ceiling - modal
        best[row["classes"]] = max(best.get(row["classes"], (0, 0)), (sampled, row["num_genes"]))
        if row["num_genes"] <= 500:
            assert abs(sampled - modal) < 1e-3
            assert sampled > trained
    few = sorted(gap for (_, size), gap in behind.items() if size <= 500)
    assert few[-1] < 0.04
    assert few[-2] < 0.015
    assert [round(behind[task, 80_000], 2) for task in ("0-4", "0-9")] == [0.02, 0.1]
    assert {task: size for task, (_, size) in best.items()} == {"0-4": 500, "0-9": 1000}


def test_the_papers_rule_on_a_gpu_stands_beside_the_same_run_on_a_cpu():
    curve = longest_run()["curve"]
    sampled = curve["validation_accuracy"]["sampled_mean"][0]
    by_generation = dict(zip(curve["generations"], sampled, strict=True))
    for line in table(RESULTS, "The paper's rule, on a GPU"):
        generation, on_a_gpu, *_, here = (cell.strip() for cell in line.strip("|").split("|"))
        assert here == f"{100 * by_generation[int(generation.replace(',', ''))]:.1f}"
        assert float(on_a_gpu) == pytest.approx(float(here), abs=0.5)  # what the words conclude


@pytest.mark.parametrize(
    ("text", "heading", "expected"),
    [
        (README, "Results", modal_and_dopamine),
        (RESULTS, "At a glance", all_networks),
        (RESULTS, "Dopaminergic neural nets", dopamine_by_units),
        (RESULTS, "Learning without back-propagation, by the number of images", by_images),
    ],
    ids=["README", "overview", "dopamine", "frontier"],
)
def test_tables_state_what_was_measured(text, heading, expected):
    assert [measured_in(row) for row in table(text, heading)] == expected()
