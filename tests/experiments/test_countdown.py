"""How long several runs take: measured on those that were made, not on those that were there."""

import pytest

from experiments.launch import countdown
from experiments.launch.countdown import Countdown, counted
from tests.experiments.commands import run_command


@pytest.fixture
def clock(monkeypatch):
    """A list whose only element is the time."""
    now = [1000.0]
    monkeypatch.setattr(countdown.time, "perf_counter", lambda: now[0])
    return now


def test_the_first_one_is_the_measure_of_the_others(clock, capsys):
    for _ in counted("abcd", "runs"):
        clock[0] += 20
    assert capsys.readouterr().err == (
        "4 runs to make\n1 of 4 runs made: about 60 s for the other 3, if they are like those\n"
    )


def test_it_is_said_again_after_a_minute_by_all_that_were_made(clock, capsys):
    for seconds in counted((120, 240, 10, 300), "runs", each=2):
        clock[0] += seconds
    assert capsys.readouterr().err.splitlines() == [
        "8 runs to make",
        "2 of 8 runs made: about 6 min for the other 6, if they are like those",
        "4 of 8 runs made: about 6 min for the other 4, if they are like those",
    ]


def test_runs_that_were_there_are_no_measure(clock, capsys):
    counting = Countdown(10, "runs")
    counting.done(4)  # in no time
    clock[0] += 50
    counting.restart()  # it was something else
    clock[0] += 20
    counting.done()
    assert capsys.readouterr().err.splitlines()[1:] == [
        "5 of 10 runs made: about 2 min for the other 5, if they are like those"
    ]


def test_one_run_is_not_counted(clock, capsys):
    for _ in counted(["only"], "runs"):
        clock[0] += 100
    assert capsys.readouterr().err == ""


@pytest.mark.slow
def test_a_command_says_how_many_runs_there_are(tmp_path):
    """And nothing of how long, when they were made before."""
    arguments = (
        "--hidden=6 --num_genes=12 --genes_per_link=2.4 --population_size=8 --num_generations=2 "
        "--num_sampled=3 --per_class=9 --validation_per_class=4 --batch_size=10 --noprogress "
        f"--seeds=0,1 --workdir={tmp_path}"
    ).split()
    first = run_command("search", *arguments, "--vary=temperature=1,3")
    assert first.returncode == 0, first.stderr
    assert first.stderr.startswith("4 runs to make\n2 of 4 runs made: about ")
    again = run_command("search", *arguments, "--vary=temperature=1,3")
    assert again.stderr.startswith("4 runs to make\n")
