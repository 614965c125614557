"""Receptive fields: the weights from the pixels to the hidden units that count most."""

import numpy as np

import nne_jax as nne
from experiments.pages.drawings import picture, signed
from experiments.pages.markup import Html, all_of, element, figure
from experiments.pages.network import Evolved, side_of

MOST_UNITS = 24


def section(evolved: Evolved) -> Html:
    """The first layer's weights of the units that say most to the layer above."""
    side, names = side_of(evolved), [str(label) for label in evolved.parts.dataset.classes]
    fields, outgoing, activity = _layer(evolved)
    strength = activity * np.linalg.norm(outgoing, axis=0)
    shown = np.argsort(-strength, kind="stable")[:MOST_UNITS]
    is_last = len(evolved.parts.net.layers) == 2
    figures = []
    for unit in shown:
        caption = f"unit {unit}"
        if is_last:
            best, worst = names[outgoing[:, unit].argmax()], names[outgoing[:, unit].argmin()]
            caption = f"+{best} −{worst}"
        image = picture(
            signed(fields[unit].reshape(side, side)), f"weights into hidden unit {unit}"
        )
        figures.append(figure(image, caption))
    said = (
        f"Weights from the pixels into {len(shown)} of {len(fields)} units of the first hidden "
        f"layer of {evolved.in_words}: blue where light excites the unit, orange where it inhibits "
        "it, clear where there is no link. They are the units with the largest product of mean "
        f"activity on {evolved.on_images} and Euclidean norm of the weights to the layer above."
    )
    if is_last:
        said += " Below each, the class that it speaks for most (+) and against most (−)."
    return all_of([element("p", said), element("div", *figures, class_="gallery")])


def _layer(evolved: Evolved) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of the first hidden layer: weights in (H, D), weights out (next, H), mean activity (H,)."""
    net, (num_inputs, num_units, *_) = evolved.parts.net, evolved.parts.net.layer_sizes
    below, above = (
        nne.phenotype.weight_matrix(layer, weights)
        for layer, weights in list(zip(net.layers, net.split(evolved.weights), strict=True))[:2]
    )
    activity = net.fired(net.sent(evolved.images.inputs) @ below.T).mean(axis=0)
    outgoing = np.asarray(above)[:, :num_units]  # a bias is last, in each
    if len(net.layers) == 2:  # what all classes get alike decides nothing
        outgoing = outgoing - outgoing.mean(axis=0, keepdims=True)
    return np.asarray(below)[:, :num_inputs], outgoing, np.asarray(activity)
