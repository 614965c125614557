"""Evolves a network on real images: ``python -m experiments.evolve``.

With no flags it evolves a 64-64-10 network on scikit-learn's digits. ``--dataset=mnist`` and
``--preset=paper`` give MNIST and the paper's exact set-up, ``--dataset=FILE.npz`` your own data
(x_train, y_train, x_test, y_test); every other flag changes one option of the preset. A run that
was stopped, or killed, goes on with ``--workdir=FOLDER --resume``.
"""

import dataclasses
import shlex
import sys
from typing import Any

from experiments import launch
from experiments.launch.groups import Group
from experiments.launch.processes import ProcessOptions
from experiments.run import flag_file, report, runner
from experiments.run.config import OF_A_MACHINE, Config
from experiments.run.flags import Options, flags_with
from experiments.run.presets import new_config, refuse_idle
from experiments.run.run_directory import RunDirectory, from_json
from nne_jax.errors import InputError
from nne_jax.runs.processes import Processes


@dataclasses.dataclass(frozen=True)
class EvolveOptions(ProcessOptions):
    """Options beside those of the run."""

    resume: bool = launch.option(
        False, "go on with the run in --workdir from its checkpoint", group=Group.RUN
    )


define, read = flags_with(EvolveOptions)


def main(options: Options[EvolveOptions]) -> None:
    """Runs what the options say."""
    with Processes() as processes:
        processes.check_same(_shared(options), "--")
        config, folder = processes.first(lambda: _config_and_folder(options)) or (None, None)
        config = Config(**from_json(processes.from_first(config and dataclasses.asdict(config))))
    folder = folder or RunDirectory(config.workdir)
    summary, signal = runner.run(config, folder, resume=options.own.resume)
    if not processes.is_first:
        sys.exit(0 if summary["complete"] else 128 + (signal or 0))
    if not summary["complete"]:
        print(
            f"stopped after {summary['generations']} generations; go on with\n"
            f"  python -m experiments.evolve {shlex.quote(f'--workdir={folder.path}')} --resume"
        )
        sys.exit(128 + (signal or 0))
    if config.progress and (curve := report.curve(folder.rows())):
        print(curve)
    print(report.table(summary, config.num_sampled))
    files = sorted(path.name for path in folder.path.iterdir() if path.name[0] != ".")
    print(f"written to {folder.path}: {', '.join(files)}")
    print(f"to repeat it: {flag_file.command(folder.path)}")


def _shared(options: Options[EvolveOptions]) -> dict[str, Any]:
    """What all processes of a run must have been given alike."""
    given = {k: v for k, v in options.given.options.items() if k not in OF_A_MACHINE}
    return {"preset": options.given.preset, "resume": options.own.resume, **given}


def _config_and_folder(options: Options[EvolveOptions]) -> tuple[Config, RunDirectory]:
    given = options.given
    if not options.own.resume:
        config = new_config(given.preset, given.options)
        return config, RunDirectory.new(config)
    if not given.options.get("workdir"):
        raise InputError("--resume: give the folder of the run to go on with, --workdir=FOLDER.")
    folder = RunDirectory(given.options["workdir"])
    if folder.path.is_dir() and folder.is_blank():  # killed before it began
        return new_config(given.preset, given.options), folder
    options_given = given.options
    if given.preset:  # all of its options are
        options_given = dataclasses.asdict(new_config(given.preset, given.options))
    config = folder.resumed_config(options_given)
    refuse_idle(config, given.options)
    return config, folder


if __name__ == "__main__":
    launch.run(define, read, main)
