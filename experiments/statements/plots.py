"""Figures of ``experiments.theory``, one for each part: from its result, as in the JSON file."""

from collections.abc import Mapping
from itertools import cycle

import numpy as np

from experiments.launch.pictures import DASHES, MARKERS, Figure, new_figure, style_of

_HATCHES = ("", "////", "....", "xxxx")  # of bands, told apart in grey too


def lemma1(result: Mapping) -> Figure:
    """Standard error of the estimate of f1 - f0 against the population's size."""
    figure, (axes,) = _panels(1)
    size = result["population_size"]
    axes.loglog(size, result["predicted_standard_error"], label="σ / √(N p (1-p))")
    axes.loglog(size, result["measured_standard_error"], "o", label="measured")
    axes.set(xlabel="population size N", ylabel="standard error of f1 - f0")
    axes.set_title(
        f"slope {result['slope']:.3f}; Lemma 1 to {result['largest_error_of_gradient']:.0e}"
    )
    axes.legend()
    return figure


def theorem1(result: Mapping) -> Figure:
    """Decrease of the loss with its bound, and the loss for larger epsilons."""
    figure, (left, right) = _panels(2)
    left.semilogy(result["decrease"], label="measured, L(p) - L(p')")
    left.semilogy(result["bound"], "--", label="Theorem 1's bound")
    left.set(xlabel="generation", ylabel="decrease of the loss")
    left.legend()
    left.set_title(f"ε = {result['epsilon']:.3g}, the largest admissible")
    if result["epsilon"] != result["largest_admissible_epsilon"]:
        left.set_title(f"ε = {result['epsilon']:.3g}")
    for row, marker in zip(result["above"], cycle(MARKERS), strict=False):
        factor = row["epsilon"] / result["largest_admissible_epsilon"]
        positive = row["epsilon"] <= result["largest_epsilon_of_positive_fitness"] * (1 + 1e-9)
        style = "-" if positive else "--"
        generation, marked = 1 + np.arange(len(row["loss"])), {"marker": marker, "markevery": 0.2}
        right.loglog(generation, row["loss"], style, label=f"{factor:.0f} ×", **marked)
    right.set(xlabel="1 + generation", ylabel="loss L(p)")
    right.set_title("times the largest admissible ε\n(dashed: 1 + ε f negative for some genotype)")
    right.legend(ncols=2, fontsize=8)
    return figure


def multiplicative_weights(result: Mapping) -> Figure:
    """Distances to exponential weights and to the replicator equation against ε."""
    figure, (axes,) = _panels(1)
    epsilon = np.array(result["epsilon"])
    for name, label in (
        ("distance_to_replicator_equation", "replicator equation, after time 1"),
        ("distance_to_exponential_weights", "exponential weights, one generation"),
    ):
        slope = result[f"slope_{name.removeprefix('distance_to_')}"]
        axes.loglog(epsilon, result[name], "o-", label=f"{label}: slope {slope:.2f}")
    axes.loglog(epsilon, result["error_of_logit_gain"], "s", label="gain of logit p: rounding")
    axes.set(xlabel="ε", ylabel="largest difference over genes")
    axes.legend(fontsize=8)
    return figure


def reachability(result: Mapping) -> Figure:
    """Share of random W for which some p in [0,1]^n has W p = a."""
    figure, (axes,) = _panels(1)
    for index, row in enumerate(result["rows"]):
        axes.plot(
            result["ratio"], row["share"], label=f"m = {row['num_inputs']}", **style_of(index)
        )
    axes.set(xlabel="n / m", ylabel="share with some p: W p = a", ylim=(-0.03, 1.03))
    axes.legend()
    return figure


def cosine(result: Mapping) -> Figure:
    """1 - cos(Wx, a) against n/m: greedy, NNE, and Theorem 2's scaling."""
    sizes = list(dict.fromkeys(row["num_inputs"] for row in result["rows"]))
    figure, all_axes = _panels(len(sizes), sharey=True)
    for axes, m in zip(all_axes, sizes, strict=True):
        rows = [row for row in result["rows"] if row["num_inputs"] == m]
        genes = [row["num_genes"] for row in rows]
        for name, style, label in (("greedy", "o-", "greedy flips"), ("nne", "s-", "NNE, modal")):
            axes.loglog(genes, [np.mean(row[name]) for row in rows], style, label=label)
        theorem = [row["theorem"] for row in rows]
        axes.loglog(genes, theorem, "k--", label="ε of n = m log(1/ε)/ε²")
        axes.set(title=f"m = {m}", xlabel="genes n")
        axes.set_xticks(genes, genes)
        axes.minorticks_off()
    all_axes[0].set_ylabel("1 - cos(W x, a)")
    all_axes[0].legend(fontsize=8)
    return figure


def learning(result: Mapping) -> Figure:
    """Error of the output over the label's variance by generation; a panel for each m."""
    sizes = list(dict.fromkeys(row["num_inputs"] for row in result["rows"]))
    figure, all_axes = _panels(len(sizes), sharey=True)
    styles = {"sampled": "-", "modal": "--", "mean": ":"}
    for axes, m in zip(all_axes, sizes, strict=True):
        rows = [row for row in result["rows"] if row["num_inputs"] == m]
        for index, row in enumerate(rows):
            generation = np.linspace(1, row["generations"], len(row["mean"]))
            for name, style in styles.items():
                label = f"n = {row['num_genes']}" if name == "sampled" else None
                marked = {"marker": MARKERS[index], "markevery": len(generation) // 5}
                axes.semilogy(
                    generation, row[name], style, color=f"C{index}", label=label, **marked
                )
        axes.axhline(0.01, color="grey", linewidth=0.8)
        axes.set(title=f"m = {m}", xlabel="generation")
        axes.legend(fontsize=8)
    all_axes[0].set_ylabel("error / label's variance\nsampled –, modal - -, mean ···")
    return figure


def trajectories(result: Mapping) -> Figure:
    """Mean frequencies of populations, two standard errors, and the selection equation."""
    figure, all_axes = _panels(len(result["rows"]), sharey=True, width=3.6)
    labels = [f"s_i = {share:g} s" for share in result["share_of_s"]]
    for axes, row in zip(all_axes, result["rows"], strict=True):
        measured, error, expected = (
            np.array(row[name]).T for name in ("measured", "standard_error", "expected")
        )
        for gene in range(len(measured)):
            axes.plot(row["time"], expected[gene], "k--", linewidth=1)
            band = measured[gene] - 2 * error[gene], measured[gene] + 2 * error[gene]
            hatch = {"hatch": _HATCHES[gene % len(_HATCHES)], "edgecolor": "0.3", "linewidth": 0}
            shade = {"alpha": 0.5, "facecolor": f"C{gene}", "label": labels[gene]}
            axes.fill_between(row["time"], *band, **shade, **hatch)
        axes.set(title=f"s = {row['s']}, N = {row['population_size']}", xlabel="generations × s")
    all_axes[0].legend(loc="upper left", fontsize=8)
    all_axes[0].set_ylabel("allele frequency\nband ± 2 standard errors, - - equation")
    return figure


def drift(result: Mapping) -> Figure:
    """Variance of one generation without selection against p(1-p)/N."""
    figure, (axes,) = _panels(1)
    p = np.linspace(0, 1, 101)
    axes.plot(p, p * (1 - p), "k-", linewidth=0.8, label="p (1-p)")
    for index, row in enumerate(result["rows"]):
        size, color = row["population_size"], f"C{index}"
        scaled = {key: np.array(row[key]) * size for key in ("measured", "standard_error")}
        axes.errorbar(
            np.array(row["p"]) + 0.012 * (index - 1), scaled["measured"],
            2 * scaled["standard_error"], fmt=MARKERS[index], color=color, markersize=5,
            label=f"N = {size}",
        )  # fmt: skip
    axes.set(xlabel="p", ylabel="N × variance of p', ± 2 standard errors")
    axes.legend()
    return figure


def fixation(result: Mapping) -> Figure:
    """Share of populations in which an allele is fixed, against (1-exp(-2spN))/(1-exp(-2sN))."""
    figure, (axes,) = _panels(1)
    for index, curve in enumerate(result["curves"]):
        style = {"color": f"C{index}", "linestyle": DASHES[index], "label": f"p = {curve['p']}"}
        axes.plot(curve["s"], curve["expected"], **style)
        rows = [row for row in result["rows"] if row["p"] == curve["p"]]
        s = [row["s"] for row in rows]
        errors = [2 * row["standard_error"] for row in rows]
        axes.errorbar(
            s, [row["measured"] for row in rows], errors, fmt=MARKERS[index], color=f"C{index}"
        )
    axes.set(xlabel="selection coefficient s", ylabel="share fixed, ± 2 standard errors")
    axes.set_title(f"N = {result['population_size']}")
    axes.legend()
    return figure


def linkage(result: Mapping) -> Figure:
    """Mean r² of two genes against N, by recombination rate."""
    figure, (axes,) = _panels(1)
    rates = list(dict.fromkeys(row["recombination_rate"] for row in result["rows"]))
    size = list(dict.fromkeys(row["population_size"] for row in result["rows"]))
    for index, rate in enumerate(rates):
        rows = [row for row in result["rows"] if row["recombination_rate"] == rate]
        color = f"C{index}"
        axes.loglog(size, [row["neutral"]["mean"] for row in rows], "o", color=color)
        axes.loglog(size, [row["selected"]["mean"] for row in rows], "x", color=color)
        expected = [row["expected"] for row in rows]
        style = {"color": color, "linestyle": DASHES[index % len(DASHES)]}
        axes.loglog(size, expected, label=f"recombination {rate}: expected", **style)
    equilibrium = list(dict.fromkeys(row["at_equilibrium"] for row in result["rows"]))
    axes.loglog(size, equilibrium, "k--", label="NNE: linkage equilibrium")
    axes.set(xlabel="population size N", ylabel="mean r²: o neutral, x selected")
    axes.legend(fontsize=8)
    return figure


def _panels(count: int, width: float = 4.5, **kwargs) -> tuple[Figure, np.ndarray]:
    figure = new_figure(max(5.5, width * count), 4)
    all_axes = figure.subplots(1, count, squeeze=False, **kwargs)[0]
    for axes in all_axes:
        axes.grid(alpha=0.3)
    return figure, all_axes
