"""What is uploaded: the source distribution, and the wheel made of it, installed alone."""

import email
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

import nne_jax as nne
from tests.test_package import MODULES, ROOT, python

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
    alone = os.environ | {"PYTHONPATH": ""}  # pip would take a checkout there for an installation
    subprocess.run([sys.executable, "-m", "pip", *install], env=alone, check=True)
    (site_packages,) = fresh.glob("lib/python*/site-packages")
    (site_packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    done = python(EXAMPLE, executable, cwd=tmp_path, path="")
    assert done.stdout == f"{nne.__version__}\n", done.stderr
