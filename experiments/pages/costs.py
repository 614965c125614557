"""What a run took: time, individuals and images tested, memory, disk."""

import contextlib
from pathlib import Path

from experiments.evolved import curves as by_time
from experiments.pages import drawings, words
from experiments.pages.files import Files
from experiments.pages.markup import Html, all_of, element, facts, figure
from experiments.pages.network import Evolved
from experiments.pages.outcome import seconds
from experiments.run.stages import effort
from nne_jax.runs.plots.records import as_rows


def section(files: Files, evolved: Evolved | None) -> Html:
    """Numbers, and accuracy against time; memory and images where the run can be made again."""
    took, generation = seconds(files), files.generation
    items = [("generations", words.count(generation)), ("time", words.seconds(took))]
    if took and generation:
        items.append(("a generation", words.seconds(took / generation)))
    if files.config and evolved:
        num_images = evolved.parts.dataset.train.labels.shape[0]
        tested = effort(files.config, generation, num_images)
        items += [
            ("individuals tested", words.count(tested["individuals"])),
            ("images evaluated", words.count(tested["image_evaluations"])),
        ]
        if took:
            items.append(
                ("images a second", words.count(round(tested["image_evaluations"] / took)))
            )
        items.append(("memory, estimated", words.size(evolved.parts.memory_bytes)))
    items.append(("on disk", words.size(_bytes(files.folder.path))))
    where = [str(files.summary[name]) for name in ("device", "platform") if name in files.summary]
    on = element("p", f"On {', '.join(where)}." if where else "", class_="note")
    return all_of([facts(items), on, _curve(files)])


def _curve(files: Files) -> Html:
    """Accuracy against seconds; nothing where there is no more than one evaluation."""
    if len(files.evaluated) < 2:
        return element("p", "There are too few evaluations for a curve of accuracy against time.")
    rows = [dict(row) for row in as_rows(files.evaluated)]
    drawn = by_time.figure([by_time.curve(rows)], "")
    shown = drawings.svg(drawn, f"time {files.name}", "Validation accuracy against seconds", 3.4)
    return figure(shown, "Validation accuracy against the time of the run, looks at it included.")


def _bytes(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):  # the run has just removed it
            total += path.stat().st_size if path.is_file() else 0
    return total
