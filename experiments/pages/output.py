"""The one file that a command about runs writes: a page, an animation."""

from pathlib import Path

from experiments.launch import paths
from nne_jax._files import reported, write_whole
from nne_jax.errors import InputError


def checked(output: str, default: Path, overwrite: bool) -> Path:
    """The file to write, if it would not be lost, nor another one; makes nothing.

    Args:
      output: what ``--output`` gives; empty for the default.
      default: whose suffix the file has in any case.
      overwrite: whether it may be replaced.

    Raises:
      InputError: says what is wrong.
    """
    path = Path(output or default)
    given = f"--output={path}"
    if path.suffix != default.suffix:
        raise InputError(f"{given}: give a file that ends in {default.suffix}.")
    paths.check_file(given, path, overwrite)
    paths.check_folder(given, path.parent, paths.ANOTHER_FILE)
    return path


def write(path: Path, content: bytes | str) -> None:
    """Writes the file, whole or not at all.

    Raises:
      StorageError: it cannot be written.
    """
    with reported(f"--output={path}", "make room or give another file"):
        write_whole(path, content)
