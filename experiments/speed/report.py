"""What ``benchmark`` makes of its times: lines, ratios, a figure."""

from typing import Any

import numpy as np

from experiments.launch.pictures import Figure, new_figure
from nne_jax.engines import PRECISIONS

_NAMES = {"population_size": "genotypes N", "num_images": "images S"}


def line(row: dict) -> str:
    """One case, for the terminal."""
    fraction, error = row.get("fraction_of_peak"), row.get("fitness_error_over_sd")
    return (
        f"{row['scale']:7} {row['case']:28} {1 / row['generations_per_second']:8.3f} s  "
        f"{row['image_evaluations_per_second']:.3g} images/s"
        + (f"  {fraction:.0%} of the peak" if fraction else "")
        + (f"  error {error:g} sd" if error is not None else "")
        + (f"  {size / 2**30:.2f} GiB" if (size := row["array_bytes"]) is not None else "")
        + f"  (compiled in {row['compile_seconds']:.1f} s)"
    )


def ratios(rows: list[dict]) -> dict[str, float]:
    """How many times faster than each peer the fastest engine is, the same round of each.

    ``forward_fraction`` is the population's forward pass, over the whole generation.

    >>> rows = [("gathered, float32", 1.0), ("gathered, float32, forward", 0.9), ("textbook", 8.0)]
    >>> ratios([{"case": case, "seconds": [seconds]} for case, seconds in rows])
    {'textbook': 8.0, 'forward_fraction': 0.9}
    """
    seconds = {row["case"]: row["seconds"] for row in rows}
    peers = [case for case in seconds if "," not in case]
    found = {}
    for precision in PRECISIONS:
        ours = [case for case in seconds if case.endswith(f", {precision}")]
        if not ours:
            continue
        best = min(ours, key=lambda case: np.median(seconds[case]))
        suffix = "" if precision == "float32" else f"_{precision}"
        for peer in peers:
            found[peer + suffix] = _ratio(seconds[peer], seconds[best])
        found["forward_fraction" + suffix] = _ratio(seconds[f"{best}, forward"], seconds[best])
    return found


def cost_figure(rows: list[dict]) -> Figure:
    """Seconds of a generation by N and by S, beside the line through the origin that fits best.

    >>> rows = [{"varied": "num_images", "size": size, "seconds": [size / 1e3]} for size in (1, 2)]
    >>> cost_figure(rows).axes[0].get_xlabel()
    'images S'
    """
    figure, panels = panels_by("varied", rows)
    for axes, name, own in panels:
        sizes = np.array([row["size"] for row in own])
        seconds = np.array([np.median(row["seconds"]) for row in own])
        slope = sizes @ seconds / (sizes @ sizes)
        axes.plot([0, sizes.max()], [0, slope * sizes.max()], color="0.6", label="proportional")
        axes.plot(sizes, seconds, "o", label="median of the rounds")
        axes.set(xlabel=_NAMES[name], ylabel="seconds a generation", xlim=(0, None), ylim=(0, None))
        axes.legend()
        axes.grid(alpha=0.3)
    return figure


def panels_by(column: str, rows: list[dict]) -> tuple[Figure, list[tuple[Any, str, list[dict]]]]:
    """A figure with a panel for each value of a column: its axes, the value and its rows."""
    values = list(dict.fromkeys(row[column] for row in rows))
    drawn = new_figure(4.5 * len(values), 3.6)
    axes = drawn.subplots(1, len(values), squeeze=False)[0]
    own = ([row for row in rows if row[column] == value] for value in values)
    return drawn, list(zip(axes, values, own, strict=True))


def log_log(axes: Any, sizes: list[int]) -> None:
    """Makes both axes logarithmic, with a tick at each size."""
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.xaxis.minorticks_off()


def _ratio(slow: list[float], fast: list[float]) -> float:
    both = zip(slow, fast, strict=False)  # a slow case may have had fewer rounds
    return round(float(np.median([one / other for one, other in both])), 3)
