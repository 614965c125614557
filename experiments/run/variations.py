"""What a search tries: combinations of options' values, and a name and a folder for each."""

import dataclasses
import itertools
import math
import random
import urllib.parse
from collections.abc import Container, Sequence
from typing import Any

from experiments.launch.options import as_text, option_types, parse_text
from experiments.run.config import Config
from nne_jax._files import digest
from nne_jax.errors import InputError

MOST_SETTINGS = 10_000
_LONGEST = 120  # characters of a setting's folder
Varied = dict[str, list[Any]]


def parse_varied(vary: Sequence[str], excluded: Container[str]) -> Varied:
    """By option, the values that it is to have.

    Args:
      vary: texts such as ``temperature=3,10``.
      excluded: options that may not vary.

    Raises:
      InputError: names the text that makes no sense.

    >>> parse_varied(["num_genes=50,60"], ())
    {'num_genes': [50, 60]}
    """
    fields = {field.name: field for field in dataclasses.fields(Config)}
    kinds = option_types(Config)
    varied: Varied = {}
    for text in vary:
        name, _, values = text.partition("=")
        if name not in fields or name in excluded or not values:
            raise InputError(f"--vary={text}: give an option and its values, temperature=3,10 say.")
        if name in varied:
            raise InputError(f"--vary={text}: give all the values of {name} in one --vary.")
        try:
            parsed = [
                parse_text(value, kinds[name], fields[name].metadata) for value in values.split(",")
            ]
        except ValueError as error:
            raise InputError(f"--vary={text}: is of the wrong type; {error}.") from error
        if len(set(parsed)) < len(parsed):
            raise InputError(f"--vary={text}: give each value once.")
        varied[name] = parsed
    return varied


def combinations(
    varied: Varied, one_at_a_time: bool = False, num_settings: int | None = None
) -> list[dict[str, Any]]:
    """The changes that make each setting.

    Args:
      varied: of ``parse_varied``.
      one_at_a_time: none at all, then one value of one option.
      num_settings: so many of all combinations, drawn at random, the same every time.

    Raises:
      InputError: too many, or both ways at once.

    >>> combinations({"num_genes": [50, 60]}, one_at_a_time=True)
    [{}, {'num_genes': 50}, {'num_genes': 60}]
    """
    if one_at_a_time:
        if not varied:
            raise InputError("--one_at_a_time: has no effect without --vary.")
        if num_settings is not None:
            raise InputError(
                f"--num_settings={num_settings}: has no effect beside --one_at_a_time; drop one."
            )
        return [{}, *({name: value} for name, values in varied.items() for value in values)]
    number = math.prod(map(len, varied.values()))
    if num_settings is not None:
        if num_settings > number:
            raise InputError(
                f"--num_settings={num_settings}: --vary has {number} combinations; give at "
                "most as many, or leave it out."
            )
        chosen = random.Random(number).sample(range(number), num_settings)
        return [_combination(varied, index) for index in chosen]
    if number > MOST_SETTINGS:
        raise InputError(
            f"--vary: these are {number} settings; give fewer values, at most {MOST_SETTINGS} "
            "settings, or --num_settings of them."
        )
    return [
        dict(zip(varied, values, strict=True)) for values in itertools.product(*varied.values())
    ]


def _combination(varied: Varied, index: int) -> dict[str, Any]:
    """One of all combinations, by its number."""
    changes = {}
    for name, values in varied.items():
        index, place = divmod(index, len(values))
        changes[name] = values[place]
    return changes


def name_of(changes: dict[str, Any]) -> str:
    """Such as ``temperature=3-num_genes=500``."""
    texts = (f"{name}={as_text(value).removesuffix('.0')}" for name, value in changes.items())
    return "-".join(texts) or "as-given"


def folder_of(name: str) -> str:
    """A name as that of one folder, whatever is in it; a long one ends in a checksum."""
    quoted = urllib.parse.quote(name, safe="=,.+")
    return quoted if len(quoted) <= _LONGEST else f"{quoted[:_LONGEST]}-{digest(name)[:12]}"
