"""What the evolved network takes for what: a matrix of all images, and its worst errors."""

import jax
import numpy as np

from experiments.pages import words
from experiments.pages.drawings import grey, picture
from experiments.pages.markup import Html, all_of, element, figure, table
from experiments.pages.network import Evolved, side_of

MOST_IMAGES = 24
_MOST_PAIRS = 6


def matrix(evolved: Evolved) -> np.ndarray:
    """How many images (C, C) of each class, a row, are taken for each, a column."""
    return confused(evolved.images.labels, evolved.logits)


def confused(labels: jax.Array, logits: jax.Array | np.ndarray) -> np.ndarray:
    """The same of labels (S,) and logits (S, C)."""
    counts = np.zeros((logits.shape[1],) * 2, int)
    np.add.at(counts, (np.asarray(labels), np.argmax(np.asarray(logits), axis=1)), 1)
    return counts


def matrix_section(evolved: Evolved) -> Html:
    """The matrix, and the pairs that are confused most often."""
    counts, names = matrix(evolved), _names(evolved)
    right, total = np.trace(counts), counts.sum()
    said = (
        f"Of {evolved.on_images}, {evolved.in_words} classifies {right:,} rightly: "
        f"{words.percent(right / total)}. A row is a class, a column what it is taken for."
    )
    rows = [
        [
            names[i],
            *(_cell(counts, i, j) for j in range(len(names))),
            words.percent(_recall(counts, i)),
        ]
        for i in range(len(names))
    ]
    shown = table("confusion matrix", ["", *names, "right"], rows, class_="matrix")
    return all_of([element("p", said), shown, _pairs(counts, names)])


def images_section(evolved: Evolved) -> Html:
    """The wrongly classified images of whose wrong class the network is surest."""
    side, names = side_of(evolved), _names(evolved)
    labels, taken = np.asarray(evolved.images.labels), _taken_for(evolved)
    sure = np.asarray(jax.nn.softmax(evolved.logits / evolved.parts.config.last_temperature))
    every = np.arange(len(labels))
    margin = sure[every, taken] - sure[every, labels]
    wrong = np.flatnonzero(taken != labels)
    shown = wrong[np.argsort(-margin[wrong], kind="stable")][:MOST_IMAGES]
    if not len(shown):
        return element("p", f"None: all {evolved.on_images} are classified rightly.")
    inputs = np.asarray(evolved.images.inputs[shown]).reshape(-1, side, side)
    figures = []
    for image, index in zip(inputs, shown, strict=True):
        true, wrongly = names[labels[index]], names[taken[index]]
        what = f"a {true} taken for a {wrongly}"
        caption = all_of([element("b", f"{true} → {wrongly}"), f" {sure[index, taken[index]]:.0%}"])
        figures.append(figure(picture(grey(image, inputs.max()), what), caption))
    of_all = f"{len(shown)} of {words.count(len(wrong), 'error')}"
    said = (
        f"{of_all} on {evolved.on_images}: those where the probability of the wrong class exceeds "
        "that of the right one by most. Below each image its class, what it is taken for, and how "
        "probable that is to the network (softmax of the logits over the last temperature)."
    )
    return all_of([element("p", said), element("div", *figures, class_="gallery")])


def _taken_for(evolved: Evolved) -> np.ndarray:
    return np.argmax(evolved.logits, axis=1)


def _names(evolved: Evolved) -> list[str]:
    return [str(label) for label in evolved.parts.dataset.classes]


def _recall(counts: np.ndarray, i: int) -> float | None:
    total = counts[i].sum()
    return counts[i, i] / total if total else None


def _cell(counts: np.ndarray, i: int, j: int) -> Html:
    """Shaded by its part of the row; errors, which are few, four times as strongly."""
    share = counts[i, j] / max(counts[i].sum(), 1)
    strength = share if i == j else min(4 * share, 1)
    kind = "right" if i == j else "wrong"
    text = counts[i, j] or "·"
    return element("td", text, class_=kind, style=f"--share:{strength:.2f}")


def _pairs(counts: np.ndarray, names: list[str]) -> Html:
    wrong = counts - np.diag(np.diag(counts))
    order = np.argsort(-wrong, axis=None, kind="stable")[:_MOST_PAIRS]
    pairs = [np.unravel_index(index, wrong.shape) for index in order]
    said = [f"{names[i]} → {names[j]} ({wrong[i, j]:,})" for i, j in pairs if wrong[i, j]]
    return element("p", f"Most often: {', '.join(said)}." if said else "", class_="note")
