"""Sets of classes as a shell takes them: 0-4, or 3,5,8."""

_MOST = 10_000  # classes of a range, which is written out
_HOW = "give class numbers such as 0-4 or 3,5,8"


def parse_classes(text: str) -> tuple[int, ...]:
    """The class numbers that a text names.

    Raises:
      ValueError: it names none, or more than 10,000.

    >>> parse_classes("0-4"), parse_classes("3,5,8")
    ((0, 1, 2, 3, 4), (3, 5, 8))
    >>> parse_classes("9-3")
    Traceback (most recent call last):
    ValueError: give class numbers such as 0-4 or 3,5,8
    """
    first, dash, last = text.partition("-")
    try:
        if not dash:
            return tuple(map(int, text.split(",")))
        low, high = int(first), int(last)
    except ValueError as error:
        raise ValueError(_HOW) from error
    if not low <= high < low + _MOST:
        raise ValueError(_HOW if high < low else f"{_HOW}, at most {_MOST} of them")
    return tuple(range(low, high + 1))


def shortest(text: str) -> str:
    """The shortest text for the classes that a text names; see ``parse_classes``.

    >>> shortest("00-4"), shortest("0,1,2")
    ('0-4', '0-2')
    """
    return classes_text(parse_classes(text))


def parse_class_sets(text: str) -> tuple[str, ...]:
    """Sets of classes, a range each, in their shortest texts.

    >>> parse_class_sets("0-4,00-9")
    ('0-4', '0-9')
    """
    return tuple(shortest(part.strip()) for part in text.split(","))


def classes_text(classes: tuple[int, ...]) -> str:
    """The shortest text for some classes.

    >>> classes_text((0, 1, 2, 3, 4)), classes_text((3, 5, 8)), classes_text(())
    ('0-4', '3,5,8', 'all')
    """
    if len(classes) > 1 and classes == tuple(range(classes[0], classes[-1] + 1)):
        return f"{classes[0]}-{classes[-1]}"
    return ",".join(map(str, classes)) or "all"
