"""Pictures within a page: figures as SVG in the page's own ink, arrays of pixels as PNG."""

import base64
import io
import re
from typing import Any

import numpy as np

from experiments.launch.pictures import Figure
from experiments.pages.markup import Html, element

_INK = "#0f0e0d"  # stands for the colour of the text beside a figure, in light and dark
_NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))


def svg(figure: Figure, name: str, what: str, height: float) -> Html:
    """A matplotlib figure as SVG, narrow enough for a phone, with text that is text.

    Args:
      figure: gets that size, its legends on top, and the page's ink.
      name: other than that of any other figure of the page.
      what: it shows, for those who cannot see it.
      height: in inches; it is 4.8 wide.
    """
    import matplotlib

    figure.set_size_inches(4.8, height)
    _restyle(figure)
    file = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        figure.savefig(file, format="svg", transparent=True, dpi=150, metadata=_NO_METADATA)
    text = file.getvalue()
    text = text[text.index("<svg") :].replace(_INK, "currentColor")
    text = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>", "", text, flags=re.S)
    text = re.sub(r'<g id="[^"]*"', "<g", text)  # the same in every figure, and not referred to
    text = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", text, count=1)
    label = element("title", what)
    return Html(
        re.sub(
            r'<svg ([^>]*?)width="[^"]*"([^>]*)>', rf'<svg role="img" \1\2>{label}', text, count=1
        )
    )


def _restyle(figure: Figure) -> None:
    """In place: what is no data in the page's ink, legends on top, large meshes as pixels."""
    from matplotlib.collections import QuadMesh
    from matplotlib.text import Text

    for axes in figure.axes:
        axes.tick_params(which="both", colors=_INK)
        for spine in axes.spines.values():
            spine.set_edgecolor(_INK)
        if axes.get_legend():
            handles, labels = axes.get_legend_handles_labels()
            columns = 4 if sum(map(len, labels)) < 40 else 2
            axes.legend(
                handles, labels, loc="lower center", bbox_to_anchor=(0.5, 1), ncols=columns,
                frameon=False, fontsize="small", columnspacing=1.2, handlelength=1.5,
            )  # fmt: skip
    for text in figure.findobj(Text):
        text.set_color(_INK)
    for mesh in figure.findobj(QuadMesh):
        mesh.set_rasterized(True)


def grey(image: np.ndarray, most: float) -> str:
    """An image (H, W) of numbers from 0 to ``most``, light on dark, as a data URI."""
    level = np.clip(image / (most or 1), 0, 1)
    return _png(np.repeat(level[..., None], 3, axis=-1))


def signed(image: np.ndarray) -> str:
    """Numbers (H, W): blue where positive, orange where negative, clear where 0, as a data URI.

    The smallest ones are seen as well.
    """
    colours = np.array([[0.91, 0.45, 0.05], [0.2, 0.5, 0.88]])
    strength = np.where(image == 0, 0, 0.2 + 0.8 * np.abs(image) / (np.abs(image).max() or 1))
    return _png(np.concatenate([colours[(image > 0).astype(int)], strength[..., None]], axis=-1))


def picture(source: str, what: str) -> Html:
    """An image of few pixels, which stay sharp."""
    return element("img", src=source, alt=what, class_="pixels")


def _png(pixels: np.ndarray) -> str:
    from matplotlib.image import imsave

    file: Any = io.BytesIO()
    imsave(file, np.round(255 * pixels).astype(np.uint8), format="png")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
