"""One of two processes of a run, of which the first stays away longer than the other waits."""

import sys
import time

import jax

from nne_jax import runs
from nne_jax.errors import LostProcessError
from nne_jax.runs import processes
from tests.runs.toys import start, walk

WAIT_SECONDS = 3


def stay_away(row):
    if row["generation"] == 20 and jax.process_index() == 0:
        time.sleep(2 * WAIT_SECONDS)


if __name__ == "__main__":
    port, number = sys.argv[1:]
    jax.distributed.initialize(f"localhost:{port}", 2, int(number))
    processes.WAIT_SECONDS = WAIT_SECONDS
    try:
        runs.run(walk, start(), None, 60, progress=False, block_size=10, on_row=stay_away)
    except LostProcessError as error:
        print(error)
