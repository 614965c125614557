"""A run on disk: ``run`` loops any step, in a folder, with progress, checkpoints and resume.

Needs the extra ``runs`` (orbax for checkpoints, tqdm for progress); ``runs.plots`` needs ``plots``.
"""

from nne_jax.runs.loop import Row, run

__all__ = ["Row", "run"]
