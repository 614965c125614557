"""Numbers as a reader wants them: no more digits than they have."""

from typing import Any

_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")


def percent(fraction: float | None) -> str:
    """An accuracy, to a tenth of a percent.

    >>> percent(0.90667), percent(None)
    ('90.7%', '–')
    """
    return "–" if fraction is None else f"{100 * fraction:.1f}%"


def spread(mean: float | None, sd: float | None) -> str:
    """A mean accuracy and its standard deviation.

    >>> spread(0.8903, 0.0115), spread(0.5, None)
    ('89.0 ± 1.1%', '50.0%')
    """
    if mean is None or sd is None:
        return percent(mean)
    return f"{100 * mean:.1f} ± {100 * sd:.1f}%"


def seconds(number: float | None) -> str:
    """A duration.

    >>> seconds(0.0312), seconds(16.09), seconds(437), seconds(7500), seconds(None)
    ('0.031 s', '16 s', '7 min 17 s', '2 h 5 min', '–')
    """
    if number is None:
        return "–"
    if number < 60:
        return f"{number:.2g} s"
    minutes, rest = divmod(round(number), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def size(number: float) -> str:
    """A number of bytes.

    >>> size(512), size(3 * 2**20 + 2**19)
    ('512 bytes', '3.5 MiB')
    """
    place = 0
    while number >= 1024 and place < len(_UNITS) - 1:
        number, place = number / 1024, place + 1
    return f"{number:.3g} {_UNITS[place]}"


def count(number: Any, what: str = "") -> str:
    """A whole number, and of what.

    >>> count(48000, "generation"), count(1, "gene")
    ('48,000 generations', '1 gene')
    """
    plural = "s" if what and number != 1 else ""
    return f"{number:,} {what}{plural}".rstrip()


def signed(number: float) -> str:
    """A change, to three digits.

    >>> signed(-0.01234), signed(0.5)
    ('−0.0123', '+0.5')
    """
    return f"{number:+.3g}".replace("-", "−")
