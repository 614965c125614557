"""What every result carries: command, commit, versions, device."""

import contextlib
import contextvars
import platform
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import jax
import jaxlib.version

import nne_jax

_EXPERIMENTS = Path(__file__).parent.parent
_arguments: contextvars.ContextVar[Sequence[str] | None] = contextvars.ContextVar(
    "arguments", default=None
)


@contextlib.contextmanager
def arguments_are(arguments: Sequence[str]) -> Iterator[None]:
    """Within it, ``command_line`` gives these arguments."""
    token = _arguments.set(arguments)
    try:
        yield
    finally:
        _arguments.reset(token)


def command_line(command: str) -> str:
    """The command that is running, as a shell takes it.

    Args:
      command: the module, such as ``experiments.seeds``.

    >>> with arguments_are(["--seeds=0,1", "--workdir=my runs"]):
    ...     command_line("experiments.seeds")
    "python -m experiments.seeds --seeds=0,1 '--workdir=my runs'"
    """
    arguments = _arguments.get()
    return shlex.join(
        ["python", "-m", command, *(sys.argv[1:] if arguments is None else arguments)]
    )


def provenance() -> dict:
    """Git commit, package versions and device of this process."""
    device = jax.local_devices()[0]
    return {
        "commit": commit(),
        "nne_jax": nne_jax.__version__,
        "jax": jax.__version__,
        "jaxlib": jaxlib.version.__version__,
        "python": platform.python_version(),
        "platform": device.platform,
        "device": device_name(),
        "num_devices": jax.device_count(),
    }


def device_name() -> str:
    """The default device in words: a GPU's or TPU's kind, or the processor's model."""
    device = jax.local_devices()[0]
    if device.platform != "cpu":
        return device.device_kind
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(errors="replace").splitlines() if cpuinfo.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{models[0]}, {len(models)} cores" if models else platform.processor() or "cpu"


def commit(folder: Path = _EXPERIMENTS) -> str:
    """The git commit of a checkout, with ``-dirty`` when files differ from it.

    Results do not count: those of one part would make the next part's look as if the code differed.

    Args:
      folder: this checkout's ``experiments``, whose ``results`` they are.
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
