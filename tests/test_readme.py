"""Every command and every program of the README runs, with a few flags more to make it short."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import MNIST
from tests.test_launcher import TINY

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```bash\n(.*?)```", README, re.S)
BASH = [line for block in BLOCKS for line in block.splitlines() if not line.startswith("#")]
LAUNCH = [command for line in BASH for command in line.split(" && ") if "-m experiments" in command]
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
    assert "selection.marginal_fitness" in first


@pytest.mark.parametrize(
    "command",
    [pytest.param(c, marks=MNIST if "mnist" in c or "paper" in c else ()) for c in LAUNCH],
)
def test_commands(command, tmp_path):
    program, *arguments = shlex.split(command)
    assert program == "python"
    short = SHORT["mnist" if "mnist" in command or "paper" in command else "digits"]
    if "--preset=paper" in command:
        short = [flag for flag in short if "batch_size" not in flag]
    if "--resume" in command:  # go on with the run of the line above
        first = [sys.executable, *arguments[:-2], "--num_generations=20", *short]
        subprocess.run(first, cwd=tmp_path, env=_environment(), check=True)
        short = ["--num_generations=40"]
    if "--help" in command:
        short = []
    if "experiments.seeds" in command:
        short = [*TINY, "--seeds=0"]
    if "benchmark" in command:
        short = BENCHMARK
    done = subprocess.run(
        [sys.executable, *arguments, *short],
        cwd=tmp_path,
        env=_environment(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == ("--help" in command), done.stderr  # absl's --help exits with 1
    printed = "GFLOP/s" if "benchmark" in command else "modal"
    assert ("--population_size" if "--help" in command else printed) in done.stdout


def test_programs(capsys):
    (program,) = re.findall(r"```python\n(.*?)```", README, re.S)
    exec(compile(program, "README.md", "exec"), {})
    accuracy = float(re.search(r"modal=Array\(([\d.]+)", capsys.readouterr().out).group(1))
    assert accuracy > 0.5  # five classes: it learns


def test_extras_named_in_the_readme_exist():
    extras = (ROOT / "setup.cfg").read_text().partition("[options.extras_require]")[2]
    for group in re.findall(r'pip install [^"]*"\.\[([\w,]+)\]"', README):
        for extra in group.split(","):
            assert re.search(rf"^{extra} =", extras, re.M), extra


def test_links_lead_somewhere():
    for name in ("README.md", "experiments/README.md"):
        path = ROOT / name
        for target in re.findall(r"\]\((?!http)([^)#]+)\)", path.read_text()):
            assert (path.parent / target).exists(), target


def _environment():
    return os.environ | {"PYTHONPATH": str(ROOT)}
