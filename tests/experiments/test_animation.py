"""A run as a GIF: its generations, made again to the bit."""

import numpy as np
import pytest

from experiments.pages import files, replay
from experiments.pages.confusion import confused
from nne_jax._files import read_json, write_json
from tests.experiments.commands import run_command

Image = pytest.importorskip("PIL.Image")
TINY = (
    "--hidden=6 --num_genes=12 --genes_per_link=2.4 --population_size=8 --num_generations=6 "
    "--num_sampled=3 --per_class=9 --validation_per_class=4 --batch_size=10 --noprogress"
).split()


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "run"
    done = run_command("evolve", *TINY, f"--workdir={folder}", "--seed=3")
    assert done.returncode == 0, done.stderr
    return folder


def replayed(folder, number):
    (read,) = files.read([str(folder)])
    return replay.replay(read, "", number)


@pytest.mark.slow
def test_the_generations_are_those_of_the_run(run):
    found = replayed(run, 3)
    assert [frame.generation for frame in found.frames] == [0, 2, 4, 6]
    assert [frame.generation for frame in replayed(run, 4).frames] == [0, 2, 4, 6]  # not 0 to 6
    assert (found.classes, found.images) == ([*"0123456789"], "test images")
    last = np.load(run / "allele_freqs.npy")
    assert found.frames[-1].allele_freqs.tobytes() == np.sort(last).tobytes()
    assert set(found.frames[0].allele_freqs) == {0.5}
    accuracy = read_json(run / "summary.json")["test_accuracy"]["modal"]
    assert found.frames[-1].accuracy == pytest.approx(accuracy)
    assert {frame.confused.sum() for frame in found.frames} == {450}


@pytest.mark.slow
def test_the_first_of_several_seeds_side_by_side(run, tmp_path):
    done = run_command("evolve", *TINY, f"--workdir={tmp_path}", "--seed=3", "--num_seeds=2")
    assert done.returncode == 0, done.stderr
    both, alone = replayed(tmp_path, 2).frames, replayed(run, 2).frames
    assert [frame.generation for frame in both] == [frame.generation for frame in alone]
    assert both[-1].allele_freqs.tobytes() == alone[-1].allele_freqs.tobytes()


@pytest.mark.slow
def test_the_file_is_an_animation_of_that_many_frames(run, tmp_path):
    output = tmp_path / "own.gif"
    done = run_command("animation", f"--workdir={run}", "--frames=3", f"--output={output}")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"written to {output}: 0.")
    with Image.open(output) as animation:
        assert (animation.n_frames, animation.size) == (4, (800, 420))
        durations = []
        for index in range(4):
            animation.seek(index)
            durations.append(animation.info["duration"])
    assert durations[:3] == [120, 120, 120]
    assert durations[3] > 1500  # the last one is held
    again = run_command("animation", f"--workdir={run}", f"--output={output}")
    assert again.stderr.endswith("exists; add --overwrite, or give another file.\n")


@pytest.mark.slow
def test_an_unfinished_run_is_shown_as_far_as_it_has_come(run, tmp_path):
    done = run_command("evolve", *TINY, f"--workdir={tmp_path}", "--seed=3", "--num_generations=3")
    assert done.returncode == 0, done.stderr
    record = read_json(tmp_path / "config.json")
    record["config"]["num_generations"] = 6
    write_json(tmp_path / "config.json", record)
    found = replayed(tmp_path, 3)
    assert [frame.generation for frame in found.frames] == [0, 1, 2, 3]
    assert found.images == "validation images"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ([], "animation: --workdir: give the folder of a run.\n"),
        (["--workdir=nowhere"], "animation: --workdir=nowhere: "),
        (["--output=x.png"], "animation: --output=x.png: give a file that ends in .gif.\n"),
        (["--frames=1"], "animation: --frames=1: must be between 2 and 500.\n"),
    ],
)
def test_what_cannot_be_shown_is_refused(flags, message, run):
    folder = [f"--workdir={run}"] if flags and "--workdir" not in flags[0] else []
    done = run_command("animation", *folder, *flags)
    assert (done.returncode, done.stderr[: len(message)]) == (1, message)


@pytest.mark.slow
def test_another_network_is_refused(run, tmp_path):
    record = read_json(run / "config.json")
    record["config"]["hidden"] = [7]
    write_json(tmp_path / "config.json", record)
    (tmp_path / "metrics.jsonl").write_bytes((run / "metrics.jsonl").read_bytes())
    done = run_command("animation", f"--workdir={tmp_path}")
    assert done.returncode == 1
    assert "network" in done.stderr


def test_images_are_counted_by_class_and_by_what_they_are_taken_for():
    logits = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    np.testing.assert_array_equal(confused(np.array([0, 0, 1]), logits), [[1, 1], [0, 1]])
