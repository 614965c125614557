"""Sets of classes as a shell takes them: 0-4, or 3,5,8."""


def parse_classes(text: str) -> tuple[int, ...]:
    """The class numbers that a text names.

    Raises:
      ValueError: it names none.

    >>> parse_classes("0-4"), parse_classes("3,5,8")
    ((0, 1, 2, 3, 4), (3, 5, 8))
    >>> parse_classes("9-3")
    Traceback (most recent call last):
    ValueError: give class numbers such as 0-4 or 3,5,8
    """
    first, dash, last = text.partition("-")
    try:
        if dash:
            classes = tuple(range(int(first), int(last) + 1))
        else:
            classes = tuple(map(int, text.split(",")))
    except ValueError:
        classes = ()
    if not classes:
        raise ValueError("give class numbers such as 0-4 or 3,5,8")
    return classes


def classes_text(classes: tuple[int, ...]) -> str:
    """The shortest text for some classes.

    >>> classes_text((0, 1, 2, 3, 4)), classes_text((3, 5, 8)), classes_text(())
    ('0-4', '3,5,8', 'all')
    """
    if len(classes) > 1 and classes == tuple(range(classes[0], classes[-1] + 1)):
        return f"{classes[0]}-{classes[-1]}"
    return ",".join(map(str, classes)) or "all"
