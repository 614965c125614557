"""The evaluations of a run, all of them, from its metrics.jsonl."""

from experiments.run.config import Config
from experiments.run.run_directory import RunDirectory
from nne_jax.errors import InputError
from nne_jax.runs import Row


def evaluations(folder: RunDirectory, config: Config) -> list[Row]:
    """The rows of a complete run in which it was evaluated, one for each time that it was to be.

    Args:
      folder: of the run.
      config: of the run.

    Raises:
      InputError: one is missing, since its line was damaged say: what is made of the others would
        be another curve than the run's.
    """
    last = config.num_generations
    rows = {row["generation"]: row for row in folder.rows() if "validation_accuracy" in row}
    wanted = [*range(0, last, config.eval_every), last]
    if missing := [generation for generation in wanted if generation not in rows]:
        raise InputError(
            f"--workdir={folder.path}: metrics.jsonl has no evaluation of generation {missing[0]}, "
            "it is damaged; restore it, or move that folder away and it is run again."
        )
    return [rows[generation] for generation in wanted]
