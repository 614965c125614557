"""Streams that are closed, full, ASCII or read by nobody; statuses that a scheduler can go by."""

import ast
import errno
import io
import os
import sys
from concurrent.futures import ThreadPoolExecutor

import jax
import pytest

import experiments
from experiments import launch
from experiments.launch import cores, exits, terminal
from experiments.launch.terminal import Descriptor
from nne_jax.errors import BusyError, InputError, StorageError
from tests.conftest import ROOT
from tests.experiments.commands import run_command


def shown_texts():
    """Every text of a command but the docstrings that ``--help`` does not show."""
    for path in (ROOT / "experiments").rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        is_command = path.parent.name == "experiments"
        if path.name == "texts.py":
            continue
        for node in ast.walk(tree):
            body = getattr(node, "body", None)
            if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
                is_shown = is_command and isinstance(node, ast.Module)
                if not is_shown and isinstance(body[0].value, ast.Constant):
                    body[0].value.value = ""
        texts = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
        yield from (text for text in texts if isinstance(text, str) and not text.isascii())


def test_every_sign_that_is_printed_has_words_in_ascii():
    texts = list(shown_texts())
    assert len(texts) > 5
    for text in texts:
        assert "\\" not in text.encode("ascii", "nne_jax.in_ascii").decode(), text


def test_a_name_is_shown_as_an_escape_and_half_a_character_too():
    handler = "nne_jax.in_ascii"
    assert "é ± \udcff".encode("ascii", handler) == rb"\xe9 +/- \udcff"
    assert "é ± \udcff".encode("utf-8", handler) == "é ± ".encode() + rb"\udcff"
    assert "é ε".encode("latin-1", handler) == b"\xe9 epsilon"


@pytest.fixture
def pipe():
    ends = os.pipe()
    yield ends
    for end in ends:
        try:
            os.close(end)
        except OSError:
            continue


def test_a_reader_that_goes_away_is_no_failure(pipe):
    source, sink = pipe
    stream = Descriptor(sink)
    assert stream.write(b"one") == 3
    os.close(source)
    assert stream.write(b"two") == 3  # as if it were written
    assert stream.write(b"three") == 5
    assert stream.failure is None
    text = io.TextIOWrapper(io.BufferedWriter(stream))
    print("x" * 100_000, file=text, flush=True)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux has a device that is full")
def test_a_full_disk_is_remembered():
    with open("/dev/full", "wb", buffering=0) as full:
        stream = Descriptor(full.fileno())
        assert stream.write(b"one") == 3
        assert stream.failure.errno == errno.ENOSPC
        assert stream.write(b"two") == 3


def test_a_pipe_that_does_not_block_gets_everything(pipe):
    source, sink = pipe
    os.set_blocking(sink, False)
    content = os.urandom(300_000)  # more than a pipe holds
    with ThreadPoolExecutor() as pool, open(source, "rb", closefd=False) as reader:
        read = pool.submit(reader.read, len(content))
        assert Descriptor(sink).write(content) == len(content)
        assert read.result(timeout=20) == content


def test_a_stream_that_is_no_descriptor_of_ours_stays(monkeypatch):
    """A notebook's, or pytest's."""
    own = io.StringIO()
    assert terminal._stream(own, 1) is own


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InputError("no"), 1),
        (BusyError("busy"), 75),
        (StorageError("full"), 74),
        (KeyboardInterrupt(), 130),
        (SystemExit(143), 143),
        (SystemExit(None), 0),
        (SystemExit("stopped."), 1),
        (OSError(errno.ENOSPC, "No space left on device", "x.json"), 74),
        (MemoryError("Unable to allocate 9 GiB"), 1),
        (jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory while trying to"), 1),
        (jax.errors.JaxRuntimeError("INTERNAL: a fault of ours"), 70),
        (AssertionError("a fault of ours"), 70),
    ],
)
def test_what_ends_a_command_gives_its_status_and_one_sentence(error, status, capsys):
    def main(options):
        raise error

    ended = launch._status("toy", lambda flags: None, lambda flags: None, main)
    words = capsys.readouterr().err
    assert ended == status
    assert ("Traceback" in words) == (status == 70)
    if status not in (0, 70, 143):
        assert words.count("\n") == 1
        assert words.startswith("toy: ") or words == "stopped.\n"


@pytest.fixture(autouse=True)
def _no_arguments(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["toy"])


def test_memory_that_is_missing_is_said_with_what_to_lower():
    exhausted = "RESOURCE_EXHAUSTED: Out of memory.\nmore\nlines"
    for error, message in (
        (
            MemoryError("Unable to allocate 9 GiB"),
            r"not enough memory \(Unable to .*\); lower --chu",
        ),
        (jax.errors.JaxRuntimeError(exhausted), r"the device has not enough memory \(RESOURCE_EX"),
    ):
        with pytest.raises(InputError, match=message), exits.as_sentences():
            raise error


def test_a_call_never_ends_a_thread_or_a_program():
    """SystemExit would do so, without a word."""

    def stop(options):
        sys.exit(143)

    with pytest.raises(launch.Stopped, match="exit status 143") as stopped:
        launch.call(lambda flags: None, lambda flags: None, stop, [])
    assert stopped.value.status == 143
    launch.call(lambda flags: None, lambda flags: None, lambda options: sys.exit(0), [])


@pytest.mark.parametrize("flag", ["--help", "-h", "--helpfull"])
@pytest.mark.parametrize("command", ["evolve", "table2", "benchmark"])
def test_help_within_a_process(command, flag):
    done = run_command(command, "--no_such_flag", flag)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"python -m experiments.{command}" in done.stdout
    assert "\n\n  options  " in done.stdout
    assert "experiments.launch" not in done.stdout  # where absl has been called


def test_no_device_is_a_sentence(monkeypatch):
    def none():
        raise RuntimeError("Unable to initialize backend 'bogus': not in the list\nmore")

    monkeypatch.setattr(jax, "devices", none)
    with pytest.raises(
        InputError, match=r"JAX finds no device \(Unable to .* the list\); unset it"
    ):
        cores.check()


@pytest.mark.parametrize(
    "variables",
    [{"JAX_NUM_CPU_DEVICES": "1"}, {"XLA_FLAGS": "--xla_force_host_platform_device_count=3"}],
)
def test_a_number_of_devices_that_the_user_gives_stays(variables, monkeypatch):
    def never(*arguments):
        raise AssertionError("overridden")

    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(jax.config, "update", never)
    cores.use_all()


def test_an_interruption_while_a_command_is_imported_is_a_sentence(monkeypatch, capsys):
    ends = []
    monkeypatch.setattr(os, "_exit", ends.append)
    for error in (KeyboardInterrupt(), ModuleNotFoundError("No module", name="absl")):
        experiments._say(type(error), error, None)
    assert ends == [130, 1]
    assert capsys.readouterr().err == (
        'interrupted.\nabsl is missing; pip install "nne_jax[experiments]".\n'
    )
    experiments._say(AttributeError, AttributeError("a fault of ours"), None)
    assert len(ends) == 2
    assert "AttributeError: a fault of ours" in capsys.readouterr().err
