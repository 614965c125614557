"""What every result carries: commit, versions, device."""

import platform
import subprocess
from pathlib import Path

import jax
import jaxlib

import nne_jax


def provenance() -> dict:
    """Git commit, package versions and device of this process."""
    device = jax.devices()[0]
    return {
        "commit": commit(),
        "nne_jax": nne_jax.__version__,
        "jax": jax.__version__,
        "jaxlib": jaxlib.__version__,
        "python": platform.python_version(),
        "platform": device.platform,
        "device": device_name(),
        "num_devices": jax.device_count(),
    }


def device_name() -> str:
    """The default device in words: a GPU's or TPU's kind, or the processor's model."""
    device = jax.devices()[0]
    if device.platform != "cpu":
        return device.device_kind
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{models[0]}, {len(models)} cores" if models else platform.processor() or "cpu"


def commit(folder: Path = Path(__file__).parent) -> str:
    """The git commit of a checkout, with ``-dirty`` when files differ from it.

    Results do not count: those of one part would make the next part's look as if the code differed.

    Args:
      folder: this one, ``experiments``, whose ``results`` they are.
    """

    def git(*arguments: str) -> str:
        command = ["git", *arguments]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    try:
        changed = git("status", "--porcelain", "--untracked-files=no", "--", ":/", ":!results")
        return git("rev-parse", "--short=12", "HEAD") + ("-dirty" if changed else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
