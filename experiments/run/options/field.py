"""A field of a run's options: what ``launch.option`` says, and what it means for a run."""

import dataclasses
from typing import Any

from experiments.launch.groups import Group
from experiments.launch.options import option as launch_option

SIZE = 1e6  # of strengths: beyond it products are no longer finite, or nothing changes any more


def option(
    default: Any,
    help_text: str,
    *,
    group: Group,
    only: tuple[str, ...] = (),
    evolves: bool = True,
    **others: Any,
) -> Any:
    """A field of ``Config``.

    Args:
      default: its value in the preset ``digits``.
      help_text: one line, for ``--help``.
      group: its heading there.
      only: another option and those of its values with which this one has a meaning.
      evolves: whether it changes what evolves, or how that is measured, so that a resumed run must
        not change it.
      **others: of ``launch.option``.
    """
    metadata = launch_option(default, help_text, group=group, **others).metadata
    return dataclasses.field(
        default=default, metadata={**metadata, "only": only, "evolves": evolves}
    )
