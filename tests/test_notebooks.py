"""Notebooks are stripped, open in Colab, install what they need, and run with tiny settings."""

import ast
import configparser
import importlib.util
import os
import shlex
import sys
from pathlib import Path

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
SETUP = configparser.ConfigParser()
SETUP.read(ROOT / "setup.cfg")
ADDRESS = SETUP["metadata"]["url"]
NEEDS = {"data.load": "data", "matplotlib": "plots", "tskit": "popgen"}  # which extra a text shows
# Settings of seconds, what a notebook is about, as an expression, and the least and most it may be.
TINY = {
    "genealogy": (
        "NUM_GENERATIONS, POPULATION_SIZE, NUM_GENES, NUM_SEEDS = 20, 40, 200, 2",
        {"report.modal": (0.2, 1), "few.num_samples": (20, 20), "len(svg) > 1000": (True, True)},
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
        "10, 100, 100, 60, 500",
        {"steps_up": (100, 200), "report.modal": (0.2, 1)},  # at first 20 steps; a guess has 0.1
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
    client = NotebookClient(
        notebook,
        km=AsyncKernelManager(kernel_name="python3", kernel_spec_manager=specs),
        timeout=600,
        resources={"metadata": {"path": str(ROOT / "notebooks")}},
    )
    client.execute(env=os.environ | {"PYTHONPATH": str(ROOT), "JAX_PLATFORMS": "cpu"})
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
