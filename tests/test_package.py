"""What is installed, what importing it costs, what is typed, and what a missing extra says."""

import configparser
import importlib
import inspect
import os
import pkgutil
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

import nne_jax as nne

ROOT = Path(__file__).parent.parent
MODULES = sorted(m.name for m in pkgutil.walk_packages(nne.__path__, "nne_jax."))
PUBLIC = [name for name in MODULES if "._" not in name]
HEAVY = (
    "evosax flax jax.experimental.pallas matplotlib orbax scipy.optimize scipy.sparse sklearn "
    "tensorflow_datasets tqdm tskit"
).split()


def python(program, executable=sys.executable, cwd=None, path=ROOT):
    """What a program prints in a process of its own."""
    environment = os.environ | {"PYTHONPATH": str(path)}
    return subprocess.run(
        [executable, "-c", program], cwd=cwd, env=environment, capture_output=True, text=True
    )


@pytest.mark.slow
def test_importing_loads_the_core_only():
    done = python(f"import sys, nne_jax; print([m for m in {HEAVY} if m in sys.modules])")
    assert done.stdout == "[]\n", done.stderr


NEEDS = {  # a module: a program that needs it, and the extra that brings it
    "sklearn": ("nne.data.load('digits')", "data"),
    "tensorflow_datasets": ("nne.data.load('kmnist')", "data"),
    "matplotlib": ("from nne_jax.runs import plots", "plots"),
    "tqdm": ("nne.runs.run(step, state, None, 3)", "runs"),
    "orbax": ("nne.runs.run(step, state, None, 3, 'run', progress=False)", "runs"),
    "evosax": ("nne.adapters.evosax.make_algorithm(rule, 5, 10)", "bench"),
    "tskit": ("nne.adapters.tskit.record(step, state, None, 3)", "popgen"),
}
WITHOUT_EXTRAS = f"""
import sys

programs = {NEEDS}
sys.modules.update(dict.fromkeys(programs))  # None: as if they were not installed

import jax
import jax.numpy as jnp
import nne_jax as nne
import nne_jax.adapters

rule = nne.selection.intensity(1.0)
fitness = nne.engines.per_individual(lambda genotype, batch: jnp.sum(genotype))
step = nne.evolution.make_generation_step(fitness, rule, 10)
state = nne.evolution.init(jax.random.key(0), 5, rule)
for name, (program, _) in programs.items():
    try:
        exec(program)
    except (nne.errors.InputError, ImportError) as error:
        print(f"{{name}}: {{error}}")
"""


@pytest.mark.slow
def test_a_missing_extra_is_one_sentence_with_the_remedy(tmp_path):
    done = python(WITHOUT_EXTRAS, cwd=tmp_path, path=ROOT)
    lines = done.stdout.splitlines()
    assert [line.partition(": ")[0] for line in lines] == list(NEEDS), done.stderr
    for line, (_, extra) in zip(lines, NEEDS.values(), strict=True):
        assert f'pip install "nne_jax[{extra}]"' in line


def test_the_core_needs_jax_optax_and_numpy():
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    lines = config["options"]["install_requires"].strip().splitlines()
    assert [line.partition(">=")[0] for line in lines] == ["jax", "optax", "numpy"]


def test_what_is_public_is_annotated():
    missing = [
        f"{name}: {function.__qualname__}({parameter})"
        for name in PUBLIC
        for function in _functions(importlib.import_module(name))
        for parameter in _not_annotated(function)
    ]
    assert missing == []


def _functions(module):
    """Public functions of a module, and public methods that are written in its public classes."""
    for name, member in vars(module).items():
        if name.startswith("_") or getattr(member, "__module__", None) != module.__name__:
            continue
        if inspect.isfunction(member):
            yield member
        elif inspect.isclass(member):
            file = inspect.getsourcefile(member)
            for method in (getattr(m, "fget", m) for m in vars(member).values()):
                written = inspect.isfunction(method) and method.__code__.co_filename == file
                if written and (method.__name__[0] != "_" or method.__name__ == "__call__"):
                    yield method


def _not_annotated(function):
    signature = inspect.signature(function)
    if signature.return_annotation is signature.empty and function.__name__ != "__init__":
        yield "return"
    for name, parameter in signature.parameters.items():
        if parameter.annotation is parameter.empty and name not in ("self", "cls"):
            yield name


EXAMPLE = f"""
import importlib, pathlib, sys
import jax
import nne_jax as nne

for module in {MODULES}:
    importlib.import_module(module)
assert pathlib.Path(nne.__file__).is_relative_to(sys.prefix), nne.__file__
key_net, key_genome, key_run = jax.random.split(jax.random.key(0), 3)
net = nne.network.init(key_net, (64, 32, 10), (0.3, 1.0))
gen = nne.genome.init(key_genome, net, num_genes=300, density=0.02)
rule = nne.selection.intensity(0.5)
step = nne.evolution.make_generation_step(nne.engines.make(net, gen, nne.fitness.reward), rule, 50)
state = nne.evolution.init(key_run, 300, rule)
_, history = nne.evolution.evolve(step, state, nne.data.load("digits").train, 20)
assert history.fitness_mean[-1] > history.fitness_mean[0]
print(nne.__version__)
"""


@pytest.mark.slow
def test_a_wheel_in_a_fresh_environment(tmp_path):
    """Built of a copy, installed without the index, run away from the repository."""
    source, dist, fresh = (tmp_path / name for name in ("source", "dist", "fresh"))
    no_caches = shutil.ignore_patterns("__pycache__")
    for name in ("nne_jax", "experiments", "tests"):
        shutil.copytree(ROOT / name, source / name, ignore=no_caches)
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    pip = [sys.executable, "-m", "pip"]
    build = [*pip, "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", dist, source]
    subprocess.run(build, check=True)
    (wheel,) = dist.glob("*.whl")
    files = {Path(name) for name in zipfile.ZipFile(wheel).namelist()}
    assert {path.parts[0].partition("-")[0] for path in files} == {"nne_jax"}
    assert Path("nne_jax/py.typed") in files
    ours = {path.relative_to(ROOT) for path in (ROOT / "nne_jax").rglob("*.py")}
    assert ours == {path for path in files if path.suffix == ".py"}

    subprocess.run([sys.executable, "-m", "venv", "--without-pip", fresh], check=True)
    executable = fresh / "bin" / "python"
    install = [*pip, "--python", executable, "install", "-q", "--no-deps", "--no-index", wheel]
    subprocess.run(install, check=True)
    (site_packages,) = fresh.glob("lib/python*/site-packages")
    (site_packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    done = python(EXAMPLE, executable, cwd=tmp_path, path="")
    assert done.stdout == f"{nne.__version__}\n", done.stderr
