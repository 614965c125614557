"""Options that many commands have: each is declared once, here."""

from typing import Any

from experiments.launch.groups import Group
from experiments.launch.options import option
from nne_jax.engines import ENGINES, PRECISIONS


def dataset_option() -> Any:
    """The field ``dataset: str``."""
    return option(
        "mnist", "data set, or a file", group=Group.DATA, unit="a name or FILE.npz", is_path=True
    )


def data_dir_option(shown: str = "$NNE_JAX_DATA_DIR") -> Any:
    """The field ``data_dir: str``."""
    return option(
        "", f"holds <dataset>/*.gz; {shown} if empty", group=Group.DATA, unit="a folder",
        is_path=True,
    )  # fmt: skip


def workdir_option(default: str) -> Any:
    """The field ``workdir: str`` with such a default."""
    return option(
        default, "where the runs are kept", group=Group.RUN, unit="a folder", is_path=True
    )


def resume_option() -> Any:
    """The field ``resume: bool`` of a command that makes runs."""
    return option(False, "go on with the runs in --workdir", group=Group.RUN)


def output_option(
    default: str | None, help_text: str = "the result; .png beside it", unit: str = "FILE.json"
) -> Any:
    """The field ``output: str`` with such a default."""
    return option(default, help_text, group=Group.RUN, unit=unit, is_path=True)


def engine_option() -> Any:
    """The field ``engine: str | None`` of a command that runs presets."""
    return option(
        None, "how the population's forward pass is computed", group=Group.DEVICES,
        shown="the preset's", choices=("auto", *ENGINES),
    )  # fmt: skip


def precision_option() -> Any:
    """The field ``precision: str | None`` of such a command."""
    return option(
        None, "of the operands of products", group=Group.DEVICES, shown="the preset's",
        choices=PRECISIONS,
    )  # fmt: skip


def output_dir_option() -> Any:
    """The field ``output_dir: str`` of a command with several results."""
    return option(
        "experiments/results", "gets the JSON files and figures", group=Group.RUN, unit="a folder",
        is_path=True,
    )  # fmt: skip


def overwrite_option() -> Any:
    """The field ``overwrite: bool``."""
    return option(False, "replace the output files if they are there", group=Group.RUN)
