"""Many settings in one program: ``python -m experiments.sweep --vary=selection_intensity=0.3,1,3``.

Takes every flag of ``experiments.evolve``. Each ``--vary`` gives an option several values; every
combination evolves for each of ``--num_seeds`` seeds, all side by side, with the data, network and
genome of ``--seed``. The options are numbers on which the program does not depend, so that it is
compiled once; for others there is ``experiments.search``. Settings are compared on the validation
images: the test set is never looked at. A stopped sweep goes on with the same command.
"""

import dataclasses
import sys
from collections.abc import Collection
from typing import Any

from experiments import launch
from experiments.evolved import sweep_report
from experiments.launch.fields import output_option, overwrite_option
from experiments.launch.options import as_text
from experiments.launch.results import Output
from experiments.run import event_files, report
from experiments.run.assemble import Run, assemble
from experiments.run.config import Config
from experiments.run.flags import Given, Options, flags_with
from experiments.run.presets import new_config
from experiments.run.runner import evolved, known_by, on_mesh
from experiments.run.side_by_side import MOST, NUMBERS, of_seeds
from experiments.run.variations import combinations, parse_varied
from nne_jax import runs
from nne_jax.errors import InputError
from nne_jax.runs.folder import RunFolder
from nne_jax.runs.stop import Stop


@dataclasses.dataclass(frozen=True)
class SweepOptions:
    """Options beside those of the runs."""

    vary: tuple[str, ...] = launch.option(
        (), "an option and its values", unit="selection_intensity=0.3,1 say", repeated=True
    )
    output: str | None = output_option(None)
    overwrite: bool = overwrite_option()

    def __post_init__(self):
        launch.check_options(self)


_NOT_OF_A_SWEEP = tuple(
    field.name
    for field in dataclasses.fields(Config)
    if field.name.startswith("lifetime") or field.name == "repack"
)
define, read = flags_with(SweepOptions, but=_NOT_OF_A_SWEEP)


def main(options: Options[SweepOptions]) -> None:
    """Evolves all settings, then compares them."""
    given, own = options
    if not (workdir := given.options.get("workdir")):
        raise InputError("--workdir: give the folder that is to hold the sweep.")
    output = own.output and Output(own.output, own.overwrite, picture=True, workdir=workdir)
    changes = _changes(given, own)
    configs = [new_config(given.preset, given.options | change) for change in changes]
    each = [one for config in configs for one in of_seeds(config)]
    if not 1 < len(each) <= MOST:
        raise InputError(
            f"--vary, --num_seeds={configs[0].num_seeds}: these are {len(each)} populations; give "
            f"2 to {MOST}."
        )
    event_files.check(configs[0])
    parts = assemble(dataclasses.replace(configs[0], num_seeds=len(each)), each)
    folder = RunFolder(workdir, "--workdir", goes_on="the same command goes on")
    print(report.header(parts._replace(config=configs[0]), folder.path))
    side_by_side = f"{len(configs)} settings of {configs[0].num_seeds} seeds: {' '.join(own.vary)}"
    print(f"  sweep       {side_by_side}", flush=True)
    rows = _evolved(parts, folder, changes[0])
    found = sweep_report.settings(rows, changes, of_seeds(configs[0]))
    if output:
        output.write("experiments.sweep", config=dataclasses.asdict(configs[0]), rows=found)
        output.draw(sweep_report.figure(found))
    print(sweep_report.table(found))


def _changes(given: Given, own: SweepOptions) -> list[dict[str, Any]]:
    """What each setting changes."""
    varied = parse_varied(own.vary, ("seed", "num_seeds"))
    for name in varied:
        if name not in NUMBERS:
            raise InputError(
                f"--vary={name}: needs a program for each value; vary it by experiments.search, or "
                f"give {', '.join(NUMBERS)}."
            )
        if name in given.options:
            raise InputError(f"--{name}: has no effect beside --vary={name}; drop one.")
    return combinations(varied)


def _options_of(config: Config, varied: Collection[str]) -> dict[str, str]:
    """The options that change what evolves, and are the same in all settings."""
    return {
        f"--{field.name}": as_text(getattr(config, field.name))
        for field in dataclasses.fields(config)
        if field.metadata["evolves"] and field.name not in (*varied, "seed", "num_seeds")
    }


def _evolved(parts: Run, folder: RunFolder, varied: Collection[str]) -> list[runs.Row]:
    """The rows of all generations, of each population."""
    config = parts.config
    with Stop() as stop, on_mesh(parts):
        state, rows = evolved(
            parts,
            folder,
            stop,
            log_every=config.log_every or config.eval_every,
            parts=known_by(parts)
            | _options_of(parts.config, varied)
            | {"settings": [phase.step for phase in parts.phases]},
        )
    if int(state.generation) < config.num_generations:
        print(f"stopped in {folder.path}; the same command goes on.", file=sys.stderr)
        sys.exit(128 + (stop.signal or 0))
    return rows


if __name__ == "__main__":
    launch.run(define, read, main)
