"""Every command and program of the README, and of what it leads to, runs; made short by flags."""

import os
import re
import shlex
import subprocess
import sys

import jax
import pytest

from tests.conftest import MNIST, ROOT, SETUP
from tests.experiments.commands import run_command

README, RUNNING, LIBRARY = (
    (ROOT / name).read_text() for name in ("README.md", "docs/running.md", "docs/library.md")
)
BLOCKS = re.findall(r"```bash\n(.*?)```", README + RUNNING + LIBRARY, re.S)
BASH = [line for block in BLOCKS for line in block.splitlines() if not line.startswith("#")]
PARTS = [part for line in BASH for part in line.split(" && ")]
LAUNCH = list(dict.fromkeys(part for part in PARTS if "-m experiments" in part))
OWN_MODEL, OWN_NETWORK = re.findall(r"```python\n(.*?)```", README + LIBRARY, re.S)
TINY = (
    "--hidden=16 --num_genes=100 --genes_per_link=5 --population_size=20 --batch_size=50 "
    "--num_generations=40 --eval_every=10 --checkpoint_every=10 --num_sampled=5 "
    "--mutation_rate=0.001"
).split()
BENCHMARK = (
    "--scale=digits --rounds=1 --peers=textbook --engines=dense --precisions=float32".split()
)
SHORT = {
    "digits": TINY,
    "mnist": [*TINY, "--num_generations=4", "--eval_every=2"],
}


def test_the_first_forty_lines_hold_both_commands():
    first = "\n".join(README.splitlines()[:40])
    assert "python -m experiments.evolve" in first
    assert "pytest -n 2" in first
    assert "marginal_fitness -> f1, f0 (n,) -> update" in first


def test_the_readme_is_short():
    assert len(README.splitlines()) <= 120


def marks(command):
    mnist = [MNIST] if "mnist" in command or "paper" in command else []
    return [*mnist, pytest.mark.slow] if mnist or "benchmark" in command else []


@pytest.mark.slow
@pytest.mark.parametrize("command", [pytest.param(c, marks=marks(c)) for c in LAUNCH])
def test_commands(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    *program, name = shlex.split(command)[:3]
    arguments = shlex.split(command)[3:]
    assert program == ["python", "-m"]
    name = name.removeprefix("experiments.")
    short = SHORT["mnist" if "mnist" in command or "paper" in command else "digits"]
    if "--preset=paper" in command:
        short = [flag for flag in short if "batch_size" not in flag]
    if "--resume" in command:  # go on with the run of the line above
        begun = run_command(name, *arguments[:-2], "--num_generations=20", *short)
        assert begun.returncode == 0, begun.stderr
        short = ["--num_generations=40"]
    if name == "seeds":
        short = [*TINY, "--seeds=0"]
    if name == "benchmark":
        short = BENCHMARK
    if name in ("report", "animation") or "--flagfile" in command:  # of the run of the lines above
        begun = run_command("evolve", "--workdir=runs/mine", *short)
        assert begun.returncode == 0, begun.stderr
        short = []
    run = in_a_shell if command == LAUNCH[0] or "--help" in command else run_command
    done = run(name, *arguments, *([] if "--help" in command else short))
    assert done.returncode == 0, done.stderr
    printed = {"benchmark": "GFLOP/s", "report": "report.html", "animation": "animation.gif"}.get(
        name, "modal"
    )
    assert ("--population_size" if "--help" in command else printed) in done.stdout


def in_a_shell(name, *arguments):
    return subprocess.run(
        [sys.executable, "-m", f"experiments.{name}", *arguments],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )


def executed(program):
    """The names that a program leaves, under JAX's own settings."""
    namespace = {"__name__": "readme"}
    with jax.numpy_rank_promotion("allow"), jax.numpy_dtype_promotion("standard"):
        exec(compile(program, "README.md", "exec"), namespace)
    return namespace


@pytest.mark.slow
def test_an_own_model_takes_fifteen_lines(capsys):
    assert sum(bool(line.strip()) for line in OWN_MODEL.splitlines()) <= 15
    history = executed(OWN_MODEL)["history"]
    stated = [float(number) for number in re.findall(r"-\d\.\d+", OWN_MODEL.rpartition("#")[2])]
    printed = [float(number) for number in capsys.readouterr().out.split()]
    assert printed == [history.fitness_mean[0], history.fitness_mean[-1]]
    assert printed == pytest.approx(stated, rel=0.2)


@pytest.mark.slow
def test_an_own_network(capsys):
    executed(OWN_NETWORK)
    accuracy = float(re.search(r"modal=Array\(([\d.]+)", capsys.readouterr().out).group(1))
    assert accuracy > 0.7  # five classes: it learns


def test_no_key_is_used_twice():
    for program in (OWN_MODEL, OWN_NETWORK):
        used = re.findall(r"\((key_\w+)", program)
        assert len(used) == len(set(used)) >= 2


def test_extras_named_in_the_readme_exist():
    for group in re.findall(r'pip install [^"]*"\.\[([\w,]+)\]"', README + RUNNING + LIBRARY):
        for extra in group.split(","):
            assert extra in SETUP["options.extras_require"]


def test_every_extra_has_its_size():
    sizes = RUNNING.partition("## What is installed")[2].partition("\n## ")[0]
    for extra in SETUP["options.extras_require"]:
        assert f"`{extra}`" in sizes


@pytest.mark.parametrize(
    "name",
    ["README.md", "CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "experiments/README.md"]
    + [f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md"))],
)
def test_links_lead_somewhere(name):
    path = ROOT / name
    for target in re.findall(r"\]\((?!http)([^)#]+)", path.read_text()):
        assert (path.parent / target).exists(), target
