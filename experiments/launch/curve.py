"""A curve of plain characters, for a terminal of any width."""

import itertools
import shutil
from collections.abc import Sequence

import numpy as np

_ROWS = 8
_MARGIN = 9  # columns of the numbers and the axis
_WIDEST = 100


def curve(xs: Sequence[float], ys: Sequence[float], title: str, unit: str, columns: int = 0) -> str:
    """Draws ys by xs, joined by straight lines.

    What a terminal's encoding has not is put in ASCII where it is printed, see ``terminal``.

    Args:
      xs: ascending, two or more.
      ys: finite.
      title: what the ys are.
      unit: of the xs.
      columns: its width; 0 for the terminal's, or 80 without one.

    >>> print(curve([0, 10, 30], [0.1, 0.7, 0.8], "accuracy", "generations", columns=40))
    accuracy
      0.800 ┤                     ••••••••••
            │          •••••••••••
            │        ••
            │      ••
            │     •
            │   ••
            │ ••
      0.100 ┤•
            └───────────────────────────────
             0                30 generations
    """
    columns = columns or min(shutil.get_terminal_size((80, 24)).columns, _WIDEST)
    width = max(columns - _MARGIN, 10)
    low, high = min(ys), max(ys)
    heights = np.interp(np.linspace(xs[0], xs[-1], width), xs, ys)
    rows = np.rint((heights - low) / ((high - low) or 1) * (_ROWS - 1)).astype(int).tolist()
    crossed = [_column(before, row) for before, row in itertools.pairwise([rows[0], *rows])]
    lines = [title]
    for row in reversed(range(_ROWS)):
        number = {_ROWS - 1: f"{high:7.3f} ┤", 0: f"{low:7.3f} ┤"}.get(row, f"{'│':>9}")
        marks = "".join("•" if row in column else " " for column in crossed)
        lines.append(f"{number}{marks}".rstrip())
    last = f"{xs[-1]:g} {unit}"
    axis = f"{'└':>9}{'─' * width}"
    numbers = f"{'':9}{f'{xs[0]:g}':{max(1, width - len(last))}}{last}"
    return "\n".join([*lines, axis, numbers])


def _column(before: int, row: int) -> range:
    """The rows that a line crosses in a column, from that of the column before."""
    if row > before:
        return range(before + 1, row + 1)
    return range(row, before) if row < before else range(row, row + 1)
