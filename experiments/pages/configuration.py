"""The options of a run, and the command that makes it again."""

import dataclasses
import shlex
from typing import Any

from experiments.launch.options import as_text
from experiments.pages import words
from experiments.pages.files import Files, option_texts
from experiments.pages.markup import Html, all_of, element
from experiments.run import flag_file
from experiments.run.config import OF_A_MACHINE, Config
from experiments.run.presets import PRESETS, new_config, without_idle
from nne_jax.errors import InputError


def section(files: Files) -> Html:
    """Options, where the run was begun, and how to make it again or go on with it."""
    if files.config is None:
        raise InputError("The options are not known, nor the command that makes the run again.")
    return all_of([_again(files, files.config), _options(files.config), _begun(files)])


def _again(files: Files, config: Config) -> Html:
    commit = files.begun.get("commit", "unknown")
    lines = [] if commit == "unknown" else [f"git checkout {commit.removesuffix('-dirty')}"]
    lines.append(command(config))
    changed = commit.endswith("-dirty")
    if (files.folder.path / flag_file.NAME).exists():
        lines.append(f"# or with every option by name:\n# {flag_file.command(files.folder.path)}")
    said = " That commit had changes when the run was begun, which git does not know." * changed
    again = element("pre", element("code", "\n".join(lines)), tabindex="0")
    on = shlex.join(
        ["python", "-m", "experiments.evolve", f"--workdir={files.folder.path}", "--resume"]
    )
    going_on = all_of(
        [element("p", "To go on with it:"), element("pre", element("code", on), tabindex="0")]
    )
    parts = [element("p", f"To make the run again:{said}"), again]
    return all_of(parts if files.is_complete else [*parts, going_on])


def command(config: Config) -> str:
    """The shortest command that makes a run of the same options, in a folder of its own.

    >>> command(Config(num_genes=500, hidden=(30, 20), workdir="runs/mine"))
    'python -m experiments.evolve --hidden=30,20 --num_genes=500'
    >>> command(PRESETS["mnist_fast"])
    'python -m experiments.evolve --preset=mnist_fast'
    """
    wanted = dataclasses.replace(config, workdir="", progress=True)
    options = dataclasses.asdict(wanted)
    found = []
    for preset in (None, *PRESETS):
        its = PRESETS[preset or "digits"]
        changes = {name: value for name, value in options.items() if value != getattr(its, name)}
        for given in (changes, without_idle(changes, wanted)):
            try:
                same = _looked_at(new_config(preset, given)) == _looked_at(wanted)
            except InputError:
                continue
            if same:
                flags = [f"--preset={preset}"] if preset else []
                flags += [f"--{name}={as_text(value)}" for name, value in given.items()]
                found.append(shlex.join(["python", "-m", "experiments.evolve", *flags]))
    return min(found, key=len, default="(no command of this version makes it)")


def _looked_at(config: Config) -> dict[str, Any]:
    """The options that have an effect beside the others."""
    return without_idle(dataclasses.asdict(config), config)


def _options(config: Config) -> Html:
    """All that something looks at; those that differ from the defaults stand out."""
    default = option_texts(Config())
    looked_at = _looked_at(config)
    boxes = []
    for name, text in option_texts(config).items():
        if name in looked_at and name not in OF_A_MACHINE:
            class_ = "changed" if text != default[name] else None
            value = element("dd", text or "–")
            boxes.append(element("div", element("dt", name), value, class_=class_))
    note = element("p", "Options; those in bold differ from the preset digits.", class_="note")
    return all_of([note, element("dl", *boxes, class_="options")])


def _begun(files: Files) -> Html:
    begun = files.begun
    known = [f"{name} {begun[name]}" for name in ("nne_jax", "jax", "python") if name in begun]
    where = [begun["device"]] if "device" in begun else []
    if "num_devices" in begun:
        where.append(words.count(begun["num_devices"], "JAX device"))
    said = f"Begun with {', '.join(known)} on {', '.join(where)}." if known and where else ""
    return element("p", f"{said} Folder: ", element("code", str(files.folder.path)), class_="note")
