"""Files that are whole or absent."""

import os
from pathlib import Path


def write_whole(path: str | Path, content: str | bytes) -> None:
    """Writes a file, and its folder: under another name first, which is renamed when complete.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "new", "file.txt")
    >>> write_whole(path, "one")
    >>> write_whole(path, b"two")
    >>> path.read_text(), [file.name for file in path.parent.iterdir()]
    ('two', ['file.txt'])
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(content.encode() if isinstance(content, str) else content)
    os.replace(partial, path)
