"""Pictures of results: matplotlib's figures, of no window; it is imported when one is drawn."""

import io
from typing import TYPE_CHECKING, Any

from nne_jax.runs._matplotlib import load_figures

MARKERS = "osD^vP*"
DASHES = ("-", "--", ":", "-.")
_LETTER = 0.55  # of the size of a font is a letter wide, on average
_SMALLEST = 8.0  # points
_USUAL = 10.0  # points, matplotlib's own size of the numbers at an axis

if TYPE_CHECKING:
    from matplotlib.figure import Figure
else:
    Figure = Any


def new_figure(width: float, height: float) -> Figure:
    """An empty figure, sizes in inches."""
    return _module().Figure(figsize=(width, height), layout="constrained")


def style_of(index: int, points: int = 8) -> dict[str, Any]:
    """One of several lines: told from others by its marker and dashes too, in grey or in colour.

    Args:
      index: of the line; ten times seven of them differ.
      points: of the line, of which about eight are marked; lines are marked in different places.
    """
    every = max(1, points // 8)
    marker = MARKERS[index % len(MARKERS)]
    return {
        "color": f"C{index % 10}",
        "linestyle": DASHES[index % len(DASHES)],
        "marker": marker,
        "markersize": 6,
        "markerfacecolor": "white" if index % 2 else f"C{index % 10}",
        "markevery": (index % every, every),
    }


def check() -> None:
    """Refuses a picture that cannot be drawn, before the work for it.

    Raises:
      InputError: matplotlib is missing, or refuses to be imported.
    """
    _module()


def png(figure: Figure) -> bytes:
    """The content of a picture's file."""
    _enlarge(figure)
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=120)
    return file.getvalue()


def _enlarge(figure: Figure) -> None:
    """In place: words beside the axes that are read on a slide, and of a picture 300 pixels wide.

    No line of them gets longer than its axis; sizes of numbers that a figure has chosen stay.
    """
    large = min(max(1.8 * figure.get_figwidth(), 12), 17)
    figure.draw_without_rendering()  # now it is known how long axes are
    for axes in figure.axes:
        box = axes.get_window_extent()
        width, height = 72 * box.width / figure.dpi, 72 * box.height / figure.dpi  # in points
        for text, length in (
            (axes.title, width),
            (axes.xaxis.label, width),
            (axes.yaxis.label, height),
        ):
            longest = max(map(len, text.get_text().split("\n")))
            fitting = length / (_LETTER * max(longest, 1))
            text.set_fontsize(max(min(large, fitting), _SMALLEST))
        for which, axis in (("x", axes.xaxis), ("y", axes.yaxis)):
            if all(label.get_fontsize() == _USUAL for label in axis.get_ticklabels()):
                axes.tick_params(axis=which, labelsize=max(min(0.8 * large, width / 20), _USUAL))


def _module() -> Any:
    return load_figures("the picture of a result")
