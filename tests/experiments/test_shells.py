"""Commands in a shell: redirected, in any encoding, interrupted, with variables of the user."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from tests.conftest import ROOT

TOY = """
    import sys, time
    from absl import flags
    from experiments import launch

    def define(values):
        flags.DEFINE_string("file", "", "a file", flag_values=values)
        flags.DEFINE_float("wait", 0, "seconds", flag_values=values)

    def main(file):
        print("begun", flush=True)
        import tqdm
        for _ in tqdm.tqdm(range(3)):
            print("0.9 ± 0.1 é " + "x" * 100_000)
        print("a word", file=sys.stderr)
        time.sleep(wait)
        with open(file, "w") as opened:
            opened.write(str(opened.fileno()))
        print("done", flush=True)

    def read(values):
        global wait
        wait = values["wait"].value
        return values["file"].value

    if __name__ == "__main__":
        launch.run(define, read, main)
"""


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    """A command that prints a lot, and leaves a file in the end."""
    path = tmp_path_factory.mktemp("toy") / "toy.py"
    path.write_text(textwrap.dedent(TOY))
    return path


def shell(toy, tmp_path, redirected, **variables):
    """Its status and what it left on stderr, in a shell with redirections."""
    file = tmp_path / "file"
    command = f'"{sys.executable}" "{toy}" --file="{file}" {redirected}'
    variables = {"PYTHONPATH": str(ROOT), "JAX_PLATFORMS": "cpu", **variables}
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        env={**os.environ, **variables},
        capture_output=True,
        timeout=120,
    )
    assert file.exists(), done.stderr  # the work is done, whatever became of the words
    assert int(file.read_text()) > 2  # and no library writes its words in there
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr
    return done


@pytest.mark.slow
@pytest.mark.parametrize(
    ("redirected", "status"),
    [
        (">&-", 0),
        ("2>&-", 0),
        (">&- 2>&- <&-", 0),
        ("| head -1", 0),
        ("2>&1 | head -c 1", 0),
        (">/dev/full", 74),
        (">/dev/full 2>&1", 74),
        ("2>/dev/full", 0),
    ],
)
def test_a_command_whatever_becomes_of_its_words(toy, tmp_path, redirected, status):
    done = shell(toy, tmp_path, redirected)
    assert done.returncode == status
    if redirected == ">/dev/full":
        last = done.stderr.decode().splitlines()[-1]
        assert last == (
            "toy: standard output: No space left on device; the work is done, and its files are "
            "written."
        )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("encoding", "expected"),
    [("ascii", rb"0.9 +/- 0.1 \xe9"), ("latin-1", b"0.9 \xb1 0.1 \xe9"), ("utf-8", None)],
)
def test_a_command_in_any_encoding(toy, tmp_path, encoding, expected):
    done = shell(toy, tmp_path, "", PYTHONIOENCODING=encoding)
    assert (expected or "0.9 ± 0.1 é".encode()) in done.stdout


@pytest.mark.slow
def test_ctrl_c_anywhere_is_one_sentence_and_130(toy, tmp_path):
    command = [sys.executable, toy, f"--file={tmp_path / 'file'}", "--wait=60"]
    process = subprocess.Popen(
        command,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout.readline() == b"begun\n"
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, words = process.communicate(timeout=60)
    assert process.returncode == 130
    assert words.decode().splitlines()[-1] == "toy: interrupted; what is on disk is kept."
    assert b"Traceback" not in words


@pytest.mark.slow
def test_a_variable_that_jax_cannot_read_is_a_sentence():
    done = subprocess.run(
        [sys.executable, "-m", "experiments.evolve"],
        cwd=ROOT,
        env={**os.environ, "JAX_ENABLE_X64": "maybe"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("JAX: invalid truth value 'maybe' for environment 'JAX_ENABLE_X6")
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
def test_a_command_draws_whatever_the_users_windows_are_made_by(tmp_path):
    done = subprocess.run(
        [
            sys.executable, "-m", "experiments.theory", "--part=multiplicative_weights",
            "--scale=0.01", f"--output_dir={tmp_path}",
        ],
        cwd=ROOT,
        env={**os.environ, "MPLBACKEND": "bogus", "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "theory_multiplicative_weights.png").read_bytes().startswith(b"\x89PNG")
