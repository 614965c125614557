"""Compiled programs: freed before they fill the memory maps that Linux gives a process."""

from pathlib import Path

import jax

_MAPS = Path("/proc/self/maps")  # a line each; elsewhere than on Linux it is not there
_MOST = Path("/proc/sys/vm/max_map_count")  # 65,530 unless the system was told otherwise
_SHARE = 0.5  # of them, which leaves thousands of programs for what comes next


def free_programs() -> bool:
    """Frees JAX's compiled programs if they may soon be too many for the process.

    On a CPU every program that XLA compiles keeps some memory maps. A process that makes run after
    run, each of a network of other shapes, has no more of them after some twenty of the paper's
    size, and XLA would end it without an exception ("LLVM ERROR: Unable to allocate section
    memory"). Programs that are still in use are compiled again when they are called.

    Returns:
      Whether they were freed: more than half of the maps are taken.

    >>> free_programs()
    False
    """
    try:
        with _MAPS.open("rb") as maps:
            taken = sum(1 for _ in maps)
        most = int(_MOST.read_text())
    except OSError:
        return False
    if taken <= _SHARE * most:
        return False
    jax.clear_caches()
    return True
