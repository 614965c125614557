"""What ends a run early, and what it leaves: signals, states that are spoiled."""

import functools
import os
import signal
import threading
from typing import NamedTuple

import jax
import jax.numpy as jnp
import pytest

import nne_jax as nne
from nne_jax.errors import InputError
from tests.runs.toys import quiet, same, start, walk


class Spoiled(NamedTuple):
    """A state whose frequencies, or whose population's fitness, are spoiled at a generation."""

    generation: jax.Array
    allele_freqs: jax.Array


def spoil(what, at, state, batch):
    spoiled = state.generation == at - 1
    after = Spoiled(state.generation + 1, state.allele_freqs)
    if what == "allele_freqs":
        after = after._replace(allele_freqs=jnp.where(spoiled, jnp.nan, after.allele_freqs))
        return after, {"loss": jnp.float32(1)}
    return after, {what: jnp.where(spoiled, jnp.nan, 1.0)}


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("fitness_max", "generation 6: nobody has a finite fitness; give inputs of ordinary size"),
        ("heterozygosity", "generation 6: the allele frequencies are not finite; select more"),
        ("allele_freqs", "generation [678]: the allele frequencies are not finite; select more"),
    ],
)
def test_a_run_that_is_spoiled_ends_with_the_reason_and_a_checkpoint(tmp_path, what, message):
    step = jax.tree_util.Partial(functools.partial(spoil, what, 6))
    first = Spoiled(jnp.int32(0), jnp.full(3, 0.5))
    for generations in (20, 30):  # it ends there again
        with pytest.raises(InputError, match=message):
            quiet(step, first, None, generations, tmp_path, block_size=4, log_every=100)
    rows = nne.runs.rows.read(tmp_path / "metrics.jsonl")
    assert [row["stopped"][:10] for row in rows] == ["generation"]
    assert rows[-1]["generation"] in (6, 8)
    with nne.runs.checkpoint.Checkpoints(tmp_path / "checkpoints") as checkpoints:
        restored = checkpoints.restore(first)
    assert int(restored.generation) == 4
    assert jnp.all(restored.allele_freqs == 0.5)


def test_a_population_without_a_finite_fitness(tmp_path):
    rule = nne.selection.intensity(1.0)
    step = nne.evolution.make_generation_step(
        nne.engines.per_individual(lambda genotype, batch: jnp.log(-jnp.float32(genotype.size))),
        rule, 5,
    )  # fmt: skip
    state = nne.evolution.init(jax.random.key(0), 4, rule)
    with pytest.raises(InputError, match="generation 1: nobody has a finite fitness"):
        quiet(step, state, None, 20)


def test_every_new_row_is_handed_on_and_may_end_the_run(tmp_path):
    seen = []

    def watch(row):
        seen.append(row["generation"])
        if row["generation"] == 7:
            raise RuntimeError("far enough")

    with pytest.raises(RuntimeError, match="far enough"):
        quiet(walk, start(), None, 10, tmp_path / "run", on_row=watch)
    assert seen == [1, 2, 3, 4, 5, 6, 7]
    state, _ = quiet(walk, start(), None, 10, tmp_path / "run")
    assert int(state.generation) == 10


STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture
def none_ignored():
    """Also where the tests themselves are run by nohup, say."""
    before = {number: signal.signal(number, signal.SIG_DFL) for number in STOPS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("none_ignored")
def test_a_first_signal_ends_the_run_with_a_checkpoint_and_the_handlers_come_back(tmp_path):
    before = [signal.getsignal(number) for number in STOPS]
    for number in STOPS:
        folder = tmp_path / str(int(number))

        def interrupt(row, number=number):
            if row["generation"] == 5:
                os.kill(os.getpid(), number)

        state, rows = quiet(walk, start(), None, 50, folder, block_size=5, on_row=interrupt)
        assert int(state.generation) == rows[-1]["generation"] == 5
        assert [path.name for path in (folder / "checkpoints").iterdir()] == ["5"]
        resumed, _ = quiet(walk, start(), None, 50, folder)
        same(resumed, quiet(walk, start(), None, 50)[0])
    assert [signal.getsignal(number) for number in STOPS] == before


def test_a_signal_that_is_ignored_stays_so():
    """As SIGHUP under nohup, and SIGINT of a shell's background jobs."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        state, _ = quiet(
            walk, start(), None, 9, block_size=2,
            on_row=lambda row: os.kill(os.getpid(), signal.SIGHUP),
        )  # fmt: skip
        assert int(state.generation) == 9
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_second_signal_raises():
    def interrupt(row):
        os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        quiet(walk, start(), None, 50, block_size=2, on_row=interrupt)


def test_a_run_in_a_thread(tmp_path):
    ended = []
    thread = threading.Thread(
        target=lambda: ended.append(quiet(walk, start(), None, 10, tmp_path / "run"))
    )
    thread.start()
    thread.join()
    same(ended[0][0], quiet(walk, start(), None, 10)[0])
