"""A replayed run as a GIF: in greys, so that it reads the same on paper and to everybody."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from experiments.launch.pictures import Figure, new_figure
from experiments.pages.replay import Frame, Replayed

_A_SECOND = 8  # frames
_HELD = 2  # seconds that the last frame is seen
_DPI = 100
_LABELLED = 12  # classes, at most, whose names fit


def gif(replayed: Replayed) -> bytes:
    """The content of the file."""
    from matplotlib.animation import PillowWriter

    drawing = _Drawing(replayed)
    writer = PillowWriter(fps=_A_SECOND)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "animation.gif")
        with writer.saving(drawing.figure, str(path), _DPI):
            for frame in replayed.frames:
                drawing.show(frame)
                writer.grab_frame()
            for _ in range(_HELD * _A_SECOND):
                writer.grab_frame()
        return path.read_bytes()


class _Drawing:
    """Three panels: the sorted frequencies and the accuracy, and beside them what is confused."""

    def __init__(self, replayed: Replayed):
        self._frames = replayed.frames
        self.figure: Figure = new_figure(8, 4.2)
        axes = self.figure.subplot_mosaic([["freqs", "confused"], ["accuracy", "confused"]])
        self._sorted = _frequencies(axes["freqs"], replayed.frames[0])
        self._curve, self._here = _accuracy(axes["accuracy"], replayed)
        self._matrix = _matrix(axes["confused"], replayed)
        self._cells: list[Any] = []
        self._axes = axes["confused"]
        self.show(replayed.frames[-1])  # with the widest title
        self.figure.draw_without_rendering()
        self.figure.set_layout_engine("none")  # nothing moves from now on

    def show(self, frame: Frame) -> None:
        """Draws a generation."""
        self.figure.suptitle(
            f"generation {frame.generation}: the modal genotype is right in {frame.accuracy:.0%}",
            fontsize=15,
        )
        self._sorted.set_ydata(frame.allele_freqs)
        until = [one for one in self._frames if one.generation <= frame.generation]
        self._curve.set_data(
            [one.generation for one in until], [100 * one.accuracy for one in until]
        )
        self._here.set_data([frame.generation], [100 * frame.accuracy])
        shares = frame.confused / np.maximum(frame.confused.sum(axis=1, keepdims=True), 1)
        self._matrix.set_data(shares)
        for cell in self._cells:
            cell.remove()
        self._cells = []
        if len(shares) > _LABELLED:
            return
        for i, j in zip(*np.nonzero(np.rint(100 * shares)), strict=True):
            colour = "white" if shares[i, j] > 0.5 else "black"
            text = f"{100 * shares[i, j]:.0f}"
            style = {"ha": "center", "va": "center", "fontsize": 9, "color": colour}
            self._cells.append(self._axes.text(j, i, text, **style))


def _frequencies(axes: Any, frame: Frame) -> Any:
    (line,) = axes.plot(frame.allele_freqs, color="black", linewidth=2)
    axes.set(xlabel="genes, sorted", ylabel="allele frequency", ylim=(-0.05, 1.05))
    axes.set(yticks=[0, 0.5, 1], xlim=(0, len(frame.allele_freqs)))
    axes.grid(alpha=0.4)
    return line


def _accuracy(axes: Any, replayed: Replayed) -> tuple[Any, Any]:
    (curve,) = axes.plot([], [], color="black", linewidth=2)
    (here,) = axes.plot([], [], "o", color="black", markersize=6)
    axes.set(xlabel="generation", ylabel="% right", ylim=(0, 105), yticks=[0, 50, 100])
    axes.set_xlim(0, 1.03 * replayed.frames[-1].generation)
    axes.grid(alpha=0.4)
    return curve, here


def _matrix(axes: Any, replayed: Replayed) -> Any:
    number = len(replayed.classes)
    shown = axes.imshow(np.zeros((number, number)), cmap="Greys", vmin=0, vmax=1)
    if number <= _LABELLED:
        axes.set_xticks(range(number), replayed.classes)
        axes.set_yticks(range(number), replayed.classes)
    axes.set(xlabel="is taken for, in % of a class", ylabel=f"class of {replayed.images}")
    return shown
