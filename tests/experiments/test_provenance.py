"""What is written beside every result: what ran, and where."""

import subprocess

from experiments.launch.provenance import commit, provenance


def test_provenance_says_what_ran_where():
    record = provenance()
    assert {"commit", "nne_jax", "jax", "jaxlib", "device", "platform"} <= record.keys()
    assert "cores" in record["device"] or record["platform"] != "cpu"


def test_the_results_that_do_not_count_are_those_of_this_checkout():
    (folder,) = commit.__defaults__
    assert (folder / "results" / "table1.json").exists()


def test_changed_code_makes_a_commit_dirty_and_changed_results_do_not(tmp_path):
    folder = tmp_path / "experiments"
    (folder / "results").mkdir(parents=True)
    files = [tmp_path / "code.py", folder / "results" / "one.json"]

    def git(arguments):
        identity = ["-c", "user.name=x", "-c", "user.email=x"]
        command = ["git", *identity, *arguments.split()]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, check=True, text=True)

    git("init")
    assert commit(folder) == "unknown"  # nothing is committed
    for file in files:
        file.write_text("1")
    git("add .")
    git("commit -m first")
    head = git("rev-parse HEAD").stdout[:12]
    assert commit(folder) == head
    files[1].write_text("2")
    (tmp_path / "new").write_text("untracked")
    assert commit(folder) == head
    files[0].write_text("2")
    assert commit(folder) == f"{head}-dirty"
