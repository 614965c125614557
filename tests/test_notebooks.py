"""Notebooks are stripped, open in Colab, install what they need, and run with tiny settings."""

import ast
import importlib.util
import json
import os
import shlex
import sys
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient
from nbclient.util import run_sync

from tests.conftest import ROOT, SETUP

NOTEBOOKS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
ADDRESS = SETUP["metadata"]["url"]
NEEDS = {"data.load": "data", "matplotlib": "plots", "tskit": "popgen"}  # which extra a text shows
# Settings of seconds, what a notebook is about, as an expression, and the least and most it may be.
TINY = {
    "dopamine": (
        "NUM_HIDDEN, NUM_EPOCHS, NUM_SEEDS = 300, 2, 2",  # 100 learn now and then only
        {
            "accuracy_by_hand": (0.7, 1),  # a guess has 0.1
            "jnp.mean(jnp.abs(deltas[-500:])) - jnp.mean(jnp.abs(deltas[:500]))": (-1, -0.1),
            "curves['agrel'].mean() - curves['reward_baseline'].mean()": (0.2, 1),
        },
    ),
    "genealogy": (
        "NUM_GENERATIONS, POPULATION_SIZE, NUM_GENES, NUM_SEEDS = 20, 40, 200, 2",
        {"report.modal": (0.2, 1), "few.num_samples": (20, 20)},
    ),
    "population_genetics": (
        "NUM_POPULATIONS, NUM_GENERATIONS = 100, 20",
        {
            "lost[10][20] - 0.9**21": (-0.1, 0.1),
            "np.abs((shares - at_points) / error).max()": (0, 4),
            "measured[-1] * 75": (0.7, 1.4),  # Sved: 4 / (3 N)
            "largest_error": (0, 1e-6),  # Lemma 1
            "(decrease - bound).min()": (-1e-6, 1),  # Theorem 1
            "ends == '00' != fittest": (True, True),
        },
    ),
    "reproduce_the_paper": (
        "NUM_GENERATIONS, POPULATION_SIZE, NUM_GENES, NUM_SEEDS, GENOMES = "
        "40, 40, 100, 2, [30, 100]",
        {
            "len(table1)": (8, 99),
            "max(row['test_accuracy'] for row in table2)": (0.9, 1),
            "np.mean(small['sgd'])": (0.9, 1),
            "np.mean(small['nne+signsgd, ours']) - np.mean(small['nne, ours'])": (0.1, 1),
            "distances['ours'][40][20] - distances['ours'][2][20]": (-1, -0.1),
        },
    ),
    "reuse_the_step": (
        "NUM_GENERATIONS, POPULATION_SIZE, NUM_GENES, NUM_SEEDS, INTENSITIES = "
        "20, 40, 200, 2, [0.1, 3.0]",
        {
            "len(devices)": (2, 2),
            "difference.max()": (0, 0),  # from one device and from two
            "found[20].mean(axis=0) @ [-1, 1]": (0.02, 1),  # vmap has told the intensities apart
            "history.fitness_mean[-5:].mean() - history.fitness_mean[:5].mean()": (0.05, 9),
        },
    ),
    "walkthrough": (
        "NUM_GENERATIONS, POPULATION_SIZE, NUM_GENES, NUM_SEEDS = 20, 40, 200, 2",
        {
            "report.modal": (0.2, 1),
            "jnp.mean(jnp.sign(f1 - f0) == jnp.sign(p_next - p))": (1, 1),
        },
    ),
    "your_own_model": (
        "NUM_GENERATIONS, POPULATION_SIZE, NUM_GENES, CNN_GENERATIONS, CNN_GENES = "
        "10, 100, 100, 200, 500",
        {
            "steps_up": (100, 200),  # at first 20
            "report.mean": (0.2, 1),  # a guess has 0.1
            "cnn_history.fitness_mean[-5:].mean() - cnn_history.fitness_mean[:5].mean()": (0.1, 9),
        },
    ),
}


def read(name):
    return nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)


def code_of(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def run(name, parameters, expressions):
    """The values of some expressions after all cells, in a kernel of this Python."""
    notebook = read(name)
    (cell,) = (c for c in notebook.cells if "parameters" in c.metadata.get("tags", ()))
    cell.source = parameters
    values = f"print([float({'), float('.join(expressions)})])"
    notebook.cells.append(nbformat.v4.new_code_cell(values))
    specs = KernelSpecManager(kernel_dirs=[])  # none but that of this Python
    kernel = AsyncKernelManager(kernel_name="python3", kernel_spec_manager=specs)
    place = {"metadata": {"path": str(ROOT / "notebooks")}}
    client = NotebookClient(notebook, km=kernel, timeout=600, resources=place)
    try:
        client.execute(env=os.environ | {"PYTHONPATH": str(ROOT), "JAX_PLATFORMS": "cpu"})
    finally:  # nbclient leaves a kernel that it was given
        run_sync(kernel.shutdown_kernel)(now=True)
    return ast.literal_eval(notebook.cells[-1].outputs[0].text)


@pytest.mark.slow
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_it_runs_and_shows_what_it_is_about(name):
    parameters, bounds = TINY[name]
    for value, (low, high) in zip(run(name, parameters, bounds), bounds.values(), strict=True):
        assert low <= value <= high


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_it_is_stripped_and_asks_a_question(name):
    notebook = read(name)
    nbformat.validate(notebook)
    for cell in code_of(notebook):
        assert (cell.outputs, cell.execution_count) == ([], None)
        assert set(cell.metadata) <= {"tags"}
    _, *question = notebook.cells[-1].source.split("## A question\n")
    assert len(question) == 1
    assert question[0].rstrip().endswith("?")


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_its_badge_is_of_itself(name):
    owner_and_name = ADDRESS.removeprefix("https://github.com/")
    file = f"notebooks/{name}.ipynb"
    colab = f"https://colab.research.google.com/github/{owner_and_name}/blob/main/{file}"
    badge = "https://colab.research.google.com/assets/colab-badge.svg"
    assert f"[![Open in Colab]({badge})]({colab})" in read(name).cells[0].source.splitlines()
    assert (ROOT / file).is_file()


class Shell:
    """Keeps what would be installed."""

    def __init__(self):
        self.lines = []

    def __call__(self):
        return self

    def run_line_magic(self, magic, line):
        names = sys._getframe(1).f_globals
        self.lines.append(f"{magic} {line.format(**names)}")


def run_first_cell(name):
    shell, source = Shell(), code_of(read(name))[0].source
    exec(TransformerManager().transform_cell(source), {"get_ipython": shell})
    return shell.lines


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_its_first_cell_installs_what_it_needs(name, monkeypatch):
    assert run_first_cell(name) == []  # the package is there
    monkeypatch.setattr(importlib.util, "find_spec", lambda module: module == "libtpu" or None)
    (line,) = run_first_cell(name)
    *command, package, accelerator = shlex.split(line)[:5]
    assert command == ["pip", "install", "-q"]
    assert accelerator == "jax[tpu]"
    extras, address = package.removeprefix("nne_jax[").split("] @ git+")
    assert address == ADDRESS
    source = "\n".join(cell.source for cell in code_of(read(name)))
    assert set(extras.split(",")) == {extra for text, extra in NEEDS.items() if text in source}
    assert set(extras.split(",")) <= set(SETUP["options.extras_require"])
    assert ("flax>=0.12" in shlex.split(line)) == ("import flax" in source)


def reader_of_results():
    (cell,) = (c for c in code_of(read("reproduce_the_paper")) if "def read_result" in c.source)
    namespace = {"json": json, "urllib": urllib, "Path": Path}
    exec(cell.source, namespace)
    return namespace["read_result"]


def test_results_are_those_of_the_checkout_or_of_the_repository(monkeypatch, tmp_path):
    file = ROOT / "experiments" / "results" / "table1.json"
    asked = []

    def answer(url, timeout):
        asked.append(url)
        return file.open("rb")

    monkeypatch.setattr(urllib.request, "urlopen", answer)
    monkeypatch.chdir(ROOT / "notebooks")
    there = reader_of_results()("table1.json")
    assert (there, asked) == (json.loads(file.read_text()), [])
    monkeypatch.chdir(tmp_path)
    assert reader_of_results()("table1.json") == there
    raw = ADDRESS.replace("github.com", "raw.githubusercontent.com")
    assert asked == [f"{raw}/main/experiments/results/table1.json"]


def test_without_either_it_says_so(monkeypatch, tmp_path):
    def answer(url, timeout):
        raise urllib.error.URLError("no network")

    monkeypatch.setattr(urllib.request, "urlopen", answer)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"^table1.json is neither .* run the notebook"):
        reader_of_results()("table1.json")
