"""What is installed, what importing it costs, what is typed, and what a missing extra says."""

import configparser
import email
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


def copied(source):
    """A copy of the repository's own files, which are returned, among others that are not."""
    ignored = shutil.ignore_patterns("__pycache__", "_build", ".ipynb_checkpoints")
    for name in ("nne_jax", "experiments", "tests", "docs", "notebooks", ".ci", ".github"):
        shutil.copytree(ROOT / name, source / name, ignore=ignored)
    kinds = "*.md *.py *.cfg *.toml *.in *.cff LICENSE .gitignore .pre-commit-config.yaml"
    for path in (path for kind in kinds.split() for path in ROOT.glob(kind)):
        shutil.copy(path, source)
    ours = {path.relative_to(source) for path in source.rglob("*") if path.is_file()}
    others = "data/mnist.gz runs/a/config.json docs/_build/index.html nne_jax/__pycache__/a.pyc"
    for name in (*others.split(), ".venv/pyvenv.cfg", "notebooks/.ipynb_checkpoints/a.ipynb"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text("")
    return ours


def built(tmp_path):
    """The source distribution's files, and the wheel that is built of it, without the index."""
    build = f"from setuptools import build_meta as b; b.build_sdist({str(tmp_path)!r})"
    done = python(build, cwd=tmp_path / "source", path="")
    assert done.returncode == 0, done.stderr
    (sdist,) = tmp_path.glob("*.tar.gz")
    shutil.unpack_archive(sdist, tmp_path / "unpacked", filter="data")
    unpacked = tmp_path / "unpacked" / f"nne_jax-{nne.__version__}"
    files = {path.relative_to(unpacked) for path in unpacked.rglob("*") if path.is_file()}
    options = ["-q", "--no-deps", "--no-build-isolation", "-w", tmp_path]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, unpacked], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    return files, wheel


def check_contents(wheel):
    """The package and nothing else, with its licence, its README and what it needs."""
    archive = zipfile.ZipFile(wheel)
    info = f"nne_jax-{nne.__version__}.dist-info"
    names = {Path(name) for name in archive.namelist()}
    about = {name for name in names if name.parts[0] == info}
    ours = {path.relative_to(ROOT) for path in (ROOT / "nne_jax").rglob("*.py")}
    assert names - about == {*ours, Path("nne_jax/py.typed")}
    assert "LICENSE" in {name.name for name in about}
    text = archive.read(f"{info}/METADATA").decode()
    metadata = email.message_from_string(text)
    assert metadata["Version"] == nne.__version__
    assert "Apache-2.0" in (metadata["License"], metadata["License-Expression"])
    needs = [need for need in metadata.get_all("Requires-Dist") if "extra ==" not in need]
    assert [need.partition(">=")[0] for need in needs] == ["jax", "optax", "numpy"]
    assert (ROOT / "README.md").read_text().strip() in text


@pytest.mark.slow
def test_a_wheel_in_a_fresh_environment(tmp_path):
    """Built of the source distribution, installed without the index, run away from both."""
    ours = copied(tmp_path / "source")
    files, wheel = built(tmp_path)
    made = {path for path in files if "nne_jax.egg-info" in path.parts} | {Path("PKG-INFO")}
    assert files - made == ours
    check_contents(wheel)

    fresh = tmp_path / "fresh"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", fresh], check=True)
    executable = fresh / "bin" / "python"
    install = ["--python", executable, "install", "-q", "--no-deps", "--no-index", wheel]
    subprocess.run([sys.executable, "-m", "pip", *install], check=True)
    (site_packages,) = fresh.glob("lib/python*/site-packages")
    (site_packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    done = python(EXAMPLE, executable, cwd=tmp_path, path="")
    assert done.stdout == f"{nne.__version__}\n", done.stderr
