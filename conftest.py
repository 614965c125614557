"""Tests compile much and compute little: quick compilation, once for all tests and launchers."""

import atexit
import importlib.metadata
import os
import shutil
import tempfile

import pytest

if "xla_backend_optimization_level" not in os.environ.get("XLA_FLAGS", ""):
    # Four times as fast to compile. What may depend on optimisation, bits and devices, is tested
    # with XLA's own level in a process of its own, tests/engines/test_sharing.py.
    flags = [os.environ.get("XLA_FLAGS", ""), "--xla_backend_optimization_level=0"]
    flags.append("--xla_cpu_parallel_codegen_split_count=1")  # a program is compiled in one piece
    if importlib.metadata.version("jaxlib").startswith("0.10."):  # later ones end at the flag
        flags.append("--xla_cpu_use_fusion_emitters=false")  # twice as fast again
    os.environ["XLA_FLAGS"] = " ".join(flags).strip()
if "JAX_COMPILATION_CACHE_DIR" not in os.environ:  # the workers of pytest-xdist inherit it
    folder = tempfile.mkdtemp(prefix="nne_jax-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["JAX_COMPILATION_CACHE_DIR"] = folder
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
    os.environ["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "0"


@pytest.fixture(scope="module", autouse=True)
def _programs_of_one_module():
    """Frees compiled programs: JAX dies when they fill the 65,530 memory maps of a process."""
    yield
    import jax  # only now, since it reads what is set above

    jax.clear_caches()
