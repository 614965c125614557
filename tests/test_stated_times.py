"""Every time in the README and in experiments/README.md that a file of results has."""

import re
import statistics

import pytest

from docs._site import cells, tables
from tests.test_sections import json_files, text_of
from tests.test_stated_numbers import README, RESULTS, ROOT, measured_in, of_seeds, table

LIBRARY = (ROOT / "docs/library.md").read_text()


def test_shared_haplotypes_are_stated_as_they_were_measured():
    """Milliseconds to two digits, the medians; and how many times less in docs/library.md."""
    heading = "Speed and shared haplotypes"
    (name,) = json_files(text_of(heading))
    rows = iter(cells.read(name)["haplotypes"])
    for line in table(RESULTS, heading):
        network, *numbers = [cell.strip() for cell in line.strip("|").split("|")]
        for cell, row in zip(numbers, rows, strict=False):
            assert network.startswith(row["network"])
            own, shared, by_all = (
                f"{float(f'{1000 * statistics.median(row[kind]):.2g}'):g}"
                for kind in ("own", "shared", "shared_by_all")
            )
            assert cell == f"{own} → {shared} ({by_all})"
            if (row["network"], row["population_size"]) == ("784-500-10, 40,000 genes", 1024):
                assert f"{row['times_as_fast']:.0f} times less" in LIBRARY
    assert not list(rows)


def test_the_engines_on_a_gpu_are_stated_as_they_were_timed():
    card = "nvidia-h100-80gb-hbm3"
    rows = [cells.read(f"benchmark{scale}-{card}")["rows"] for scale in ("", "-s200")]
    timed = {(row["scale"], row["case"]): row for both in rows for row in both}
    for line in table(RESULTS, "The engines, on a GPU"):
        engine, images, *numbers = (cell.strip(" `") for cell in line.strip("|").split("|"))
        scale = {"2000": "paper", "200": "s200"}[images]
        for precision, ms, share in zip(
            ("float32", "bfloat16"), numbers[::2], numbers[1::2], strict=True
        ):
            row = timed.get((scale, f"{engine}, {precision}"))
            seconds = row and sorted(row["seconds"])[1]
            expected = (
                (f"{1e3 * seconds:.0f}", f"{row['fraction_of_peak']:.0%}") if row else ("", "")
            )
            assert (ms, share) == expected


def test_milliseconds_as_alleles_are_fixed():
    rows = cells.read("benchmark-fixed-intel-r-xeon-r-processor-2-cores")["fixed"]
    for line in table(RESULTS, "Speed as alleles are fixed"):
        network, *stated_ms = (cell.strip() for cell in line.strip("|").split("|"))
        timed = [row for row in rows if row["network"] == network]
        medians = [[1e3 * sorted(row[name])[1] for name in ("plain", "packed")] for row in timed]
        assert stated_ms == [f"{plain:.0f} → {packed:.0f}" for plain, packed in medians]
    assert max(row["fitness_error_over_sd"] for row in rows) < 3e-4


def test_times_on_a_gpu_are_those_of_the_runs():
    found = cells.read("mnist_60k_gpu")
    section = text_of("All training images, on a GPU")
    seconds = re.search(r"\*\*Time.\*\* (\d+), (\d+) and (\d+) s a seed", section).groups()
    assert seconds == tuple(f"{row['seconds']:.0f}" for row in found["rows"])
    soon = re.search(r"after (\d+) and (\d+) s with\nseeds 10 and 12", section).groups()
    first, never, third = found["seconds_to"]["modal"]["0.97"]
    assert never is None
    assert soon == (f"{first:.0f}", f"{third:.0f}")
    assert f"{100 * found['rows'][1]['validation_accuracy']['modal']:.1f}% of them" in section


def test_seconds_of_the_quickest_preset_are_those_of_the_runs():
    words = " ".join(text_of("Seconds: the preset `mnist_fast`").split())
    found = cells.read("mnist_fast")

    def listed(seconds, digits):
        *first, last = (f"{second:.{digits}f}" for second in seconds)
        return f"{', '.join(first)} and {last} s"

    assert f"Time.** {listed([row['seconds'] for row in found['rows']], 0)} a seed" in words
    assert f"rightly after {listed(found['seconds_to']['sampled_mean']['0.788'], 1)}" in words
    (first_look,) = {curve["generation"][1] for curve in found["curves"]}
    assert f"after {first_look} generations, is at" in words
    assert f"is at {listed([curve['seconds'][1] for curve in found['curves']], 1)}" in words
    assert measured_in(words.replace("%", "")) == [*of_seeds("mnist_fast").values()]


def test_times_beside_peers_are_those_of_the_runs():
    heading = "Time to an accuracy, beside evosax and rank-1 evolution strategies"
    made = tables.peers().replace("\N{NO-BREAK SPACE}", " ").splitlines()
    assert table(RESULTS, heading) == made[2:]
    found = cells.read("peers")["ratios"]
    ratios = [f"{one['ratio']:.2f}" for one in found if one["model"] == "nne mean" and one["ratio"]]
    words = " ".join(text_of(heading).split())
    assert f"in {', '.join(ratios[:-1])} and {ratios[-1]} of the time of rank-1" in words
    rows = {(row["model"], row["target"]): row for row in cells.read("peers")["rows"]}
    for model, target in (("nne sampled", 0.788), ("nne mean", 0.788), ("open_es", 0.788)):
        mean, sd = rows[model, target]["seconds"].values()
        assert f"after {mean:.2f} ± {sd:.2f}" in " ".join(LIBRARY.split())
    for target, stated_images in ((0.85, "4 and 6.4 million to 85%"), (0.9, "15 and 32 to 90")):
        both = (rows[model, target]["image_evaluations"] for model in ("nne mean", "rank_one"))
        assert stated_images.startswith(" and ".join(f"{images / 1e6:.2g}" for images in both))
        assert stated_images in words


def test_minutes_are_those_of_the_runs():
    for preset in ("mnist", "mnist_fields", "mnist_jitter", "mnist_60k"):
        (minutes,) = set(re.findall(rf"\(`{preset}`\), (\d+) minutes", README))
        seconds = [row["seconds"] for row in cells.read(preset)["rows"]]
        assert int(minutes) == pytest.approx(sum(seconds) / len(seconds) / 60, abs=1), preset
