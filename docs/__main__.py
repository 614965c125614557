"""Makes the pages, offline and with warnings as errors: ``python -m docs [folder]``.

They go to ``docs/_build``, or to the folder that is named; open its ``index.html``.
"""

import sys
from pathlib import Path

from docs._site import extra
from nne_jax.errors import InputError

_FOLDER = Path(__file__).parent


def main(arguments: list[str]) -> int:
    """Builds into a folder, and returns the exit status."""
    if len(arguments) > 1 or any(argument.startswith("-") for argument in arguments):
        raise InputError(f"arguments={arguments}: give one folder for the pages, or none.")
    extra.check()
    from sphinx.cmd.build import build_main

    output = Path(*arguments) if arguments else _FOLDER / "_build"
    cache = output / ".doctrees"
    return build_main(["-W", "-q", "-a", "-b", "html", "-d", str(cache), str(_FOLDER), str(output)])


if __name__ == "__main__":
    try:
        status = main(sys.argv[1:])
    except InputError as error:
        sys.exit(str(error))
    if not status:
        print(f"wrote {Path(*sys.argv[1:] or [_FOLDER / '_build']) / 'index.html'}")
    sys.exit(status)
