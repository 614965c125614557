"""What is installed, what importing it costs, what is typed, and what a missing extra says."""

import importlib
import inspect
import os
import pkgutil
import subprocess
import sys

import pytest

import nne_jax as nne
from tests.conftest import ROOT, SETUP

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
    lines = SETUP["options"]["install_requires"].strip().splitlines()
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
