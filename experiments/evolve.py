"""Evolves a network on real images: ``python -m experiments.evolve``.

With no flags it evolves a 64-64-10 network on scikit-learn's digits. ``--dataset=mnist`` and
``--preset=paper`` give MNIST and the paper's exact set-up; every other flag changes one option of
the preset. A run that was stopped, or killed, goes on with ``--workdir=FOLDER --resume``.
"""

import sys

from absl import flags as absl_flags

from experiments import flags, launch, report, runner
from experiments.config import Config
from experiments.run_directory import RunDirectory
from nne_jax.types import InputError

FLAGS = absl_flags.FLAGS
flags.define()
absl_flags.adopt_module_key_flags(flags)  # so that --help shows them
absl_flags.DEFINE_boolean("resume", False, "go on with the run in --workdir from its checkpoint")


def main() -> None:
    """Runs what the flags say."""
    try:
        config, folder = _config_and_folder()
        summary = runner.run(config, folder)
    except KeyboardInterrupt:
        sys.exit("evolve: interrupted; what was checkpointed is kept.")
    if not summary["complete"]:
        print(
            f"stopped after {summary['generations']} generations; go on with\n"
            f"  python -m experiments.evolve --workdir={folder.path} --resume"
        )
        sys.exit(130)
    print(report.table(summary, config.num_sampled))
    print(f"written to {folder.path}: " + ", ".join(sorted(p.name for p in folder.path.iterdir())))


def _config_and_folder() -> tuple[Config, RunDirectory]:
    options = flags.given(FLAGS)
    if not FLAGS.resume:
        config = flags.new_config(FLAGS.preset, options)
        return config, RunDirectory.new(config, config.dataset.replace("/", "-"))
    if "workdir" not in options:
        raise InputError("--resume: give the folder of the run to go on with, --workdir=FOLDER.")
    folder = RunDirectory(options["workdir"])
    if FLAGS.preset:
        raise InputError(
            f"--preset={FLAGS.preset}: a resumed run keeps its options; drop the flag."
        )
    return flags.resumed_config(folder.stored_config(), options, options["workdir"]), folder


if __name__ == "__main__":
    launch.run(main)
