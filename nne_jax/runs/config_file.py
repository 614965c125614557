"""config.json: the identity of a run, and what else its owner wants to have kept."""

import contextlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from nne_jax._files import as_json, read_json, write_json
from nne_jax.errors import InputError

OWN_NAMES = ("format", "identity", "sha256")  # those of the file itself
FORMAT = 4  # of config.json and what is beside it; 2 had no checksums


class ConfigFile:
    """A run's config.json."""

    def __init__(self, path: Path, edited: Callable[[Any], str] = lambda record: ""):
        """Takes its path, and what says where a record was edited whose checksum does not hold."""
        self._path, self._edited = path, edited

    def exists(self) -> bool:
        """Whether the file is there."""
        return self._path.exists()

    def read(self, given: str) -> dict[str, Any]:
        """What it holds: ``format``, ``identity``, and what ``write`` was given beside it.

        Args:
          given: how messages name the folder.

        Raises:
          InputError: it is not there, of another format, damaged or edited.
        """
        try:
            record = read_json(self._path)
            if record.get("format") == FORMAT:
                return record
            problem = _other_format(record.get("format", 1))
        except (FileNotFoundError, NotADirectoryError):
            problem = "is missing"
        except ValueError:
            problem = self._damage()
        except OSError as error:
            problem = f"cannot be read ({error.strerror})"
        raise InputError(
            f"{given}: its config.json {problem}; restore it, or start the run again in another "
            "folder."
        )

    def write(self, given: str, content: Mapping[str, Any]) -> None:
        """Writes it whole, unless it holds the same already."""
        record = as_json({"format": FORMAT, **content})
        if not self.exists() or self.read(given) != record:
            write_json(self._path, record)

    def _damage(self) -> str:
        """What is wrong with a file whose checksum does not hold."""
        with contextlib.suppress(ValueError, OSError, AttributeError):
            record = json.loads(self._path.read_bytes())
            if (other := record.get("format", 1)) != FORMAT:
                return _other_format(other)
            return f"is damaged or was edited{self._edited(record)}: a checksum does not hold"
        return "is damaged: it is no JSON"


def _other_format(number: Any) -> str:
    return f"has format {number}, and this version reads {FORMAT}"
